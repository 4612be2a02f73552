//! Every fault, seen from outside.

mod common;

use std::io::Read as _;
use std::time::{Duration, Instant};

use common::*;
use fake_api::Server;
use serde_json::Value;

fn page(server: &Server, fault: &str) -> Answer {
    get(server, &format!("/deals=30,fault={fault}/api/v2/deals"), VENDOR)
}

#[test]
fn answers_go_wrong() {
    let server = Server::start();
    let right = get(&server, "/deals=30/api/v2/deals", VENDOR);
    let page = |fault: &str| page(&server, fault);
    assert_eq!(page("503").text(), r#"{"message":"Service Unavailable","status":503}"#);
    assert_eq!(page("html503").status, 503);
    assert!(page("html200").header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(page("notjson").text(), "<html>oops");
    assert_eq!((page("empty").status, page("empty").body.len()), (200, 0));
    assert_eq!(page("bom").body, [b"\xEF\xBB\xBF", &right.body[..]].concat());
    assert_eq!(page("badutf8").body.iter().filter(|&&byte| byte == 0xFF).count(), 1);
    let bad = page("badgzip");
    assert_eq!((bad.header("content-encoding").as_deref(), bad.status), (Some("gzip"), 200));
    let bomb = page("gzipbomb");
    assert!(bomb.body.len() < 1 << 20);
    let unpacked =
        std::io::copy(&mut flate2::read::GzDecoder::new(&bomb.body[..]), &mut std::io::sink());
    assert!(unpacked.unwrap() > 200_000_000);
}

#[test]
fn bodies_are_cut() {
    let server = Server::start();
    let right = get(&server, "/deals=30/api/v2/deals", VENDOR);
    let length = right.body.len();
    let shares =
        [("cut", length / 2), ("cut100", 100), ("cut0", 0), ("cut0.99", length * 99 / 100)];
    for (fault, left) in shares {
        let cut = page(&server, fault);
        assert_eq!(cut.header("content-length").unwrap(), length.to_string());
        assert!(cut.body == right.body[..left], "{fault}");
    }
    let chunks = page(&server, "chunkcut");
    assert_eq!(chunks.header("transfer-encoding").unwrap(), "chunked");
    assert!(chunks.body.len() < length && !chunks.body.ends_with(b"0\r\n\r\n"));
    let open = page(&server, "chunk_open").body;
    assert!(open.len() > length && !open.ends_with(b"0\r\n\r\n"));
    assert!(page(&server, "chunked").body.ends_with(b"0\r\n\r\n"));
    let until_close = page(&server, "close_delimited");
    assert!(until_close.body == right.body && until_close.header("content-length").is_none());
    assert!(page(&server, "close_delimited_cut").body == right.body[..length / 2]);
}

#[test]
fn answers_are_strange_but_right() {
    let server = Server::start();
    let right = get(&server, "/deals=30/api/v2/deals", VENDOR);
    assert_eq!(page(&server, "partial").status, 206);
    assert!(page(&server, "html_type").header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(page(&server, "close").header("connection").as_deref(), Some("close"));
    for fault in ["partial", "html_type", "close", "lapse", "length_long"] {
        assert!(page(&server, fault).body == right.body, "{fault}");
    }
    assert!(page(&server, "204").body.is_empty());
    assert!(page(&server, "redirect_nowhere").header("location").is_none());
    assert_eq!(page(&server, "interim").status, 100);
    assert_eq!(page(&server, "switch").status, 101);
}

#[test]
fn a_connection_goes_stale_behind_an_answer() {
    let server = Server::start();
    let address = server.url().replace("http://", "");
    let ask = |stream: &mut std::net::TcpStream| {
        let head = format!(
            "GET /fault=stale/api/v2/deals?limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: {VENDOR}\r\n\r\n"
        );
        std::io::Write::write_all(stream, head.as_bytes()).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).map(|()| start)
    };
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    assert_eq!(&ask(&mut stream).unwrap(), b"HTTP/1.1 200");
    std::thread::sleep(Duration::from_millis(50));
    stream.set_nonblocking(true).unwrap();
    while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
    stream.set_nonblocking(false).unwrap();
    assert!(ask(&mut stream).is_err());
    assert_eq!(server.requests("fault=stale")[1].status, 0);
}

#[test]
fn connections_break_or_stall() {
    let server = Server::start();
    let authorization = format!("Authorization: {VENDOR}\r\n");
    let send = |fault: &str| {
        send(&server, "GET", &format!("/fault={fault}/api/v2/deals"), &authorization, "")
    };
    assert!(send("reset").is_err());
    assert_eq!(server.requests("fault=reset")[0].status, 0);
    let start = Instant::now();
    let dripped = send("drip").unwrap();
    assert_eq!(dripped.json()["data"]["items"].as_array().unwrap().len(), 10);
    assert!(start.elapsed() > Duration::from_millis(200));
}

#[test]
fn hanging_requests_end_when_the_client_leaves() {
    let server = Server::start();
    let address = server.url().replace("http://", "");
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let head = format!(
        "GET /fault=hang/api/v2/deals HTTP/1.1\r\nHost: x\r\nAuthorization: {VENDOR}\r\n\r\n"
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    assert!(stream.read(&mut [0; 1]).is_err());
    drop(stream);
    std::thread::sleep(Duration::from_millis(100));
    server.clear_log("fault=hang");
    assert_eq!(server.max_in_flight("fault=hang"), 0);
}

#[test]
fn redirects_point_to_the_same_server() {
    let server = Server::start();
    let other = page(&server, "redirect_other");
    assert_eq!(other.status, 302);
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let expected = format!("http://localhost:{port}/deals=30,fault=redirect_other/api/v2/deals");
    assert_eq!(other.header("location").unwrap(), expected);
    let same = page(&server, "redirect_same").header("location").unwrap();
    let target = same.strip_prefix(&server.url()).unwrap();
    assert!(target.ends_with("?redirected=1"));
    assert_eq!(get(&server, target, VENDOR).status, 200);
}

#[test]
fn faults_strike_their_page_and_their_times() {
    let server = Server::start();
    let scenario = "/deals=30,fault=503@2x1,retry_after=3/api/v2/deals?limit=10";
    let first = get(&server, scenario, VENDOR);
    assert_eq!((first.status, first.header("retry-after")), (200, None));
    let cursor = encode(first.json()["data"]["items"][9]["key"].as_str().unwrap());
    let second = format!("{scenario}&starting_after={cursor}");
    let failed = get(&server, &second, VENDOR);
    assert_eq!((failed.status, failed.header("retry-after").as_deref()), (503, Some("3")));
    assert_eq!(get(&server, &second, VENDOR).status, 200);
    let pages: Vec<_> = server
        .requests("deals=30,fault=503@2x1,retry_after=3")
        .iter()
        .map(|entry| (entry.n, entry.page, entry.status, entry.items))
        .collect();
    assert_eq!(pages, [(1, 1, 200, 10), (2, 2, 503, 0), (3, 2, 200, 10)]);
}

/// The keys and `has_more` of the page behind a key.
fn step(server: &Server, fault: &str, after: &str) -> (Vec<Value>, Value, String) {
    let cursor = if after.is_empty() { String::new() } else { format!("&starting_after={after}") };
    let target = format!("/deals=25,seed=4,fault={fault}/api/v2/deals?limit=10{cursor}");
    let data = get(server, &target, VENDOR).json()["data"].clone();
    let keys: Vec<Value> =
        data["items"].as_array().unwrap().iter().map(|item| item["key"].clone()).collect();
    let last = keys.last().and_then(Value::as_str).map(encode).unwrap_or_default();
    (keys, data["has_more"].clone(), last)
}

#[test]
fn cursors_lie() {
    let server = Server::start();
    let step = |fault: &str, after: &str| step(&server, fault, after);
    let (one, _, a) = step("drip@9", "");
    let (two, _, b) = step("drip@9", &a);
    let (three, more, c) = step("drip@9", &b);
    assert_eq!((one.len(), two.len(), three.len(), more), (10, 10, 5, Value::Bool(false)));

    assert_eq!(step("repeat_page", &a).0, one);
    assert_eq!(step("stuck", &b).0, three);
    assert_eq!(step("stuck", &c), step("stuck", &b));
    assert_eq!(step("stuck", &c).1, true);
    assert_eq!(step("last_more", &b).1, true);
    assert_eq!((step("last_more", &c).0.len(), step("last_more", &c).1), (0, Value::Bool(false)));
    let (none, more, _) = step("empty_more@2", &a);
    assert!(none.is_empty() && more == true);
    assert_eq!(step("keyless", "").0[9], Value::Null);
    assert!(step("key_number", "").0[9].is_number());
}

#[test]
fn pages_overlap_overflow_and_end_too_early() {
    let server = Server::start();
    let step = |fault: &str, after: &str| step(&server, fault, after);
    let (one, _, a) = step("drip@9", "");
    let (two, _, b) = step("drip@9", &a);
    let (reversed, more, _) = step("reverse_page", &a);
    assert!(reversed.iter().rev().eq(&one) && more == true);
    let (overlap, _, _) = step("overlap", &a);
    assert_eq!((&overlap[..3], &overlap[3..]), (&one[7..], &two[..7]));
    let (overfull, _, _) = step("overfull", &a);
    assert_eq!((&overfull[..10], overfull.len()), (&two[..], 13));
    assert_eq!(step("empty_end", "").0, one);
    let (none, more, _) = step("empty_end", &b);
    assert!(none.is_empty() && more == false);
}

#[test]
fn a_cursor_that_is_deleted_is_unknown() {
    let server = Server::start();
    for (knob, status) in [("400", 400), ("404", 404), ("empty", 200)] {
        let scenario = format!("deals=25,fault=delete_last:1x1,unknown_cursor={knob}");
        let list = format!("/{scenario}/api/v2/deals?limit=10");
        let all = truth(&server, &scenario, "deals", "vendor");
        let page = raw_items(&get(&server, &list, VENDOR).text(), true);
        assert_eq!(page, all[..10]);
        let left = truth(&server, &scenario, "deals", "vendor");
        assert!(left.len() == 24 && !left.contains(&page[9]));
        let after = |at: usize| {
            get(&server, &format!("{list}&starting_after={}", encode(&key(&all[at]))), VENDOR)
        };
        assert_eq!(after(9).status, status, "{knob}");
        if knob == "empty" {
            let data = after(9).json()["data"].clone();
            assert_eq!(
                (data["items"].clone(), data["has_more"] == false),
                (serde_json::json!([]), true)
            );
        }
        assert_eq!(raw_items(&after(8).text(), true), all[10..20]);
    }
}

#[test]
fn rows_come_and_go_while_a_listing_is_read() {
    let server = Server::start();
    let (scenario, list) = ("deals=200,churn=2", "/deals=200,churn=2/api/v2/deals?limit=10");
    let before = truth(&server, scenario, "deals", "vendor");
    for _ in 0..5 {
        assert_eq!(get(&server, list, VENDOR).status, 200);
    }
    let after = truth(&server, scenario, "deals", "vendor");
    assert_eq!(after.len(), 200);
    let stayed = after.iter().filter(|item| before.contains(item)).count();
    assert!((190..200).contains(&stayed), "{stayed}");
    assert!(key(&after[0]).starts_with("new_") || key(&after[1]).starts_with("new_"));
}

#[test]
fn faults_strike_a_request_by_its_number_or_the_end_of_a_walk() {
    let server = Server::start();
    let status = |scenario: &str, query: &str| {
        get(&server, &format!("/{scenario}/api/v2/deals?limit=10{query}"), VENDOR).status
    };
    let second = "deals=30,fault=503:2";
    assert_eq!(
        ["", "&a=1", "", "&a=1", "&a=2"].map(|query| status(second, query)),
        [200, 503, 200, 503, 200]
    );
    let stats = get(&server, &format!("/{second}/__stats"), "").json();
    assert_eq!(stats["struck"], 2);
    assert_eq!(
        ["deals=30,fault=503@last", "deals=9,fault=503@last"].map(|s| status(s, "")),
        [200, 503]
    );
}

#[test]
fn every_kind_is_told_and_known() {
    let server = Server::start();
    let kinds = get(&server, "/__faults", "").json();
    for kind in kinds.as_array().unwrap() {
        let kind = kind.as_str().unwrap();
        let target = format!("/deals=30,fault={kind}@9/api/v2/deals");
        assert_eq!(get(&server, &target, VENDOR).status, 200, "{kind}");
    }
}

#[test]
fn too_many_requests_are_refused() {
    let server = Server::start();
    let scenario = "rate=2/60000,retry_after=1";
    let target =
        format!("{}/deals", server.scenario(scenario).strip_prefix(&server.url()).unwrap());
    let statuses: Vec<u16> = (0..3).map(|_| get(&server, &target, VENDOR).status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(server.requests(scenario).len(), 3);
}

#[test]
fn gzip_is_used_when_accepted() {
    let server = Server::start();
    let target = "/gzip=on/api/v2/deals";
    let plain = get(&server, target, VENDOR);
    assert_eq!(plain.header("content-encoding"), None);
    let more = format!("Authorization: {VENDOR}\r\nAccept-Encoding: gzip, br\r\n");
    let packed = send(&server, "GET", target, &more, "").unwrap();
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut body).unwrap();
    assert!(body == plain.body && packed.body.len() < body.len());
}
