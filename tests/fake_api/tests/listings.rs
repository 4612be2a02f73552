//! The plain listings: walks, single objects and filters.

mod common;

use common::*;
use fake_api::Server;
use serde_json::Value;

/// Name, path, API and default number of rows.
const LISTS: [(&str, &str, &str, usize); 10] = [
    ("leads", "leads", VENDOR, 500),
    ("webhooks", "webhooks", VENDOR, 24),
    ("payouts", "payouts", PARTNER, 160),
    ("groups", "groups", VENDOR, 8),
    ("applications", "applications", VENDOR, 150),
    ("products", "products", VENDOR, 200),
    ("product_book", "product_book", VENDOR, 40),
    ("tiers", "tiers", VENDOR, 20),
    ("tier_collections", "tiers/collection", VENDOR, 4),
    ("marketplace_programs", "marketplace/programs", PARTNER, 80),
];
const LEADS: (&str, &str, &str) = ("leads", "vendor", VENDOR);
const PAYOUTS: (&str, &str, &str) = ("payouts", "partner", PARTNER);
const GROUPS: (&str, &str, &str) = ("groups", "vendor", VENDOR);
const PRODUCTS: (&str, &str, &str) = ("products", "vendor", VENDOR);
const BOOKS: (&str, &str, &str) = ("product_book", "vendor", VENDOR);
const PROGRAMS: (&str, &str, &str) = ("marketplace/programs", "partner", PARTNER);

fn api(authorization: &str) -> &'static str {
    if authorization == VENDOR { "vendor" } else { "partner" }
}

fn status(server: &Server, target: &str, authorization: &str) -> u16 {
    get(server, target, authorization).status
}

#[test]
fn walks_agree_with_the_truth() {
    let server = Server::start();
    for (name, path, authorization, count) in LISTS {
        for (scenario, count) in [("id=walk".to_owned(), count), (format!("{name}=60"), 60)] {
            let expected = truth(&server, &scenario, name, api(authorization));
            assert_eq!(expected.len(), count, "{name}");
            let list = format!("/{scenario}/api/v2/{path}?limit=7");
            assert!(walk(&server, &list, authorization) == expected, "{list}");
        }
    }
}

#[test]
fn one_object_can_be_read() {
    let server = Server::start();
    for (name, path, authorization, _) in LISTS {
        let single = !["payouts", "groups", "applications", "marketplace_programs"].contains(&name);
        for item in truth(&server, "id=single", name, api(authorization)).iter().take(40) {
            let target = format!("/id=single/api/v2/{path}/{}", encode(&key(item)));
            let answer = get(&server, &target, authorization);
            assert_eq!(answer.status, if single { 200 } else { 404 }, "{target}");
            assert!(!single || answer.text().starts_with(&format!("{{\"data\":{item},")));
        }
        assert_eq!(status(&server, &format!("/api/v2/{path}/unknown"), authorization), 404);
    }
}

#[test]
fn products_have_a_second_key() {
    let server = Server::start();
    let external = first(&server, PRODUCTS, |i| text(&i["external_key"]));
    let answer = get(&server, &format!("/api/v2/products/{}", encode(&external)), VENDOR);
    assert_eq!(answer.json()["data"]["external_key"], external.as_str());
    assert_eq!(status(&server, "/api/v2/products/sku%2F201", VENDOR), 404);
}

#[test]
fn doors_are_guarded() {
    let server = Server::start();
    for (name, path, authorization, _) in LISTS {
        let other = if authorization == VENDOR { PARTNER } else { VENDOR };
        assert_eq!(status(&server, &format!("/api/v2/{path}"), other), 401, "{name}");
        let denied = format!("/deny={name}/api/v2/{path}");
        assert_eq!(status(&server, &denied, authorization), 403, "{name}");
    }
    for unknown in ["product-book", "tier_collections", "marketplace_programs", "marketplace"] {
        assert_eq!(status(&server, &format!("/api/v2/{unknown}"), VENDOR), 404, "{unknown}");
    }
}

#[test]
fn lead_filters_filter() {
    let server = Server::start();
    let partner = first(&server, LEADS, |i| text(&i["partner_key"]));
    check(&server, LEADS, &format!("partner_key={partner}"), |i| {
        i["partner_key"] == partner.as_str()
    });
    let one =
        first(&server, LEADS, |i| text(&i["key"]).filter(|key| key.contains(['/', '&', '+'])));
    check(&server, LEADS, &format!("lead_key={}", encode(&one)), |i| i["key"] == one.as_str());
    let gold = first(&server, GROUPS, |i| text(&i["key"]).filter(|_| i["name"] == "Gold Partners"));
    check(&server, LEADS, "group=GoldPartners", |i| i["group_key"] == gold.as_str());
    let middle = 1_780_000_000_000_i64;
    let times = format!("max_created={middle}&min_updated={middle}&max_updated={}", 2 * middle);
    check(&server, LEADS, &times, |i| {
        i["created_at"].as_i64() <= Some(middle) && i["updated_at"].as_i64() >= Some(middle)
    });
}

#[test]
fn the_other_filters_filter() {
    let server = Server::start();
    for name in ["customer_key", "stack_key", "click_xid"] {
        let value = first(&server, PRODUCTS, |i| text(&i[name]));
        check(&server, PRODUCTS, &format!("{name}={value}"), |i| i[name] == value.as_str());
    }
    check(&server, BOOKS, "keywords=PLUS", |i| i["name"] == "Enterprise & \"Plus\"");
    let category = |i: &Value, name: &str| {
        i["category"].as_array().is_some_and(|list| list.iter().any(|it| it == name))
    };
    check(&server, PROGRAMS, "category=IT", |i| category(i, "IT"));
    check(&server, PROGRAMS, "category=marketing-sales", |i| category(i, "Marketing & Sales"));
    let middle = 1_780_000_000_000_i64;
    for list in [PAYOUTS, PROGRAMS] {
        check(&server, list, &format!("max_created={middle}"), |i| {
            i["created_at"].as_i64() <= Some(middle)
        });
    }
    let after: i64 = first(&server, GROUPS, |i| Some(i["updated_at"].to_string())).parse().unwrap();
    check(&server, GROUPS, &format!("min_updated={after}"), |i| {
        i["updated_at"].as_i64() >= Some(after)
    });
}

#[test]
fn undocumented_parameters_are_ignored() {
    let server = Server::start();
    for (name, path, authorization, count) in LISTS {
        let timed = ["leads", "payouts", "marketplace_programs"].contains(&name);
        let times = if timed { "" } else { "&min_created=9000000000000&max_created=x" };
        let list = format!("/api/v2/{path}?limit=250&colour=red&status=x{times}");
        assert_eq!(walk(&server, &list, authorization).len(), count, "{name}");
    }
}

#[test]
fn payouts_can_be_listed_oldest_first() {
    let server = Server::start();
    let mut items = walk(&server, "/id=o/api/v2/payouts?limit=9&order_by=created_at", PARTNER);
    items.reverse();
    assert!(items == truth(&server, "id=o", "payouts", "partner"));
    assert_eq!(status(&server, "/api/v2/payouts?order_by=amount", PARTNER), 400);
}
