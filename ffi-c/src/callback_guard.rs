//! Whether a callback may be believed.
