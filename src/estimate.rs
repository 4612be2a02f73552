//! How many rows a listing had when it was last read to its end, for DuckDB's planner.
//!
//! A hint and no more: it lives as long as the process, and nothing is decided by it but join orders.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// A listing: the base URL, the name of the secret, and the path.
pub type Listing = (String, String, &'static str);

static COUNTS: LazyLock<Mutex<HashMap<Listing, u64>>> = LazyLock::new(Mutex::default);

/// Notes that `listing` has `rows` rows.
pub fn remember(listing: Listing, rows: u64) {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner).insert(listing, rows);
}

/// How many rows `listing` had, if it was ever counted.
pub fn recall(listing: &Listing) -> Option<u64> {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner).get(listing).copied()
}
