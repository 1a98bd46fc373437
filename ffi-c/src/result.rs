//! Results of sends.
