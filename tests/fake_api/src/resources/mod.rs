//! The resources: one file each, one entry each in `ALL`.

mod actions;
mod applications;
mod custom;
mod customers;
mod deals;
mod form_templates;
mod groups;
mod leads;
mod links;
mod marketplace_programs;
mod partnerships;
mod payouts;
mod plain;
mod product_book;
mod products;
mod report_configurations;
mod rewards;
mod tier_collections;
mod tiers;
mod transactions;
mod webhooks;

use crate::auth::Api;
use crate::filter::{Context, Filter};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::table::Row;
use crate::world::World;

/// Every resource that the fake serves.
pub(crate) static ALL: &[&dyn Resource] = &[
    &form_templates::FormTemplates,
    &links::Links,
    &report_configurations::ReportConfigurations,
    &rewards::Rewards,
    &transactions::Transactions,
    &customers::Customers,
    &partnerships::Partnerships,
    &actions::Actions,
    &deals::Deals,
    &leads::Leads,
    &webhooks::Webhooks,
    &payouts::Payouts,
    &groups::Groups,
    &applications::Applications,
    &products::Products,
    &product_book::ProductBook,
    &tiers::Tiers,
    &tier_collections::TierCollections,
    &marketplace_programs::MarketplacePrograms,
];

/// A listing of the API: its path, its parameters and its items.
pub(crate) trait Resource: Sync {
    /// The path under `/api/v2/`; it may hold slashes.
    fn path(&self) -> &'static str;

    /// The name of its knob, in `deny=`, `__truth/` and `__items/` too.
    fn knob(&self) -> String {
        self.path().replace('/', "_")
    }

    /// Whether the scenario has this resource at all.
    fn exists(&self, _scenario: &Scenario) -> bool {
        true
    }

    /// The text of `message` in an answer.
    fn message(&self) -> &'static str;

    /// The number of rows when the scenario does not say.
    fn default_count(&self) -> usize;

    /// Whether this API has the resource; most belong to vendors.
    fn serves(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    /// Whether `data.total` is known to be sent.
    fn has_total(&self, _api: Api) -> bool {
        false
    }

    /// Whether one object can be read by its key.
    fn has_single(&self) -> bool {
        false
    }

    /// Whether this API has the single object, if there is one at all.
    fn serves_single(&self, api: Api) -> bool {
        self.serves(api)
    }

    /// The key of the row that another identifier stands for, in a single GET.
    fn key_of(&self, _world: &World, _identifier: &str) -> Option<String> {
        None
    }

    /// Whether `min_created` and `max_created` exist.
    fn has_created_bounds(&self, _api: Api) -> bool {
        true
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

    /// The resource whose rows come at the same times.
    fn rhythm(&self) -> &'static str {
        self.path()
    }

    /// The creation time of a row that was stored at `stored` (a business time may differ).
    fn created_at(&self, _world: &World, _id: u32, stored: i64) -> i64 {
        stored
    }

    /// The time of the last update of a row.
    fn updated_at(&self, world: &World, row: Row) -> i64 {
        plain::updated_at(world, self.path(), row)
    }

    /// The key of a row, unique in the resource.
    fn key(&self, world: &World, id: u32) -> String;

    /// Adds the filters that the request asks for, the time bounds apart.
    fn filter<'a>(&self, _context: Context<'a>, _filter: &mut Filter<'a>) -> Result<(), String> {
        Ok(())
    }

    /// Writes the item of a row.
    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>);

    /// Whether the request asks for more members than an item has otherwise.
    fn wants_more(&self, _query: &Query) -> bool {
        false
    }

    /// Writes the item of a row with the members that a request must ask for.
    fn write_more(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        self.write(api, world, row, out);
    }
}

/// The resource whose knob has this name.
pub(crate) fn named(knob: &str) -> Result<&'static dyn Resource, String> {
    ALL.iter()
        .copied()
        .find(|resource| resource.knob() == knob)
        .ok_or_else(|| format!("unknown resource '{knob}'"))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::Resource;
    use crate::auth::Api;
    use crate::listing::Listing;
    use crate::query::Query;
    use crate::spread::Spread;
    use crate::table::Table;

    /// The first rows of a resource, as one API lists them.
    pub(crate) fn items(resource: &'static dyn Resource, api: Api, count: usize) -> Vec<Value> {
        asked(resource, api, count, "")
    }

    /// Like `items`, for a request with a query string.
    pub(crate) fn asked(
        resource: &'static dyn Resource,
        api: Api,
        count: usize,
        query: &str,
    ) -> Vec<Value> {
        let listing = Listing::Generated(Table::get(resource, count, 1, Spread::Uniform), api);
        let items = listing.items(&Query::parse(query));
        items.iter().map(|item| serde_json::from_slice(item).unwrap()).collect()
    }
}
