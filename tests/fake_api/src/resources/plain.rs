//! What the listings have in common.

use crate::clock::{DAY, HOUR, NOW, salt};
use crate::dice::Dice;
use crate::table::Row;
use crate::world::World;

/// The dice of one row; `purpose` tells one stream from another.
pub(super) fn dice(world: &World, path: &str, purpose: u64, id: u32) -> Dice {
    Dice::new(world.seed, salt(path) ^ purpose, u64::from(id))
}

/// The purpose that `updated_at` uses up.
const UPDATE: u64 = 1 << 40;

/// A time after the creation of a row, not after now.
pub(super) fn updated_at(world: &World, path: &str, row: Row) -> i64 {
    let mut dice = dice(world, path, UPDATE, row.id);
    match dice.roll(10) {
        0 => row.created_at,
        _ => (row.created_at + dice.span(90 * DAY)).min(NOW - dice.span(HOUR)).max(row.created_at),
    }
}

/// The items of a resource with its default number of rows.
#[cfg(test)]
pub(super) fn items(knob: &str) -> Vec<serde_json::Value> {
    use crate::auth::Api;

    let resource = super::named(knob).unwrap();
    let api = if resource.serves(Api::Vendor) { Api::Vendor } else { Api::Partner };
    super::tests::items(resource, api, resource.default_count())
}
