//! The client and the scan against the fake API, over real HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fake_api::Server;
use partnerstack::allowance::Allowance;
use partnerstack::api::client::{Account, Limits};
use partnerstack::api::credentials::{Grant, Key};
use partnerstack::api::retry::Budget;
use partnerstack::api::route::Route;
use partnerstack::cache::Policy;
use partnerstack::cells::Cells;
use partnerstack::error::{Class, Error};
use partnerstack::history::Subject;
use partnerstack::listing::{Journal, Listing};
use partnerstack::plan::Plan;
use partnerstack::scan::Scan;
use partnerstack::schema::{Api, Column};
use partnerstack::tables::TABLES;

fn grant(api: Api) -> Grant {
    let key = |text: &str| Key::new(text.into());
    match api {
        Api::Vendor => {
            Grant::Basic { public: key("pk_fake_public"), private: key("sk_fake_private") }
        }
        Api::Partner => Grant::Bearer(key("fake_partner_key")),
    }
}

fn listing(base_url: String, api: Api) -> Listing {
    let rewards = TABLES.iter().find(|table| table.name == "rewards").expect("rewards");
    let endpoint = rewards.endpoint(api).expect("both APIs have rewards");
    let columns: Vec<&Column> = endpoint.columns.iter().take(1).collect();
    let account = Account { secret: "ps".into(), base_url, grant: grant(api) };
    Listing {
        account,
        endpoint,
        arguments: Vec::new(),
        extra: Vec::new(),
        columns,
        page_size: 250,
        connections: 1,
        budget: Budget { retries: 2, time: Duration::from_secs(60) },
        route: Route {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            proxy: None,
            authority: None,
        },
        limits: Limits { whole: Duration::from_secs(120), bytes: 64_000_000 },
        allowance: Arc::new(Allowance::new(u64::MAX)),
        rate: 1000.0,
        divides: None,
        conditions: Vec::new(),
        plan: Plan::whole(),
        cache: Policy::default(),
        journal: journal(api),
    }
}

fn journal(api: Api) -> Journal {
    let subject = Subject {
        table: "rewards",
        api: api.word(),
        account: "ps".into(),
        pushed: String::new(),
        residual: String::new(),
    };
    Journal { history: Arc::default(), subject, most: 100 }
}

/// The keys of all rewards, in the order they came.
fn keys(server: &Server, scenario: &str, api: Api) -> Result<Vec<String>, Error> {
    let mut scan = Scan::new(listing(server.scenario(scenario), api));
    let mut keys = Vec::new();
    while let Some(page) = scan.next_page(|| false)? {
        let Cells::Text(column) = &page.columns[0] else { panic!("keys are texts") };
        keys.extend(column.iter().map(|span| page.text.get(span.expect("a key")).to_owned()));
    }
    Ok(keys)
}

fn count(server: &Server, scenario: &str) -> usize {
    keys(server, scenario, Api::Vendor).unwrap_or_else(|error| panic!("{scenario}: {error}")).len()
}

fn failure(server: &Server, scenario: &str) -> (Class, String) {
    let error = keys(server, scenario, Api::Vendor).expect_err(scenario);
    (error.class(), error.to_string())
}

fn distinct(keys: &[String]) -> usize {
    keys.iter().collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn every_row_comes_once_in_both_apis() {
    let server = Server::start();
    for api in [Api::Vendor, Api::Partner] {
        for rows in [0, 1, 249, 250, 251, 1000] {
            let keys = keys(&server, &format!("rewards={rows}"), api).expect("all rows");
            assert_eq!((keys.len(), distinct(&keys)), (rows, rows), "{api} {rows}");
        }
    }
}

#[test]
fn faults_that_pass_cost_no_row() {
    let server = Server::start();
    let faults = [
        "429", "500", "502", "503", "504", "cut", "chunkcut", "reset", "notjson", "html200",
        "empty",
    ];
    for fault in faults {
        for page in 1..=3 {
            let scenario = format!("rewards=600,fault={fault}@{page}x2");
            assert_eq!(count(&server, &scenario), 600, "{scenario}");
        }
    }
}

#[test]
fn faults_that_stay_end_the_scan_with_a_name() {
    let server = Server::start();
    for (fault, class, sentence) in [
        ("400", Class::Http, "with status 400"),
        ("401", Class::Permission, "rejected the keys of secret \"ps\""),
        ("403", Class::Permission, "does not let secret \"ps\" read /rewards"),
        ("404", Class::Http, "has nothing at /rewards"),
        ("429", Class::Http, "is asked too often"),
        ("503", Class::Http, "failed (status 503 for page 2 of GET /rewards)"),
        ("html503", Class::Http, "failed (status 503"),
        ("reset", Class::Io, "broke off"),
        ("cut", Class::Io, "broke off"),
        ("cut10", Class::Io, "broke off"),
        ("chunkcut", Class::Io, "broke off"),
        ("badgzip", Class::Io, "broke off"),
        ("notjson", Class::Io, "is not JSON (at byte 0); it starts with \"<html>oops\""),
        ("html200", Class::Io, "is not JSON"),
        ("empty", Class::Io, "is not JSON (at byte 0)"),
        ("badutf8", Class::Io, "is not JSON"),
        ("no_data", Class::Io, "\"data.items\" is missing"),
        ("data_null", Class::Io, "\"data\" is null"),
        ("data_array", Class::Io, "\"data\" is an array"),
        ("no_items", Class::Io, "\"data.items\" is missing"),
        ("items_null", Class::Io, "\"data.items\" is null"),
        ("items_object", Class::Io, "\"data.items\" is an object"),
        ("item_null", Class::Io, "of \"data.items\" is null"),
        ("item_text", Class::Io, "of \"data.items\" is a string"),
        ("no_has_more", Class::Io, "\"data.has_more\" is missing"),
        ("has_more_null", Class::Io, "\"data.has_more\" is null"),
        ("has_more_text", Class::Io, "\"data.has_more\" is a string"),
        ("has_more_number", Class::Io, "\"data.has_more\" is a number"),
        ("error_200", Class::Io, "its message is \"Something went wrong\""),
        ("array_root", Class::Io, "it is an array"),
        ("repeat_page", Class::Io, "repeats itself: page 2"),
        ("stuck", Class::Io, "repeats itself"),
        ("empty_more", Class::Io, "but that page is empty"),
        ("keyless", Class::Io, "has no \"key\" to continue after"),
        ("key_null", Class::Io, "has no \"key\" to continue after"),
        ("redirect_other", Class::Http, "redirect to another host, \"localhost\""),
    ] {
        let page = if fault == "stuck" { "" } else { "@2" };
        let (found, text) = failure(&server, &format!("rewards=600,fault={fault}{page}"));
        assert!(found == class && text.contains(sentence), "{fault}: {found:?}: {text}");
    }
}

#[test]
fn what_is_odd_but_means_the_same_costs_nothing() {
    let server = Server::start();
    for fault in ["redirect_same", "last_more", "status_text", "drip"] {
        let at = if fault == "drip" { "@1" } else { "" };
        assert_eq!(count(&server, &format!("rewards=600,fault={fault}{at}")), 600, "{fault}");
    }
    assert_eq!(count(&server, "rewards=600,gzip=on"), 600);
}

#[test]
fn a_fault_that_stays_is_tried_three_times() {
    let server = Server::start();
    let (_, text) = failure(&server, "rewards=600,fault=503@1");
    assert!(text.contains("(Tried 3 times in "), "{text}");
    assert_eq!(server.requests("rewards=600,fault=503@1").len(), 3);
    failure(&server, "rewards=600,fault=404@1");
    assert_eq!(server.requests("rewards=600,fault=404@1").len(), 1);
}

#[test]
fn nothing_is_fetched_before_rows_are_asked_for() {
    let server = Server::start();
    drop(Scan::new(listing(server.scenario("id=idle"), Api::Vendor)));
    assert_eq!(server.requests("id=idle").len(), 0);
}

#[test]
fn one_page_is_fetched_at_first_and_one_ahead_after_that() {
    let server = Server::start();
    let scenario = "rewards=2000,id=ahead";
    let mut scan = Scan::new(listing(server.scenario(scenario), Api::Vendor));
    let settled = |expected: usize| {
        let until = Instant::now() + Duration::from_secs(10);
        while server.requests(scenario).len() < expected && Instant::now() < until {
            std::thread::yield_now();
        }
        server.requests(scenario).len()
    };
    scan.next_page(|| false).expect("a page");
    assert_eq!(settled(1), 1);
    scan.next_page(|| false).expect("a page");
    assert_eq!(settled(3), 3);
    scan.next_page(|| false).expect("a page");
    assert_eq!(settled(4), 4);
    drop(scan);
    assert_eq!(server.requests(scenario).len(), 4);
}

#[test]
fn an_interrupt_ends_a_wait_at_once() {
    let server = Server::start();
    let mut scan = Scan::new(listing(server.scenario("fault=hang"), Api::Vendor));
    let begun = Instant::now();
    let error =
        scan.next_page(|| begun.elapsed() > Duration::from_millis(100)).expect_err("stopped");
    assert_eq!(error.class(), Class::Interrupt);
}

#[test]
fn a_refused_connection_names_the_base_url() {
    let mut scan = Scan::new(listing("http://127.0.0.1:9/api/v2".into(), Api::Vendor));
    let error = scan.next_page(|| false).expect_err("nobody listens");
    let text = error.to_string();
    assert!(text.contains("No connection to \"http://127.0.0.1:9/api/v2\""), "{text}");
}

#[test]
fn only_get_is_sent_and_the_cursor_is_percent_encoded() {
    let server = Server::start();
    keys(&server, "rewards=600", Api::Vendor).expect("all rows");
    let requests = server.requests("rewards=600");
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.method, "GET");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%=&".contains(c);
        assert!(request.query.chars().all(|c| plain(c) || c == '_'), "{}", request.query);
    }
    assert_eq!(requests[0].query, "limit=250");
    assert!(requests[1].query.starts_with("limit=250&starting_after="));
}
