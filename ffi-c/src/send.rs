//! The verbs that wait.
