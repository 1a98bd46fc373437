//! The outbox: what a database keeps about each send and each callback, and what follows from it.
//!
//! This module runs no statement. A [`Script`] says which statement comes next and decides by its answer; the code that has the
//! driver runs all statements of a script in one transaction.

mod callbacks;
mod schema;
mod script;
mod sends;
mod statement;
mod stored;
#[cfg(test)]
mod tests;

pub use script::{Answer, Reply, Script};
pub use sends::{SendStatus, State};
pub use statement::{Dialect, Statement, Value};
pub use stored::Recorded;

use crate::error::Error;
use statement::Tables;

/// The scripts of one outbox: one set of tables in one database.
#[derive(Clone, Debug)]
pub struct Scripts {
    tables: Tables,
}

impl Scripts {
    /// The scripts for tables whose names begin with `prefix`, which may name a schema of PostgreSQL: `linkwa_`, `app.linkwa_`.
    ///
    /// # Errors
    ///
    /// `invalid_config` if the prefix has other characters than ASCII letters, digits and `_`, and one dot, or more than 40.
    pub fn new(dialect: Dialect, prefix: &str) -> Result<Self, Error> {
        Tables::new(dialect, prefix).map(|tables| Self { tables })
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
