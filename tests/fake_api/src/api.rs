//! The answers of the API itself.

use hyper::HeaderMap;
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, HOST};

use crate::auth::{self, Api};
use crate::endpoints::{Ask, Endpoint};
use crate::envelope::{Page, Shape};
use crate::faults::Asked;
use crate::given::Given;
use crate::kinds::{Cursor as Lie, Deletion, Kind, Packed, Wire};
use crate::listing::{Listing, Rows};
use crate::log::{LogEntry, loggable};
use crate::paging::{Cursor, Paging, Slice};
use crate::query::Query;
use crate::reply::Reply;
use crate::resources::Resource;
use crate::route::{Target, route};
use crate::scenario::{Scenario, Total, UnknownCursor};
use crate::state::State;
use crate::wire::{Place, spoil};
use crate::world::World;

/// A request to the API.
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path from `/api` on.
    pub(crate) path: String,
    /// The query string without the `?`.
    pub(crate) query: String,
    /// Path and query with the scenario.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
}

impl Request {
    fn header(&self, name: hyper::header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn place<'a>(&'a self, scenario: &'a Scenario) -> Place<'a> {
        Place {
            host: self.header(HOST).unwrap_or("127.0.0.1"),
            elsewhere: scenario.elsewhere.as_deref(),
            target: &self.target,
            authorization: self.header(AUTHORIZATION).unwrap_or_default(),
        }
    }

    /// The log entry of this request and its answer.
    pub(crate) fn entry(&self, answer: &Answer, in_flight: usize) -> LogEntry {
        LogEntry {
            n: 0,
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            params: Query::parse(&self.query).to_map(),
            status: answer.reply.logged_status(),
            auth: auth::scheme(self.header(AUTHORIZATION)).to_owned(),
            page: answer.page,
            items: answer.items,
            in_flight,
            headers: loggable(&self.headers),
        }
    }
}

/// An answer with what the log wants to know.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    page: usize,
    items: usize,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Answer {
        Answer { reply, page: 0, items: 0 }
    }
}

/// Answers a request.
pub(crate) fn answer(state: &State, request: &Request) -> Answer {
    let scenario = match &state.scenario {
        Ok(scenario) => scenario,
        Err(why) => return Reply::error(500, &format!("bad scenario: {why}")).into(),
    };
    let mut answer = Call::open(state, scenario, request)
        .and_then(|call| call.answer())
        .unwrap_or_else(Answer::from);
    answer.reply.retry_after.clone_from(&scenario.retry_after);
    let accepts = request.header(ACCEPT_ENCODING).is_some_and(|value| value.contains("gzip"));
    if scenario.gzip && accepts && !answer.reply.gzip {
        answer.reply.compress();
    }
    answer
}

/// A request that passed the doors.
struct Call<'a> {
    state: &'a State,
    scenario: &'a Scenario,
    request: &'a Request,
    query: Query,
    target: Target,
    api: Api,
}

/// What a request selects, before it is cut into pages.
struct Selection {
    listing: Listing,
    rows: Rows,
    shape: Shape,
    with_total: bool,
}

fn bad_request(message: String) -> Reply {
    Reply::error(400, &message)
}

fn not_found() -> Reply {
    Reply::error(404, "Not Found")
}

impl<'a> Call<'a> {
    fn open(
        state: &'a State,
        scenario: &'a Scenario,
        request: &'a Request,
    ) -> Result<Call<'a>, Reply> {
        if request.method != "GET" {
            return Err(Reply::error(405, "Method Not Allowed"));
        }
        let target = route(scenario, &request.path).ok_or_else(not_found)?;
        let api = scenario
            .credentials
            .check(request.header(AUTHORIZATION))
            .filter(|&api| target.serves(api))
            .ok_or_else(|| Reply::error(401, "Missing Authentication"))?;
        if scenario.deny.contains(&target.knob()) {
            return Err(Reply::error(403, "Forbidden"));
        }
        if !state.admit(scenario) {
            return Err(Reply::error(429, "Too Many Requests"));
        }
        let query = Query::parse(&request.query);
        Ok(Call { state, scenario, request, query, target, api })
    }

    fn answer(&self) -> Result<Answer, Reply> {
        let found = self.select()?;
        let paging = match found.shape {
            Shape::Items => Paging::read(&self.query, self.scenario.limits).map_err(bad_request)?,
            _ => Paging::whole(),
        };
        let slice = self.slice(&found, &paging)?;
        let number = slice.page(paging.limit);
        let fault = self.fault(&found, number, &slice);
        let (reply, items) = self.page(&found, paging.limit, slice, fault);
        Ok(Answer { reply, page: number, items })
    }

    fn select(&self) -> Result<Selection, Reply> {
        match &self.target {
            Target::List(resource) => self.list(*resource),
            Target::Single(resource, key) => self.single(*resource, key),
            Target::Endpoint(endpoint, arguments) => self.endpoint(*endpoint, arguments),
        }
    }

    fn list(&self, resource: &'static dyn Resource) -> Result<Selection, Reply> {
        self.state.churn(self.scenario, resource);
        let listing = self.state.listing(self.scenario, resource, self.api);
        let rows =
            listing.select(resource, self.api, &self.query, self.scenario).map_err(bad_request)?;
        let with_total = self.with_total(resource.has_total(self.api));
        Ok(Selection { listing, rows, shape: Shape::Items, with_total })
    }

    fn single(&self, resource: &'static dyn Resource, key: &str) -> Result<Selection, Reply> {
        let listing = self.state.listing(self.scenario, resource, self.api);
        let other = || {
            let key = resource.key_of(&World::get(self.scenario.seed), key)?;
            listing.find(&key)
        };
        let position = listing.find(key).or_else(other).ok_or_else(not_found)?;
        let rows = Rows::range(position..position + 1);
        Ok(Selection { listing, rows, shape: Shape::Object, with_total: false })
    }

    fn endpoint(
        &self,
        endpoint: &'static dyn Endpoint,
        arguments: &[String],
    ) -> Result<Selection, Reply> {
        let Call { state, scenario, api, ref query, .. } = *self;
        let ask = Ask { state, scenario, api, query, arguments };
        let items = endpoint.find(&ask).ok_or_else(not_found)?;
        let rows = Rows::range(0..items.len());
        let listing = Listing::given(items);
        let shape = endpoint.shape().unwrap_or(scenario.shape);
        Ok(Selection { listing, rows, shape, with_total: self.with_total(false) })
    }

    fn with_total(&self, as_seen: bool) -> bool {
        match self.scenario.total {
            Total::Always => true,
            Total::Never => false,
            Total::Facts => as_seen,
        }
    }

    fn fault(&self, found: &Selection, page: usize, slice: &Slice) -> Option<Kind> {
        let asked = Asked {
            url: &self.request.target,
            page,
            items: slice.len(),
            last: !slice.has_more,
            single: found.shape != Shape::Items,
            redirected: self.query.get("redirected").is_some(),
            host: self.request.place(self.scenario).host,
        };
        self.state.pick_fault(self.scenario, &asked)
    }

    fn page(
        &self,
        found: &Selection,
        limit: usize,
        slice: Slice,
        fault: Option<Kind>,
    ) -> (Reply, usize) {
        let total = found.rows.len();
        let slice = match fault {
            Some(Kind::Cursor(Lie::RepeatPage | Lie::ReversePage)) => {
                Slice::from(slice.start.saturating_sub(limit), limit, total)
            }
            Some(Kind::Cursor(Lie::Overlap)) => {
                Slice::from(slice.start.saturating_sub(3), limit, total)
            }
            Some(Kind::Cursor(Lie::Overfull)) => Slice::from(slice.start, limit + 3, total),
            Some(Kind::Cursor(Lie::Stuck)) => Slice::last(limit, total),
            _ => slice,
        };
        let mut page = self.render(found, slice);
        match fault {
            Some(Kind::Cursor(how)) => page.lie(how),
            Some(Kind::Deletion(how)) => self.delete(&page, how),
            _ => {}
        }
        let body = match fault {
            Some(Kind::Envelope(how)) => page.deformed(how),
            _ => page.body(),
        };
        let reply = Reply::json(200, body);
        match fault {
            Some(Kind::Wire(how)) => self.spoiled(reply, how, page.items.len()),
            _ => (reply, page.items.len()),
        }
    }

    /// The spoiled answer and how many rows are left in it.
    fn spoiled(&self, reply: Reply, how: Wire, items: usize) -> (Reply, usize) {
        let whole = match how {
            Wire::Drip | Wire::Bom | Wire::BadUtf8 | Wire::GzipBomb => true,
            Wire::Partial | Wire::HtmlType | Wire::Chunked | Wire::Close | Wire::Stale => true,
            Wire::Packed(how) => matches!(how, Packed::Good | Packed::Members),
            Wire::ByHand(how) => how.is_whole(),
            _ => false,
        };
        (spoil(reply, how, &self.request.place(self.scenario)), if whole { items } else { 0 })
    }

    /// Deletes rows of a page that is about to be answered.
    fn delete(&self, page: &Page, how: Deletion) {
        let items = match how {
            Deletion::Last => &page.items[page.items.len().saturating_sub(1)..],
            Deletion::Page => &page.items[..],
        };
        let gone: Vec<Given> = items.iter().filter_map(|item| Given::from_bytes(item)).collect();
        if let Target::List(resource) = self.target {
            self.state.change(self.scenario, resource, |all| {
                all.retain(|item| !gone.iter().any(|gone| gone.is_same(item)));
            });
        }
    }

    fn render(&self, found: &Selection, slice: Slice) -> Page {
        let Selection { listing, rows, shape, with_total } = found;
        let positions: Vec<usize> = (slice.start..slice.end).map(|at| rows.at(at)).collect();
        Page {
            shape: *shape,
            items: listing.items_at(&positions, &self.query),
            has_more: slice.has_more,
            total: with_total.then_some(rows.len()),
            message: self.target.message(),
        }
    }

    /// The rows of the page that is asked for.
    fn slice(&self, found: &Selection, paging: &Paging) -> Result<Slice, Reply> {
        let around = |key: &str| found.rows.around(found.listing.find(key)?);
        let total = found.rows.len();
        let (key, slice) = match &paging.cursor {
            Cursor::Start => return Ok(Slice::from(0, paging.limit, total)),
            Cursor::After(key) => {
                (key, around(key).map(|(_, until)| Slice::from(until, paging.limit, total)))
            }
            Cursor::Before(key) => {
                (key, around(key).map(|(before, _)| Slice::until(before, paging.limit)))
            }
        };
        match (slice, self.scenario.unknown_cursor) {
            (Some(slice), _) => Ok(slice),
            (None, UnknownCursor::Empty) => Ok(Slice::from(total, paging.limit, total)),
            (None, UnknownCursor::Status(status)) => {
                Err(Reply::error(status, &format!("unknown cursor '{key}'")))
            }
        }
    }
}
