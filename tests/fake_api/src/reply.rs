//! An answer before it goes out: status, headers, bytes, and the way they are sent.

use std::io;
use std::time::Duration;

use hyper::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER,
};
use hyper::{Response, StatusCode};

use crate::body::{Step, Steps, broken, never};
use crate::json;
use crate::kinds::{ByHand, Share};
use crate::packed;
use crate::state::InFlight;

/// How the bytes of an answer are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// At once and whole.
    Whole,
    /// The connection closes after this much.
    Cut(Share),
    /// Bit by bit.
    Drip,
    /// Half, and then nothing more.
    HangBody,
    /// Whole; the next request on the connection is not answered.
    Stale,
    /// In no way that an HTTP library knows.
    ByHand(ByHand),
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
    pub(crate) retry_after: Option<String>,
    pub(crate) gzip: bool,
    /// Without a length, in chunks.
    pub(crate) chunked: bool,
    /// Says that the connection closes behind it.
    pub(crate) closes: bool,
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
            chunked: false,
            closes: false,
            body,
            delivery: Delivery::Whole,
        }
    }

    /// An answer with the documented error body.
    pub(crate) fn error(status: u16, message: &str) -> Reply {
        Reply::json(status, json::error(status, message))
    }

    /// No answer at all.
    pub(crate) fn none() -> Reply {
        Reply { delivery: Delivery::Reset, ..Reply::json(200, Vec::new()) }
    }

    /// The status for the log: 0 if nothing is sent.
    pub(crate) fn logged_status(&self) -> u16 {
        match self.delivery {
            Delivery::Reset | Delivery::Hang => 0,
            Delivery::ByHand(
                ByHand::Abort | ByHand::InterimOnly | ByHand::HangHead | ByHand::NotHttp,
            ) => 0,
            Delivery::ByHand(ByHand::Switch) => 101,
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
        if !self.chunked {
            response = response.header(CONTENT_LENGTH, self.body.len());
        }
        if self.gzip {
            response = response.header(CONTENT_ENCODING, "gzip");
        }
        if self.closes {
            response = response.header(CONNECTION, "close");
        }
        if let Some(wait) = self.retry_after.filter(|_| matches!(self.status, 429 | 503)) {
            response = response.header(RETRY_AFTER, wait);
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
    let (share, end) = match delivery {
        Delivery::Cut(share) => (share, Step::Abort),
        Delivery::HangBody => (Share::HALF, Step::Pause(Duration::MAX)),
        Delivery::Drip => return Steps::new(drip(&body), guard),
        _ => return Steps::whole(body, guard),
    };
    body.truncate(share.of(body.len()));
    Steps::new(vec![Step::Data(body.into()), Step::Pause(FLUSH), end], guard)
}

fn drip(body: &[u8]) -> Vec<Step> {
    let pause = || Step::Pause(Duration::from_millis(50));
    let data = |part: &[u8]| Step::Data(part.to_vec().into());
    let mut steps: Vec<Step> = body.chunks(1024).flat_map(|part| [data(part), pause()]).collect();
    steps.pop();
    steps
}
