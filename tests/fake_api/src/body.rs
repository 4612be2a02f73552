//! A response body that comes in steps: bytes, pauses, and an end before its time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame};
use tokio::time::{Sleep, sleep};

use crate::state::InFlight;

/// One step of a body.
pub(crate) enum Step {
    /// Some bytes.
    Data(Bytes),
    /// Nothing for a while.
    Pause(Duration),
    /// The connection breaks.
    Abort,
}

/// The body of an answer.
pub(crate) struct Steps {
    steps: VecDeque<Step>,
    pause: Option<Pin<Box<Sleep>>>,
    /// The request counts as being served until the body is sent.
    _in_flight: Option<InFlight>,
}

impl Steps {
    /// A body of these steps.
    pub(crate) fn new(steps: Vec<Step>, in_flight: Option<InFlight>) -> Steps {
        Steps { steps: steps.into(), pause: None, _in_flight: in_flight }
    }

    /// A body in one piece.
    pub(crate) fn whole(body: Vec<u8>, in_flight: Option<InFlight>) -> Steps {
        let steps = if body.is_empty() { vec![] } else { vec![Step::Data(body.into())] };
        Steps::new(steps, in_flight)
    }
}

impl Body for Steps {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            match self.steps.pop_front() {
                None => return Poll::Ready(None),
                Some(Step::Data(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Step::Pause(time)) => self.pause = Some(Box::pin(sleep(time))),
                Some(Step::Abort) => return Poll::Ready(Some(Err(broken()))),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.pause.is_none()
    }
}

/// The error that makes the connection close.
pub(crate) fn broken() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

/// A future that never ends.
pub(crate) async fn never() -> Infallible {
    std::future::pending().await
}
