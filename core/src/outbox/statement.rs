//! Statements in the dialect of a database, and the values that go into them and come back.

use crate::error::Error;
use crate::words::words;

words! {
    /// The database of an outbox, with the placeholders of a driver.
    pub enum Dialect {
        /// SQLite, with `?`.
        Sqlite = "sqlite",
        /// PostgreSQL, with `$1`.
        Postgres = "postgres",
        /// PostgreSQL, with the `%s` of Python's psycopg.
        Psycopg = "psycopg",
    }
}

/// A statement with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// The values of its placeholders, in their order.
    pub parameters: Vec<Value>,
    /// Whether it is a query.
    pub returns_rows: bool,
}

/// A value in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `NULL`
    Null,
    /// A number.
    Integer(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<String> for Value {
    /// PostgreSQL has no U+0000 in a text; it becomes U+FFFD.
    fn from(text: String) -> Self {
        if text.contains('\0') { Self::Text(text.replace('\0', "\u{fffd}")) } else { Self::Text(text) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The tables of an outbox.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    dialect: Dialect,
    prefix: String,
}

impl Tables {
    const MAX_PREFIX: usize = 40;

    pub(super) fn new(dialect: Dialect, prefix: &str) -> Result<Self, Error> {
        let is_name = |name: &str| {
            name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let parts: Vec<&str> = prefix.split('.').collect();
        if prefix.len() > Self::MAX_PREFIX || parts.len() > 2 || !parts.into_iter().all(is_name) {
            return Err(Error::invalid_config(
                "the prefix of an outbox's tables must have ASCII letters, digits and `_`, after a schema's name and a dot if \
                 there is one, and at most 40 characters",
            ));
        }
        Ok(Self { dialect, prefix: prefix.to_owned() })
    }

    /// `{p}` stands for the prefix, `{index}` for the prefix without a schema, `{lock}` for what locks the rows of a query.
    pub(super) fn sql(&self, text: &str) -> String {
        let is_sqlite = self.dialect == Dialect::Sqlite;
        let index = self.prefix.rsplit('.').next().unwrap_or_default();
        // In SQLite a transaction that will write has the database to itself.
        let lock = if is_sqlite { "" } else { " FOR UPDATE" };
        let named = text.replace("{p}", &self.prefix).replace("{index}", index).replace("{lock}", lock);
        let mut parts = named.split('?');
        let mut sql = parts.next().unwrap_or_default().to_owned();
        for (at, part) in parts.enumerate() {
            match self.dialect {
                Dialect::Sqlite => sql.push('?'),
                Dialect::Postgres => sql.push_str(&format!("${}", at + 1)),
                Dialect::Psycopg => sql.push_str("%s"),
            }
            sql.push_str(part);
        }
        sql
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    pub(super) fn query(&self, text: &str, parameters: Vec<Value>) -> Statement {
        Statement { sql: self.sql(text), parameters, returns_rows: true }
    }

    pub(super) fn change(&self, text: &str, parameters: Vec<Value>) -> Statement {
        Statement { sql: self.sql(text), parameters, returns_rows: false }
    }
}
