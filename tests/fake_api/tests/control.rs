//! The log, the counters, given items, and the binary.

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use common::*;
use fake_api::{LogEntry, Server};

#[test]
fn the_log_tells_what_was_asked() {
    let server = Server::start();
    let more = "Authorization: Bearer fake_partner_key\r\nUser-Agent: test/1\r\nCookie: a=b\r\n";
    send(&server, "GET", "/id=log/api/v2/rewards?limit=3&x=a%20b", more, "").unwrap();
    send(&server, "DELETE", "/id=log/api/v2/deals", "", "").unwrap();
    let answer = get(&server, "/id=log/__log", "");
    let entries: Vec<LogEntry> = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(entries, server.requests("id=log"));
    let first = &entries[0];
    assert_eq!(
        (first.n, first.status, first.page, first.items, first.in_flight),
        (1, 200, 1, 3, 1)
    );
    assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/api/v2/rewards"));
    assert_eq!((first.query.as_str(), first.param("x")), ("limit=3&x=a%20b", Some("a b")));
    assert_eq!((first.auth.as_str(), first.header("user-agent")), ("bearer", Some("test/1")));
    assert_eq!((first.header("cookie"), first.header("authorization")), (None, None));
    assert_eq!((entries[1].status, entries[1].auth.as_str()), (405, "none"));
    send(&server, "DELETE", "/id=log/__log", "", "").unwrap();
    assert!(server.requests("id=log").is_empty());
}

#[test]
fn requests_in_flight_are_counted() {
    let server = Server::start();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| get(&server, "/latency=200/api/v2/deals", VENDOR));
        }
    });
    assert!(start.elapsed().as_millis() >= 200);
    let stats = get(&server, "/latency=200/__stats", "").json();
    assert_eq!((&stats["requests"], &stats["max_in_flight"]), (&4.into(), &4.into()));
    assert!(stats["connections"].as_u64() >= Some(4));
}

#[test]
fn one_client_is_never_in_flight_twice() {
    let server = Server::start();
    walk(&server, "/deals=60/api/v2/deals?limit=2", VENDOR);
    assert_eq!(server.max_in_flight("deals=60"), 1);
}

#[test]
fn given_items_are_kept_byte_for_byte() {
    let server = Server::start();
    let body = r#"[{"key":"b/c","n":1.50,"created_at":20}, {"z":1,"key":"a","created_at":10},{"key":"n"}]"#;
    send(&server, "PUT", "/id=put/__items/rewards", "", body).unwrap();
    let expected = [
        r#"{"key":"b/c","n":1.50,"created_at":20}"#,
        r#"{"z":1,"key":"a","created_at":10}"#,
        r#"{"key":"n"}"#,
    ];
    for authorization in [VENDOR, PARTNER] {
        assert_eq!(walk(&server, "/id=put/api/v2/rewards?limit=1", authorization), expected);
    }
    let bounded =
        walk(&server, "/id=put/api/v2/rewards?limit=1&min_created=15&status=paid", VENDOR);
    assert_eq!(bounded, [expected[0], expected[2]]);
}

#[test]
fn items_can_be_inserted_and_deleted() {
    let server = Server::start();
    let before = truth(&server, "id=edit", "deals", "vendor");
    send(&server, "POST", "/id=edit/__items/deals?at=2", "", r#"{"key":"new"}"#).unwrap();
    let target = format!("/id=edit/__items/deals/{}", encode(&key(&before[0])));
    send(&server, "DELETE", &target, "", "").unwrap();
    let after = walk(&server, "/id=edit/api/v2/deals?limit=250", VENDOR);
    let mut expected = before.clone();
    expected.insert(2, r#"{"key":"new"}"#.to_owned());
    expected.remove(0);
    assert!(after == expected);
    assert_eq!(truth(&server, "id=other", "deals", "vendor"), before);
}

#[test]
fn changes_show_on_pages_that_were_read_before() {
    let server = Server::start();
    let page = || {
        let packed = format!("Authorization: {VENDOR}\r\nAccept-Encoding: gzip\r\n");
        let target = "/id=stale,gzip=on/api/v2/webhooks?limit=3";
        send(&server, "GET", target, &packed, "").unwrap().body
    };
    let change = |method, rest: &str, body| {
        let target = format!("/id=stale,gzip=on/__items/webhooks{rest}");
        send(&server, method, &target, "", body).unwrap();
    };
    let before = page();
    assert!(page() == before);
    change("POST", "", r#"{"key":"new"}"#);
    let inserted = page();
    assert!(inserted != before && page() == inserted);
    change("DELETE", "/new", "");
    assert!(page() == before);
    change("PUT", "", r#"[{"key":"other"}]"#);
    assert!(page() != before && page() != inserted);
}

#[test]
fn a_wrong_control_call_is_an_error() {
    let server = Server::start();
    assert_eq!(get(&server, "/id=x/__nothing", "").status, 400);
    assert_eq!(get(&server, "/id=x/__truth/deals?api=partner", "").status, 400);
    assert_eq!(send(&server, "PUT", "/id=x/__items/deals", "", "[1,").unwrap().status, 400);
    assert!(server.put_items("id=x", "nothing", "[]").is_err());
}

#[test]
fn the_binary_ends_with_its_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fake_api"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("http://127.0.0.1:"), "{line}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
