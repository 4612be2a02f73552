//! `GET /groups`: vendors only. By default the groups that other rows refer to, and no other.

use super::{Resource, plain};
use crate::auth::Api;
use crate::json::Object;
use crate::table::Row;
use crate::world::World;

/// Groups of partnerships.
pub(crate) struct Groups;

const PATH: &str = "groups";

impl Resource for Groups {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Groups retrieved successfully"
    }

    fn default_count(&self) -> usize {
        crate::world::GROUPS.len()
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    /// Only `min_updated` is known.
    fn has_updated_bounds(&self, _api: Api) -> bool {
        true
    }

    fn created_at(&self, world: &World, id: u32, stored: i64) -> i64 {
        world.groups.get(id as usize).map_or(stored, |group| group.created_at)
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        match world.groups.get(row.id as usize) {
            Some(group) => group.updated_at,
            None => plain::updated_at(world, PATH, row),
        }
    }

    fn key(&self, world: &World, id: u32) -> String {
        world.group(id).key.clone()
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut group = world.group(row.id).into_owned();
        group.created_at = row.created_at;
        group.updated_at = self.updated_at(world, row);
        let ascii = row.id % 2 == 1;
        Object::write(out, ascii, |object| group.write_listed(object));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_groups_are_the_pool() {
        let items = plain::items(PATH);
        let listed: BTreeSet<_> = items.iter().filter_map(|item| item["key"].as_str()).collect();
        let world = World::get(1);
        assert_eq!(listed, world.groups.iter().map(|group| group.key.as_str()).collect());
        assert_eq!(items.iter().filter(|item| item["default"] == true).count(), 1);
        assert!(items.iter().any(|item| item["archived"] == true));
    }

    #[test]
    fn the_flag_for_salesforce_is_sometimes_there() {
        let items = plain::items(PATH);
        let with = items.iter().filter(|item| item["features"]["deals_salesforce"].is_boolean());
        assert!((1..items.len()).contains(&with.count()));
        assert!(items.iter().all(|item| item["features"]["leads_enabled"].is_boolean()));
    }

    #[test]
    fn there_can_be_more_groups() {
        let world = World::get(1);
        let keys: BTreeSet<_> = (0..500).map(|id| Groups.key(&world, id)).collect();
        assert_eq!(keys.len(), 500);
        assert!(!world.group(9).default && !world.group(15).archived);
    }
}
