//! Answers that no HTTP library would send, written to the socket by hand.

use std::io;
use std::time::Duration;

use crate::body::{broken, never};
use crate::kinds::ByHand;
use crate::reply::Reply;
use crate::socket::Socket;

/// Long enough for the bytes before it to be read.
const FLUSH: Duration = Duration::from_millis(20);

/// What becomes of the connection behind an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Close,
    Stay,
    Abort,
}

/// Writes the answer; the error, which comes in any case, closes the connection.
pub(crate) async fn send(socket: &Socket, reply: &Reply, how: ByHand) -> io::Error {
    let (bytes, then) = written(reply, how);
    if let Err(error) = socket.write(&bytes).await {
        return error;
    }
    match then {
        Then::Close => {}
        Then::Stay => match never().await {},
        Then::Abort => {
            tokio::time::sleep(FLUSH).await;
            socket.abort_on_close();
        }
    }
    broken()
}

fn written(reply: &Reply, how: ByHand) -> (Vec<u8>, Then) {
    let body = &reply.body[..];
    let length = body.len();
    let (closes, stays) = ("Connection: close", "Connection: keep-alive");
    let sized = |length: usize| format!("Content-Length: {length}\r\n{closes}");
    let kept = |length: usize| format!("Content-Length: {length}\r\n{stays}");
    let answer = |lines: &str, body: &[u8]| [head(reply, lines).as_bytes(), body].concat();
    match how {
        ByHand::CloseDelimited => (answer(closes, body), Then::Close),
        ByHand::CloseDelimitedCut => (answer(closes, &body[..length / 2]), Then::Close),
        ByHand::LengthLong => (answer(&sized(length + 10), body), Then::Close),
        ByHand::LengthShort => (answer(&kept(length.saturating_sub(10)), body), Then::Stay),
        ByHand::Twice => (answer(&kept(length), body).repeat(2), Then::Stay),
        ByHand::Lapse => (answer(&kept(length), body), Then::Close),
        ByHand::Abort => (Vec::new(), Then::Abort),
        ByHand::AbortBody => (answer(&kept(length), &body[..length / 2]), Then::Abort),
        ByHand::Interim => {
            let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n";
            ([interim.as_bytes(), &answer(&sized(length), body)].concat(), Then::Close)
        }
        ByHand::InterimOnly => (b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), Then::Close),
        ByHand::Switch => {
            let head =
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
            (head.as_bytes().to_vec(), Then::Close)
        }
        ByHand::HangHead => {
            let head = head(reply, closes);
            (head.as_bytes()[..head.len() / 2].to_vec(), Then::Stay)
        }
        ByHand::NotHttp => (b"This is not HTTP.\r\n\r\n".to_vec(), Then::Close),
        ByHand::LongHead => {
            let long = format!("X-Long: {}\r\n{}", "x".repeat(1 << 20), sized(length));
            (answer(&long, body), Then::Close)
        }
    }
}

/// The head of a good answer, with these lines.
fn head(reply: &Reply, lines: &str) -> String {
    let encoding = if reply.gzip { "Content-Encoding: gzip\r\n" } else { "" };
    format!("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{encoding}{lines}\r\n\r\n", reply.content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_right_or_wrong() {
        let reply = Reply::json(200, vec![b'x'; 100]);
        let text = |how| String::from_utf8(written(&reply, how).0).unwrap();
        for (how, length, xs) in [
            (ByHand::CloseDelimited, None, 100),
            (ByHand::CloseDelimitedCut, None, 50),
            (ByHand::LengthLong, Some("110"), 100),
            (ByHand::LengthShort, Some("90"), 100),
            (ByHand::Twice, Some("100"), 200),
            (ByHand::Lapse, Some("100"), 100),
            (ByHand::AbortBody, Some("100"), 50),
        ] {
            let text = text(how);
            let found = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let bodies: usize =
                text.split("\r\n\r\n").skip(1).map(|b| b.matches('x').count()).sum();
            assert_eq!((found, bodies), (length, xs), "{how:?}");
        }
    }
}
