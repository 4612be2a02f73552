//! `GET /webhooks` and `GET /webhooks/{key}`: vendors only.
//!
//! Nobody knows the item for certain: the members have other names in some rows.

use super::{Resource, plain};
use crate::auth::Api;
use crate::dice::{Dice, base62};
use crate::json::Object;
use crate::table::Row;
use crate::world::World;

/// Webhooks: where the service reports events.
pub(crate) struct Webhooks;

const PATH: &str = "webhooks";

/// Names of today with dots, old ones with underscores.
const EVENTS: &[&str] = &[
    "agreement.accepted",
    "partnership.created",
    "partnership.updated",
    "partnership.tags_updated",
    "partnership_group_updated",
    "customer_created",
];

impl Resource for Webhooks {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Webhooks retrieved successfully"
    }

    fn default_count(&self) -> usize {
        24
    }

    fn has_single(&self) -> bool {
        true
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    fn key(&self, world: &World, id: u32) -> String {
        let mut dice = plain::dice(world, PATH, 2, id);
        format!("webhook-{id}-{}", base62(dice.bits()))
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, PATH, 1, row.id);
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| {
            let renamed = dice.chance(25);
            if dice.chance(20) {
                object.boolean("archived", dice.chance(30));
            }
            object.int("created_at", row.created_at);
            object.texts(if renamed { "event_types" } else { "events" }, &events(&mut dice));
            object.text("key", &self.key(world, row.id));
            let target = (!dice.chance(15)).then(|| target(&mut dice, row.id));
            object.opt_text(if renamed { "target_url" } else { "target" }, target.as_deref());
            object.int("updated_at", self.updated_at(world, row));
        });
    }
}

fn events(dice: &mut Dice) -> Vec<String> {
    EVENTS.iter().filter(|_| dice.chance(30)).map(|&event| event.to_owned()).collect()
}

fn target(dice: &mut Dice, id: u32) -> String {
    let hosts = ["hooks.example.com", "exämple.org", "127.0.0.1:8443"];
    format!("https://{}/in/{id}?token=%2F&x=é", dice.word(&hosts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_have_two_sets_of_names() {
        let items = plain::items(PATH);
        let renamed: Vec<_> =
            items.iter().filter(|item| item.get("target_url").is_some()).collect();
        assert!(!renamed.is_empty() && renamed.len() < items.len());
        for item in &items {
            assert_eq!(item.get("target_url").is_some(), item["event_types"].is_array());
            assert_ne!(item.get("target_url").is_some(), item["events"].is_array());
        }
        assert!(items.iter().any(|item| item["events"].as_array().is_some_and(Vec::is_empty)));
    }
}
