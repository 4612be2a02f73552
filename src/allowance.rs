//! How many requests a query may make, all of its scans together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What is left of what a query may ask.
#[derive(Debug)]
pub struct Allowance {
    most: u64,
    made: AtomicU64,
}

impl Allowance {
    /// So many requests.
    pub fn new(most: u64) -> Allowance {
        Allowance { most, made: AtomicU64::new(0) }
    }

    /// Takes a request from it; says whether there was one left.
    pub fn take(&self) -> bool {
        let more = |made| (made < self.most).then_some(made + 1);
        self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// How many there were at first.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// How many were taken.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// The allowances of the queries that run, by DuckDB's number for each.
#[derive(Debug, Default)]
pub struct Allowances(Mutex<HashMap<u64, Weak<Allowance>>>);

impl Allowances {
    /// The allowance of a query, for another of its scans.
    pub fn of(&self, query: u64, most: u64) -> Arc<Allowance> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, allowance| allowance.strong_count() > 0);
        let known = all.get(&query).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let new = Arc::new(Allowance::new(most));
            all.insert(query, Arc::downgrade(&new));
            new
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let allowance = Allowance::new(2);
        assert_eq!([allowance.take(), allowance.take(), allowance.take()], [true, true, false]);
        assert_eq!((allowance.made(), allowance.most()), (2, 2));
    }

    #[test]
    fn scans_share_what_their_query_may_ask() {
        let all = Allowances::default();
        let (first, second, other) = (all.of(7, 1), all.of(7, 1), all.of(8, 1));
        assert!(first.take() && !second.take() && other.take());
        drop((first, second));
        assert!(all.of(7, 1).take(), "a query that is over has left nothing behind");
    }
}
