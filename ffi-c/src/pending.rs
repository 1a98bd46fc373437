//! Sends that nobody waits for.
