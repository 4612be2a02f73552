//! Requests for the pages of a walk: made, made again where that may help, and noted.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::api::client::{Answer, Client, not_json};
use crate::api::limiter::Turns;
use crate::api::retry::Attempts;
use crate::api::scrub::scrub;
use crate::error::{Error, Paging, Place};
use crate::history::{Recorder, Request};
use crate::listing::Listing;
use crate::page::{self, Malformed, Page};
use crate::pager::{Came, Next, Pager};
use crate::schema::{Column, Rows};
use crate::sieve::{Sieve, Times};
use crate::windows::{Span, Windows};

/// How many bytes of a body are kept for an error, so that none of them is a part of a key.
const ENOUGH: usize = 4096;

/// A flag that ends a wait at once.
#[derive(Debug, Default)]
pub struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Sets the flag.
    pub fn set(&self) {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits for `time`, or until the flag is set; says whether it is.
    fn wait(&self, time: Duration) -> bool {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_set, time, |is_set| !*is_set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// One walk through the pages at a path.
#[derive(Debug)]
pub struct Walk<'f> {
    /// Where it is.
    pub place: Place,
    /// Where in an answer its rows are.
    pub rows: Rows,
    /// The columns to read.
    pub columns: &'f [&'static Column],
    /// The column that says whose the rows are, and what it says.
    pub owner: Option<(&'static str, String)>,
    /// The query parameters, those for paging apart.
    pub query: Vec<(String, String)>,
    /// What the query's filters added to its requests.
    pub narrowed_by: String,
    /// Which of its items become rows.
    pub sieve: Sieve,
    /// Which page is next.
    pub pager: Pager,
    /// Whether the scan ends with it.
    pub is_last: bool,
    /// The key of the last item so far that has a time.
    pub last_timed: Option<String>,
    /// How many items there were so far.
    pub items: usize,
    /// How many there are in all, where the API says so.
    pub total: Option<u64>,
    /// The window that it walks, where several walks share a listing.
    pub share: Option<Share>,
    /// What is to be walked after it, or beside it where there are several cursors.
    pub then: Option<Box<Walk<'f>>>,
}

/// A walk's share of a listing.
#[derive(Clone, Debug)]
pub struct Share {
    /// All windows.
    pub windows: Arc<Mutex<Windows>>,
    /// Which of them is walked.
    pub window: usize,
    /// The times that the request at hand asks for.
    pub asked: Span,
}

impl<'f> Walk<'f> {
    /// Takes the walk past a page.
    pub fn advance(&mut self, page: &Page) -> Result<(), Error> {
        self.items += page.items;
        self.total = page.total.or(self.total);
        self.last_timed = page.last_timed.clone().or(self.last_timed.take());
        self.sieve.times.iter_mut().for_each(Times::advance);
        let keys = if self.rows.is_paged() { page.keys() } else { Vec::new() };
        let came = Came { keys, are_texts: page.keys_are_texts, has_more: page.has_more };
        self.pager.advance(&came).map_err(|how| Error::paging(self.place.clone(), how))?;
        self.expect_again();
        Ok(())
    }

    /// Takes the walk back to an item before, and says whether there is one.
    fn put_back(&mut self) -> bool {
        let is_back = self.pager.put_back();
        self.expect_again();
        is_back
    }

    fn expect_again(&mut self) {
        self.sieve.came = self.pager.asked_again().map(str::to_owned).collect();
    }

    /// Whether a page is the end of a listing that was to go on.
    fn ends_too_early(&self, page: &Page) -> bool {
        self.pager.expects_items() && page.items == 0 && !page.has_more
    }

    /// Takes the walk that is to follow, at the path where this one found something.
    pub fn take_next(&mut self) -> Option<Walk<'f>> {
        let mut then = *self.then.take()?;
        then.place.path.clone_from(&self.place.path);
        Some(then)
    }

    /// Another walk through the same listing, from its start.
    pub fn fork(&self) -> Walk<'f> {
        Walk {
            place: Place { page: 0, ..self.place.clone() },
            owner: self.owner.clone(),
            query: self.query.clone(),
            narrowed_by: self.narrowed_by.clone(),
            sieve: self.sieve.fork(),
            pager: Pager::new(),
            rows: self.rows,
            columns: self.columns,
            is_last: self.is_last,
            last_timed: None,
            items: 0,
            total: self.total,
            share: None,
            then: None,
        }
    }

    /// Whether the item that is asked for may be found elsewhere, in spite of this error.
    fn may_go_elsewhere(&self, error: &Error) -> bool {
        self.sieve.identity.is_some() && error.is_no_item()
    }

    /// Reads the body of an answer.
    fn read(&mut self, body: String, limit: usize) -> Result<Page, Malformed> {
        let wanted = page::Wanted {
            columns: self.columns,
            rows: self.rows,
            limit,
            owner: self.owner.as_ref().map(|(name, value)| (*name, value.as_str())),
        };
        self.sieve.times.iter_mut().for_each(Times::turn);
        let (Some(share), Some(times)) = (&self.share, &mut self.sieve.times) else {
            return page::read(body, wanted, &mut self.sieve);
        };
        // Until the items are counted, nobody may take times away from the window.
        let mut windows = share.windows.lock().unwrap_or_else(PoisonError::into_inner);
        times.own = Some(windows.accept(share.window));
        let page = page::read(body, wanted, &mut self.sieve)?;
        if !self.ends_too_early(&page) {
            let seen = self.sieve.times.as_ref().map(|times| times.last);
            windows.arrived(share.window, share.asked, seen.unwrap_or_default(), page.has_more);
        }
        Ok(page)
    }
}

/// Makes requests, on any thread.
#[derive(Clone, Copy, Debug)]
pub struct Requests<'f> {
    /// What they are for.
    pub listing: &'f Listing,
    /// Whether the query is over.
    pub stop: &'f Stop,
    /// Where they are noted.
    pub recorder: &'f Recorder,
    /// When they may be made.
    pub turns: &'f Turns,
}

/// How an attempt went: its facts for the history, and the page.
struct Attempt {
    status: Option<u16>,
    bytes: Option<usize>,
    page: Result<Page, Error>,
}

impl Requests<'_> {
    /// Every page of each walk, each walk on a thread of its own.
    pub fn at_once(self, walks: Vec<Walk<'_>>) -> Vec<Result<Vec<Page>, Error>> {
        thread::scope(|scope| {
            let spawn = |walk| scope.spawn(move || self.all_pages(walk));
            let threads: Vec<_> = walks.into_iter().map(spawn).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| Err(Error::from_panic("fetch", &*panic)))
            };
            threads.into_iter().map(join).collect()
        })
    }

    /// Every page of a walk; none where nothing is at its path.
    fn all_pages(self, mut walk: Walk<'_>) -> Result<Vec<Page>, Error> {
        let mut pages = Vec::new();
        while walk.pager.next() != Next::Nothing {
            walk.place.page += 1;
            let page = match self.page(&mut walk) {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) if error.is_not_found() && walk.place.page == 1 => break,
                Err(error) => return Err(error),
            };
            walk.advance(&page)?;
            pages.push(page);
        }
        Ok(pages)
    }

    /// The next page; `None` if the query is over meanwhile. If the API does not go on after the last item, which
    /// may have been deleted, the items before it are asked for again and left out.
    pub fn page(self, walk: &mut Walk<'_>) -> Result<Option<Page>, Error> {
        loop {
            let lost = match self.page_here(walk) {
                Ok(Some(page)) if walk.ends_too_early(&page) => {
                    Error::paging(walk.place.clone(), Paging::NothingAfterAll)
                }
                Err(error) if walk.pager.is_under_way() && error.may_be_about_the_cursor() => error,
                went => return went,
            };
            if !walk.put_back() {
                return Err(lost.lost());
            }
        }
    }

    /// The page at the cursor, asked for again while that may help.
    fn page_here(self, walk: &mut Walk<'_>) -> Result<Option<Page>, Error> {
        let client = &*self.listing.route.client()?;
        let begun = Instant::now();
        let mut wait = Duration::ZERO;
        for attempt in 1.. {
            let over = Instant::now();
            if self.stop.wait(wait) {
                return Ok(None);
            }
            if !self.listing.allowance.take() {
                let (made, most) = (self.listing.allowance.made(), self.listing.allowance.most());
                return Err(Error::too_many_requests(&walk.place.path, made, made, most));
            }
            let Some(turn) = self.turns.take(|| self.stop.is_set()) else { return Ok(None) };
            let page = self.attempt(client, walk, attempt, over.elapsed());
            turn.went(page.as_ref());
            let error = match page {
                Ok(page) => return Ok(Some(page)),
                Err(error) => error,
            };
            let attempts =
                Attempts { made: attempt, since: begun.elapsed(), asked: error.retry_after() };
            let next = self.listing.budget.next(attempts, fastrand::f64());
            let next = next.filter(|_| error.is_transient() && !walk.may_go_elsewhere(&error));
            wait = next.ok_or_else(|| error.tried(attempt, begun.elapsed()))?;
        }
        unreachable!("attempts end with a page or an error")
    }

    fn attempt(
        self,
        client: &Client,
        walk: &mut Walk<'_>,
        attempt: u32,
        waited: Duration,
    ) -> Result<Page, Error> {
        let query = query(walk, self.listing.page_size);
        let (at, begun) = (SystemTime::now(), Instant::now());
        let Attempt { status, bytes, page } = self.ask(client, walk, &query);
        self.recorder.request(Request {
            at,
            path: walk.place.path.clone(),
            query,
            status,
            attempt,
            waited,
            took: begun.elapsed(),
            bytes,
            items: page.as_ref().ok().map(|page| (page.items, page.rows)),
            page: walk.place.page,
            is_last: page.as_ref().is_ok_and(|page| !page.has_more),
            narrowed_by: walk.narrowed_by.clone(),
            error: page.as_ref().err().map(ToString::to_string),
        });
        page
    }

    fn ask(self, client: &Client, walk: &mut Walk<'_>, query: &[(String, String)]) -> Attempt {
        let Listing { account, page_size, limits, .. } = self.listing;
        let place = walk.place.clone();
        let Answer { status, body } = match client.get(account, &place, query, limits) {
            Ok(answer) => answer,
            Err(error) => {
                return Attempt { status: error.status_code(), bytes: None, page: Err(error) };
            }
        };
        let start = start(&body).to_owned();
        let bytes = Some(body.len());
        let page = walk.read(body, *page_size).map_err(|malformed| match malformed {
            Malformed::NotJson(at) => not_json(account, &place, at, &start),
            Malformed::Shape(what) => Error::shape(place, scrub(&account.grant, &what)),
        });
        Attempt { status: Some(status), bytes, page }
    }
}

/// As much of a body as an error may need.
fn start(body: &str) -> &str {
    let end = (0..=ENOUGH.min(body.len())).rev().find(|end| body.is_char_boundary(*end));
    &body[..end.unwrap_or_default()]
}

/// The query parameters of a walk's next request.
fn query(walk: &Walk<'_>, page_size: usize) -> Vec<(String, String)> {
    let mut query = walk.query.clone();
    if walk.rows.is_paged() {
        query.push(("limit".to_owned(), page_size.to_string()));
    }
    if let Next::After(key) = walk.pager.next() {
        query.push(("starting_after".to_owned(), key.to_owned()));
    }
    query
}
