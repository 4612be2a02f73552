//! The answers of the API itself.

use hyper::HeaderMap;
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, HOST};

use crate::auth::{self, Api};
use crate::envelope::{Page, root};
use crate::faults::{Asked, Cursor as Lie, Kind, Wire};
use crate::listing::{Listing, Rows};
use crate::log::{LogEntry, loggable};
use crate::paging::{Cursor, Paging, Slice};
use crate::query::{Query, decode};
use crate::reply::Reply;
use crate::resources::{self, Resource};
use crate::scenario::{Scenario, Total};
use crate::state::State;
use crate::wire::{Place, spoil};

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

    fn place(&self) -> Place<'_> {
        Place { host: self.header(HOST).unwrap_or("127.0.0.1"), target: &self.target }
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
    answer.reply.retry_after = scenario.retry_after;
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
    resource: &'static dyn Resource,
    key: Option<String>,
    api: Api,
    listing: Listing,
}

fn bad_request(message: String) -> Reply {
    Reply::error(400, &message)
}

/// The resource of a path, and the key of a single object.
fn route(path: &str) -> Option<(&'static dyn Resource, Option<String>)> {
    let rest = path.strip_prefix("/api/v2/")?;
    let (name, key) = match rest.split_once('/') {
        Some((name, key)) => (name, Some(key)),
        None => (rest, None),
    };
    let resource = resources::named(name).ok()?;
    match key {
        Some(key) if key.is_empty() || key.contains('/') || !resource.has_single() => None,
        key => Some((resource, key.map(decode))),
    }
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
        let (resource, key) = route(&request.path).ok_or_else(|| Reply::error(404, "Not Found"))?;
        let api = scenario
            .credentials
            .check(request.header(AUTHORIZATION))
            .filter(|&api| resource.serves(api))
            .ok_or_else(|| Reply::error(401, "Missing Authentication"))?;
        if scenario.deny.iter().any(|denied| denied == resource.path()) {
            return Err(Reply::error(403, "Forbidden"));
        }
        if !state.admit(scenario) {
            return Err(Reply::error(429, "Too Many Requests"));
        }
        let listing = state.listing(scenario, resource, api);
        let query = Query::parse(&request.query);
        Ok(Call { state, scenario, request, query, resource, key, api, listing })
    }

    fn answer(&self) -> Result<Answer, Reply> {
        match &self.key {
            Some(key) => self.single(key),
            None => self.list(),
        }
    }

    fn list(&self) -> Result<Answer, Reply> {
        let paging = Paging::read(&self.query, self.scenario.limits).map_err(bad_request)?;
        let rows = self
            .listing
            .select(self.resource, self.api, &self.query, self.scenario)
            .map_err(bad_request)?;
        let slice = self.slice(&paging, &rows)?;
        let number = slice.page(paging.limit);
        let fault = self.fault(number, slice.len(), !slice.has_more);
        let (reply, items) = self.page(&rows, paging.limit, slice, fault);
        Ok(Answer { reply, page: number, items })
    }

    fn slice(&self, paging: &Paging, rows: &Rows) -> Result<Slice, Reply> {
        let around = |key: &str| {
            let place = self.listing.find(key).and_then(|position| rows.around(position));
            place.ok_or_else(|| bad_request(format!("unknown cursor '{key}'")))
        };
        Ok(match &paging.cursor {
            Cursor::Start => Slice::from(0, paging.limit, rows.len()),
            Cursor::After(key) => Slice::from(around(key)?.1, paging.limit, rows.len()),
            Cursor::Before(key) => Slice::until(around(key)?.0, paging.limit),
        })
    }

    fn fault(&self, page: usize, items: usize, last: bool) -> Option<Kind> {
        let asked = Asked {
            page,
            items,
            last,
            single: self.key.is_some(),
            redirected: self.query.get("redirected").is_some(),
            host: self.request.place().host,
        };
        self.state.pick_fault(self.scenario, &asked)
    }

    fn page(&self, rows: &Rows, limit: usize, slice: Slice, fault: Option<Kind>) -> (Reply, usize) {
        let slice = match fault {
            Some(Kind::Cursor(Lie::RepeatPage)) => {
                Slice::from(slice.start.saturating_sub(limit), limit, rows.len())
            }
            Some(Kind::Cursor(Lie::Stuck)) => Slice::last(limit, rows.len()),
            _ => slice,
        };
        let mut page = self.render(rows, slice);
        if let Some(Kind::Cursor(how)) = fault {
            page.lie(how);
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
        let whole = matches!(how, Wire::Drip | Wire::Bom | Wire::BadUtf8 | Wire::GzipBomb);
        (spoil(reply, how, &self.request.place()), if whole { items } else { 0 })
    }

    fn render(&self, rows: &Rows, slice: Slice) -> Page {
        let with_total = match self.scenario.total {
            Total::Always => true,
            Total::Never => false,
            Total::Facts => self.resource.has_total(self.api),
        };
        Page {
            items: (slice.start..slice.end).map(|at| self.listing.item(rows.at(at))).collect(),
            has_more: slice.has_more,
            total: with_total.then_some(rows.len()),
            message: self.resource.message(),
        }
    }

    fn single(&self, key: &str) -> Result<Answer, Reply> {
        let position = self.listing.find(key).ok_or_else(|| Reply::error(404, "Not Found"))?;
        let item = self.listing.item(position);
        let message = self.resource.message();
        let reply = Reply::json(200, root(Some(&item), message, "200"));
        let reply = match self.fault(1, 1, true) {
            Some(Kind::Wire(how)) => self.spoiled(reply, how, 1).0,
            Some(Kind::Envelope(how)) => {
                let page = Page { items: vec![item], has_more: false, total: None, message };
                Reply::json(200, page.deformed(how))
            }
            _ => reply,
        };
        Ok(Answer { reply, page: 1, items: 1 })
    }
}
