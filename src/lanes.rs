//! Several cursors on one listing, each on a thread and a connection of its own.
//!
//! The first goes on where a single cursor stood. The others divide what is left of it, and of each other,
//! for as long as that is worth a request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::outlet::{OVER, Outlet, Wanted};
use crate::page::Page;
use crate::pager::{Next, Pager};
use crate::requests::{Requests, Share, Walk};
use crate::schema::CREATED_AT;
use crate::sieve::Times;
use crate::windows::{Span, Windows};

/// How often a lane without a window looks whether the query is over.
const GLANCE: Duration = Duration::from_millis(20);

/// The lanes of one listing.
#[derive(Debug)]
pub struct Lanes<'f> {
    requests: Requests<'f>,
    outlet: &'f Outlet,
    /// The query parameters for the earliest and the latest time.
    bounds: (&'static str, &'static str),
    windows: Arc<Mutex<Windows>>,
    /// Another walk, which one lane makes before it helps the others.
    beside: Mutex<Option<Walk<'f>>>,
    changed: Condvar,
    is_over: AtomicBool,
}

/// What a lane leaves behind: whether the query still wants pages, and the walks it made.
type Made<'f> = (Wanted, Vec<Walk<'f>>);

/// What a lane is to do next.
enum Job {
    /// A walk that has nothing to do with the others.
    Whole,
    /// A window.
    Window(usize),
    /// What lies behind the item with this key.
    Tail(String),
}

impl<'f> Lanes<'f> {
    /// Reads what is left of `walk` by `count` cursors.
    pub fn run(
        requests: Requests<'f>,
        outlet: &'f Outlet,
        bounds: (&'static str, &'static str),
        count: usize,
        walk: &mut Walk<'f>,
    ) -> Result<Wanted, Error> {
        let mut beside = walk.take_next();
        beside.iter_mut().for_each(|walk| walk.sieve.times = None);
        let template = walk.fork();
        let mut first = std::mem::replace(walk, walk.fork());
        let times = first.sieve.times.take().unwrap_or_else(|| Times::of(CREATED_AT));
        first.sieve.times = Some(Times { owns_untimed: false, ..Times::of(times.member) });
        let span = span(&first.query, bounds);
        let windows = Windows::new(span, times.seen, times.last, requests.listing.page_size, count);
        let lanes = Lanes {
            requests,
            outlet,
            bounds,
            windows: Arc::new(Mutex::new(windows)),
            beside: Mutex::new(beside),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
        };
        // What ended one of them is why the others are over.
        let made = lanes.all(first, &template, count).into_iter().collect::<Result<Vec<_>, _>>()?;
        if made.iter().any(|(wanted, _)| wanted.is_break()) {
            return Ok(OVER);
        }
        let made: Vec<_> = made.into_iter().flat_map(|(_, walks)| walks).collect();
        if span == Span::ALL {
            check_untimed(&made)?;
        }
        Ok(Wanted::Continue(()))
    }

    /// Runs every lane to its end.
    fn all(
        &self,
        first: Walk<'f>,
        template: &Walk<'f>,
        count: usize,
    ) -> Vec<Result<Made<'f>, Error>> {
        thread::scope(|scope| {
            let others: Vec<_> =
                (1..count).map(|_| scope.spawn(|| self.guarded(None, template))).collect();
            let mine = self.guarded(Some(first), template);
            let join = |lane: thread::ScopedJoinHandle<'_, _>| {
                lane.join().unwrap_or_else(|panic| Err(Error::from_panic("fetch", &*panic)))
            };
            std::iter::once(mine).chain(others.into_iter().map(join)).collect()
        })
    }

    /// One lane, whose panic is an error that ends the others.
    fn guarded(&self, first: Option<Walk<'f>>, template: &Walk<'f>) -> Result<Made<'f>, Error> {
        let made = catch_unwind(AssertUnwindSafe(|| self.lane(first, template)));
        let made = made.unwrap_or_else(|panic| Err(Error::from_panic("fetch", &*panic)));
        if !matches!(made, Ok((Wanted::Continue(()), _))) {
            self.is_over.store(true, Ordering::Relaxed);
            self.changed.notify_all();
        }
        made
    }

    /// One lane: a job, and then another for as long as there are any.
    fn lane(&self, first: Option<Walk<'f>>, template: &Walk<'f>) -> Result<Made<'f>, Error> {
        let mut made = Vec::new();
        let mut next = match first {
            Some(walk) => Some((Job::Window(0), walk)),
            None => self.beside().map(|walk| (Job::Whole, walk)),
        };
        while let Some((job, mut walk)) = next.or_else(|| Some((self.job()?, template.fork()))) {
            let wanted = match job {
                Job::Whole => self.whole(&mut walk)?,
                Job::Window(number) => match self.window(number, &mut walk) {
                    Err(error) if number > 0 && self.is_for_its_bounds(&error) => {
                        // DuckDB still waits for the page that was refused.
                        return Ok((self.outlet.send(Page::empty(walk.columns), false), made));
                    }
                    went => went?,
                },
                Job::Tail(key) => {
                    behind(key, &mut walk);
                    self.whole(&mut walk)?
                }
            };
            if wanted.is_break() {
                return Ok((OVER, made));
            }
            made.push(walk);
            next = None;
        }
        Ok((Wanted::Continue(()), made))
    }

    /// Whether a window's request was refused because it has bounds.
    fn is_for_its_bounds(&self, error: &Error) -> bool {
        error.is_refusal() && self.windows().refused()
    }

    /// What is to be done next, once there is something that is worth it; none when all is done.
    fn job(&self) -> Option<Job> {
        let mut windows = self.windows();
        loop {
            if self.is_over.load(Ordering::Relaxed) || self.requests.stop.is_set() {
                return None;
            }
            if let Some(key) = windows.tail() {
                return Some(Job::Tail(key));
            }
            if let Some(new) = windows.divide() {
                return Some(Job::Window(new));
            }
            if windows.are_done() {
                return None;
            }
            let waited = self.changed.wait_timeout(windows, GLANCE);
            windows = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Walks a window to its end.
    fn window(&self, number: usize, walk: &mut Walk<'f>) -> Result<Wanted, Error> {
        while walk.pager.next() != Next::Nothing {
            let Some(asked) = self.windows().ask(number) else { break };
            bound(&mut walk.query, self.bounds, asked);
            walk.share = Some(Share { windows: self.windows.clone(), window: number, asked });
            if self.page(walk)?.is_break() {
                return Ok(OVER);
            }
            self.changed.notify_all();
        }
        self.windows().done(number, walk.last_timed.clone());
        self.changed.notify_all();
        Ok(Wanted::Continue(()))
    }

    /// Walks all that a walk has.
    fn whole(&self, walk: &mut Walk<'f>) -> Result<Wanted, Error> {
        while walk.pager.next() != Next::Nothing {
            if self.page(walk)?.is_break() {
                return Ok(OVER);
            }
        }
        Ok(Wanted::Continue(()))
    }

    /// One page of a walk, once it is wanted.
    fn page(&self, walk: &mut Walk<'f>) -> Result<Wanted, Error> {
        if self.outlet.demand().is_break() || self.is_over.load(Ordering::Relaxed) {
            return Ok(OVER);
        }
        walk.place.page += 1;
        let Some(page) = self.requests.page(walk)? else { return Ok(OVER) };
        walk.advance(&page)?;
        Ok(self.outlet.send(page, false))
    }

    fn beside(&self) -> Option<Walk<'f>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a walk one through what lies behind the oldest item, without bounds, for items without a time.
fn behind(key: String, walk: &mut Walk<'_>) {
    walk.pager = Pager::after(key);
    if let Some(times) = &mut walk.sieve.times {
        (times.own, times.owns_untimed) = (Some(Span::NONE), true);
    }
}

/// Items without a time that a window met must have come behind the oldest item too. If not, they stand among
/// the others, and some may be in no window at all.
fn check_untimed(made: &[Walk<'_>]) -> Result<(), Error> {
    let times = || made.iter().filter_map(|walk| walk.sieve.times.as_ref());
    let met = times().filter(|times| !times.owns_untimed).map(|times| times.untimed).max();
    let came = times().filter(|times| times.owns_untimed).map(|times| times.untimed).sum();
    match made.first() {
        Some(walk) if met > Some(came) => Err(Error::untimed(&walk.place.path, CREATED_AT)),
        _ => Ok(()),
    }
}

/// The times that a query is bounded to, by the parameters of these names.
fn span(query: &[(String, String)], (least, most): (&str, &str)) -> Span {
    let value = |name| {
        let found = query.iter().find(|(parameter, _)| parameter == name);
        found.and_then(|(_, value)| value.parse::<i64>().ok())
    };
    // They were widened by a millisecond.
    Span { least: value(least).map(|least| least + 1), most: value(most).map(|most| most - 1) }
}

/// Bounds a query to these times.
fn bound(query: &mut Vec<(String, String)>, (least, most): (&str, &str), span: Span) {
    query.retain(|(name, _)| name != least && name != most);
    for (name, time) in [(least, span.least), (most, span.most)] {
        query.extend(time.map(|time| (name.to_owned(), time.to_string())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_bounded_anew() {
        let names = ("min_created", "max_created");
        let mut query = vec![("status".to_owned(), "paid".to_owned())];
        let span_of = Span { least: Some(5), most: None };
        bound(&mut query, names, span_of.widened());
        assert_eq!(query[1], ("min_created".to_owned(), "4".to_owned()));
        assert_eq!(span(&query, names), span_of);
        bound(&mut query, names, Span::ALL);
        assert_eq!((query.len(), span(&query, names)), (1, Span::ALL));
    }
}
