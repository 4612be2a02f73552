//! `GET /tiers/collection` and `GET /tiers/collection/{key}`: vendors only. No field is known:
//! these are made up.

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::salt;
use crate::json::Object;
use crate::table::Row;
use crate::texts::row_key;
use crate::world::World;

/// Collections of tiers.
pub(crate) struct TierCollections;

const KNOB: &str = "tier_collections";
const NAMES: &[&str] = &["Standard", "Agences (Europe)", "Resellers/Distributors 2026"];

impl Resource for TierCollections {
    fn path(&self) -> &'static str {
        "tiers/collection"
    }

    fn knob(&self) -> String {
        KNOB.to_owned()
    }

    fn message(&self) -> &'static str {
        "Tier collections retrieved successfully"
    }

    fn default_count(&self) -> usize {
        4
    }

    fn has_single(&self) -> bool {
        true
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        plain::updated_at(world, KNOB, row)
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("tcol_", world.seed, salt(KNOB), id)
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, KNOB, 1, row.id);
        let group = (row.id % 4 != 3).then(|| dice.pick(&world.groups));
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| {
            object.int("created_at", row.created_at);
            object.boolean("default", row.id == 0);
            object.opt_text("group_key", group.map(|group| group.key.as_str()));
            object.text("key", &self.key(world, row.id));
            object.text("name", NAMES[row.id as usize % NAMES.len()]);
            object.int("updated_at", self.updated_at(world, row));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_collection_is_the_default() {
        let items = plain::items(KNOB);
        assert_eq!(items.iter().filter(|item| item["default"] == true).count(), 1);
        assert!(items.iter().any(|item| item["group_key"].is_null()));
    }
}
