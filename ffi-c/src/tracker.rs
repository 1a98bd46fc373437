//! What became of messages.
