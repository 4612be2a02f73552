//! The connection under the HTTP library, which can also be written to by hand.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::state::State;

/// A connection.
pub(crate) struct Socket {
    stream: TcpStream,
    /// The scenario whose next request on this connection is not answered.
    stale: Mutex<Option<Arc<State>>>,
}

impl Socket {
    /// Takes over a connection.
    pub(crate) fn new(stream: TcpStream) -> Arc<Socket> {
        Arc::new(Socket { stream, stale: Mutex::default() })
    }

    /// Writes all of these bytes.
    pub(crate) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes the end of the connection a reset.
    pub(crate) fn abort_on_close(&self) {
        let _ = self.stream.set_zero_linger();
    }

    /// Leaves the next request of this scenario without an answer.
    pub(crate) fn go_stale(&self, state: &Arc<State>) {
        *self.stale.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.clone());
    }

    /// Whether a request of this scenario is left without an answer.
    pub(crate) fn is_stale(&self, state: &Arc<State>) -> bool {
        let stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        stale.as_ref().is_some_and(|stale| Arc::ptr_eq(stale, state))
    }
}

/// A connection as the HTTP library reads and writes it.
pub(crate) struct Shared(pub(crate) Arc<Socket>);

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = &self.0.stream;
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Shared {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = &self.0.stream;
        loop {
            ready!(stream.poll_write_ready(context))?;
            match stream.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The connection closes when it is dropped, which is at once.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
