//! Faults of the transport and of the HTTP answer, done to a right answer.

use std::sync::OnceLock;

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::faults::Wire;
use crate::reply::{Delivery, Reply};

const HTML: &str = "<!DOCTYPE html><html><head><title>Service</title></head>\
                    <body><h1>Service temporarily unavailable</h1></body></html>";

/// Where a redirect goes.
pub(crate) struct Place<'a> {
    /// The `Host` header.
    pub(crate) host: &'a str,
    /// Path and query with the scenario.
    pub(crate) target: &'a str,
}

/// Spoils an answer.
pub(crate) fn spoil(reply: Reply, how: Wire, place: &Place<'_>) -> Reply {
    match how {
        Wire::Status(status) => Reply::error(status, &message(status)),
        Wire::Html(status) => {
            let body = HTML.as_bytes().to_vec();
            Reply { status, content_type: "text/html; charset=utf-8", body, ..reply }
        }
        Wire::NotJson => Reply { body: b"<html>oops".to_vec(), ..reply },
        Wire::Empty => Reply { body: Vec::new(), ..reply },
        Wire::Cut(bytes) => Reply { delivery: Delivery::Cut(bytes), ..reply },
        Wire::ChunkCut => Reply { delivery: Delivery::ChunkCut, ..reply },
        Wire::Reset => Reply { delivery: Delivery::Reset, ..reply },
        Wire::Hang => Reply { delivery: Delivery::Hang, ..reply },
        Wire::Drip => Reply { delivery: Delivery::Drip, ..reply },
        Wire::BadGzip => Reply { body: b"this is not gzip".to_vec(), gzip: true, ..reply },
        Wire::GzipBomb => Reply { body: bomb(&reply.body), gzip: true, ..reply },
        Wire::Bom => Reply { body: [b"\xEF\xBB\xBF", &reply.body[..]].concat(), ..reply },
        Wire::BadUtf8 => Reply { body: with_bad_byte(&reply.body), ..reply },
        Wire::RedirectOther => redirect(format!("http://{}{}", other_host(place), place.target)),
        Wire::RedirectSame => {
            let sign = if place.target.contains('?') { '&' } else { '?' };
            redirect(format!("http://{}{}{sign}redirected=1", place.host, place.target))
        }
    }
}

fn message(status: u16) -> String {
    let status = hyper::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Error").to_owned()
}

fn redirect(location: String) -> Reply {
    Reply { location: Some(location), ..Reply::error(302, "Found") }
}

fn other_host(place: &Place<'_>) -> String {
    let port = place.host.rsplit_once(':').map_or("80", |(_, port)| port);
    format!("localhost:{port}")
}

fn find(body: &[u8], part: &[u8]) -> Option<usize> {
    body.windows(part.len()).position(|window| window == part)
}

/// Puts 0xFF into the first string behind `"items"`, or into the first one at all.
fn with_bad_byte(body: &[u8]) -> Vec<u8> {
    let items = find(body, b"\"items\":[").map_or(0, |at| at + 8);
    let at = find(&body[items..], b":\"").map_or(body.len(), |at| items + at + 2);
    [&body[..at], b"\xFF", &body[at..]].concat()
}

/// Blanks in front of the bomb's body, in megabytes.
const BLANKS: usize = 200;

const MEGABYTE: usize = 1 << 20;

fn deflate(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 2 + 1024);
    let _ = Compress::new(Compression::best(), false).compress_vec(data, &mut out, flush);
    out
}

/// One megabyte of blanks, packed so that it can be repeated.
fn blanks() -> &'static (Vec<u8>, Crc) {
    static PACKED: OnceLock<(Vec<u8>, Crc)> = OnceLock::new();
    PACKED.get_or_init(|| {
        let data = vec![b' '; MEGABYTE];
        let mut crc = Crc::new();
        crc.update(&data);
        (deflate(&data, FlushCompress::Full), crc)
    })
}

/// A gzip file of 200 MB of blanks and then the body.
fn bomb(body: &[u8]) -> Vec<u8> {
    let (packed, blank_crc) = blanks();
    let mut crc = Crc::new();
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    for _ in 0..BLANKS {
        out.extend_from_slice(packed);
        crc.combine(blank_crc);
    }
    out.extend(deflate(body, FlushCompress::Finish));
    let mut last = Crc::new();
    last.update(body);
    crc.combine(&last);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&((BLANKS * MEGABYTE + body.len()) as u32).to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn the_bomb_unpacks_to_blanks_and_the_body() {
        let packed = bomb(b"{\"data\":1}");
        assert!(packed.len() < 1 << 20, "{}", packed.len());
        let mut reader = flate2::read::GzDecoder::new(&packed[..]);
        let mut buffer = vec![0; MEGABYTE];
        for _ in 0..BLANKS {
            reader.read_exact(&mut buffer).unwrap();
        }
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "{\"data\":1}");
    }

    #[test]
    fn the_bad_byte_is_inside_an_item() {
        let body = br#"{"data":{"items":[{"a":"x"}]},"message":"m"}"#;
        let bad = with_bad_byte(body);
        assert_eq!(bad, b"{\"data\":{\"items\":[{\"a\":\"\xFFx\"}]},\"message\":\"m\"}");
    }

    #[test]
    fn redirects_keep_path_and_query() {
        let place = Place { host: "127.0.0.1:81", target: "/s/api/v2/deals?limit=2" };
        let to = |how| spoil(Reply::error(200, ""), how, &place).location.unwrap();
        assert_eq!(to(Wire::RedirectOther), "http://localhost:81/s/api/v2/deals?limit=2");
        assert_eq!(
            to(Wire::RedirectSame),
            "http://127.0.0.1:81/s/api/v2/deals?limit=2&redirected=1"
        );
    }
}
