//! Answers kept for later: those to a whole scan, or nothing.
//!
//! An entry has the bodies of all pages of a scan that ended well, and which of their items became rows, so that
//! any columns can be read from it again. It lies in a file or in the memory of the process, in the same form
//! (`frames.rs`), and nobody sees it before it is whole.

mod frames;
mod memory;
mod recording;

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use self::frames::Reader;
pub use self::recording::Recording;
use crate::error::Error;
use crate::page::Origin;
use crate::schema::{Column, Rows, bigint, map, timestamp, varchar};

/// What the name of a file with an entry ends with.
const ENTRY: &str = ".partnerstack";

/// What the name of a file ends with that is being written.
const UNFINISHED: &str = ".partnerstack-part";

/// The columns of `partnerstack_cache()`.
pub static CACHE: [Column; 13] = [
    varchar("account", "Name of the secret whose keys were used."),
    varchar("table", "Name of the table."),
    varchar("api", "API that was asked: vendor or partner."),
    varchar("path", "Path that was asked."),
    map("parameters", "Query parameters that its own arguments and \"params\" made."),
    varchar("pushed", "What the query's filters added to the requests; parts with | between them."),
    timestamp("stored_at", "When it was asked for: its first request was made after that."),
    bigint("age_s", "How long ago that is.").unit("seconds"),
    bigint("pages", "How many pages it has.").unit("count"),
    bigint("items", "How many items they have.").unit("count"),
    bigint("rows", "How many of them became rows.").unit("count"),
    bigint("bytes", "How much room it takes.").unit("bytes"),
    varchar("place", "Where it lies: memory or disk."),
];

/// What an entry is: an object with most members of [`CACHE`].
type Summary = Map<String, Value>;

/// What a client's settings say of the cache.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// How old an answer may be; none if the cache is off.
    pub ttl: Option<Duration>,
    /// Where entries are files.
    pub directory: Option<PathBuf>,
    /// How many bytes may lie in memory.
    pub memory: usize,
    /// Whether nothing else may answer.
    pub is_offline: bool,
    /// Whether it may not answer; the answer that comes is kept all the same.
    pub is_fresh: bool,
}

/// What a scan asks, apart from its columns.
#[derive(Clone, Debug)]
pub struct Question {
    /// What tells it from any other question, and from the same one to another account.
    pub fingerprint: String,
    /// The name of the secret.
    pub account: String,
    /// The name of the table.
    pub table: &'static str,
    /// The word for the API.
    pub api: &'static str,
    /// The path.
    pub path: String,
    /// The query parameters, those that filters added apart.
    pub parameters: Vec<(String, String)>,
    /// What filters added.
    pub pushed: String,
}

/// An answer to a question, to be read page by page.
pub struct Entry {
    summary: Summary,
    frames: Reader<Box<dyn Read>>,
}

impl Policy {
    /// Whether scans look at the cache.
    pub fn is_on(&self) -> bool {
        self.ttl.is_some() || self.is_offline
    }

    /// The latest answer that is not too old; of any age if nothing else may answer.
    pub fn find(&self, question: &Question) -> Option<Entry> {
        let name = &question.fingerprint;
        let on_disk = self.directory.as_deref().and_then(|directory| on_disk(directory, name));
        let found = memory::find(name).into_iter().chain(on_disk);
        found.filter(|entry| self.accepts(entry.stored_at())).max_by_key(Entry::stored_at)
    }

    fn accepts(&self, stored_at: SystemTime) -> bool {
        // A time that is yet to come was told by another clock.
        let age = SystemTime::now().duration_since(stored_at).ok();
        !self.is_fresh
            && (self.is_offline || age.zip(self.ttl).is_some_and(|(age, ttl)| age <= ttl))
    }

    /// Begins to keep the answer to a question, if there is room; an error if only the cache may answer it.
    pub fn record(&self, question: &Question) -> Result<Option<Recording>, Error> {
        if self.is_offline {
            let Question { account, path, pushed, .. } = question;
            return Err(match self.is_fresh {
                true => Error::offline(path),
                false => Error::not_cached(path, pushed, account),
            });
        }
        match (Recording::begin(question, self), &self.directory) {
            (Err(why), Some(directory)) => Err(Error::cache_directory(directory, &why)),
            (recording, _) => Ok(recording.ok()),
        }
    }
}

impl Question {
    /// The start of an entry's summary.
    fn summary(&self, asked_at: SystemTime) -> Summary {
        let Question { fingerprint, account, table, api, path, parameters, pushed } = self;
        let parameters: Summary =
            parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let since = asked_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let members = [
            ("fingerprint", json!(fingerprint)),
            ("account", json!(account)),
            ("table", json!(table)),
            ("api", json!(api)),
            ("path", json!(path)),
            ("parameters", json!(parameters)),
            ("pushed", json!(pushed)),
            ("stored_at", json!(since.as_millis() as u64)),
        ];
        members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }
}

impl Entry {
    fn new(summary: Summary, from: Box<dyn Read>) -> Option<Entry> {
        let mut frames = Reader::new(from);
        frames.next()?;
        Some(Entry { summary, frames })
    }

    /// When it was asked for.
    pub fn stored_at(&self) -> SystemTime {
        stored_at(&self.summary)
    }

    /// How many pages it has.
    pub fn pages(&self) -> u64 {
        self.summary["pages"].as_u64().unwrap_or_default()
    }

    /// The body of its next page, and how to read it, at an endpoint with such rows; none if it changed since it
    /// was found.
    pub fn next_page(&mut self, rows: Rows) -> Option<(String, Origin)> {
        let (head, body) = self.frames.next()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let owner = head["owner"].as_array();
        let is_kind = |kind: &Rows| head["kind"] == format!("{kind:?}");
        let origin = Origin {
            rows: [rows, Rows::One, Rows::Pages].into_iter().find(is_kind)?,
            owner: owner.and_then(|owner| Some((text(&owner[0])?, text(&owner[1])?))),
            kept: head["kept"].as_str()?.chars().map(|kept| kept == '1').collect(),
        };
        Some((body, origin))
    }
}

fn stored_at(summary: &Summary) -> SystemTime {
    let millis = summary["stored_at"].as_u64().unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

/// The entry in a file of this name. A file that is not whole is deleted.
fn on_disk(directory: &Path, fingerprint: &str) -> Option<Entry> {
    let path = directory.join(format!("{fingerprint}{ENTRY}"));
    let mut file = File::open(&path).ok()?;
    let summary = frames::check(&file).filter(|summary| summary["fingerprint"] == fingerprint);
    if summary.is_none() {
        let _ = fs::remove_file(&path);
    }
    file.rewind().ok()?;
    Entry::new(summary?, Box::new(file))
}

/// The files in `directory` whose names end so.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(directory).into_iter().flatten().flatten().map(|file| file.path());
    all.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// Every entry in memory and in the directory, the latest last, as objects with the members of [`CACHE`].
pub fn list(directory: Option<&Path>) -> Vec<Value> {
    let files = directory.map(|directory| files(directory, ENTRY)).unwrap_or_default();
    let on_disk = files.iter().filter_map(|path| {
        let file = File::open(path).ok()?;
        Some((frames::check(&file)?, file.metadata().ok()?.len(), "disk"))
    });
    let in_memory = memory::summaries().into_iter();
    let mut all: Vec<_> =
        in_memory.map(|(summary, bytes)| (summary, bytes, "memory")).chain(on_disk).collect();
    all.sort_by_key(|(summary, ..)| stored_at(summary));
    let row = |(mut summary, bytes, place): (Summary, u64, &str)| {
        let age = stored_at(&summary).elapsed().unwrap_or_default();
        summary.insert("age_s".into(), json!(age.as_secs()));
        summary.insert("bytes".into(), json!(bytes));
        summary.insert("place".into(), json!(place));
        summary.into()
    };
    all.into_iter().map(row).collect()
}

/// Removes every entry from memory and from the directory; what is being recorded will be none either.
pub fn clear(directory: Option<&Path>) {
    memory::clear();
    let files = directory.into_iter().flat_map(|directory| {
        [ENTRY, UNFINISHED].into_iter().flat_map(|ending| files(directory, ending))
    });
    files.for_each(|path| drop(fs::remove_file(path)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cells;
    use crate::page::{self, Page};
    use crate::sieve::Sieve;

    static KEY: Column = varchar("key", "K.");
    static AMOUNT: Column = bigint("amount", "A.");

    /// The tests share one memory.
    fn question(fingerprint: &str) -> Question {
        Question {
            fingerprint: fingerprint.into(),
            account: "ps".into(),
            table: "rewards",
            api: "vendor",
            path: "/rewards".into(),
            parameters: vec![("status".into(), "paid".into())],
            pushed: String::new(),
        }
    }

    fn policy() -> Policy {
        Policy { ttl: Some(Duration::from_secs(60)), memory: 100_000, ..Policy::default() }
    }

    fn page(columns: &[&'static Column], owner: Option<(&str, &str)>) -> Page {
        let body = r#"{"data":[{"key":"a","amount":1},{"key":"b","amount":2},{"amount":3}]}"#;
        let mut sieve = Sieve::as_before(vec![true, false, true]);
        let wanted = page::Wanted { columns, rows: Rows::Array, limit: 250, owner };
        page::read(body.into(), wanted, &mut sieve).expect("a page")
    }

    fn stored(question: &Question, policy: &Policy, pages: usize) {
        let recording = policy.record(question).expect("a place");
        let add =
            |recording: Option<Recording>, _| recording?.with(&page(&[&KEY], Some(("key", "me"))));
        (0..pages).fold(recording, add).into_iter().for_each(Recording::finish);
    }

    #[test]
    fn other_columns_come_from_the_same_rows() {
        let question = question("columns");
        stored(&question, &policy(), 2);
        let mut entry = policy().find(&question).expect("an entry");
        assert_eq!(entry.pages(), 2);
        for _ in 0..2 {
            let (body, origin) = entry.next_page(Rows::Array).expect("a page");
            let again = page::read_again(body, &[&AMOUNT, &KEY], 250, origin).expect("a page");
            assert_eq!(again.texts(1), ["a", "me"]);
            let Cells::Integers(amounts) = &again.columns[0] else { panic!("{again:?}") };
            assert_eq!(amounts[..], [Some(1), Some(3)]);
        }
        assert!(entry.next_page(Rows::Array).is_none());
        assert!(policy().find(&question).and_then(|mut e| e.next_page(Rows::Pages)).is_none());
    }

    #[test]
    fn an_entry_is_there_once_it_is_whole() {
        let question = question("whole");
        let recording = policy().record(&question).expect("a place").expect("room");
        let recording = recording.with(&page(&[&KEY], None)).expect("room");
        assert!(policy().find(&question).is_none());
        drop(recording);
        assert!(policy().find(&question).is_none());
        stored(&question, &policy(), 0);
        assert_eq!(policy().find(&question).map(|entry| entry.pages()), Some(0));
    }

    #[test]
    fn an_entry_without_room_is_none() {
        for memory in [0, 300, 700] {
            let question = question("room");
            stored(&question, &Policy { memory, ..policy() }, 4);
            assert!(policy().find(&question).is_none(), "{memory}");
        }
    }

    #[test]
    fn age_counts_unless_nothing_else_may_answer() {
        let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
        let accepts = |policy: Policy| [now - hour, now, now + hour].map(|at| policy.accepts(at));
        assert_eq!(accepts(policy()), [false, true, false]);
        assert_eq!(accepts(Policy { is_offline: true, ..policy() }), [true; 3]);
        assert_eq!(accepts(Policy::default()), [false; 3]);
        assert_eq!(accepts(Policy { is_fresh: true, is_offline: true, ..policy() }), [false; 3]);
        let offline = Policy { is_offline: true, ..Policy::default() };
        assert!(offline.is_on() && !Policy::default().is_on());
        assert!(offline.record(&question("offline")).is_err());
    }
}
