//! Event reports.
