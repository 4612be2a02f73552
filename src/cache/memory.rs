//! The entries in memory, for all databases of the process. What was not used for longest goes first.

use std::io::{self, Cursor, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Entry, Summary};

/// The entries, the one that was used last at the end.
static ENTRIES: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// How many bytes are held by recordings that did not end yet.
static RECORDED: AtomicUsize = AtomicUsize::new(0);

/// How often the cache was emptied.
static CLEARED: AtomicU64 = AtomicU64::new(0);

struct Kept {
    summary: Summary,
    bytes: Bytes,
}

/// The bytes of an entry, which are still there for whom reads them when it goes.
#[derive(Clone)]
struct Bytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn entries() -> MutexGuard<'static, Vec<Kept>> {
    ENTRIES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn position(entries: &[Kept], fingerprint: &str) -> Option<usize> {
    entries.iter().position(|kept| kept.summary["fingerprint"] == fingerprint)
}

/// The entry with this fingerprint.
pub(super) fn find(fingerprint: &str) -> Option<Entry> {
    let mut entries = entries();
    let at = position(&entries, fingerprint)?;
    entries[at..].rotate_left(1);
    let Kept { summary, bytes } = entries.last()?;
    Entry::new(summary.clone(), Box::new(Cursor::new(bytes.clone())))
}

/// Adds an entry, and removes others while there is no room for all.
pub(super) fn insert(summary: Summary, Buffer { mut bytes, most, .. }: Buffer) {
    bytes.shrink_to_fit();
    let mut entries = entries();
    let same = summary["fingerprint"].as_str().and_then(|name| position(&entries, name));
    same.map(|at| entries.remove(at));
    entries.push(Kept { summary, bytes: Bytes(Arc::new(bytes)) });
    let mut all: usize = entries.iter().map(|kept| kept.bytes.0.len()).sum();
    while all > most {
        all -= entries.remove(0).bytes.0.len();
    }
}

/// What there is, and how many bytes it has.
pub(super) fn summaries() -> Vec<(Summary, u64)> {
    entries().iter().map(|kept| (kept.summary.clone(), kept.bytes.0.len() as u64)).collect()
}

/// Removes all of it.
pub(super) fn clear() {
    CLEARED.fetch_add(1, Ordering::Relaxed);
    entries().clear();
}

/// How often that happened.
pub(super) fn times_cleared() -> u64 {
    CLEARED.load(Ordering::Relaxed)
}

/// The bytes of a recording. All recordings together may have `most`.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    share: Share,
    most: usize,
}

/// How many of the bytes of all recordings are this one's.
struct Share(usize);

impl Buffer {
    pub(super) fn new(most: usize) -> Buffer {
        Buffer { bytes: Vec::new(), share: Share(0), most }
    }
}

impl Write for Buffer {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.share.0 += part.len();
        if RECORDED.fetch_add(part.len(), Ordering::Relaxed) + part.len() > self.most {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.write(part)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        RECORDED.fetch_sub(self.0, Ordering::Relaxed);
    }
}
