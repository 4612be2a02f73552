//! An answer before it goes out: status, headers, bytes, and the way they are sent.

use std::io;
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};

use crate::body::{Step, Steps, broken, never};
use crate::json;
use crate::packed;
use crate::state::InFlight;

/// How the bytes of an answer are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// At once and whole.
    Whole,
    /// The connection closes after so many bytes (default: half of them).
    Cut(Option<usize>),
    /// Chunked, and the connection closes half-way.
    ChunkCut,
    /// Bit by bit.
    Drip,
    /// The connection closes without an answer.
    Reset,
    /// Never.
    Hang,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) gzip: bool,
    pub(crate) body: Vec<u8>,
    pub(crate) delivery: Delivery,
}

impl Reply {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: Vec<u8>) -> Reply {
        Reply {
            status,
            content_type: "application/json",
            location: None,
            retry_after: None,
            gzip: false,
            body,
            delivery: Delivery::Whole,
        }
    }

    /// An answer with the documented error body.
    pub(crate) fn error(status: u16, message: &str) -> Reply {
        Reply::json(status, json::error(status, message))
    }

    /// The status for the log: 0 if nothing is sent.
    pub(crate) fn logged_status(&self) -> u16 {
        match self.delivery {
            Delivery::Reset | Delivery::Hang => 0,
            _ => self.status,
        }
    }

    /// Compresses the body.
    pub(crate) fn compress(&mut self) {
        if let Ok(body) = packed::gzip(&self.body) {
            self.body = body;
            self.gzip = true;
        }
    }

    /// Makes the response; an error closes the connection.
    pub(crate) async fn send(self, guard: Option<InFlight>) -> io::Result<Response<Steps>> {
        match self.delivery {
            Delivery::Reset => return Err(broken()),
            Delivery::Hang => match never().await {},
            _ => {}
        }
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::IM_A_TEAPOT))
            .header(CONTENT_TYPE, self.content_type);
        if self.delivery != Delivery::ChunkCut {
            response = response.header(CONTENT_LENGTH, self.body.len());
        }
        if self.gzip {
            response = response.header(CONTENT_ENCODING, "gzip");
        }
        if let Some(seconds) = self.retry_after.filter(|_| matches!(self.status, 429 | 503)) {
            response = response.header(RETRY_AFTER, seconds);
        }
        if let Some(location) = &self.location {
            response = response.header(LOCATION, location);
        }
        response.body(steps(self.body, self.delivery, guard)).map_err(io::Error::other)
    }
}

/// Long enough for the bytes before it to leave.
const FLUSH: Duration = Duration::from_millis(20);

fn steps(mut body: Vec<u8>, delivery: Delivery, guard: Option<InFlight>) -> Steps {
    let half = body.len() / 2;
    let cut = match delivery {
        Delivery::Cut(bytes) => bytes.unwrap_or(half),
        Delivery::ChunkCut => half,
        Delivery::Drip => return Steps::new(drip(&body), guard),
        _ => return Steps::whole(body, guard),
    };
    body.truncate(cut);
    Steps::new(vec![Step::Data(body.into()), Step::Pause(FLUSH), Step::Abort], guard)
}

fn drip(body: &[u8]) -> Vec<Step> {
    let pause = || Step::Pause(Duration::from_millis(50));
    let data = |part: &[u8]| Step::Data(part.to_vec().into());
    let mut steps: Vec<Step> = body.chunks(1024).flat_map(|part| [data(part), pause()]).collect();
    steps.pop();
    steps
}
