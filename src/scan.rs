//! One scan: a thread that fetches pages ahead, a bounded channel, and the way to stop both.
//!
//! ```text
//!   DuckDB's thread                          fetch thread
//!   next_page() ── asks for a page ────────▶ GET, again if need be, read
//!        ◀──────── a page or an error ─────── the pager says what is next
//! ```
//!
//! Nothing is fetched before the first `next_page`. Its page is fetched alone; once DuckDB comes back
//! for more, one page is kept on the way ahead of it, or as many as there are cursors. Dropping the scan ends the thread after the
//! request it is in, without waiting for it.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::api::limiter::Turns;
use crate::error::Error;
use crate::estimate;
use crate::fetch::Fetch;
use crate::history::Recorder;
use crate::listing::Listing;
use crate::outlet::{Arrived, Outlet};
use crate::page::Page;
use crate::requests::Stop;

/// How often a wait looks whether the query was interrupted.
const GLANCE: Duration = Duration::from_millis(20);

/// A client that looks up once in fifty chunks is given one after this part of the time that it has waited, so that
/// it looks up each time it has waited four times as long.
const PART_OF_WAIT: u32 = 36;

/// But no sooner than this.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// How many pages may wait for DuckDB before requests do.
const MOST_PAGES: usize = 32;

/// A listing being read, page by page.
#[derive(Debug)]
pub struct Scan {
    state: State,
    progress: Arc<Mutex<Progress>>,
    /// Since when the page at hand is waited for.
    waits_since: Option<Instant>,
    waited: Duration,
    recorder: Option<Recorder>,
}

#[derive(Debug)]
enum State {
    Waiting(Box<Listing>),
    Running(Fetcher),
    Over,
}

/// What there is of the next page.
#[derive(Debug)]
pub enum Polled {
    /// It is here.
    Page(Page),
    /// It has not come yet.
    NotYet,
    /// There is none: the scan is over.
    End,
}

/// How far a scan is; for looking at from any thread, also while the scan waits.
#[derive(Clone, Debug)]
pub struct Watch(Arc<Mutex<Progress>>);

impl Watch {
    /// The part of the scan that is done, from 0 to 1; 1 only once it is over.
    pub fn fraction(&self) -> f64 {
        locked(&self.0).fraction()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    rows: u64,
    pages: u64,
    total: Option<u64>,
    is_over: bool,
}

impl Scan {
    /// A scan that has not begun.
    pub fn new(listing: Listing) -> Scan {
        Scan {
            state: State::Waiting(Box::new(listing)),
            progress: Arc::default(),
            waits_since: None,
            waited: Duration::ZERO,
            recorder: None,
        }
    }

    /// The next page, or `None` after the last one. Waits for it, asking `interrupted` now and then.
    pub fn next_page(&mut self, interrupted: impl Fn() -> bool) -> Result<Option<Page>, Error> {
        loop {
            match self.poll(false, &interrupted)? {
                Polled::Page(page) => return Ok(Some(page)),
                Polled::NotYet => {}
                Polled::End => return Ok(None),
            }
        }
    }

    /// The same for a client that, if it is `impatient`, is to hear at times that the page has not come yet.
    pub fn poll(
        &mut self,
        impatient: bool,
        interrupted: impl Fn() -> bool,
    ) -> Result<Polled, Error> {
        let mut fetcher = match std::mem::replace(&mut self.state, State::Over) {
            State::Waiting(listing) => {
                let recorder = self.recorder.insert(listing.journal.begin());
                Fetcher::start(*listing, recorder.clone())
            }
            State::Running(fetcher) => fetcher,
            State::Over => return Ok(Polled::End),
        };
        fetcher.ask(locked(&self.progress).pages == 0);
        let begun = *self.waits_since.get_or_insert_with(Instant::now);
        let patience = impatient.then(|| (begun.elapsed() / PART_OF_WAIT).max(SHORTEST_WAIT));
        let Some(Arrived { page, is_last }) = fetcher.wait(patience, interrupted)? else {
            self.state = State::Running(fetcher);
            return Ok(Polled::NotYet);
        };
        self.waited = begun.elapsed();
        self.waits_since = None;
        let rows = locked(&self.progress).add(&page, is_last);
        if is_last {
            if let Some(name) = &fetcher.name {
                estimate::remember(name.clone(), rows);
            }
            self.recorder.iter().for_each(Recorder::complete);
        } else {
            self.state = State::Running(fetcher);
        }
        Ok(Polled::Page(page))
    }

    /// How many pages came so far, and whether that is all.
    pub fn pages(&self) -> (u64, bool) {
        let Progress { pages, is_over, .. } = *locked(&self.progress);
        (pages, is_over)
    }

    /// How long the last page was waited for.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// The requests that were made since the last call, a line each.
    pub fn new_lines(&self) -> Vec<String> {
        self.recorder.as_ref().map(Recorder::new_lines).unwrap_or_default()
    }

    /// For following how far the scan is.
    pub fn watch(&self) -> Watch {
        Watch(self.progress.clone())
    }
}

impl Progress {
    /// Counts a page; returns how many rows there were so far.
    fn add(&mut self, page: &Page, is_last: bool) -> u64 {
        self.rows += page.rows as u64;
        self.pages += 1;
        self.total = page.total.or(self.total);
        self.is_over = is_last;
        self.rows
    }

    /// Against the total where the API tells it. Where it does not, a curve that nears 1 and never
    /// gets there: a tenth after the first page, half after nine.
    fn fraction(&self) -> f64 {
        const NEARLY: f64 = 0.99;
        match self.total {
            _ if self.is_over => 1.0,
            Some(total) if total > 0 => (self.rows as f64 / total as f64).min(NEARLY),
            _ => (self.pages as f64 / (self.pages as f64 + 9.0)).min(NEARLY),
        }
    }
}

/// DuckDB's end of the two channels.
#[derive(Debug)]
struct Fetcher {
    asks: Sender<()>,
    pages: Receiver<Result<Arrived, Error>>,
    stop: Arc<Stop>,
    width: Arc<AtomicUsize>,
    /// How many pages were asked for and did not come yet.
    under_way: usize,
    /// What to remember the number of rows by, if all there are come.
    name: Option<estimate::Name>,
}

impl Fetcher {
    fn start(listing: Listing, recorder: Recorder) -> Fetcher {
        let (asks, asked) = channel();
        let (sender, pages) = sync_channel(MOST_PAGES);
        let stop = Arc::new(Stop::default());
        let account = &listing.account;
        let name = (account.base_url.clone(), account.secret.clone(), listing.endpoint.path);
        let name = listing.is_whole().then_some(name);
        let width = Arc::new(AtomicUsize::new(1));
        let fetch = Fetch {
            turns: Turns::begin(account, listing.rate),
            known: name.as_ref().and_then(estimate::recall),
            listing,
            outlet: Outlet::new(asked, sender, recorder),
            stop: stop.clone(),
            width: width.clone(),
            owes: Cell::new(false),
            sent: Cell::new(0),
        };
        let run = move || fetch.run();
        // If no thread can be had, the sender is dropped with `run`, and `wait` says so.
        let _ = thread::Builder::new().name("partnerstack".into()).spawn(run);
        Fetcher { asks, pages, stop, width, under_way: 0, name }
    }

    /// Asks for one page at first, and then for one more than are fetched at once.
    fn ask(&mut self, is_first: bool) {
        let wanted = if is_first { 1 } else { self.width.load(Ordering::Relaxed) + 1 };
        for _ in self.under_way..wanted {
            // The thread may have fetched the last page already.
            let _ = self.asks.send(());
        }
        self.under_way = self.under_way.max(wanted);
    }

    /// Waits for a page, or for as long as there is patience.
    fn wait(
        &mut self,
        patience: Option<Duration>,
        interrupted: impl Fn() -> bool,
    ) -> Result<Option<Arrived>, Error> {
        let begun = Instant::now();
        loop {
            if interrupted() {
                return Err(Error::interrupted());
            }
            let left = patience.map(|patience| patience.saturating_sub(begun.elapsed()));
            match self.pages.recv_timeout(left.unwrap_or(GLANCE).min(GLANCE)) {
                Ok(arrived) => {
                    self.under_way -= 1;
                    return arrived.map(Some);
                }
                Err(RecvTimeoutError::Timeout) if left.is_some_and(|left| left.is_zero()) => {
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::panicked("fetch", "its thread did not start".into()));
                }
            }
        }
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        self.stop.set();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(pages: u64, rows: u64, total: Option<u64>) -> f64 {
        Progress { rows, pages, total, is_over: false }.fraction()
    }

    #[test]
    fn progress_is_counted_against_the_total() {
        assert_eq!(progress(1, 250, Some(1000)), 0.25);
    }

    #[test]
    fn progress_never_says_that_it_is_done_early() {
        assert!(progress(4, 1000, Some(1000)) < 1.0);
        assert!(progress(1_000_000, 250_000_000, None) < 1.0);
        assert_eq!(Progress { is_over: true, ..Progress::default() }.fraction(), 1.0);
    }
}
