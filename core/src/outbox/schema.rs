//! The tables.

use std::collections::VecDeque;

use super::Scripts;
use super::script::{Reply, Script, Step};
use super::statement::Statement;
use crate::error::Error;

/// The version of the tables.
const VERSION: i64 = 1;

const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS {p}schema (version BIGINT NOT NULL)",
    // One row for each refId.
    "CREATE TABLE IF NOT EXISTS {p}sends (\n    ref_id TEXT PRIMARY KEY,\n    state TEXT NOT NULL,\n    digest TEXT NOT NULL,\n    \
     request TEXT,\n    attempt BIGINT NOT NULL,\n    result TEXT,\n    error TEXT,\n    created_at BIGINT NOT NULL,\n    \
     changed_at BIGINT NOT NULL\n)",
    "CREATE INDEX IF NOT EXISTS {index}sends_in_doubt ON {p}sends (changed_at, ref_id) WHERE state IN ('sending', 'unknown')",
    "CREATE INDEX IF NOT EXISTS {index}sends_pending ON {p}sends (changed_at, ref_id)\n    \
     WHERE state IN ('queued', 'not_sent') AND request IS NOT NULL",
    // What event reports said about each message, or about a request as a whole.
    "CREATE TABLE IF NOT EXISTS {p}messages (\n    subject TEXT PRIMARY KEY,\n    ref_id TEXT,\n    state TEXT NOT NULL,\n    \
     changed_at BIGINT NOT NULL\n)",
    "CREATE INDEX IF NOT EXISTS {index}messages_by_ref_id ON {p}messages (ref_id)",
    "CREATE INDEX IF NOT EXISTS {index}messages_by_time ON {p}messages (changed_at)",
    // The callbacks that were handled, or are being handled until `claimed_until`.
    "CREATE TABLE IF NOT EXISTS {p}callbacks (\n    key TEXT PRIMARY KEY,\n    claimed_until BIGINT,\n    \
     changed_at BIGINT NOT NULL\n)",
    "CREATE INDEX IF NOT EXISTS {index}callbacks_by_time ON {p}callbacks (changed_at)",
    // When each user last wrote to a number of the account.
    "CREATE TABLE IF NOT EXISTS {p}windows (\n    user_name TEXT NOT NULL,\n    business TEXT NOT NULL,\n    \
     last_inbound BIGINT NOT NULL,\n    PRIMARY KEY (user_name, business)\n)",
];

impl Scripts {
    /// The statements that create the tables, for migrations of your own.
    pub fn schema(&self) -> Vec<String> {
        let insert = format!(
            "INSERT INTO {{p}}schema (version) SELECT {VERSION} WHERE NOT EXISTS (SELECT version FROM {{p}}schema)"
        );
        TABLES.iter().copied().chain([insert.as_str()]).map(|text| self.tables.sql(text)).collect()
    }

    /// Creates the tables, if they are not there.
    pub fn create_schema(&self) -> Script {
        if self.tables.is_sqlite() {
            return Script::new(self.create());
        }
        // Two processes that create the same table at once fail in PostgreSQL. And where the tables are, nothing is created: for an
        // index that exists, `CREATE INDEX` waits for the transactions that write, and these may wait for it.
        let lock = self.tables.query("SELECT pg_advisory_xact_lock(1281967959)", Vec::new());
        let exists = "SELECT CAST(1 AS BIGINT) WHERE to_regclass('{p}schema') IS NOT NULL";
        let exists = self.tables.query(exists, Vec::new());
        let (check, create) = (self.check(VecDeque::new()), self.create());
        Script::new(Step::after(VecDeque::from([lock]), exists, |answer| {
            Ok(if answer.row().is_some() { check } else { create })
        }))
    }

    fn create(&self) -> Step {
        let plain = |sql| Statement { sql, parameters: Vec::new(), returns_rows: false };
        self.check(self.schema().into_iter().map(plain).collect())
    }

    /// Runs statements, and then looks whether the tables are those of this version.
    fn check(&self, before: VecDeque<Statement>) -> Step {
        let version = self.tables.query("SELECT version FROM {p}schema", Vec::new());
        Step::after(before, version, |answer| match answer.row().map(|mut row| row.integer()).transpose()? {
            Some(VERSION) => Ok(Step::End(Reply::Done)),
            _ => Err(Error::invalid_config("the tables of the outbox are of another version of this library")),
        })
    }
}
