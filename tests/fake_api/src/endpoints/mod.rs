//! The endpoints that are no plain listings: one file each, one entry each in `ALL`.

mod categories;
mod deal_file;
mod deal_files;
mod form_templates;
mod links;
mod partner_team;
mod program;
mod report_configuration;
mod report_export;
mod stages;

use std::sync::Arc;

use serde_json::Value;

use crate::auth::Api;
use crate::envelope::Shape;
use crate::json::Object;
use crate::query::Query;
use crate::resources::Resource;
use crate::scenario::Scenario;
use crate::state::State;
use crate::world::World;

/// Every endpoint that is no plain listing.
pub(crate) static ALL: &[&dyn Endpoint] = &[
    &categories::Categories,
    &deal_file::DealFile,
    &deal_files::DealFiles,
    &form_templates::DEALS,
    &form_templates::LEADS,
    &links::Links,
    &partner_team::PartnerTeam,
    &program::Program,
    &report_configuration::ReportConfiguration,
    &report_export::ReportExport,
    &stages::Stages,
];

/// Items as JSON text.
pub(crate) type Items = Vec<Vec<u8>>;

/// What an endpoint is asked.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a State,
    pub(crate) scenario: &'a Scenario,
    pub(crate) api: Api,
    pub(crate) query: &'a Query,
    /// What stands in the places of the `{names}` of the pattern.
    pub(crate) arguments: &'a [String],
}

impl Ask<'_> {
    /// The things that items refer to.
    pub(crate) fn world(&self) -> Arc<World> {
        World::get(self.scenario.seed)
    }

    /// What stands in the place of a `{name}`, from 0.
    pub(crate) fn argument(&self, at: usize) -> &str {
        self.arguments.get(at).map_or("", String::as_str)
    }

    /// The items of a listing as they are now.
    pub(crate) fn listed(&self, resource: &'static dyn Resource) -> Items {
        let listing = self.state.listing(self.scenario, resource, self.api);
        listing.items(self.query).into_iter().map(Vec::from).collect()
    }

    /// The item of a listing with this key.
    pub(crate) fn find(&self, resource: &'static dyn Resource, key: &str) -> Option<Vec<u8>> {
        let listing = self.state.listing(self.scenario, resource, self.api);
        let position = listing.find(key)?;
        listing.items_at(&[position], self.query).pop().map(Vec::from)
    }
}

/// A path of the API that answers in a way of its own.
pub(crate) trait Endpoint: Sync {
    /// The path under `root()`; a segment in braces stands for any value.
    fn pattern(&self) -> &'static str;

    /// Where the path begins.
    fn root(&self) -> &'static str {
        crate::route::ROOT
    }

    /// The name in `deny=` and `__truth/`.
    fn knob(&self) -> &'static str;

    /// The text of `message` in an answer.
    fn message(&self) -> &'static str;

    /// Whether this API has the endpoint.
    fn serves(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    /// Where the items are in the answer; None is unknown, the scenario says.
    fn shape(&self) -> Option<Shape>;

    /// The items of the answer; None is a 404.
    fn find(&self, ask: &Ask<'_>) -> Option<Items>;

    /// The items of all answers, for the truth.
    fn all(&self, ask: &Ask<'_>) -> Items;
}

/// The endpoint whose knob has this name.
pub(crate) fn named(knob: &str) -> Option<&'static dyn Endpoint> {
    ALL.iter().copied().find(|endpoint| endpoint.knob() == knob)
}

/// The items for which the test holds.
fn keep(items: Items, test: impl Fn(&Value) -> bool) -> Items {
    let holds = |item: &Vec<u8>| serde_json::from_slice(item).is_ok_and(|item| test(&item));
    items.into_iter().filter(holds).collect()
}

/// The text of a member, if it has one.
fn text_of(item: &[u8], name: &str) -> Option<String> {
    let item: Value = serde_json::from_slice(item).ok()?;
    item.get(name)?.as_str().map(str::to_owned)
}

/// One item as JSON text.
fn item(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    Object::write(&mut out, false, fill);
    out
}
