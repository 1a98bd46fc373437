//! Callbacks: parsing, and what both kinds have.
