//! The fetch thread: asks for pages in turn, again where that may help, and sends them on.
//!
//! A listing is one walk through its pages, or two where rows hide from the first. A walk that finds
//! nothing at its path may go on at another one.

use std::any::Any;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::api::client::{Account, Client, encoded, not_json};
use crate::api::retry::next_attempt;
use crate::error::{Error, Place};
use crate::page::{self, Keep, Malformed, Page};
use crate::pager::{End, Next, Pager};
use crate::schema::{Column, Effect, Endpoint, Missing, Parameter, Rows};
use crate::settings::Environment;
use crate::spelling;

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
    /// Which rows are wanted where test and production rows are mixed.
    pub environment: Environment,
}

impl Listing {
    /// A path with the arguments that stand in it.
    fn path(&self, template: &str) -> String {
        self.arguments.iter().fold(template.to_owned(), |path, (parameter, value)| {
            let mark = format!("{{{}}}", parameter.name);
            match parameter.effect {
                Effect::InPath => path.replace(&mark, &encoded(value)),
                // The slash keeps the value from becoming part of the host.
                Effect::Path => path.replace(&mark, &format!("/{}", value.trim_start_matches('/'))),
                _ => path,
            }
        })
    }

    /// The arguments that are sent as query parameters.
    fn query(&self) -> Vec<(&str, &str)> {
        let sent = self.arguments.iter().filter_map(|(parameter, value)| match parameter.effect {
            Effect::Query(name) => Some((name, value.as_str())),
            _ => None,
        });
        sent.collect()
    }

    /// The effect of the parameter that asks for a second reading, if it is on.
    fn second_reading(&self) -> Option<Effect> {
        let effects = self.arguments.iter().map(|(parameter, _)| parameter.effect);
        effects.into_iter().find(|effect| matches!(effect, Effect::SecondReading { .. }))
    }

    /// The value that stands in the path.
    fn key(&self) -> Option<&str> {
        let in_path = self.arguments.iter().find(|(p, _)| p.effect == Effect::InPath);
        in_path.map(|(_, value)| value.as_str())
    }
}

/// A page on its way to DuckDB.
#[derive(Debug)]
pub struct Arrived {
    /// The page.
    pub page: Page,
    /// Whether it is the last one.
    pub is_last: bool,
}

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

    /// Waits for `time`, or until the flag is set; says whether it is.
    fn wait(&self, time: Duration) -> bool {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_set, time, |is_set| !*is_set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What the thread has: the listing, and its ends of the channels.
#[derive(Debug)]
pub struct Fetch {
    /// What to read.
    pub listing: Listing,
    /// Gets a word for each page that is wanted.
    pub asked: Receiver<()>,
    /// Takes the pages, or the one error that ends them.
    pub pages: SyncSender<Result<Arrived, Error>>,
    /// Whether the query is over.
    pub stop: std::sync::Arc<Stop>,
}

/// One walk through the pages at a path.
struct Walk<'f> {
    place: Place,
    rows: Rows,
    query: Vec<(&'f str, &'f str)>,
    keep: Keep,
    pager: Pager,
    is_last: bool,
}

/// Whether the query still wants pages.
type Wanted = ControlFlow<()>;

impl Fetch {
    /// Fetches until the listing ends, something fails for good, or nobody listens any more.
    pub fn run(self) {
        let failed = match catch_unwind(AssertUnwindSafe(|| self.listing())) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => Error::panicked("fetch", panic_message(&*panic)),
        };
        // Nobody listens any more if the query is over.
        let _ = self.pages.send(Err(failed));
    }

    /// Reads the listing, a second time if rows hide from the first.
    fn listing(&self) -> Result<(), Error> {
        let second = self.listing.second_reading();
        let mut walk = self.walk(self.listing.endpoint.path);
        if let Some(Effect::SecondReading { member, value, .. }) = second {
            walk.is_last = false;
            walk.keep = Keep::Noting { member, value, keys: HashSet::new() };
        }
        let is_over = self.walk_from_first(&mut walk)?.is_break();
        if let (false, Some(Effect::SecondReading { member, parameter, value })) = (is_over, second)
            && let Keep::Noting { keys, .. } = walk.keep
        {
            let mut walk = self.walk(self.listing.endpoint.path);
            walk.query.push((parameter, value));
            // Whether the API heeds the parameter is not known; the items themselves are.
            walk.keep = Keep::Others { member, value, keys };
            let _: Wanted = self.go_on(&mut walk)?;
        }
        Ok(())
    }

    fn walk(&self, path: &str) -> Walk<'_> {
        Walk {
            place: Place { path: self.listing.path(path), page: 0 },
            rows: self.listing.endpoint.rows,
            query: self.listing.query(),
            keep: Keep::All,
            pager: Pager::new(),
            is_last: true,
        }
    }

    /// A walk whose path may turn out not to be there.
    fn walk_from_first(&self, walk: &mut Walk<'_>) -> Result<Wanted, Error> {
        let Listing { account, endpoint, columns, .. } = &self.listing;
        let (path, other) = spelling::paths(&account.base_url, endpoint);
        walk.place.path = self.listing.path(path);
        let error = match self.go_on(walk) {
            Err(error) if walk.place.page == 1 && error.is_not_found() => error,
            went => return went,
        };
        if let Some(other) = other {
            let first = std::mem::replace(&mut walk.place.path, self.listing.path(other));
            match self.retry_first(walk) {
                Err(error) if error.is_not_found() => walk.place.path = first,
                went => {
                    if other != endpoint.path {
                        spelling::learn(&account.base_url, endpoint);
                    }
                    return went;
                }
            }
        }
        match endpoint.missing {
            Missing::Error => Err(error),
            Missing::Instead(sentence) => Err(Error::instead(walk.place.clone(), sentence)),
            Missing::NoRow => Ok(self.send(Page::empty(columns), true)),
            Missing::SearchIn(path) => {
                walk.place.path = self.listing.path(path);
                walk.rows = Rows::Pages;
                walk.keep = Keep::Only(self.listing.key().unwrap_or_default().to_owned());
                self.retry_first(walk)
            }
        }
    }

    /// The walk's first page again, which DuckDB already asked for, and those after it.
    fn retry_first(&self, walk: &mut Walk<'_>) -> Result<Wanted, Error> {
        walk.place.page = 1;
        match self.step(walk)? {
            Wanted::Continue(()) => self.go_on(walk),
            over => Ok(over),
        }
    }

    /// The pages that are left of a walk, each when it is asked for.
    fn go_on(&self, walk: &mut Walk<'_>) -> Result<Wanted, Error> {
        while walk.pager.next() != Next::Nothing {
            if self.asked.recv().is_err() {
                return Ok(Wanted::Break(()));
            }
            walk.place.page += 1;
            if self.step(walk)?.is_break() {
                return Ok(Wanted::Break(()));
            }
        }
        Ok(Wanted::Continue(()))
    }

    /// One page of a walk.
    fn step(&self, walk: &mut Walk<'_>) -> Result<Wanted, Error> {
        let Some(page) = self.page(walk)? else { return Ok(Wanted::Break(())) };
        let Page { items, has_more, .. } = page;
        let end = End { items, last_key: page.last_key.as_deref(), has_more };
        walk.pager.advance(end).map_err(|how| Error::paging(walk.place.clone(), how))?;
        Ok(self.send(page, walk.is_last && !has_more))
    }

    fn send(&self, page: Page, is_last: bool) -> Wanted {
        match self.pages.send(Ok(Arrived { page, is_last })) {
            Ok(()) => Wanted::Continue(()),
            Err(_) => Wanted::Break(()),
        }
    }

    /// The next page, tried again while that may help; `None` if the query is over meanwhile.
    fn page(&self, walk: &mut Walk<'_>) -> Result<Option<Page>, Error> {
        let client = Client::shared()?;
        let begun = Instant::now();
        for attempt in 1.. {
            if self.stop.wait(Duration::ZERO) {
                return Ok(None);
            }
            let error = match self.attempt(client, walk) {
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

    fn attempt(&self, client: &Client, walk: &mut Walk<'_>) -> Result<Page, Error> {
        let Listing { account, columns, page_size, environment, .. } = &self.listing;
        let Walk { place, rows, keep, pager, .. } = walk;
        let limit = page_size.to_string();
        let mut query = walk.query.clone();
        if rows.is_paged() {
            query.push(("limit", &limit));
        }
        if let Next::After(key) = pager.next() {
            query.push(("starting_after", key));
        }
        let body = client.get(account, place, &query)?;
        let start: String = body.chars().take(100).collect();
        let wanted =
            page::Wanted { columns, rows: *rows, limit: *page_size, environment: *environment };
        page::read(body, wanted, keep).map_err(|malformed| match malformed {
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
