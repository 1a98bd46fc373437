//! A durable record of sends by `refId`, in your own database: the feature `outbox`. See `Outbox`.
//!
//! Everything but the drivers is the same in all languages: a script says which statement comes next, and decides by its answer;
//! the caller, which has the driver, runs the statements of a script in one transaction.

mod callbacks;
#[cfg(feature = "outbox")]
mod many;
mod pacer;
mod schema;
mod script;
#[cfg(feature = "outbox")]
mod sender;
mod sends;
mod statement;
#[cfg(feature = "outbox")]
mod store;
mod stored;
#[cfg(test)]
mod tests;

#[cfg(feature = "outbox")]
pub use many::{Entry, Progress, RunOptions, SendMany};
#[doc(hidden)]
pub use pacer::{Next, Pacer};
#[doc(hidden)]
pub use script::{Answer, Reply, Script};
#[cfg(feature = "outbox")]
pub use sender::{Claim, Outbox};
pub use sends::{SendStatus, State};
#[doc(hidden)]
pub use statement::{Dialect, Statement, Value};
#[cfg(feature = "outbox")]
pub use store::{DriverError, Failure, PostgresStore, SqliteStore, Store, Transaction};
#[doc(hidden)]
pub use stored::Recorded;

use crate::error::Error;
use callbacks::Claims;
use statement::Tables;

/// The scripts of one outbox: one set of tables in one database.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Scripts {
    tables: Tables,
    claims: Claims,
}

impl Scripts {
    /// The scripts for tables whose names begin with `prefix`, which may name a schema of PostgreSQL: `linkwa_`, `app.linkwa_`.
    ///
    /// # Errors
    ///
    /// `invalid_config` if the prefix has other characters than ASCII letters, digits and `_`, and one dot, or more than 40.
    pub fn new(dialect: Dialect, prefix: &str) -> Result<Self, Error> {
        Tables::new(dialect, prefix).map(|tables| Self { tables, claims: Claims::default() })
    }
}

/// Now, in milliseconds since 1970.
fn now() -> i64 {
    millis(std::time::SystemTime::now())
}

fn millis(time: std::time::SystemTime) -> i64 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn time(millis: i64) -> std::time::SystemTime {
    let since = std::time::Duration::from_millis(u64::try_from(millis).unwrap_or_default());
    std::time::UNIX_EPOCH.checked_add(since).unwrap_or(std::time::UNIX_EPOCH)
}

/// The beginning of a period that ends now.
fn before(period: std::time::Duration) -> i64 {
    now().saturating_sub(i64::try_from(period.as_millis()).unwrap_or(i64::MAX))
}
