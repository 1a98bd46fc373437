//! The customer care window, and the gateway's addresses.
