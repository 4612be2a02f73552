//! Answers that show the keys of their request, as a careless server or proxy might.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::kinds::Echo;
use crate::reply::Reply;
use crate::wire::{Place, html, other_host, redirect};

/// The answer that shows the keys in this way.
pub(crate) fn echo(how: Echo, place: &Place<'_>) -> Reply {
    let keys = keys(place.authorization);
    let (all, last) = (keys.join(" "), keys.last().map_or("", String::as_str));
    match how {
        Echo::Header => Reply::error(401, &format!("Bad credentials: {}", place.authorization)),
        Echo::Base64 => Reply::error(400, &STANDARD.encode(place.authorization)),
        Echo::Keys => Reply::error(400, &format!("No such keys: {all}")),
        Echo::Many => Reply::error(400, &format!("{last} ").repeat(100)),
        Echo::Escaped => {
            let text: String = all.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let body = format!(r#"{{"message":"No such keys: {text}","status":400}}"#);
            Reply::json(400, body.into_bytes())
        }
        Echo::Percent => Reply::error(400, &percent(&all)),
        Echo::Html => html(503, &format!("<p>{all} {}", place.authorization)),
        Echo::Html200 => html(200, &format!("<p>{} {all}", place.authorization)),
        Echo::NoItems => Reply::error(200, &format!("No such keys: {all}")),
        Echo::Location => {
            let path = format!("{}/{last}?key={}", percent(last), percent(&all));
            redirect(format!("http://{}/{path}", other_host(place)))
        }
        Echo::Host => redirect(format!("http://{last}.example/")),
    }
}

/// The keys in an `Authorization` header.
fn keys(authorization: &str) -> Vec<String> {
    let (scheme, token) = authorization.split_once(' ').unwrap_or_default();
    if scheme != "Basic" {
        return vec![token.to_owned()];
    }
    let pair = STANDARD.decode(token).unwrap_or_default();
    String::from_utf8_lossy(&pair).split(':').map(str::to_owned).collect()
}

/// Every byte percent-encoded.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_of_the_request() {
        assert_eq!(keys("Basic cGs6c2s="), ["pk", "sk"]);
        assert_eq!(keys("Bearer token"), ["token"]);
    }

    #[test]
    fn the_keys_are_shown() {
        let place =
            Place { host: "a:1", elsewhere: None, target: "/x", authorization: "Basic cGs6c2s=" };
        for (how, part) in [
            (Echo::Header, "Basic cGs6c2s="),
            (Echo::Base64, "QmFzaWMgY0dzNmMycz0="),
            (Echo::Keys, "pk sk"),
            (Echo::Many, "sk sk sk"),
            (Echo::Escaped, r"\u0070\u006b\u0020\u0073\u006b"),
            (Echo::Percent, "%70%6B%20%73%6B"),
            (Echo::Html, "pk sk Basic"),
            (Echo::Html200, "Basic cGs6c2s= pk sk"),
            (Echo::NoItems, "pk sk"),
        ] {
            let body = String::from_utf8(echo(how, &place).body).unwrap();
            assert!(body.contains(part), "{how:?}: {body}");
        }
        let location = |how| echo(how, &place).location.unwrap();
        assert_eq!(location(Echo::Location), "http://localhost:1/%73%6B/sk?key=%70%6B%20%73%6B");
        assert_eq!(location(Echo::Host), "http://sk.example/");
    }
}
