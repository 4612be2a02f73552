//! Faults of the transport and of the HTTP answer, done to a right answer.

use crate::echo;
use crate::kinds::{Packed, Share, Wire};
use crate::reply::{Delivery, Reply};
use crate::spoiled_gzip::{bomb, packed};

const HTML: &str = "<!DOCTYPE html><html><head><title>Service</title></head>\
                    <body><h1>Service temporarily unavailable</h1></body></html>";

const HTML_TYPE: &str = "text/html; charset=utf-8";

/// What a spoiled answer may show of its request.
pub(crate) struct Place<'a> {
    /// The `Host` header.
    pub(crate) host: &'a str,
    /// Another host, if the scenario names one.
    pub(crate) elsewhere: Option<&'a str>,
    /// Path and query with the scenario.
    pub(crate) target: &'a str,
    /// The `Authorization` header.
    pub(crate) authorization: &'a str,
}

/// Spoils an answer.
pub(crate) fn spoil(reply: Reply, how: Wire, place: &Place<'_>) -> Reply {
    let delivered = |delivery| Reply { delivery, ..reply.clone() };
    match how {
        // These have no body.
        Wire::Status(status @ (204 | 205 | 304)) => Reply::json(status, Vec::new()),
        Wire::Status(status) => Reply::error(status, &message(status)),
        Wire::Html(status) => html(status, HTML),
        Wire::Partial => Reply { status: 206, ..reply },
        Wire::HtmlType => Reply { content_type: HTML_TYPE, ..reply },
        Wire::NotJson => Reply { body: b"<html>oops".to_vec(), ..reply },
        Wire::Empty => Reply { body: Vec::new(), ..reply },
        Wire::Cut(share) => delivered(Delivery::Cut(share)),
        Wire::Chunked => Reply { chunked: true, ..reply },
        Wire::ChunkCut => Reply { chunked: true, ..delivered(Delivery::Cut(Share::HALF)) },
        Wire::ChunkOpen => {
            Reply { chunked: true, ..delivered(Delivery::Cut(Share::Bytes(usize::MAX))) }
        }
        Wire::Reset => delivered(Delivery::Reset),
        Wire::Hang => delivered(Delivery::Hang),
        Wire::HangBody => delivered(Delivery::HangBody),
        Wire::Drip => delivered(Delivery::Drip),
        Wire::Close => Reply { closes: true, ..reply },
        Wire::Stale => delivered(Delivery::Stale),
        Wire::Packed(how) => {
            Reply { gzip: how != Packed::Unsaid, body: packed(&reply.body, how), ..reply }
        }
        Wire::GzipBomb => Reply { body: bomb(&reply.body), gzip: true, ..reply },
        Wire::Bom => Reply { body: [b"\xEF\xBB\xBF", &reply.body[..]].concat(), ..reply },
        Wire::BadUtf8 => Reply { body: with_bad_byte(&reply.body), ..reply },
        Wire::RedirectOther => redirect(format!("http://{}{}", other_host(place), place.target)),
        Wire::RedirectSame => {
            let sign = if place.target.contains('?') { '&' } else { '?' };
            redirect(format!("http://{}{}{sign}redirected=1", place.host, place.target))
        }
        Wire::RedirectLoop => redirect(format!("http://{}{}", place.host, place.target)),
        Wire::RedirectNowhere => Reply::error(302, "Found"),
        Wire::ByHand(how) => delivered(Delivery::ByHand(how)),
        Wire::Echo(how) => echo::echo(how, place),
    }
}

fn message(status: u16) -> String {
    let status = hyper::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Error").to_owned()
}

/// A page of HTML.
pub(crate) fn html(status: u16, body: &str) -> Reply {
    Reply { content_type: HTML_TYPE, ..Reply::json(status, body.as_bytes().to_vec()) }
}

/// A redirect to this URL.
pub(crate) fn redirect(location: String) -> Reply {
    Reply { location: Some(location), ..Reply::error(302, "Found") }
}

/// Another host, or the same server under another name.
pub(crate) fn other_host(place: &Place<'_>) -> String {
    let port = place.host.rsplit_once(':').map_or("80", |(_, port)| port);
    place.elsewhere.map_or_else(|| format!("localhost:{port}"), str::to_owned)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bad_byte_is_inside_an_item() {
        let body = br#"{"data":{"items":[{"a":"x"}]},"message":"m"}"#;
        let bad = with_bad_byte(body);
        assert_eq!(bad, b"{\"data\":{\"items\":[{\"a\":\"\xFFx\"}]},\"message\":\"m\"}");
    }

    #[test]
    fn redirects_keep_path_and_query() {
        let target = "/s/api/v2/deals?limit=2";
        let place = Place { host: "127.0.0.1:81", elsewhere: None, target, authorization: "" };
        let to = |how| spoil(Reply::error(200, ""), how, &place).location;
        let there = |host: &str, more: &str| Some(format!("http://{host}:81{target}{more}"));
        assert_eq!(to(Wire::RedirectOther), there("localhost", ""));
        assert_eq!(to(Wire::RedirectSame), there("127.0.0.1", "&redirected=1"));
        assert_eq!(to(Wire::RedirectLoop), there("127.0.0.1", ""));
        assert_eq!(to(Wire::RedirectNowhere), None);
        let place = Place { elsewhere: Some("x.example"), ..place };
        let to = |how| spoil(Reply::error(200, ""), how, &place).location;
        assert_eq!(to(Wire::RedirectOther).unwrap(), format!("http://x.example{target}"));
    }
}
