//! The endpoints that are no plain listings.

mod common;

use common::*;
use fake_api::Server;
use serde_json::{Value, json};

const SCENARIO: &str = "id=endpoints";

/// What is at `data` under the default scenario.
fn data(server: &Server, path: &str) -> Value {
    let answer = get(server, &format!("/{SCENARIO}/api/{path}"), VENDOR);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()["data"].clone()
}

fn status(server: &Server, path: &str, authorization: &str) -> u16 {
    get(server, path, authorization).status
}

/// The truth of the default scenario, with its query.
fn true_items(server: &Server, name: &str) -> Vec<Value> {
    let answer = get(server, &format!("/{SCENARIO}/__truth/{name}"), "");
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    answer.json().as_array().unwrap().clone()
}

fn text(item: &Value, name: &str) -> String {
    item[name].as_str().unwrap().to_owned()
}

#[test]
fn form_templates_are_a_listing_and_an_array_for_deals_and_leads() {
    let server = Server::start();
    let all = truth(&server, SCENARIO, "form_templates", "vendor");
    let list = format!("/{SCENARIO}/api/v2/form-templates?limit=7");
    assert_eq!(walk(&server, &list, VENDOR), all);
    for (path, target) in [("deals", "deal"), ("leads", "lead")] {
        let listed: Vec<Value> =
            all.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
        let expected: Vec<Value> = listed.into_iter().filter(|t| t["type"] == target).collect();
        assert!(!expected.is_empty());
        assert_eq!(data(&server, &format!("v2/{path}/form-templates")), json!(expected));
        assert_eq!(true_items(&server, &format!("{target}_form_templates")), expected);
    }
}

#[test]
fn form_templates_are_filtered() {
    let server = Server::start();
    let count = |query: &str| {
        let list = format!("/{SCENARIO}/api/v2/form-templates?limit=250&{query}");
        walk(&server, &list, VENDOR).len()
    };
    assert_eq!((count(""), count("target_type=")), (30, 30));
    assert_eq!((count("target_type=lead"), count("mold_keys=mold_default,x")), (6, 1));
    assert!((1..30).contains(&count("group=goldpartners")));
    assert_eq!(count("group=nobody") + count("min_updated=9000000000000"), 0);
    let deal = |query: &str| {
        data(&server, &format!("v2/deals/form-templates?{query}")).as_array().unwrap().len()
    };
    assert_eq!((deal(""), deal("mold_key=mold_default"), deal("mold_key=x")), (6, 1, 0));
    assert!(deal("group_key=unknown") < 6);
    assert_eq!(deal("partner_key=unknown"), deal("group_key=unknown"));
}

#[test]
fn deals_have_files() {
    let server = Server::start();
    let all = true_items(&server, "deal_files");
    let deal = encode(&text(&all[0], "deal_key"));
    let files = data(&server, &format!("v2/deals/{deal}/files"))["deal_files"].clone();
    assert_eq!(json!(true_items(&server, &format!("deal_files?key={deal}"))), files);
    assert_eq!(files[0]["key"], all[0]["key"]);
    let file = text(&files[0], "key");
    let url = text(&data(&server, &format!("deals/{deal}/file/{file}")), "url");
    assert!(url.contains(&file));
    for path in [
        "v2/deals/unknown/files".to_owned(),
        "deals/unknown/file/x".to_owned(),
        format!("deals/{deal}/file/x"),
        format!("v2/deals/{deal}/file/{file}"),
        format!("v2/deals/{deal}/files/{file}"),
    ] {
        assert_eq!(status(&server, &format!("/{SCENARIO}/api/{path}"), VENDOR), 404, "{path}");
    }
}

#[test]
fn a_given_deal_has_files_too() {
    let server = Server::start();
    server.put_items(SCENARIO, "deals", r#"[{"key":"mine"}]"#).unwrap();
    assert!(data(&server, "v2/deals/mine/files")["deal_files"].is_array());
}

#[test]
fn teams_have_members() {
    let server = Server::start();
    let all = true_items(&server, "partner_team");
    let team = text(&all[0], "team_key");
    let members = data(&server, &format!("v2/partner_team/{team}"));
    let expected: Vec<Value> =
        all.iter().filter(|item| item["team_key"] == team.as_str()).cloned().collect();
    assert_eq!(members, json!({"has_more": false, "items": expected}));
    assert_eq!(expected[0]["email"], expected[0]["team_owner_email"]);
    assert!(all.iter().any(|item| item["key"].is_null() && item["created_at"].is_null()));
    for path in ["partner_team/unknown".to_owned(), format!("partner-team/{team}")] {
        assert_eq!(status(&server, &format!("/{SCENARIO}/api/v2/{path}"), VENDOR), 404, "{path}");
    }
}

#[test]
fn sales_cycles_have_stages() {
    let server = Server::start();
    let stages = |path: &str| data(&server, &format!("v2/sales_cycles/{path}"))["items"].clone();
    let deals = stages("deals/stages");
    assert_eq!(json!(true_items(&server, "sales_cycle_stages?object_type=deals")), deals);
    assert_eq!((&deals[0]["name"], &deals[0]["position"]), (&json!("New"), &json!(0)));
    assert_ne!(deals[0]["key"], stages("leads/stages")[0]["key"]);
    let groups: Vec<String> = truth(&server, SCENARIO, "form_templates", "vendor")
        .iter()
        .flat_map(|item| {
            let item: Value = serde_json::from_str(item).unwrap();
            item["groups"].as_array().unwrap().iter().map(|g| text(g, "key")).collect::<Vec<_>>()
        })
        .collect();
    let own = |group: &String| stages(&format!("deals/stages?group_key={group}")) != deals;
    assert!(groups.iter().any(own) && !groups.iter().all(own));
    assert_eq!(stages("deals/stages?group_key=unknown"), json!([]));
    let all = true_items(&server, "sales_cycle_stages");
    let keys: std::collections::HashSet<String> = all.iter().map(|s| text(s, "key")).collect();
    assert_eq!((keys.len(), all.len()), (55, 55));
    let path = format!("/{SCENARIO}/api/v2/sales_cycles");
    assert_eq!(status(&server, &format!("{path}/rewards/stages"), VENDOR), 404);
}

#[test]
fn reports_are_defined_and_exported() {
    let server = Server::start();
    let list = format!("/{SCENARIO}/api/v2/vendor_report_configuration/list?limit=5");
    let all = walk(&server, &list, VENDOR);
    assert_eq!(all, truth(&server, SCENARIO, "vendor_report_configurations", "vendor"));
    for item in &all {
        let one = data(&server, &format!("v2/vendor_report_configuration/{}", encode(&key(item))));
        assert_eq!(one, serde_json::from_str::<Value>(item).unwrap());
    }
    let exports = true_items(&server, "vendor_report_export");
    for export in &exports {
        let path = format!("v2/vendor_report_export/export/{}", text(export, "key"));
        assert_eq!(&data(&server, &path), export);
        assert_eq!(export["status"] == "complete", export["file_url"].is_string());
    }
    assert_eq!(
        (&exports[0]["status"], &exports[1]["status"]),
        (&"pending".into(), &"complete".into())
    );
    for path in ["vendor_report_configuration/x", "vendor_report_export/export/x"] {
        assert_eq!(status(&server, &format!("/{SCENARIO}/api/v2/{path}"), VENDOR), 404);
    }
}

#[test]
fn links_belong_to_a_partnership() {
    let server = Server::start();
    let all = true_items(&server, "links");
    assert_eq!(all.len(), 60);
    let owner = text(&all[0], "partnership_key");
    let mine: Vec<&Value> = all.iter().filter(|l| l["partnership_key"] == owner.as_str()).collect();
    let links = |identifier: &str| data(&server, &format!("v2/links/partnership/{identifier}"));
    assert_eq!(links(&owner), json!({"has_more": false, "items": mine}));
    assert_eq!(json!(true_items(&server, &format!("links?identifier={owner}"))), json!(mine));
    let counts: Vec<usize> = (0..40)
        .map(|id| {
            let email = encode(&format!("partner+{id}@example.com"));
            links(&email)["items"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!((counts[..4].to_vec(), counts.iter().sum::<usize>()), (vec![1, 3, 0, 2], 60));
    assert_eq!(links("partner%2B1@example.com?limit=2")["has_more"], true);
    for path in ["links", "links/partnership", "links/partnership/nobody", "links/x"] {
        assert_eq!(status(&server, &format!("/{SCENARIO}/api/v2/{path}"), VENDOR), 404, "{path}");
    }
    let path = format!("/{SCENARIO}/api/v2/links/partnership/{owner}");
    assert_eq!(status(&server, &path, PARTNER), 401);
}

#[test]
fn every_listed_partnership_can_be_asked_for_its_links() {
    let server = Server::start();
    for item in truth(&server, "partnerships=45", "partnerships", "vendor") {
        let path = "partnerships=45/api/v2/links/partnership";
        let answer = get(&server, &format!("/{path}/{}", encode(&key(&item))), VENDOR);
        assert_eq!(answer.status, 200, "{item}");
    }
}

#[test]
fn links_can_be_listed_flat() {
    let server = Server::start();
    let items = walk(&server, "/links=flat/api/v2/links?limit=25", VENDOR);
    assert_eq!(items, truth(&server, "links=flat", "links", "vendor"));
    assert_eq!(items.len(), 60);
}

#[test]
fn programs_are_found_by_key_when_asked_for() {
    let server = Server::start();
    let programs = truth(&server, SCENARIO, "marketplace_programs", "partner");
    for program in &programs {
        let status_of = |scenario: &str| {
            let path = format!("/{scenario}/api/v2/marketplace/programs/{}", encode(&key(program)));
            let answer = get(&server, &path, PARTNER);
            (answer.status, answer.text().contains(&format!("\"data\":{program}")))
        };
        assert_eq!(status_of("program=404"), (404, false));
        assert_eq!(status_of("program=found"), (200, true));
    }
    let path = "/program=found/api/v2/marketplace/programs/unknown";
    assert_eq!((status(&server, path, PARTNER), status(&server, path, VENDOR)), (404, 401));
}

#[test]
fn some_paths_do_not_exist() {
    let server = Server::start();
    for path in ["partners", "stats", "partners/x", "form-templates/x", "sales-cycles/deals/stages"]
    {
        for authorization in [VENDOR, PARTNER] {
            assert_eq!(status(&server, &format!("/api/v2/{path}"), authorization), 404, "{path}");
        }
    }
}

#[test]
fn unknown_envelopes_can_be_arrays() {
    let server = Server::start();
    let get = |scenario: &str| {
        get(&server, &format!("/{scenario}/api/v2/disti_listings/categories"), VENDOR)
    };
    let items = get("shape=items").json()["data"]["items"].clone();
    assert_eq!(get("shape=array").json()["data"], items);
    assert_eq!(json!(true_items(&server, "disti_listing_categories")), items);
}

#[test]
fn doors_are_guarded() {
    let server = Server::start();
    let path = "api/v2/vendor_report_configuration/list";
    assert_eq!(status(&server, &format!("/deny=vendor_report_configurations/{path}"), VENDOR), 403);
    assert_eq!(status(&server, &format!("/deny=vendor_report_configuration/{path}"), VENDOR), 200);
    assert_eq!(status(&server, "/deny=deal_files/api/v2/deals/x/files", VENDOR), 403);
    assert_eq!(status(&server, "/deny=links/api/v2/links/partnership/x", VENDOR), 403);
    assert_eq!(status(&server, "/api/v2/deals/form-templates", PARTNER), 401);
    assert_eq!(status(&server, "/api/v2/deals/form-templates", "Basic eDp5"), 401);
}

#[test]
fn faults_strike_and_the_log_tells() {
    let server = Server::start();
    let ask =
        |fault: &str, path: &str| get(&server, &format!("/fault={fault}/api/v2/{path}"), VENDOR);
    let array = "deals/form-templates";
    assert_eq!(ask("503@1x1", array).status, 503);
    assert_eq!(ask("503@1x1", array).status, 200);
    assert_eq!(ask("503@2", array).status, 200);
    assert_eq!(ask("data_null", array).json()["data"], Value::Null);
    assert_eq!(ask("item_null", array).json()["data"][1], Value::Null);
    assert_eq!(ask("no_items", array).json()["data"], json!({}));
    assert_eq!(ask("stuck", array).status, 200);
    let files =
        format!("deals/{}/files", encode(&text(&true_items(&server, "deal_files")[0], "deal_key")));
    assert_eq!(ask("items_null", &files).json()["data"], json!({"deal_files": null}));
    assert_eq!(ask("empty", &files).body.len(), 0);
    let log = server.requests("fault=503@1x1");
    let told: Vec<_> = log.iter().map(|entry| (entry.status, entry.page, entry.items)).collect();
    assert_eq!(told, [(503, 1, 0), (200, 1, 6)]);
}
