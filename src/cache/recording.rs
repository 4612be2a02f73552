//! An entry in the making. It is none until it ends well, and is gone if it is dropped before.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::SystemTime;
use std::{fmt, fs};

use serde_json::json;
use tempfile::NamedTempFile;

use super::frames::Writer;
use super::memory::{self, Buffer};
use super::{ENTRY, Policy, Question, Summary, UNFINISHED};
use crate::page::Page;

/// The answer to a question, while it comes.
pub struct Recording {
    frames: Writer<Target>,
    summary: Summary,
    pages: u64,
    items: usize,
    rows: usize,
    times_cleared: u64,
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("summary", &self.summary).finish_non_exhaustive()
    }
}

/// Where it goes.
enum Target {
    /// To a file, which has its name only once it is whole.
    File { unfinished: BufWriter<NamedTempFile>, name: PathBuf },
    /// To memory.
    Memory(Buffer),
}

impl Target {
    fn new(question: &Question, policy: &Policy) -> io::Result<Target> {
        let Some(directory) = &policy.directory else {
            return Ok(Target::Memory(Buffer::new(policy.memory)));
        };
        fs::create_dir_all(directory)?;
        // It makes files that their owner alone can read.
        let unfinished = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(directory)?;
        let name = directory.join(format!("{}{ENTRY}", question.fingerprint));
        Ok(Target::File { unfinished: BufWriter::new(unfinished), name })
    }
}

impl Write for Target {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        match self {
            Target::File { unfinished, .. } => unfinished.write(part),
            Target::Memory(buffer) => buffer.write(part),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Target::File { unfinished, .. } => unfinished.flush(),
            Target::Memory(buffer) => buffer.flush(),
        }
    }
}

impl Recording {
    /// Begins one, before the first request is made.
    pub(super) fn begin(question: &Question, policy: &Policy) -> io::Result<Recording> {
        let mut recording = Recording {
            frames: Writer::new(Target::new(question, policy)?),
            summary: question.summary(SystemTime::now()),
            pages: 0,
            items: 0,
            rows: 0,
            times_cleared: memory::times_cleared(),
        };
        recording.frames.write(&json!(recording.summary), "")?;
        Ok(recording)
    }

    /// Adds a page that has an answer behind it; none if there is no room for it, and so for the entry.
    pub fn with(mut self, page: &Page) -> Option<Recording> {
        let Some(origin) = &page.origin else { return Some(self) };
        let kept = |kept: &bool| if *kept { '1' } else { '0' };
        let head = json!({
            "kind": format!("{:?}", origin.rows),
            "owner": origin.owner,
            "kept": origin.kept.iter().map(kept).collect::<String>(),
        });
        self.frames.write(&head, page.text.body()).ok()?;
        self.pages += 1;
        self.items += page.items;
        self.rows += page.rows;
        Some(self)
    }

    /// Makes it an entry, as nothing follows. If there is no room for it, there is none.
    pub fn finish(mut self) {
        let (pages, items, rows) = (json!(self.pages), json!(self.items), json!(self.rows));
        let end = [("pages", pages), ("items", items), ("rows", rows)];
        let end: Summary = end.map(|(name, count)| (name.to_owned(), count)).into_iter().collect();
        let is_written = self.frames.write(&json!(end), "").is_ok();
        if !is_written || self.times_cleared != memory::times_cleared() {
            return;
        }
        match self.frames.into {
            Target::File { unfinished, name } => {
                let _ = unfinished.into_inner().map(|file| file.persist(name));
            }
            Target::Memory(buffer) => {
                self.summary.extend(end);
                memory::insert(self.summary, buffer);
            }
        }
    }
}
