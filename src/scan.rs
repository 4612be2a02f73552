//! One scan: a thread that fetches pages ahead, a bounded channel, and the way to stop both.
//!
//! ```text
//!   DuckDB's thread                          fetch thread
//!   next_page() ── asks for a page ────────▶ GET, again if need be, read
//!        ◀──────── a page or an error ─────── the pager says what is next
//! ```
//!
//! Nothing is fetched before the first `next_page`. Its page is fetched alone; once DuckDB comes back
//! for more, one page is kept on the way ahead of it. Dropping the scan ends the thread after the
//! request it is in, without waiting for it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::api::client::{Account, Client, encoded, not_json};
use crate::api::retry::next_attempt;
use crate::error::{Error, Place};
use crate::estimate;
use crate::page::{self, Malformed, Page};
use crate::pager::{End, Next, Pager};
use crate::schema::{Column, Endpoint, Missing, Parameter};
use crate::spelling;

/// How often a wait looks whether the query was interrupted.
const GLANCE: Duration = Duration::from_millis(20);

/// How many pages may be under way or waiting: the one that DuckDB wants and the one ahead of it.
const MOST_PAGES: usize = 2;

/// What to read.
#[derive(Debug)]
pub struct Listing {
    /// Whom to ask.
    pub account: Account,
    /// What is asked.
    pub endpoint: &'static Endpoint,
    /// The values of its parameters; texts in place of flags, none for what was not given.
    pub arguments: Vec<(&'static Parameter, String)>,
    /// The columns that the query uses.
    pub columns: Vec<&'static Column>,
    /// How many items to ask for at a time, 1 to 250.
    pub page_size: usize,
}

impl Listing {
    /// A path with the arguments that stand in it.
    fn path(&self, template: &str) -> String {
        let in_path = self.arguments.iter().filter(|(parameter, _)| parameter.sent_as.is_none());
        in_path.fold(template.to_owned(), |path, (parameter, value)| {
            path.replace(&format!("{{{}}}", parameter.name), &encoded(value))
        })
    }

    /// The arguments that are sent as query parameters.
    fn query(&self) -> Vec<(&str, &str)> {
        let sent = self.arguments.iter();
        sent.filter_map(|(parameter, value)| Some((parameter.sent_as?, value.as_str()))).collect()
    }
}

/// A listing being read, page by page.
#[derive(Debug)]
pub struct Scan {
    state: State,
    progress: Arc<Mutex<Progress>>,
    had_to_wait: bool,
}

#[derive(Debug)]
enum State {
    Waiting(Listing),
    Running(Fetcher),
    Over,
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
        Scan { state: State::Waiting(listing), progress: Arc::default(), had_to_wait: false }
    }

    /// The next page, or `None` after the last one. Waits for it, asking `interrupted` now and then.
    pub fn next_page(&mut self, interrupted: impl Fn() -> bool) -> Result<Option<Page>, Error> {
        let fetcher = match std::mem::replace(&mut self.state, State::Over) {
            State::Waiting(listing) => Fetcher::start(listing),
            State::Running(fetcher) => fetcher,
            State::Over => return Ok(None),
        };
        // One page at first; at the second call that page and the one ahead; then one a call.
        fetcher.ask(if locked(&self.progress).pages == 1 { MOST_PAGES } else { 1 });
        let begun = Instant::now();
        let page = fetcher.wait(interrupted)?;
        self.had_to_wait = begun.elapsed() >= GLANCE;
        let rows = locked(&self.progress).add(&page);
        if page.has_more {
            self.state = State::Running(fetcher);
        } else {
            estimate::remember(fetcher.name.clone(), rows);
        }
        Ok(Some(page))
    }

    /// Whether the last page was long in coming, so that the network is what the query waits for.
    pub fn had_to_wait(&self) -> bool {
        self.had_to_wait
    }

    /// For following how far the scan is.
    pub fn watch(&self) -> Watch {
        Watch(self.progress.clone())
    }
}

impl Progress {
    /// Counts a page; returns how many rows there were so far.
    fn add(&mut self, page: &Page) -> u64 {
        self.rows += page.rows as u64;
        self.pages += 1;
        self.total = page.total.or(self.total);
        self.is_over = !page.has_more;
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
    pages: Receiver<Result<Page, Error>>,
    stop: Arc<Stop>,
    name: estimate::Name,
}

impl Fetcher {
    fn start(listing: Listing) -> Fetcher {
        let (asks, asked) = channel();
        let (sender, pages) = sync_channel(MOST_PAGES);
        let stop = Arc::new(Stop::default());
        let account = &listing.account;
        let name = (account.base_url.clone(), account.secret.clone(), listing.endpoint.path);
        let fetch = Fetch { listing, asked, stop: stop.clone() };
        let run = move || fetch.run(&sender);
        // If no thread can be had, the sender is dropped with `run`, and `wait` says so.
        let _ = thread::Builder::new().name("partnerstack".into()).spawn(run);
        Fetcher { asks, pages, stop, name }
    }

    fn ask(&self, pages: usize) {
        for _ in 0..pages {
            // The thread may have fetched the last page already.
            let _ = self.asks.send(());
        }
    }

    fn wait(&self, interrupted: impl Fn() -> bool) -> Result<Page, Error> {
        loop {
            if interrupted() {
                return Err(Error::interrupted());
            }
            match self.pages.recv_timeout(GLANCE) {
                Ok(page) => return page,
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

/// A flag that ends a wait at once.
#[derive(Debug, Default)]
struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn set(&self) {
        *locked(&self.is_set) = true;
        self.changed.notify_all();
    }

    /// Waits for `time`, or until the flag is set; says whether it is.
    fn wait(&self, time: Duration) -> bool {
        let is_set = locked(&self.is_set);
        let waited = self.changed.wait_timeout_while(is_set, time, |is_set| !*is_set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The fetch thread's end.
struct Fetch {
    listing: Listing,
    asked: Receiver<()>,
    stop: Arc<Stop>,
}

impl Fetch {
    fn run(&self, pages: &SyncSender<Result<Page, Error>>) {
        let failed = match catch_unwind(AssertUnwindSafe(|| self.pages(pages))) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => Error::panicked("fetch", panic_message(&*panic)),
        };
        // Nobody listens any more if the query is over.
        let _ = pages.send(Err(failed));
    }

    fn pages(&self, pages: &SyncSender<Result<Page, Error>>) -> Result<(), Error> {
        let client = Client::shared()?;
        let mut pager = Pager::new();
        let (path, other) = spelling::paths(&self.listing.account.base_url, self.listing.endpoint);
        let mut place = Place { path: self.listing.path(path), page: 0 };
        while pager.next() != Next::Nothing && self.asked.recv().is_ok() {
            place.page += 1;
            let page = match self.page(client, &place, &pager) {
                Err(error) if place.page == 1 && error.is_not_found() => {
                    self.elsewhere(client, &mut place, &pager, other, error)?
                }
                page => page?,
            };
            let Some(page) = page else { return Ok(()) };
            let end = End {
                items: page.rows,
                last_key: page.last_key.as_deref(),
                has_more: page.has_more,
            };
            pager.advance(end).map_err(|how| Error::paging(place.clone(), how))?;
            if pages.send(Ok(page)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The first page, where there is none at the first path: at the other one, or what its lack means.
    fn elsewhere(
        &self,
        client: &Client,
        place: &mut Place,
        pager: &Pager,
        other: Option<&str>,
        error: Error,
    ) -> Result<Option<Page>, Error> {
        let Listing { account, endpoint, columns, .. } = &self.listing;
        if let Some(other) = other {
            let first = std::mem::replace(&mut place.path, self.listing.path(other));
            match self.page(client, place, pager) {
                Err(error) if error.is_not_found() => place.path = first,
                found => {
                    if other != endpoint.path {
                        spelling::learn(&account.base_url, endpoint);
                    }
                    return found;
                }
            }
        }
        match endpoint.missing {
            Missing::Error => Err(error),
            Missing::Instead(sentence) => Err(Error::instead(place.clone(), sentence)),
            Missing::NoRow => Ok(Some(Page::empty(columns))),
        }
    }

    /// The next page, tried again while that may help; `None` if the query is over meanwhile.
    fn page(&self, client: &Client, place: &Place, pager: &Pager) -> Result<Option<Page>, Error> {
        let begun = Instant::now();
        for attempt in 1.. {
            if self.stop.wait(Duration::ZERO) {
                return Ok(None);
            }
            let error = match self.attempt(client, place, pager) {
                Ok(page) => return Ok(Some(page)),
                Err(error) => error,
            };
            let Some(pause) = next_attempt(attempt).filter(|_| error.is_transient()) else {
                return Err(error.tried(attempt, begun.elapsed()));
            };
            if self.stop.wait(pause) {
                return Ok(None);
            }
        }
        unreachable!("attempts end with a page or an error")
    }

    fn attempt(&self, client: &Client, place: &Place, pager: &Pager) -> Result<Page, Error> {
        let Listing { account, endpoint, columns, page_size, .. } = &self.listing;
        let limit = page_size.to_string();
        let mut query = self.listing.query();
        if endpoint.rows.is_paged() {
            query.push(("limit", &limit));
        }
        if let Next::After(key) = pager.next() {
            query.push(("starting_after", key));
        }
        let body = client.get(account, place, &query)?;
        let start: String = body.chars().take(100).collect();
        page::read(body, columns, endpoint.rows, *page_size).map_err(|malformed| match malformed {
            Malformed::NotJson(at) => not_json(account, place, at, &start),
            Malformed::Shape(what) => Error::shape(place.clone(), account.grant.scrub(&what)),
        })
    }
}

/// What a panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
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
