//! The resources: one file each, one entry each in `ALL`.

mod deals;
mod rewards;

use crate::auth::Api;
use crate::filter::{Context, Filter};
use crate::table::Row;
use crate::world::World;

/// Every resource that the fake serves.
pub(crate) static ALL: &[&dyn Resource] = &[&rewards::Rewards, &deals::Deals];

/// A listing of the API: its path, its parameters and its items.
pub(crate) trait Resource: Sync {
    /// The path under `/api/v2/`, which is also the name of its knob.
    fn path(&self) -> &'static str;

    /// The text of `message` in an answer.
    fn message(&self) -> &'static str;

    /// The number of rows when the scenario does not say.
    fn default_count(&self) -> usize;

    /// Whether this API has the resource.
    fn serves(&self, api: Api) -> bool;

    /// Whether `data.total` is known to be sent.
    fn has_total(&self, _api: Api) -> bool {
        false
    }

    /// Whether one object can be read by its key.
    fn has_single(&self) -> bool {
        false
    }

    /// Whether `min_updated` and `max_updated` exist.
    fn has_updated_bounds(&self, _api: Api) -> bool {
        false
    }

    /// The fields that `order_by` accepts, each also with a leading `-`.
    fn sort_fields(&self, _api: Api) -> &'static [&'static str] {
        &[]
    }

    /// The value to sort by.
    fn sort_value(&self, _world: &World, row: Row, _field: &str) -> i64 {
        row.created_at
    }

    /// The creation time of a row that was stored at `stored` (a business time may differ).
    fn created_at(&self, _world: &World, _id: u32, stored: i64) -> i64 {
        stored
    }

    /// The time of the last update of a row.
    fn updated_at(&self, world: &World, row: Row) -> i64;

    /// The key of a row, unique in the resource.
    fn key(&self, world: &World, id: u32) -> String;

    /// Adds the filters that the request asks for, the time bounds apart.
    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String>;

    /// Writes the item of a row.
    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>);
}

/// The resource with this path.
pub(crate) fn named(path: &str) -> Result<&'static dyn Resource, String> {
    ALL.iter()
        .copied()
        .find(|resource| resource.path() == path)
        .ok_or_else(|| format!("unknown resource '{path}'"))
}
