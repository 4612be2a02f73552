//! `GET /actions`: both APIs, with nearly the same items. Action n is the one that reward n comes
//! from, if any.

use super::rewards::{Reward, Rewards};
use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, NOW};
use crate::dice::Dice;
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::world::{Customer, World};

/// Actions: what customers did.
pub(crate) struct Actions;

const PATH: &str = "actions";
const TYPES: &[&str] = &[
    "sign_up",
    "sign_up",
    "top_up",
    "qualified_demo",
    "new_high_value_advertiser",
    "Première vente 🎉",
    "50% off, \"spring\" & more",
];

/// What the dice say about one action.
struct Action<'a> {
    reward: Reward<'a>,
    kind: &'static str,
    value: i64,
    archived: bool,
    rest: Dice,
}

fn rewarded(reward: &Reward<'_>) -> bool {
    reward.source == "action"
}

impl<'a> Action<'a> {
    fn new(world: &'a World, id: u32) -> Action<'a> {
        let mut dice = plain::dice(world, PATH, 1, id);
        let reward = Reward::new(world, id);
        let (kind, value) = match rewarded(&reward) {
            true => (reward.action_type(), reward.action_value()),
            false => (dice.word(TYPES), if dice.chance(70) { 1 } else { 1 + dice.span(500) }),
        };
        let archived = reward.archived || dice.chance(3);
        Action { reward, kind, value, archived, rest: dice }
    }
}

impl Resource for Actions {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Actions retrieved successfully"
    }

    fn default_count(&self) -> usize {
        Rewards.default_count()
    }

    fn serves(&self, _api: Api) -> bool {
        true
    }

    fn rhythm(&self) -> &'static str {
        Rewards.path()
    }

    fn has_total(&self, api: Api) -> bool {
        api == Api::Partner
    }

    fn has_updated_bounds(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    fn sort_fields(&self, _api: Api) -> &'static [&'static str] {
        &["created_at"]
    }

    fn created_at(&self, world: &World, id: u32, stored: i64) -> i64 {
        match rewarded(&Reward::new(world, id)) {
            true => stored.min(Rewards.created_at(world, id, stored)),
            false => stored,
        }
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = plain::dice(world, PATH, 2, row.id);
        let delay = if dice.chance(80) { dice.span(2000) } else { dice.span(90 * DAY) };
        (row.created_at + delay).min(NOW)
    }

    fn key(&self, world: &World, id: u32) -> String {
        Reward::new(world, id).action_key()
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { api, world, query, .. } = context;
        if api == Api::Partner {
            filter.text(query, "customer_key", move |row, value| {
                Reward::new(world, row.id).customer.is_some_and(|customer| customer.key == value)
            });
            return Ok(());
        }
        filter.text(query, "partnership_key", move |row, value| {
            Reward::new(world, row.id).partnership.key == value
        });
        filter
            .text(query, "action_type", move |row, value| Action::new(world, row.id).kind == value);
        Ok(())
    }

    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut action = Action::new(world, row.id);
        let ascii = action.rest.chance(50);
        Object::write(out, ascii, |object| write_action(api, world, &mut action, row, object));
    }
}

/// The vendor's side states nothing about nulls and lacks the shared id.
fn write_action(
    api: Api,
    world: &World,
    action: &mut Action<'_>,
    row: Row,
    object: &mut Object<'_>,
) {
    let vendor = api == Api::Vendor;
    let dice = &mut action.rest;
    let Reward { partnership, customer, .. } = action.reward;
    if !(vendor && dice.chance(5)) {
        object.boolean("archived", action.archived);
    }
    let company = (!(vendor && dice.chance(3))).then(|| &world.companies[partnership.company]);
    object.opt_object("company", company, |company, object| company.write(object));
    object.int("created_at", row.created_at);
    match vendor {
        true => object.opt_object("customer", customer, |customer, object| {
            object.text("key", &customer.key);
            object.texts("sub_ids", &customer.sub_ids);
        }),
        false => Customer::write_in(customer, row.id.is_multiple_of(4), object),
    }
    object.text("key", &action.reward.action_key());
    object.text("partnership_key", &partnership.key);
    object.text("type", action.kind);
    object.int("updated_at", Actions.updated_at(world, row));
    object.int("value", action.value);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::tests::items;
    use super::*;
    use serde_json::Value;

    #[test]
    fn rewards_have_their_actions() {
        let all = items(&Actions, Api::Vendor, 1200);
        let by_key: HashMap<_, _> =
            all.iter().map(|item| (item["key"].as_str().unwrap(), item)).collect();
        let mut found = 0;
        for reward in items(&Rewards, Api::Vendor, 1200) {
            let Some(key) = reward["action"]["key"].as_str() else { continue };
            assert_eq!(by_key[key]["type"], reward["action"]["type"]);
            assert_eq!(by_key[key]["value"], reward["action"]["value"]);
            assert_eq!(by_key[key]["partnership_key"], reward["partnership"]["key"]);
            assert!(by_key[key]["created_at"].as_i64() <= reward["created_at"].as_i64());
            found += 1;
        }
        assert!(found > 10, "{found}");
    }

    #[test]
    fn the_two_apis_tell_nearly_the_same() {
        let partner = items(&Actions, Api::Partner, 1200);
        for (vendor, partner) in items(&Actions, Api::Vendor, 1200).iter().zip(&partner) {
            assert!(vendor["customer"].get("shared_id").is_none());
            assert!(
                partner["customer"].get("shared_id").is_some() || partner["customer"].is_null()
            );
            assert!(partner["archived"].is_boolean() && partner["company"].is_object());
            for name in ["key", "created_at", "updated_at", "type", "value"] {
                assert_eq!(vendor[name], partner[name]);
            }
        }
        let any = |test: &dyn Fn(&Value) -> bool| partner.iter().any(test);
        assert!(any(&|item| item["customer"].is_object() && item["customer"]["key"].is_null()));
        assert!(any(&|item| item["customer"].is_null()) && any(&|item| item["archived"] == true));
    }
}
