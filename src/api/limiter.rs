//! The turns that requests take. All that this process asks of an account goes by one [`Pace`].

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::client::Account;
use crate::api::credentials::Grant;
use crate::api::pace::Pace;
use crate::error::Error;

/// How often a request that waits looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(20);

/// The limiters of accounts, by fingerprints, which hold no key.
#[derive(Default)]
struct Limiters {
    hasher: RandomState,
    all: Mutex<HashMap<u64, Arc<Limiter>>>,
}

static LIMITERS: LazyLock<Limiters> = LazyLock::new(Limiters::default);

#[derive(Debug)]
struct Limiter {
    pace: Mutex<Pace>,
    changed: Condvar,
}

impl Limiter {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(account: &Account) -> Arc<Limiter> {
        let keys = match &account.grant {
            Grant::Basic { public, private } => (public.reveal(), private.reveal()),
            Grant::Bearer(token) => ("", token.reveal()),
        };
        let name = LIMITERS.hasher.hash_one((&account.base_url, keys));
        let mut limiters = LIMITERS.all.lock().unwrap_or_else(PoisonError::into_inner);
        let new =
            || Limiter { pace: Mutex::new(Pace::new(Instant::now())), changed: Condvar::new() };
        limiters.entry(name).or_insert_with(|| Arc::new(new())).clone()
    }
}

/// The turns of one scan.
#[derive(Debug)]
pub struct Turns {
    limiter: Arc<Limiter>,
    scan: u64,
}

impl Turns {
    /// For a scan that begins, at so many requests a second.
    pub fn begin(account: &Account, rate: f64) -> Turns {
        static SCANS: AtomicU64 = AtomicU64::new(0);
        let limiter = Limiter::of(account);
        limiter.pace().set_rate(rate);
        Turns { limiter, scan: SCANS.fetch_add(1, Ordering::Relaxed) }
    }

    /// Waits for a turn; none if the request is not wanted any more.
    pub fn take(&self, is_over: impl Fn() -> bool) -> Option<Turn<'_>> {
        let mut pace = self.limiter.pace();
        let ticket = pace.arrive(self.scan);
        loop {
            if is_over() {
                pace.leave(ticket);
                return None;
            }
            let Err(wait) = pace.turn(ticket, Instant::now()) else {
                // Somebody else is the first now.
                self.limiter.changed.notify_all();
                return Some(Turn(&self.limiter));
            };
            let waited = self.limiter.changed.wait_timeout(pace, wait.min(GLANCE));
            pace = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A request's turn, until it is dropped.
#[derive(Debug)]
pub struct Turn<'l>(&'l Limiter);

impl Turn<'_> {
    /// Notes how the request went.
    pub fn went<T>(&self, result: Result<&T, &Error>) {
        let mut pace = self.0.pace();
        match result {
            Ok(_) => pace.good(),
            Err(error) if error.status_code() == Some(429) => {
                pace.too_many(error.retry_after(), Instant::now());
            }
            Err(_) => {}
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.pace().over();
        self.0.changed.notify_all();
    }
}
