//! Nothing: cargo asks for a target.
