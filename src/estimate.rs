//! How many rows a listing had when it was last read to its end, for DuckDB's planner.
//!
//! A hint and no more: it lives as long as the process, and nothing is decided by it but join orders.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// What a listing is known by: the base URL, the name of the secret, and the path.
pub type Name = (String, String, &'static str);

static COUNTS: LazyLock<Mutex<HashMap<Name, u64>>> = LazyLock::new(Mutex::default);

/// Notes that `listing` has `rows` rows.
pub fn remember(listing: Name, rows: u64) {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner).insert(listing, rows);
}

/// How many rows `listing` had, if it was ever counted.
pub fn recall(listing: &Name) -> Option<u64> {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner).get(listing).copied()
}
