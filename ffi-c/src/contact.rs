//! Contact cards.
