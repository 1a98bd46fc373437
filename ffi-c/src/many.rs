//! The same message to very many.
