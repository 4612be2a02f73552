//! The fetch thread: reads a listing as it was planned, in as many walks as that takes, and sends the
//! pages on.
//!
//! A part of a listing is one walk through its pages, or two where rows hide from the first. A walk that
//! finds nothing at its path may go on at another one.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::api::client::encoded;
use crate::api::limiter::Turns;
use crate::cache::Entry;
use crate::error::{Error, Place};
use crate::lanes::Lanes;
use crate::listing::Listing;
use crate::outlet::{OVER, Outlet, Wanted};
use crate::page::{self, Page};
use crate::pager::{Next, Pager};
use crate::plan::{Part, Plan};
use crate::requests::{Requests, Stop, Walk};
use crate::schema::{CREATED_AT, Column, Missing, Rows, SecondReading, varchar};
use crate::sieve::{Condition, Doubles, Is, Reading, Sieve, Times};
use crate::spelling;

/// How many pages of a listing are read by one cursor before it is divided.
const PAGES_BY_ONE: u64 = 2;

/// The one column that is read of items which are asked for what they have.
static KEY: [&Column; 1] = [&varchar("key", "Key of the item.")];

/// What the thread has.
#[derive(Debug)]
pub struct Fetch {
    /// What to read.
    pub listing: Listing,
    /// Its ends of the channels.
    pub outlet: Outlet,
    /// How many rows the listing had when it was last read as a whole.
    pub known: Option<u64>,
    /// Whether the query is over.
    pub stop: Arc<Stop>,
    /// When it may make requests.
    pub turns: Turns,
    /// How many requests it makes at once.
    pub width: Arc<AtomicUsize>,
    /// Whether DuckDB has asked for a page that was not sent yet.
    pub owes: Cell<bool>,
    /// How many pages were sent.
    pub sent: Cell<u64>,
}

impl Fetch {
    /// Fetches until the listing ends, something fails for good, or nobody listens any more.
    pub fn run(self) {
        let failed = match catch_unwind(AssertUnwindSafe(|| self.listing())) {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error,
            Err(panic) => Error::from_panic("fetch", &*panic),
        };
        self.outlet.fail(failed);
    }

    fn listing(&self) -> Result<Wanted, Error> {
        let Listing { cache, plan, .. } = &self.listing;
        if cache.is_on() && *plan != Plan::Nothing {
            let question = self.listing.question();
            if let Some(entry) = cache.find(&question) {
                return self.replay(entry);
            }
            self.outlet.keep(cache.record(&question)?);
        }
        self.ask()
    }

    /// Sends what the cache has.
    fn replay(&self, mut entry: Entry) -> Result<Wanted, Error> {
        let Listing { columns, endpoint, page_size, .. } = &self.listing;
        self.outlet.recorder().cached(entry.stored_at());
        for left in (0..entry.pages()).rev() {
            if self.demand().is_break() {
                return Ok(OVER);
            }
            let page = entry.next_page(endpoint.rows).and_then(|(body, origin)| {
                page::read_again(body, columns, *page_size, origin).ok()
            });
            let page =
                page.ok_or_else(|| Error::cache_changed(&self.listing.path(endpoint.path)))?;
            if self.send(page, left == 0).is_break() {
                return Ok(OVER);
            }
        }
        Ok(if entry.pages() == 0 { self.end() } else { Wanted::Continue(()) })
    }

    /// Sends what PartnerStack has.
    fn ask(&self) -> Result<Wanted, Error> {
        match &self.listing.plan {
            Plan::Nothing => Ok(self.end()),
            Plan::Listings(parts) => {
                let known = self.known;
                self.listing.afford(known.map_or(1, |rows| self.listing.pages(rows)))?;
                self.parts(parts)
            }
            Plan::Items { column, path, values, others } => {
                self.listing.afford(values.len() as u64)?;
                self.items(column, path, values, others.clone())
            }
        }
    }

    fn parts(&self, parts: &[Part]) -> Result<Wanted, Error> {
        for (at, part) in parts.iter().enumerate() {
            if self.part(part, at + 1 == parts.len())?.is_break() {
                return Ok(OVER);
            }
        }
        Ok(Wanted::Continue(()))
    }

    /// Reads a part of the listing; all of the listing if the API refuses what narrows it.
    fn part(&self, part: &Part, is_last: bool) -> Result<Wanted, Error> {
        let sent = self.sent.get();
        match self.readings(part, is_last) {
            Err(error)
                if error.is_refusal() && !part.query.is_empty() && self.sent.get() == sent =>
            {
                let whole = Part { only: part.only.clone(), ..Part::default() };
                self.readings(&whole, is_last)
            }
            went => went,
        }
    }

    /// Reads a part of the listing once, or twice where rows hide from the first reading.
    fn readings(&self, part: &Part, is_last: bool) -> Result<Wanted, Error> {
        let mut walk = Walk { is_last, ..self.walk(self.listing.endpoint.path, part) };
        if let Some(SecondReading { member, parameter, value }) = self.second_reading(&walk) {
            let claims = Arc::default();
            let first = Doubles { member, value, reading: Reading::First, claims };
            let mut second = Walk { is_last, ..self.walk(self.listing.endpoint.path, part) };
            second.query.push((parameter.to_owned(), value.to_owned()));
            // Whether the API heeds the parameter is not known; the items themselves are.
            second.sieve.doubles = Some(Doubles { reading: Reading::Second, ..first.clone() });
            walk.sieve.doubles = Some(first);
            walk.then = Some(Box::new(second));
        }
        self.walk_from_first(&mut walk)
    }

    /// How the listing is read a second time, unless the first asks for some of that already.
    fn second_reading(&self, first: &Walk<'_>) -> Option<SecondReading> {
        let second = self.listing.second_reading()?;
        let is_asked = first.query.iter().any(|(name, _)| *name == second.parameter);
        (!is_asked).then_some(second)
    }

    fn walk(&self, path: &str, part: &Part) -> Walk<'_> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut query: Vec<_> = self.listing.query().into_iter().map(owned).collect();
        query.extend(part.query.iter().map(|(name, value)| owned((name, value))));
        let conditions = self.listing.conditions.iter().chain(&part.only);
        Walk {
            place: Place { path: self.listing.path(path), page: 0 },
            rows: self.listing.endpoint.rows,
            columns: &self.listing.columns,
            owner: self.listing.owner().map(|(name, value)| (name, value.to_owned())),
            query,
            narrowed_by: part.to_string(),
            sieve: Sieve {
                conditions: conditions.cloned().collect(),
                times: self.listing.divides.map(|_| Times::of(CREATED_AT)),
                ..Sieve::default()
            },
            pager: Pager::new(),
            is_last: false,
            last_timed: None,
            items: 0,
            total: None,
            share: None,
            then: None,
        }
    }

    /// A walk whose path may turn out not to be there.
    fn walk_from_first<'f>(&'f self, walk: &mut Walk<'f>) -> Result<Wanted, Error> {
        let Listing { account, endpoint, .. } = &self.listing;
        let (path, other) = spelling::paths(&account.base_url, endpoint);
        walk.place.path = self.listing.path(path);
        let error = match self.go_on(walk) {
            Err(error) if walk.place.page == 1 && error.is_not_found() => error,
            went => return went,
        };
        if let Some(other) = other {
            let first = std::mem::replace(&mut walk.place.path, self.listing.path(other));
            match self.go_on_from_first(walk) {
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
            return Ok(self.end());
        }
        match endpoint.missing {
            Missing::Error => Err(error),
            Missing::Instead(sentence) => Err(Error::instead(walk.place.clone(), sentence)),
            Missing::NoRow => Ok(self.end()),
            Missing::SearchIn(path) => {
                let key = self.listing.key().unwrap_or_default().to_owned();
                walk.place.path = self.listing.path(path);
                walk.rows = Rows::Pages;
                walk.sieve.conditions.push(one_of("key", BTreeSet::from([key])));
                self.go_on_from_first(walk)
            }
            Missing::EachOf { listing, query, path } => {
                self.each_of(listing, query, path)?.ok_or(error)
            }
        }
    }

    /// Reads items at a path of each, a few at a time; those that are not found there as what they are
    /// asked for as, in the listing.
    fn items(
        &self,
        column: &str,
        path: &str,
        values: &[String],
        mut others: BTreeSet<String>,
    ) -> Result<Wanted, Error> {
        for values in values.chunks(self.listing.connections) {
            if self.demand().is_break() {
                return Ok(OVER);
            }
            let walk =
                |value: &String| self.item(column, &path.replace("{}", &encoded(value)), value);
            let results = self.requests().at_once(values.iter().map(walk).collect());
            for (value, result) in values.iter().zip(results) {
                let pages = match result {
                    Err(error) if error.is_no_item() => None,
                    result => Some(result?).filter(|pages| pages.iter().all(|p| p.strangers == 0)),
                };
                let Some(pages) = pages else {
                    others.insert(value.clone());
                    continue;
                };
                if self.send_all(pages).is_break() {
                    return Ok(OVER);
                }
            }
        }
        if others.is_empty() {
            return Ok(self.end());
        }
        let whole = Part::default();
        let mut walk = self.walk(self.listing.endpoint.path, &whole);
        walk.is_last = true;
        walk.sieve.conditions.push(one_of(column, others));
        self.go_on(&mut walk)
    }

    /// The walk to one item, at a path that heeds no parameter.
    fn item(&self, column: &str, path: &str, value: &str) -> Walk<'_> {
        let mut walk = self.walk(path, &Part::default());
        walk.rows = Rows::One;
        walk.query.clear();
        walk.narrowed_by = format!("{column} = '{value}'");
        walk.sieve.identity = Some(one_of(column, BTreeSet::from([value.to_owned()])));
        walk
    }

    /// Reads what each item of a listing has at its own path, a few items at a time; `None` if the
    /// API has no such path for any of them.
    fn each_of(
        &self,
        listing: &'static str,
        query: (&'static str, &'static str),
        path: &'static str,
    ) -> Result<Option<Wanted>, Error> {
        let whole = Part::default();
        let mut items = self.walk(listing, &whole);
        (items.rows, items.columns) = (Rows::Pages, &KEY);
        items.query = vec![(query.0.to_owned(), query.1.to_owned())];
        let (mut has_items, mut has_any) = (false, false);
        while items.pager.next() != Next::Nothing {
            items.place.page += 1;
            let Some(page) = self.requests().page(&mut items)? else { return Ok(Some(OVER)) };
            items.advance(&page)?;
            has_items |= page.rows > 0;
            let keys = page.texts(0);
            if keys.len() < page.rows {
                let what = "an item has no \"key\" to ask with".to_owned();
                return Err(Error::shape(items.place.clone(), what));
            }
            for keys in keys.chunks(self.listing.connections) {
                let walks = keys.iter().map(|key| self.walk_of(key, path, &whole)).collect();
                for result in self.requests().at_once(walks) {
                    let pages = result?;
                    has_any |= !pages.is_empty();
                    if self.send_all(pages).is_break() {
                        return Ok(Some(OVER));
                    }
                }
            }
        }
        if has_items && !has_any {
            return Ok(None);
        }
        Ok(Some(self.end()))
    }

    /// The walk through what the item with this key has.
    fn walk_of(&self, key: &str, path: &str, whole: &Part) -> Walk<'_> {
        let name = self.listing.endpoint.parameters.first().map_or("key", |owner| owner.name);
        let mut walk = self.walk(&path.replace("{key}", &encoded(key)), whole);
        walk.owner = Some((name, key.to_owned()));
        walk
    }

    fn requests(&self) -> Requests<'_> {
        Requests {
            listing: &self.listing,
            stop: &self.stop,
            recorder: self.outlet.recorder(),
            turns: &self.turns,
        }
    }

    fn go_on_from_first<'f>(&'f self, walk: &mut Walk<'f>) -> Result<Wanted, Error> {
        walk.place.page = 0;
        self.go_on(walk)
    }

    /// The pages that are left of a walk, each when it is asked for.
    fn go_on<'f>(&'f self, walk: &mut Walk<'f>) -> Result<Wanted, Error> {
        while walk.pager.next() != Next::Nothing {
            if walk.place.page == PAGES_BY_ONE
                && let Some(bounds) = self.can_divide(walk)
            {
                return self.divide(walk, bounds);
            }
            if self.demand().is_break() {
                return Ok(OVER);
            }
            walk.place.page += 1;
            let Some(page) = self.requests().page(walk)? else { return Ok(OVER) };
            walk.advance(&page)?;
            if page.has_more {
                let left = walk.total.map_or(0, |total| total.saturating_sub(walk.items as u64));
                self.listing.afford(self.listing.pages(left))?;
            }
            let is_last = walk.is_last && walk.then.is_none() && !page.has_more;
            if self.send(page, is_last).is_break() {
                return Ok(OVER);
            }
        }
        match walk.take_next() {
            Some(mut then) => self.go_on(&mut then),
            None => Ok(Wanted::Continue(())),
        }
    }

    /// The parameters that divide a listing by time, if it is worth it: where they exist, more than a page is
    /// left, and every item so far has a time.
    fn can_divide(&self, walk: &Walk<'_>) -> Option<(&'static str, &'static str)> {
        let times = walk.sieve.times.as_ref()?;
        let left = walk.total.map_or(u64::MAX, |total| total.saturating_sub(walk.items as u64));
        let is_worth_it = left > self.listing.page_size as u64 && self.listing.connections > 1;
        self.listing.divides.filter(|_| is_worth_it && times.untimed == 0)
    }

    /// Reads what is left of a walk by several cursors.
    fn divide<'f>(
        &'f self,
        walk: &mut Walk<'f>,
        bounds: (&'static str, &'static str),
    ) -> Result<Wanted, Error> {
        let count = self.listing.connections;
        self.width.store(count, Ordering::Relaxed);
        let went = Lanes::run(self.requests(), &self.outlet, bounds, count, walk);
        self.width.store(1, Ordering::Relaxed);
        match went? {
            Wanted::Continue(()) if walk.is_last => Ok(self.end()),
            wanted => Ok(wanted),
        }
    }

    /// Waits until DuckDB wants a page.
    fn demand(&self) -> Wanted {
        if !self.owes.get() {
            self.outlet.demand()?;
        }
        self.owes.set(true);
        Wanted::Continue(())
    }

    /// Sends a page, once it is wanted.
    fn send(&self, page: Page, is_last: bool) -> Wanted {
        self.demand()?;
        self.owes.set(false);
        self.sent.set(self.sent.get() + 1);
        self.outlet.send(page, is_last)
    }

    fn send_all(&self, pages: Vec<Page>) -> Wanted {
        pages.into_iter().try_for_each(|page| self.send(page, false))
    }

    /// Ends the scan.
    fn end(&self) -> Wanted {
        self.send(Page::empty(&self.listing.columns), true)
    }
}

fn one_of(column: &str, values: BTreeSet<String>) -> Condition {
    Condition { column: column.to_owned(), is: Is::OneOf(values) }
}
