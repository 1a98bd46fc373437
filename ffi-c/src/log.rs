//! What the library logs.
