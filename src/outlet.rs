//! The fetch thread's end of the channels to DuckDB: words for wanted pages come in, pages go out.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Mutex, PoisonError};

use crate::cache::Recording;
use crate::error::Error;
use crate::history::Recorder;
use crate::page::Page;

/// Whether the query still wants pages.
pub type Wanted = ControlFlow<()>;

/// It does not.
pub const OVER: Wanted = Wanted::Break(());

/// A page on its way to DuckDB.
#[derive(Debug)]
pub struct Arrived {
    /// The page.
    pub page: Page,
    /// Whether it is the last one.
    pub is_last: bool,
}

/// The ends of the channels, for any number of threads.
#[derive(Debug)]
pub struct Outlet {
    asked: Mutex<Receiver<()>>,
    pages: SyncSender<Result<Arrived, Error>>,
    recorder: Recorder,
    recording: Mutex<Option<Recording>>,
}

impl Outlet {
    /// Gets a word from `asked` for each page that is wanted, and sends it to `pages`.
    pub fn new(
        asked: Receiver<()>,
        pages: SyncSender<Result<Arrived, Error>>,
        recorder: Recorder,
    ) -> Outlet {
        Outlet { asked: Mutex::new(asked), pages, recorder, recording: Mutex::default() }
    }

    /// Where the scan is noted.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Waits until another page is wanted.
    pub fn demand(&self) -> Wanted {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.recv().map_or(OVER, Wanted::Continue)
    }

    /// Keeps from now on what is sent.
    pub fn keep(&self, recording: Option<Recording>) {
        *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = recording;
    }

    fn record(&self, page: &Page, is_last: bool) {
        let mut kept = self.recording.lock().unwrap_or_else(PoisonError::into_inner);
        let recording = kept.take().and_then(|recording| recording.with(page));
        if is_last {
            recording.into_iter().for_each(Recording::finish);
        } else {
            *kept = recording;
        }
    }

    /// Sends a page that is wanted. Once the last one is sent, all is there to be kept.
    pub fn send(&self, page: Page, is_last: bool) -> Wanted {
        if page.origin.is_some() {
            self.recorder.page(page.rows);
        }
        self.record(&page, is_last);
        self.pages.send(Ok(Arrived { page, is_last })).map_or(OVER, Wanted::Continue)
    }

    /// Sends the one error that ends the scan.
    pub fn fail(&self, error: Error) {
        // Nobody listens any more if the query is over.
        let _ = self.pages.send(Err(error));
    }
}
