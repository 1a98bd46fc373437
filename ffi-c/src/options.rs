//! What one send overrides.
