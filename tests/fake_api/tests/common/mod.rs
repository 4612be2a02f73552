//! A plain HTTP client for the tests.
#![allow(dead_code, unreachable_pub, missing_docs)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fake_api::Server;
use serde_json::Value;
use serde_json::value::RawValue;

pub const VENDOR: &str = "Basic cGtfZmFrZV9wdWJsaWM6c2tfZmFrZV9wcml2YXRl";
pub const PARTNER: &str = "Bearer fake_partner_key";

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
    }
}

/// Sends a request and reads until the server closes the connection.
pub fn send(
    server: &Server,
    method: &str,
    target: &str,
    more: &str,
    body: &str,
) -> io::Result<Answer> {
    let address = server.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let split =
        bytes.windows(4).position(|w| w == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let status = head[9..12].parse().unwrap();
    Ok(Answer { status, head, body: bytes.split_off(split + 4) })
}

pub fn get(server: &Server, target: &str, authorization: &str) -> Answer {
    send(server, "GET", target, &format!("Authorization: {authorization}\r\n"), "").unwrap()
}

pub fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The items of a body, byte for byte.
pub fn raw_items(json: &str, inside: bool) -> Vec<String> {
    let text = if inside {
        let root: std::collections::BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(json).unwrap();
        let data: std::collections::BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(root["data"].get()).unwrap();
        data["items"].get().to_owned()
    } else {
        json.to_owned()
    };
    let items: Vec<Box<RawValue>> = serde_json::from_str(&text).unwrap();
    items.iter().map(|item| item.get().to_owned()).collect()
}

pub fn key(item: &str) -> String {
    serde_json::from_str::<Value>(item).unwrap()["key"].as_str().unwrap().to_owned()
}

/// Walks a listing forwards; `list` is the target with a query.
pub fn walk(server: &Server, list: &str, authorization: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut target = list.to_owned();
    loop {
        let answer = get(server, &target, authorization);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        items.extend(raw_items(&answer.text(), true));
        if answer.json()["data"]["has_more"] == false {
            return items;
        }
        target = format!("{list}&starting_after={}", encode(&key(items.last().unwrap())));
    }
}

/// The items of a listing; its name or its path is given.
pub fn truth(server: &Server, scenario: &str, resource: &str, api: &str) -> Vec<String> {
    let knob = resource.replace('/', "_");
    let answer = get(server, &format!("/{scenario}/__truth/{knob}?api={api}"), "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    raw_items(&answer.text(), false)
}

/// Compares a filtered walk with the truth filtered here; the filter must keep some, not all.
pub fn check(
    server: &Server,
    list: (&str, &str, &str),
    query: &str,
    keep: impl Fn(&Value) -> bool,
) {
    let (resource, api, authorization) = list;
    let all = truth(server, "id=filter", resource, api);
    let kept = |item: &String| keep(&serde_json::from_str(item).unwrap());
    let expected: Vec<String> = all.iter().filter(|item| kept(item)).cloned().collect();
    assert!(!expected.is_empty() && expected.len() < all.len(), "{query}: {}", expected.len());
    let target = format!("/id=filter/api/v2/{resource}?limit=100&{query}");
    assert!(walk(server, &target, authorization) == expected, "{query}");
}

/// The first value that `pick` finds in the truth.
pub fn first(
    server: &Server,
    list: (&str, &str, &str),
    pick: impl Fn(&Value) -> Option<String>,
) -> String {
    let items = truth(server, "id=filter", list.0, list.1);
    items.iter().find_map(|item| pick(&serde_json::from_str(item).unwrap())).unwrap()
}

/// The text of a string.
pub fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
