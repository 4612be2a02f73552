//! Walks through the listings and compares them with the truth.

mod common;

use common::*;
use fake_api::Server;
use serde_json::Value;

const LISTS: [(&str, &str, &str); 3] =
    [("rewards", "vendor", VENDOR), ("rewards", "partner", PARTNER), ("deals", "vendor", VENDOR)];

#[test]
fn walks_agree_with_the_truth() {
    let server = Server::start();
    for (resource, api, authorization) in LISTS {
        let expected = truth(&server, "id=walk", resource, api);
        assert_eq!(expected.len(), if resource == "deals" { 700 } else { 1200 });
        for limit in [7, 50, 250] {
            let list = format!("/id=walk/api/v2/{resource}?limit={limit}");
            assert!(walk(&server, &list, authorization) == expected, "{list} {api}");
        }
    }
}

#[test]
fn backward_walks_agree_with_the_truth() {
    let server = Server::start();
    for (resource, api, authorization) in LISTS {
        let expected = truth(&server, "id=back", resource, api);
        let mut items = vec![expected.last().unwrap().clone()];
        loop {
            let before = encode(&key(&items[0]));
            let target = format!("/id=back/api/v2/{resource}?limit=99&ending_before={before}");
            let answer = get(&server, &target, authorization);
            items.splice(0..0, raw_items(&answer.text(), true));
            if answer.json()["data"]["has_more"] == false {
                break;
            }
        }
        assert!(items == expected, "{resource} {api}");
    }
}

#[test]
fn reward_filters_filter() {
    let server = Server::start();
    let [vendor, partner, _] = LISTS;
    for list in [vendor, partner] {
        for status in ["scheduled", "paid", "hold"] {
            check(&server, list, &format!("status={status}"), |i| i["reward_status"] == status);
        }
    }
    let company = first(&server, partner, |i| text(&i["company"]["key"]));
    check(&server, partner, &format!("company_key={company}"), |i| {
        i["company"]["key"] == company.as_str()
    });
    let customer = first(&server, partner, |i| text(&i["customer"]["key"]));
    check(&server, partner, &format!("customer_key={customer}"), |i| {
        i["customer"]["key"] == customer.as_str()
    });
    check(&server, partner, "payment_status=withdrawn", |i| i["payment_status"] == "withdrawn");
    check(&server, partner, "currency=eur&status=paid", |i| {
        i["currency"] == "EUR" && i["reward_status"] == "paid"
    });
    check(&server, partner, "description=sign-up", |i| i["description"] == "Sign-up bonus");
    check(&server, partner, "decline_reason=self", |i| i["decline_reason"] == "Self-referral");
    let group = first(&server, vendor, |i| text(&i["partnership"]["group"]["key"]));
    let members: Vec<String> = truth(&server, "id=filter", "rewards", "vendor")
        .iter()
        .filter(|item| item.contains(&group))
        .map(|item| key(item))
        .collect();
    check(&server, partner, &format!("group_key={group}"), |i| {
        members.contains(&text(&i["key"]).unwrap())
    });
}

#[test]
fn deal_filters_filter() {
    let server = Server::start();
    let deals = LISTS[2];
    let partner = first(&server, deals, |i| text(&i["partner_key"]));
    check(&server, deals, &format!("partner_key={partner}"), |i| {
        i["partner_key"] == partner.as_str()
    });
    let customer = first(&server, deals, |i| text(&i["customer_key"]));
    check(&server, deals, &format!("customer_key=none,{customer}"), |i| {
        i["customer_key"] == customer.as_str()
    });
    let one =
        first(&server, deals, |i| text(&i["key"]).filter(|key| key.contains(['/', '&', '+'])));
    check(&server, deals, &format!("deal_key={}", encode(&one)), |i| i["key"] == one.as_str());
    let middle = 1_780_000_000_000_i64;
    let late = |i: &Value| i["updated_at"].as_i64() >= Some(middle);
    check(&server, deals, &format!("min_updated={middle}"), late);
    check(&server, deals, &format!("max_created={middle}&min_updated={middle}"), |i| {
        late(i) && i["created_at"].as_i64() <= Some(middle)
    });
}

#[test]
fn orders_are_kept_over_pages() {
    let server = Server::start();
    for (order, field) in [("amount", "amount"), ("created_at", "created_at")] {
        let target = format!("/id=order/api/v2/rewards?limit=100&order_by={order}");
        let items = walk(&server, &target, PARTNER);
        let values: Vec<Option<i64>> = items
            .iter()
            .map(|item| serde_json::from_str::<Value>(item).unwrap()[field].as_i64())
            .collect();
        assert!(values.len() == 1200 && values.is_sorted(), "{order}");
    }
}

#[test]
fn scheduled_rewards_can_be_hidden() {
    let server = Server::start();
    let hidden = walk(&server, "/scheduled=hidden/api/v2/rewards?limit=250", VENDOR);
    let asked =
        walk(&server, "/scheduled=hidden/api/v2/rewards?limit=250&status=scheduled", VENDOR);
    assert!(!asked.is_empty());
    assert_eq!(hidden.len() + asked.len(), 1200);
}

#[test]
fn filters_can_be_ignored() {
    let server = Server::start();
    let [vendor, partner, deals] = LISTS;
    for ((resource, api, authorization), query) in [
        (vendor, "status=paid"),
        (partner, "status=paid&currency=EUR&customer_key=x&hide_archived_rewards=true"),
        (deals, "partner_key=x&group=GoldPartners&customer_key=a,b&deal_key=x"),
    ] {
        let all = truth(&server, "filters=ignored", resource, api);
        let list = |scenario: &str| {
            let target = format!("/{scenario}/api/v2/{resource}?limit=250&{query}");
            walk(&server, &target, authorization)
        };
        assert!(list("filters=ignored") == all, "{resource} {api}");
        assert!(list("filters=applied").len() < all.len(), "{resource} {api}");
    }
    let bounded = "/filters=ignored/api/v2/rewards?limit=250&min_created=1780000000000";
    assert!((1..1200).contains(&walk(&server, bounded, VENDOR).len()));
}

#[test]
fn doors_are_guarded() {
    let server = Server::start();
    let status = |target: &str, authorization: &str| get(&server, target, authorization).status;
    assert_eq!(status("/api/v2/rewards", "Bearer wrong"), 401);
    assert_eq!(status("/api/v2/deals", PARTNER), 401);
    assert_eq!(status("/api/v2/deals", VENDOR), 200);
    assert_eq!(status("/api_key=x%20y/api/v2/rewards", "Bearer x y"), 200);
    assert_eq!(status("/deny=deals/api/v2/deals", VENDOR), 403);
    assert_eq!(status("/api/v2/nothing", VENDOR), 404);
    assert_eq!(status("/api/v2/rewards/rwrd_1", VENDOR), 404);
    assert_eq!(status("/api/v2/deals/unknown", VENDOR), 404);
    assert_eq!(status("/rewords=5/api/v2/deals", VENDOR), 500);
    for query in [
        "limit=0",
        "limit=251",
        "min_created=x",
        "starting_after=x",
        "starting_after=&ending_before=",
    ] {
        assert_eq!(status(&format!("/api/v2/rewards?{query}"), VENDOR), 400, "{query}");
    }
    assert_eq!(status("/limit=clamp/api/v2/rewards?limit=9999", VENDOR), 200);
    assert_eq!(status("/api/v2/rewards?order_by=nothing", PARTNER), 400);
    assert_eq!(status("/api/v2/rewards?unknown=1", VENDOR), 200);
    assert_eq!(send(&server, "POST", "/api/v2/deals", "", "{}").unwrap().status, 405);
    let error = get(&server, "/api/v2/deals", "");
    assert_eq!(error.text(), r#"{"message":"Missing Authentication","status":401}"#);
}

#[test]
fn one_deal_can_be_read() {
    let server = Server::start();
    let all = truth(&server, "id=single", "deals", "vendor");
    let odd = all.iter().find(|item| key(item).contains(['/', '?', ' ', '#'])).unwrap();
    let answer = get(&server, &format!("/id=single/api/v2/deals/{}", encode(&key(odd))), VENDOR);
    assert_eq!(
        answer.text(),
        format!(r#"{{"data":{odd},"message":"Deals retrieved successfully","status":200}}"#)
    );
}

#[test]
fn deals_have_a_second_key() {
    let server = Server::start();
    for is_odd in [false, true] {
        let external = first(&server, LISTS[2], |i| {
            text(&i["external_key"]).filter(|key| key.contains('/') == is_odd)
        });
        let answer = get(&server, &format!("/api/v2/deals/{}", encode(&external)), VENDOR);
        assert_eq!(answer.json()["data"]["external_key"], external.as_str());
    }
}

#[test]
fn totals_are_sent_when_asked_for() {
    let server = Server::start();
    let total = |scenario: &str| {
        get(&server, &format!("{scenario}/api/v2/rewards?status=paid&limit=1"), VENDOR).json()["data"]["total"].clone()
    };
    let paid = walk(&server, "/api/v2/rewards?status=paid&limit=250", VENDOR).len();
    assert_eq!(total("/total=always"), paid);
    assert_eq!(total(""), Value::Null);
}

#[test]
fn items_have_the_size_of_real_ones() {
    let server = Server::start();
    for (resource, api, _) in LISTS {
        let all = truth(&server, "id=size", resource, api);
        let mean = all.iter().map(String::len).sum::<usize>() / all.len();
        assert!((600..1100).contains(&mean), "{resource} {api}: {mean}");
    }
}
