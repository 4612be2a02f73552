//! `GET /tiers` and `GET /tiers/{key}`: vendors only. Only `key` and `name` are known.

use super::tier_collections::TierCollections;
use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::salt;
use crate::json::Object;
use crate::table::Row;
use crate::texts::row_key;
use crate::world::World;

/// Tiers that partners reach.
pub(crate) struct Tiers;

const PATH: &str = "tiers";
const NAMES: &[&str] = &["Bronze", "Silver", "Or \"massif\"", "Platinum & more", "Diamond 💎"];

/// The internal id of the collection of a tier, if it is in one.
fn collection(id: u32) -> Option<u32> {
    let count = TierCollections.default_count() as u32;
    (!id.is_multiple_of(7)).then_some(id / NAMES.len() as u32 % count)
}

impl Resource for Tiers {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Tiers retrieved successfully"
    }

    fn default_count(&self) -> usize {
        20
    }

    fn has_single(&self) -> bool {
        true
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("tier_", world.seed, salt(PATH), id)
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, PATH, 1, row.id);
        let ascii = dice.chance(50);
        let rank = row.id as usize % NAMES.len();
        Object::write(out, ascii, |object| {
            let collection = collection(row.id).map(|id| TierCollections.key(world, id));
            object.opt_text("collection_key", collection.as_deref());
            object.int("created_at", row.created_at);
            object.text("key", &self.key(world, row.id));
            object.opt_text("name", (!dice.chance(10)).then_some(NAMES[rank]));
            if dice.chance(80) {
                object.int("position", rank as i64);
            }
            object.int("updated_at", self.updated_at(world, row));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_in_collections_that_exist() {
        let collections = plain::items("tier_collections");
        let keys: Vec<_> = collections.iter().map(|item| &item["key"]).collect();
        let items = plain::items(PATH);
        for item in &items {
            assert!(item["collection_key"].is_null() || keys.contains(&&item["collection_key"]));
        }
        assert!(items.iter().any(|item| item["collection_key"].is_null()));
        assert!(items.iter().any(|item| item.get("position").is_none()));
    }
}
