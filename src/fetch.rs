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
use std::thread;
use std::time::{Duration, Instant};

use crate::api::client::{Account, Client, encoded, not_json};
use crate::api::retry::next_attempt;
use crate::error::{Error, Place};
use crate::page::{self, Keep, Malformed, Page};
use crate::pager::{End, Next, Pager};
use crate::schema::{Column, Effect, Endpoint, Missing, Parameter, Rows, varchar};
use crate::settings::Environment;
use crate::spelling;

/// How many items of a listing are asked at once for what they have.
const AT_ONCE: usize = 4;

/// The one column that is read of such items.
static KEY: [&Column; 1] = [&varchar("key", "Key of the item.")];

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
    /// A path of the endpoint with the arguments that stand in it; or the own path of an argument.
    fn path(&self, template: &str) -> String {
        let own = self.arguments.iter().find_map(|(parameter, _)| match parameter.effect {
            Effect::OwnPath(path) => Some(path),
            _ => None,
        });
        self.filled_in(own.unwrap_or(template))
    }

    fn filled_in(&self, template: &str) -> String {
        self.arguments.iter().fold(template.to_owned(), |path, (parameter, value)| {
            let mark = format!("{{{}}}", parameter.name);
            match parameter.effect {
                Effect::InPath | Effect::OwnPath(_) => path.replace(&mark, &encoded(value)),
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

    /// The argument that has a path of its own: its name, which is a column's too, and its value.
    fn owner(&self) -> Option<(&'static str, &str)> {
        let is_own = |parameter: &Parameter| matches!(parameter.effect, Effect::OwnPath(_));
        let own = self.arguments.iter().find(|(parameter, _)| is_own(parameter));
        own.map(|(parameter, value)| (parameter.name, value.as_str()))
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
    columns: &'f [&'static Column],
    owner: Option<(&'static str, String)>,
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
            columns: &self.listing.columns,
            owner: self.listing.owner().map(|(name, value)| (name, value.to_owned())),
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
        if self.listing.owner().is_some() {
            return Ok(self.send(Page::empty(columns), true));
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
            Missing::EachOf { listing, query, path } => {
                self.each_of(listing, query, path)?.ok_or(error)
            }
        }
    }

    /// Reads what each item of a listing has at its own path, a few items at a time; `None` if the
    /// API has no such path for any of them.
    fn each_of(
        &self,
        listing: &'static str,
        query: (&'static str, &'static str),
        path: &'static str,
    ) -> Result<Option<Wanted>, Error> {
        let mut items = self.walk(listing);
        (items.rows, items.columns, items.query) = (Rows::Pages, &KEY, vec![query]);
        // DuckDB has asked for the page that was not there.
        let mut is_asked = true;
        let mut are_items = false;
        while items.pager.next() != Next::Nothing {
            items.place.page += 1;
            let Some(page) = self.requests().page(&mut items)? else {
                return Ok(Some(Wanted::Break(())));
            };
            advance(&mut items, &page)?;
            are_items |= page.rows > 0;
            let keys = page.texts(0);
            if keys.len() < page.rows {
                let what = "an item has no \"key\" to ask with".to_owned();
                return Err(Error::shape(items.place.clone(), what));
            }
            for keys in keys.chunks(AT_ONCE) {
                for page in self.pages_of(keys, path)? {
                    if self.send_once_asked(&mut is_asked, page, false).is_break() {
                        return Ok(Some(Wanted::Break(())));
                    }
                }
            }
        }
        if is_asked && are_items {
            return Ok(None);
        }
        let end = Page::empty(&self.listing.columns);
        Ok(Some(self.send_once_asked(&mut is_asked, end, true)))
    }

    /// Sends a page once DuckDB asks for it, which it already did if `is_asked`.
    fn send_once_asked(&self, is_asked: &mut bool, page: Page, is_last: bool) -> Wanted {
        if !std::mem::take(is_asked) && self.asked.recv().is_err() {
            return Wanted::Break(());
        }
        self.send(page, is_last)
    }

    /// The pages of all these items, each item on a thread of its own.
    fn pages_of(&self, keys: &[String], path: &str) -> Result<Vec<Page>, Error> {
        let requests = self.requests();
        let name = self.listing.endpoint.parameters.first().map_or("key", |owner| owner.name);
        let results: Vec<Result<Vec<Page>, Error>> = thread::scope(|scope| {
            let threads: Vec<_> = keys
                .iter()
                .map(|key| {
                    let mut walk = self.walk(&path.replace("{key}", &encoded(key)));
                    walk.owner = Some((name, key.clone()));
                    scope.spawn(move || requests.all_pages(walk))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread.join().unwrap_or_else(|panic| {
                        Err(Error::panicked("fetch", panic_message(&*panic)))
                    })
                })
                .collect()
        });
        let mut pages = Vec::new();
        for result in results {
            pages.extend(result?);
        }
        Ok(pages)
    }

    fn requests(&self) -> Requests<'_> {
        Requests { listing: &self.listing, stop: &self.stop }
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
        let Some(page) = self.requests().page(walk)? else { return Ok(Wanted::Break(())) };
        advance(walk, &page)?;
        let is_last = walk.is_last && !page.has_more;
        Ok(self.send(page, is_last))
    }

    fn send(&self, page: Page, is_last: bool) -> Wanted {
        match self.pages.send(Ok(Arrived { page, is_last })) {
            Ok(()) => Wanted::Continue(()),
            Err(_) => Wanted::Break(()),
        }
    }
}

/// Takes a walk past a page.
fn advance(walk: &mut Walk<'_>, page: &Page) -> Result<(), Error> {
    let Page { items, has_more, .. } = *page;
    let end = End { items, last_key: page.last_key.as_deref(), has_more };
    walk.pager.advance(end).map_err(|how| Error::paging(walk.place.clone(), how))
}

/// Makes requests, on any thread.
#[derive(Clone, Copy)]
struct Requests<'f> {
    listing: &'f Listing,
    stop: &'f Stop,
}

impl Requests<'_> {
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
            advance(&mut walk, &page)?;
            pages.push(page);
        }
        Ok(pages)
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
        let Listing { account, page_size, environment, .. } = self.listing;
        let Walk { place, rows, columns, owner, keep, pager, .. } = walk;
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
        let wanted = page::Wanted {
            columns,
            rows: *rows,
            limit: *page_size,
            environment: *environment,
            owner: owner.as_ref().map(|(name, value)| (*name, value.as_str())),
        };
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
