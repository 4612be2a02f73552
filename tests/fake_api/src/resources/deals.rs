//! `GET /deals` and `GET /deals/{key}`, by either of two keys: vendors only.

use serde_json::Value;

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, HOUR, NOW, date, salt};
use crate::dice::{Dice, base62};
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::{DESCRIPTIONS, FIRMS, FIRST, LAST, REASONS, row_key};
use crate::world::{Customer, Group, Partnership, World, squash};

/// Deals: sales that partners registered.
pub(crate) struct Deals;

const PATH: &str = "deals";
const STAGES: &[&str] = &[
    "New",
    "Qualified",
    "Demo booked",
    "Négociation",
    "closed_won",
    "closed_lost",
    "In Review 👀",
];
const TYPES: &[&str] = &["input", "email", "picklist", "number"];
const NAMES: &[(&str, &str)] = &[
    ("Expected seats", "expected_seats"),
    ("Company \"size\"", "company_size"),
    ("Où avez-vous entendu parler de nous ?", "source_text"),
    ("Notes 📝", "notes"),
];

/// What the dice say about one deal.
struct Deal<'a> {
    world: &'a World,
    partnership: Option<&'a Partnership>,
    group: Option<&'a Group>,
    customer: Option<&'a Customer>,
    stage: Option<&'static str>,
    rest: Dice,
}

impl<'a> Deal<'a> {
    fn new(world: &'a World, id: u32) -> Deal<'a> {
        let mut dice = plain::dice(world, PATH, 1, id);
        let partnership = (!dice.chance(10)).then(|| dice.pick(&world.partnerships));
        let group = match partnership {
            Some(partnership) => Some(world.group_of(partnership)),
            None => (!dice.chance(20)).then(|| dice.pick(&world.groups)),
        };
        let customer = dice.chance(30).then(|| dice.pick(&world.customers));
        let stage = (!dice.chance(3)).then(|| dice.word(STAGES));
        Deal { world, partnership, group, customer, stage, rest: dice }
    }
}

/// The key in the vendor's own system, sometimes with a slash.
fn external_key(id: u32, roll: u64) -> String {
    if roll.is_multiple_of(2) { format!("SF-{id}") } else { format!("SF-{id}/{roll}") }
}

/// The number in such a key.
fn number_in(key: &str) -> Option<u32> {
    key.strip_prefix("SF-")?.split('/').next()?.parse().ok()
}

fn partner_key(world: &World, id: u32) -> Option<&str> {
    Deal::new(world, id).partnership.map(|partnership| partnership.partner_key.as_str())
}

impl Resource for Deals {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Deals retrieved successfully"
    }

    fn default_count(&self) -> usize {
        700
    }

    fn has_single(&self) -> bool {
        true
    }

    fn key_of(&self, world: &World, identifier: &str) -> Option<String> {
        let (id, mut item) = (number_in(identifier)?, Vec::new());
        self.write(Api::Vendor, world, Row { id, created_at: NOW }, &mut item);
        let item: Value = serde_json::from_slice(&item).ok()?;
        (item["external_key"] == identifier).then(|| self.key(world, id))
    }

    fn has_updated_bounds(&self, _api: Api) -> bool {
        true
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = plain::dice(world, PATH, 2, row.id);
        let updated = (row.created_at + dice.span(120 * DAY)).min(NOW - dice.span(HOUR));
        if dice.chance(25) { updated - updated % 1000 } else { updated }
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("deal_", world.seed, salt(PATH), id)
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { world, query, .. } = context;
        filter.text(query, "group", move |row, value| {
            let squashed = |group: &Group| squash(&group.name) == value.to_lowercase();
            Deal::new(world, row.id).group.is_some_and(squashed)
        });
        filter.text(query, "partner_key", move |row, value| {
            partner_key(world, row.id) == Some(value)
        });
        filter.text(query, "deal_key", move |row, value| Deals.key(world, row.id) == value);
        if let Some(keys) = query.list("customer_key") {
            filter.add("customer_key", &keys.join(","), move |row| {
                let customer = Deal::new(world, row.id).customer;
                customer.is_some_and(|customer| keys.contains(&customer.key))
            });
        }
        Ok(())
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut deal = Deal::new(world, row.id);
        let ascii = deal.rest.chance(50);
        Object::write(out, ascii, |object| write_deal(&mut deal, row, object));
    }
}

fn write_deal(deal: &mut Deal<'_>, row: Row, object: &mut Object<'_>) {
    write_head(deal, row, object);
    let vendor = deal.partnership.is_none();
    let dice = &mut deal.rest;
    let values: Vec<Option<String>> = NAMES[..dice.index(NAMES.len() + 1)]
        .iter()
        .map(|_| (!dice.chance(20)).then(|| dice.word(DESCRIPTIONS).to_owned()))
        .collect();
    object.object("field_data", |object| {
        if let Some(Some(value)) = values.first() {
            object.text("expected_seats", value);
        }
    });
    object.objects("fields", values.len(), |at, object| {
        write_field(at, values[at].as_deref(), object);
    });
    object.opt_text("group_key", deal.group.map(|group| group.key.as_str()));
    object.text("key", &Deals.key(deal.world, row.id));
    let lost = deal.stage == Some("closed_lost");
    object.opt_text("lost_reason", lost.then(|| dice.word(REASONS)));
    if !dice.chance(20) {
        object.object("meta", |_| {});
    }
    object.opt_text("mold_key", (!dice.chance(30)).then_some("mold_default"));
    let partner_key = deal.partnership.map(|partnership| partnership.partner_key.as_str());
    if partner_key.is_some() || dice.chance(50) {
        object.opt_text("partner_key", partner_key);
    }
    object.text("source", if vendor { "vendor" } else { "partner" });
    object.opt_text("stage", deal.stage);
    write_team(deal, object);
    object.int("updated_at", Deals.updated_at(deal.world, row));
}

fn write_head(deal: &mut Deal<'_>, row: Row, object: &mut Object<'_>) {
    let dice = &mut deal.rest;
    object.opt_text("account_name", (!dice.chance(3)).then(|| dice.word(FIRMS)));
    let amount = match dice.roll(50) {
        0..4 => None,
        4..6 => Some(0),
        6 => Some(-1 - dice.span(100_000)),
        _ => Some(dice.span(50_000_000)),
    };
    object.opt_int("amount", amount);
    if dice.chance(10) {
        object.boolean("archived", false);
    }
    let closes = row.created_at + dice.span(180 * DAY);
    object.opt_text("close_date", (!dice.chance(30)).then(|| date(closes)).as_deref());
    object.opt_text("contact_first_name", (!dice.chance(5)).then(|| dice.word(FIRST)));
    object.opt_text("contact_last_name", (!dice.chance(5)).then(|| dice.word(LAST)));
    object.int("created_at", row.created_at);
    if deal.customer.is_some() || dice.chance(50) {
        object.opt_text("customer_key", deal.customer.map(|customer| customer.key.as_str()));
    }
    let external = dice.chance(40).then(|| external_key(row.id, dice.roll(100)));
    object.opt_text("external_key", external.as_deref());
}

fn write_field(at: usize, value: Option<&str>, object: &mut Object<'_>) {
    let (name, api_name) = NAMES[at];
    let kind = TYPES[at % TYPES.len()];
    object.text("api_name", api_name);
    object.null("description");
    object.opt_text("help_text", (at == 1).then_some("How many \"people\"?"));
    object.text("name", name);
    object.object("options", |object| {
        if kind == "picklist" {
            object.text("large", "Large (> 1000)");
            object.text("small", "Small");
        }
    });
    object.int("position", at as i64);
    object.boolean("read_only", at == 3);
    object.boolean("required", at == 0);
    object.text("type", kind);
    object.opt_text("value", value);
}

fn write_team(deal: &mut Deal<'_>, object: &mut Object<'_>) {
    let dice = &mut deal.rest;
    let partnership = deal.partnership.filter(|_| !dice.chance(20));
    object.opt_object("team", partnership, |partnership, object| {
        let team = &partnership.team;
        object.int("created_at", team.created_at);
        object.text("key", &team.key);
        object.text("name", &team.name);
        object.int("updated_at", team.updated_at);
    });
    let member = partnership.filter(|_| dice.chance(60));
    let invited = dice.chance(10);
    object.opt_object("team_member", member, |partnership, object| {
        let joined = (!invited).then_some(partnership.created_at);
        let key = joined.map(|_| format!("memb_{}", base62(partnership.created_at as u64)));
        object.opt_int("created_at", joined);
        object.text("email", &partnership.email);
        object.text("first_name", &partnership.first_name);
        object.opt_text("key", key.as_deref());
        object.text("last_name", &partnership.last_name);
        object.opt_int("updated_at", joined);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Value> {
        let world = World::get(1);
        let item = |id| {
            let mut out = Vec::new();
            Deals.write(Api::Vendor, &world, Row { id, created_at: NOW - DAY }, &mut out);
            serde_json::from_slice(&out).unwrap()
        };
        (0..700).map(item).collect()
    }

    #[test]
    fn deals_of_vendors_have_no_partner() {
        for item in items() {
            let by_vendor = item["source"] == "vendor";
            assert_eq!(by_vendor, item["partner_key"].is_null());
            assert!(item["updated_at"].as_i64() <= Some(NOW));
        }
    }

    #[test]
    fn external_keys_are_identifiers() {
        let world = World::get(1);
        let keys =
            items().into_iter().map(|item| (item["key"].clone(), item["external_key"].clone()));
        let keys: Vec<_> = keys.filter(|(_, external)| external.is_string()).collect();
        assert!(keys.iter().any(|(_, external)| external.as_str().unwrap().contains('/')));
        for (key, external) in keys {
            let found = Deals.key_of(&world, external.as_str().unwrap());
            assert_eq!(found.as_deref(), key.as_str(), "{external}");
        }
        for key in ["SF-", "SF-x", "SF-1/1000", "deal_1", ""] {
            assert_eq!(Deals.key_of(&world, key), None, "{key}");
        }
    }

    #[test]
    fn nasty_values_occur() {
        let items = items();
        let any = |test: &dyn Fn(&Value) -> bool| items.iter().any(test);
        assert!(any(&|item| item["close_date"].is_null()));
        assert!(any(&|item| item["close_date"].as_str().is_some_and(|date| date.len() == 10)));
        assert!(any(&|item| item.get("meta").is_none()));
        assert!(any(&|item| item["fields"].as_array().is_some_and(Vec::is_empty)));
        assert!(any(&|item| item["team_member"]["key"].is_null() && item["team"].is_object()));
        assert!(any(&|item| item["amount"] == 0));
    }
}
