//! Result codes.
