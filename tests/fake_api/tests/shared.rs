//! The listings that both APIs have beside the rewards: walks, single objects and filters.

mod common;

use common::*;
use fake_api::Server;
use serde_json::{Value, json};

type List = (&'static str, &'static str, &'static str);

/// Each listing of each API, with its default number of rows.
const LISTS: [(List, usize); 8] = [
    (("transactions", "vendor", VENDOR), 1200),
    (("transactions", "partner", PARTNER), 1200),
    (("customers", "vendor", VENDOR), 300),
    (CUSTOMERS, 300),
    (("partnerships", "vendor", VENDOR), 40),
    (PROGRAMS, 40),
    (("actions", "vendor", VENDOR), 1200),
    (("actions", "partner", PARTNER), 1200),
];
const CUSTOMERS: List = ("customers", "partner", PARTNER);
const PROGRAMS: List = ("partnerships", "partner", PARTNER);
const ALL: &str = "include_archived=true";
const MIDDLE: i64 = 1_760_000_000_000;

fn status(server: &Server, target: &str, authorization: &str) -> u16 {
    get(server, target, authorization).status
}

fn values(items: &[String]) -> Vec<Value> {
    items.iter().map(|item| serde_json::from_str(item).unwrap()).collect()
}

#[test]
fn walks_agree_with_the_truth() {
    let server = Server::start();
    for ((resource, api, authorization), count) in LISTS {
        let more = format!("id=more,{resource}=500");
        for (scenario, count, limit) in [("id=walk", count, 99), (&more, 500, 7), (&more, 500, 250)]
        {
            let expected = truth(&server, scenario, resource, api);
            assert_eq!(expected.len(), count, "{resource}");
            let list = format!("/{scenario}/api/v2/{resource}?limit={limit}&{ALL}");
            assert!(walk(&server, &list, authorization) == expected, "{list} {api}");
        }
    }
}

#[test]
fn skewed_walks_agree_with_the_truth() {
    let server = Server::start();
    for ((resource, api, authorization), _) in LISTS {
        let (even, skewed) = (format!("{resource}=900"), format!("{resource}=900,spread=skewed"));
        let expected = truth(&server, &skewed, resource, api);
        assert!(expected.len() == 900 && expected != truth(&server, &even, resource, api));
        let list = format!("/{skewed}/api/v2/{resource}?limit=50&{ALL}");
        assert!(walk(&server, &list, authorization) == expected, "{resource} {api}");
    }
}

#[test]
fn single_objects_are_for_vendors() {
    let server = Server::start();
    for ((resource, api, authorization), _) in LISTS {
        let single = api == "vendor" && ["customers", "partnerships"].contains(&resource);
        for item in truth(&server, "id=single", resource, api).iter().take(40) {
            let target = format!("/id=single/api/v2/{resource}/{}", encode(&key(item)));
            let answer = get(&server, &target, authorization);
            assert_eq!(answer.status == 200, single, "{target}");
            assert!(!single || answer.text().starts_with(&format!("{{\"data\":{item},")));
        }
    }
    assert_eq!(status(&server, "/api/v2/customers/unknown", VENDOR), 404);
    assert_eq!(status(&server, "/api/v2/partnerships/unknown", VENDOR), 404);
}

/// Checks that one object is found by each of these members.
fn found_by(server: &Server, resource: &str, names: &[&str]) {
    let mut found = 0;
    for item in values(&truth(server, "id=by", resource, "vendor")).iter().take(60) {
        for other in names.iter().filter_map(|name| item[name].as_str()) {
            let target = format!("/id=by/api/v2/{resource}/{}", encode(other));
            assert_eq!(get(server, &target, VENDOR).json()["data"], *item, "{other}");
            found += 1;
        }
    }
    assert!(found > 30, "{found}");
}

#[test]
fn single_objects_have_other_names() {
    let server = Server::start();
    found_by(&server, "partnerships", &["partner_key", "email"]);
    found_by(&server, "customers", &["customer_key"]);
    assert_eq!(status(&server, "/api/v2/partnerships/partner%2B40@example.com", VENDOR), 404);
}

#[test]
fn customer_filters_filter() {
    let server = Server::start();
    let list = ("customers", "vendor", VENDOR);
    for name in ["partner_key", "partnership_key"] {
        let wanted = first(&server, list, |i| text(&i["partnership_key"]));
        let named = |i: &Value| i["partnership_key"] == wanted.as_str();
        let value = first(&server, list, |i| text(&i[name]).filter(|_| named(i)));
        check(&server, list, &format!("{name}={}", encode(&value)), named);
    }
    let two: Vec<String> =
        truth(&server, "id=filter", list.0, list.1)[3..5].iter().map(|i| key(i)).collect();
    let chosen = |i: &Value| two.iter().any(|key| i["key"] == key.as_str());
    check(&server, list, &format!("customer_key={},{}", two[0], two[1]), chosen);
    check(&server, list, &format!("customer_key={}&customer_key={}", two[0], two[1]), chosen);
    let members: Vec<String> = values(&truth(&server, "id=filter", "partnerships", "vendor"))
        .iter()
        .filter(|i| i["group"]["name"] == "Gold Partners")
        .filter_map(|i| text(&i["key"]))
        .collect();
    let items = walk(&server, "/id=filter/api/v2/customers?limit=250&group=goldpartners", VENDOR);
    assert!(!items.is_empty());
    let brought = |key: &String| items.iter().any(|item| item.contains(key));
    assert!(members.iter().any(brought));
    check(&server, list, &format!("min_updated={MIDDLE}"), |i| {
        i["updated_at"].as_i64() >= Some(MIDDLE)
    });
    check(&server, CUSTOMERS, &format!("max_created={MIDDLE}&min_updated={MIDDLE}"), |i| {
        i["created_at"].as_i64() <= Some(MIDDLE)
    });
}

#[test]
fn partnership_filters_filter() {
    let server = Server::start();
    let list = ("partnerships", "vendor", VENDOR);
    for status in ["approved", "pending", "declined"] {
        let query = format!("{ALL}&approved_status={status}");
        check(&server, list, &query, |i| i["approved_status"] == status);
    }
    for (parameter, name) in [("email", "email"), ("partnership_key", "key")] {
        let value = first(&server, list, |i| text(&i[name]));
        let query = format!("{ALL}&{parameter}={}", encode(&value));
        check(&server, list, &query, |i| i[name] == value.as_str());
    }
    let slug = first(&server, list, |i| text(&i["group"]["slug"]));
    check(&server, list, &format!("{ALL}&group={}", encode(&slug)), |i| {
        i["group"]["slug"] == slug.as_str()
    });
    check(&server, list, &format!("{ALL}&min_updated={MIDDLE}"), |i| {
        i["updated_at"].as_i64() >= Some(MIDDLE)
    });
    for (value, wanted) in [("true", json!(true)), ("false", json!(false)), ("null", json!(null))] {
        let query = format!("{ALL}&has_sub_id={value}");
        check(&server, PROGRAMS, &query, |i| i["has_sub_id"] == wanted);
    }
    check(&server, PROGRAMS, "min_created=9999999999999&email=x", |i| i["is_archived"] == false);
    assert_eq!(status(&server, "/api/v2/partnerships?has_sub_id=maybe", PARTNER), 400);
}

#[test]
fn archived_partnerships_are_hidden() {
    let server = Server::start();
    let archived = values(&truth(&server, "id=old", "partnerships", "partner"))
        .into_iter()
        .filter(|item| item["is_archived"] == true);
    assert_eq!(archived.count(), 3);
    for authorization in [VENDOR, PARTNER] {
        let list = "/id=old/api/v2/partnerships?limit=10";
        assert_eq!(walk(&server, list, authorization).len(), 37);
        let all = format!("{list}&{ALL}");
        assert_eq!(walk(&server, &all, authorization).len(), 40);
    }
}

#[test]
fn partnerships_can_be_sorted_by_their_update() {
    let server = Server::start();
    for ((resource, api, authorization), _) in LISTS[4..6].iter().copied() {
        for (order, descending) in [("updated_at", false), ("-updated_at", true)] {
            let list = format!("/id=sort/api/v2/{resource}?limit=9&{ALL}&order_by={order}");
            let items = values(&walk(&server, &list, authorization));
            let mut times: Vec<_> = items.iter().map(|i| i["updated_at"].as_i64()).collect();
            if descending {
                times.reverse();
            }
            assert!(times.len() == 40 && times.is_sorted(), "{api} {order}");
        }
    }
}

#[test]
fn offers_come_when_asked_for() {
    let server = Server::start();
    let offers = |query: &str| {
        let list = format!("/id=offers/api/v2/partnerships?limit=250{query}");
        let items = values(&walk(&server, &list, PARTNER));
        items.iter().filter_map(|i| i["offers"].as_array()).map(Vec::len).sum::<usize>()
    };
    assert_eq!(offers(""), 0);
    assert!(offers("&include_offers=true") > 20);
    assert_eq!(offers("&include_offers=false"), 0);
}

#[test]
fn action_filters_filter() {
    let server = Server::start();
    let (vendor, partner) = (("actions", "vendor", VENDOR), ("actions", "partner", PARTNER));
    let partnership = first(&server, vendor, |i| text(&i["partnership_key"]));
    check(&server, vendor, &format!("partnership_key={partnership}"), |i| {
        i["partnership_key"] == partnership.as_str()
    });
    for kind in ["sign_up", "50% off, \"spring\" & more"] {
        let query = format!("action_type={}", encode(kind));
        check(&server, vendor, &query, |i| i["type"] == kind);
    }
    check(&server, vendor, &format!("max_updated={MIDDLE}"), |i| {
        i["updated_at"].as_i64() <= Some(MIDDLE)
    });
    let customer = first(&server, partner, |i| text(&i["customer"]["key"]));
    check(&server, partner, &format!("customer_key={customer}&action_type=x"), |i| {
        i["customer"]["key"] == customer.as_str()
    });
}

#[test]
fn orders_and_bounds_hold() {
    let server = Server::start();
    for (resource, authorization) in [
        ("transactions", PARTNER),
        ("customers", PARTNER),
        ("partnerships", VENDOR),
        ("actions", VENDOR),
        ("actions", PARTNER),
    ] {
        let list = |query: &str| format!("/id=order/api/v2/{resource}?limit=60&{query}");
        let mut up = walk(&server, &list("order_by=created_at"), authorization);
        up.reverse();
        assert!(up == walk(&server, &list("order_by=-created_at"), authorization), "{resource}");
        assert_eq!(status(&server, &list("order_by=key"), authorization), 400, "{resource}");
    }
    for api in [("transactions", "vendor", VENDOR), ("transactions", "partner", PARTNER)] {
        check(&server, api, &format!("min_created={MIDDLE}&max_updated=1"), |i| {
            i["created_at"].as_i64() >= Some(MIDDLE)
        });
    }
}

#[test]
fn totals_are_sent_where_they_were_seen() {
    let server = Server::start();
    for ((resource, api, authorization), count) in LISTS {
        let seen = api == "partner" && ["customers", "actions"].contains(&resource);
        let answer = get(&server, &format!("/api/v2/{resource}?limit=1"), authorization).json();
        let wanted = if seen { json!(count) } else { Value::Null };
        assert_eq!(answer["data"]["total"], wanted, "{resource} {api}");
    }
}
