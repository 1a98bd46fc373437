//! Received messages.
