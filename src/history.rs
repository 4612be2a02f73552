//! What this database asked PartnerStack for, for `partnerstack_requests()` and `partnerstack_scans()`.
//!
//! Both remember a bounded number, the latest. Keys are in neither: an account is the name of its secret.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::schema::{Column, bigint, boolean, map, timestamp, varchar};

/// The columns of `partnerstack_requests()`.
pub static REQUESTS: [Column; 17] = [
    timestamp("requested_at", "When the request was sent."),
    bigint("scan", "Number of the scan that it was made for, as in partnerstack_scans()."),
    varchar("account", "Name of the secret whose keys were used."),
    varchar("method", "Method, which is always GET."),
    varchar("path", "Path under the base URL."),
    map("parameters", "Query parameters."),
    bigint("status", "Status of the answer; NULL if none came."),
    bigint("attempt", "How often it was tried so far, counted from 1.").unit("count"),
    bigint("waited_ms", "How long it was held back before it was sent.").unit("milliseconds"),
    bigint("took_ms", "How long it took, its body included.").unit("milliseconds"),
    bigint("bytes", "Size of the body, after decompression.").unit("bytes"),
    bigint("items", "How many items were in the answer.").unit("count"),
    bigint("rows", "How many of them became rows.").unit("count"),
    bigint("page", "Which page of its walk it asked for, counted from 1."),
    boolean("is_last", "Whether it was the last page of its walk."),
    varchar(
        "narrowed_by",
        "What the query's filters added: query parameters, or the key in the path.",
    ),
    varchar("error", "What failed, in a sentence."),
];

/// The columns of `partnerstack_scans()`.
pub static SCANS: [Column; 14] = [
    bigint("scan", "Number of the scan, counted from 1."),
    timestamp("started_at", "When its first request was due."),
    varchar("table", "Name of the table."),
    varchar("api", "API that was asked: vendor or partner."),
    varchar("account", "Name of the secret whose keys were used."),
    varchar("pushed", "What the query's filters added to the requests; parts with | between them."),
    varchar("residual", "Filters that DuckDB alone applied; it applies the others too."),
    bigint("pages", "How many pages arrived.").unit("count"),
    bigint("rows", "How many rows they had.").unit("count"),
    bigint("requests", "How many requests were made.").unit("count"),
    bigint("retries", "How many of them were made again.").unit("count"),
    bigint("took_ms", "Time from its start to the last thing that happened.").unit("milliseconds"),
    boolean(
        "complete",
        "Whether it was read to its end; false after an error, and where a LIMIT needed no more.",
    ),
    timestamp(
        "cached_at",
        "When what the cache answered was asked for; NULL where PartnerStack was asked.",
    ),
];

/// A request that was made.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it was sent.
    pub at: SystemTime,
    /// The path under the base URL.
    pub path: String,
    /// The query parameters.
    pub query: Vec<(String, String)>,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How often it was tried, counted from 1.
    pub attempt: u32,
    /// How long it was held back.
    pub waited: Duration,
    /// How long it took.
    pub took: Duration,
    /// The size of the body.
    pub bytes: Option<usize>,
    /// The items and rows in it.
    pub items: Option<(usize, usize)>,
    /// Which page it asked for.
    pub page: u64,
    /// Whether no page follows.
    pub is_last: bool,
    /// What filters added to it.
    pub narrowed_by: String,
    /// What failed.
    pub error: Option<String>,
}

/// What a scan is, before it has begun.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name of the table.
    pub table: &'static str,
    /// The word for the API.
    pub api: &'static str,
    /// The name of the secret.
    pub account: String,
    /// What filters added to the requests.
    pub pushed: String,
    /// The filters that added nothing.
    pub residual: String,
}

#[derive(Debug)]
struct Scan {
    number: u64,
    subject: Subject,
    at: SystemTime,
    took: Duration,
    pages: u64,
    rows: u64,
    requests: u64,
    retries: u64,
    is_complete: bool,
    cached_at: Option<SystemTime>,
}

/// The latest requests and scans of a database.
#[derive(Debug, Default)]
pub struct History(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    scans_so_far: u64,
    scans: VecDeque<Scan>,
    requests: VecDeque<(u64, String, Request)>,
}

/// One scan's place in the history.
#[derive(Clone, Debug)]
pub struct Recorder {
    history: Arc<History>,
    number: u64,
    account: String,
    most: usize,
    lines: Arc<Mutex<Vec<String>>>,
}

impl History {
    /// Begins a scan; `most` scans, and as many requests, are remembered.
    pub fn begin(self: &Arc<History>, subject: Subject, most: usize) -> Recorder {
        let account = subject.account.clone();
        let mut kept = self.kept();
        kept.scans_so_far += 1;
        let number = kept.scans_so_far;
        kept.scans.push_back(Scan {
            number,
            subject,
            at: SystemTime::now(),
            took: Duration::ZERO,
            pages: 0,
            rows: 0,
            requests: 0,
            retries: 0,
            is_complete: false,
            cached_at: None,
        });
        shorten(&mut kept.scans, most);
        Recorder { history: self.clone(), number, account, most, lines: Arc::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        locked(&self.0)
    }

    /// The requests, the latest last, as objects with the members of [`REQUESTS`].
    pub fn requests(&self) -> Vec<Value> {
        let kept = self.kept();
        let row = |(scan, account, request): &(u64, String, Request)| {
            let mut row = request.members();
            row["scan"] = json!(scan);
            row["account"] = json!(account);
            row
        };
        kept.requests.iter().map(row).collect()
    }

    /// The scans, the latest last, as objects with the members of [`SCANS`].
    pub fn scans(&self) -> Vec<Value> {
        self.kept().scans.iter().map(Scan::members).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shorten<T>(queue: &mut VecDeque<T>, most: usize) {
    while queue.len() > most {
        queue.pop_front();
    }
}

impl Recorder {
    /// Notes a request.
    pub fn request(&self, request: Request) {
        locked(&self.lines).push(request.line(self.number, &self.account));
        let mut kept = self.history.kept();
        self.update(&mut kept, |scan| {
            scan.requests += 1;
            scan.retries += u64::from(request.attempt > 1);
        });
        kept.requests.push_back((self.number, self.account.clone(), request));
        shorten(&mut kept.requests, self.most);
    }

    /// The requests that were noted since the last call, a line each, for a log.
    pub fn new_lines(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.lines))
    }

    /// Notes a page with this many rows.
    pub fn page(&self, rows: usize) {
        self.update(&mut self.history.kept(), |scan| {
            scan.pages += 1;
            scan.rows += rows as u64;
        });
    }

    /// Notes that the scan was read to its end.
    pub fn complete(&self) {
        self.update(&mut self.history.kept(), |scan| scan.is_complete = true);
    }

    /// Notes that the cache answers with what was asked for at that time.
    pub fn cached(&self, at: SystemTime) {
        self.update(&mut self.history.kept(), |scan| scan.cached_at = Some(at));
    }

    fn update(&self, kept: &mut Kept, change: impl FnOnce(&mut Scan)) {
        let found = kept.scans.iter_mut().rev().find(|scan| scan.number == self.number);
        if let Some(scan) = found {
            scan.took = scan.at.elapsed().unwrap_or_default();
            change(scan);
        }
    }
}

impl Request {
    fn members(&self) -> Value {
        let parameters: Map<String, Value> =
            self.query.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "requested_at": millis(self.at),
            "method": "GET",
            "path": self.path,
            "parameters": parameters,
            "status": self.status,
            "attempt": self.attempt,
            "waited_ms": self.waited.as_millis() as u64,
            "took_ms": self.took.as_millis() as u64,
            "bytes": self.bytes,
            "items": self.items.map(|(items, _)| items),
            "rows": self.items.map(|(_, rows)| rows),
            "page": self.page,
            "is_last": self.is_last,
            "narrowed_by": self.narrowed_by,
            "error": self.error,
        })
    }

    fn line(&self, scan: u64, account: &str) -> String {
        let query: Vec<_> =
            self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let status = self.status.map_or("no answer".into(), |status| status.to_string());
        let items = self.items.map_or(String::new(), |(items, _)| format!(", {items} items"));
        let took = self.took.as_millis();
        format!(
            "scan {scan}, account \"{account}\": GET {}{query}: {status}, {took} ms{items}, attempt {}",
            self.path, self.attempt
        )
    }
}

impl Scan {
    fn members(&self) -> Value {
        let Subject { table, api, account, pushed, residual } = &self.subject;
        json!({
            "scan": self.number,
            "started_at": millis(self.at),
            "table": table,
            "api": api,
            "account": account,
            "pushed": pushed,
            "residual": residual,
            "pages": self.pages,
            "rows": self.rows,
            "requests": self.requests,
            "retries": self.retries,
            "took_ms": self.took.as_millis() as u64,
            "complete": self.is_complete,
            "cached_at": self.cached_at.map(millis),
        })
    }
}

/// Milliseconds since 1970.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(table: &'static str) -> Subject {
        Subject {
            table,
            api: "vendor",
            account: "ps".into(),
            pushed: "status=paid".into(),
            residual: String::new(),
        }
    }

    fn request(page: u64, attempt: u32) -> Request {
        Request {
            at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            path: "/rewards".into(),
            query: vec![("limit".into(), "250".into())],
            status: Some(200),
            attempt,
            waited: Duration::ZERO,
            took: Duration::from_millis(7),
            bytes: Some(1000),
            items: Some((250, 240)),
            page,
            is_last: false,
            narrowed_by: String::new(),
            error: None,
        }
    }

    #[test]
    fn a_scan_sums_up_its_requests() {
        let history = Arc::new(History::default());
        let recorder = history.begin(subject("rewards"), 10);
        recorder.request(request(1, 1));
        recorder.request(request(1, 2));
        recorder.page(240);
        assert_eq!(history.scans()[0]["complete"], json!(false));
        recorder.complete();
        let scan = &history.scans()[0];
        let numbers =
            ["scan", "pages", "rows", "requests", "retries"].map(|name| scan[name].as_u64());
        assert_eq!(numbers, [1, 1, 240, 2, 1].map(Some));
        assert_eq!(scan["complete"], json!(true));
        let line =
            "scan 1, account \"ps\": GET /rewards?limit=250: 200, 7 ms, 250 items, attempt 2";
        assert_eq!(recorder.new_lines()[1], line);
        assert!(recorder.new_lines().is_empty());
        let request = &history.requests()[1];
        assert_eq!(request["requested_at"], json!(1_700_000_000_123_u64));
        assert_eq!(request["parameters"], json!({"limit": "250"}));
    }

    #[test]
    fn every_column_has_its_member() {
        let history = Arc::new(History::default());
        history.begin(subject("rewards"), 10).request(request(1, 1));
        for (columns, row) in [(&REQUESTS[..], history.requests()), (&SCANS[..], history.scans())] {
            let row = row[0].as_object().expect("an object");
            assert_eq!(row.len(), columns.len());
            for column in columns {
                assert!(row.contains_key(column.name), "{}", column.name);
            }
        }
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let history = Arc::new(History::default());
        for _ in 0..5 {
            let recorder = history.begin(subject("deals"), 2);
            recorder.request(request(1, 1));
        }
        let scans: Vec<_> = history.scans().iter().map(|scan| scan["scan"].as_u64()).collect();
        assert_eq!(scans, [Some(4), Some(5)]);
        assert_eq!(history.requests().len(), 2);
    }
}
