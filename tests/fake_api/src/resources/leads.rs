//! `GET /leads` and `GET /leads/{key}`: vendors only.

use super::custom::{Custom, Field};
use super::form_templates::FormTemplates;
use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::salt;
use crate::dice::Dice;
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::{DESCRIPTIONS, FIRMS, FIRST, LAST, row_key};
use crate::world::{Group, Partnership, World, squash};

/// Leads: possible customers that partners name.
pub(crate) struct Leads;

const PATH: &str = "leads";

/// The old values, and stages of someone's own sales cycle.
const STATUSES: &[&str] = &[
    "open",
    "open",
    "closed",
    "dead",
    "closed won",
    "closed lost",
    "Rendez-vous pris",
    "In Review 👀",
];

/// Names and the like are fields of a form, no members of the lead.
const FIELDS: &[Field] = &[
    Field { api_name: "company_name", name: "Company \"name\"", kind: "input", words: FIRMS },
    Field { api_name: "email", name: "E-mail", kind: "email", words: EMAILS },
    Field { api_name: "first_name", name: "Prénom", kind: "input", words: FIRST },
    Field { api_name: "last_name", name: "Last name", kind: "input", words: LAST },
    Field { api_name: "notes", name: "Notes 📝", kind: "picklist", words: DESCRIPTIONS },
];
const EMAILS: &[&str] = &["lead@example.com", "o'brien+x@example.com", "LEAD@EXAMPLE.COM"];

/// What the dice say about one lead.
struct Lead<'a> {
    world: &'a World,
    partnership: Option<&'a Partnership>,
    group: Option<&'a Group>,
    rest: Dice,
}

impl<'a> Lead<'a> {
    fn new(world: &'a World, id: u32) -> Lead<'a> {
        let mut dice = plain::dice(world, PATH, 1, id);
        let partnership = (!dice.chance(10)).then(|| dice.pick(&world.partnerships));
        let group = match partnership {
            Some(partnership) => Some(world.group_of(partnership)),
            None => dice.chance(60).then(|| dice.pick(&world.groups)),
        };
        Lead { world, partnership, group, rest: dice }
    }

    fn partner_key(&self) -> Option<&'a str> {
        self.partnership.map(|partnership| partnership.partner_key.as_str())
    }
}

impl Resource for Leads {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Leads retrieved successfully"
    }

    fn default_count(&self) -> usize {
        500
    }

    fn has_single(&self) -> bool {
        true
    }

    fn has_updated_bounds(&self, _api: Api) -> bool {
        true
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("lead_", world.seed, salt(PATH), id)
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { world, query, .. } = context;
        filter.text(query, "group", move |row, value| {
            let squashed = |group: &Group| squash(&group.name) == value.to_lowercase();
            Lead::new(world, row.id).group.is_some_and(squashed)
        });
        filter.text(query, "partner_key", move |row, value| {
            Lead::new(world, row.id).partner_key() == Some(value)
        });
        filter.text(query, "lead_key", move |row, value| Leads.key(world, row.id) == value);
        Ok(())
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut lead = Lead::new(world, row.id);
        let ascii = lead.rest.chance(50);
        Object::write(out, ascii, |object| write_lead(&mut lead, row, object));
    }
}

fn amount(dice: &mut Dice) -> Option<i64> {
    match dice.roll(30) {
        0..5 => None,
        5 => Some(0),
        6 => Some(-1 - dice.span(10_000)),
        _ => Some(dice.span(20_000_000)),
    }
}

fn approved(dice: &mut Dice) -> Option<bool> {
    (!dice.chance(20)).then(|| dice.chance(70))
}

fn external_key(dice: &mut Dice, id: u32) -> Option<String> {
    match dice.roll(10) {
        0..3 => None,
        3 => Some(format!("SF/{id} é&=?")),
        _ => Some(format!("lead+{id}@example.com")),
    }
}

/// The key of a form template for leads: one in five is.
fn template(world: &World, dice: &mut Dice) -> String {
    let templates = FormTemplates.default_count() as u64;
    FormTemplates.key(world, 5 * dice.roll(templates / 5) as u32 + 1)
}

fn write_lead(lead: &mut Lead<'_>, row: Row, object: &mut Object<'_>) {
    let partner_key = lead.partner_key();
    let dice = &mut lead.rest;
    let custom = Custom::new(FIELDS, dice);
    object.opt_int("amount", amount(dice));
    match approved(dice) {
        Some(approved) => object.boolean("approved", approved),
        None => object.null("approved"),
    }
    object.int("created_at", row.created_at);
    object.opt_text("external_key", external_key(dice, row.id).as_deref());
    if dice.chance(80) {
        custom.write_map("field_data", object);
    }
    custom.write_fields(object);
    object.opt_text("group_key", lead.group.map(|group| group.key.as_str()));
    object.text("key", &Leads.key(lead.world, row.id));
    if dice.chance(80) {
        object.object("meta", |_| {});
    }
    let template = dice.chance(70).then(|| template(lead.world, dice));
    object.opt_text("mold_key", template.as_deref());
    if partner_key.is_some() || dice.chance(50) {
        object.opt_text("partner_key", partner_key);
    }
    object.opt_text("status", (!dice.chance(4)).then(|| dice.word(STATUSES)));
    if dice.chance(5) {
        object.boolean("test", true);
    }
    object.int("updated_at", Leads.updated_at(lead.world, row));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn nasty_values_occur() {
        let items = plain::items(PATH);
        let any = |test: &dyn Fn(&Value) -> bool| items.iter().any(test);
        assert!(any(&|item| item["amount"].is_null()) && any(&|item| item["amount"] == 0));
        assert!(any(&|item| item["approved"].is_null()) && any(&|item| item["approved"] == true));
        assert!(any(&|item| item["status"] == "closed won"));
        assert!(any(&|item| item["test"] == true) && any(&|item| item.get("test").is_none()));
        assert!(any(&|item| item["group_key"].is_null()));
        assert!(any(&|item| item.get("partner_key").is_none()));
        assert!(any(&|item| item["fields"].as_array().is_some_and(Vec::is_empty)));
        assert!(items.iter().all(|item| item.get("email").is_none()));
    }

    #[test]
    fn the_form_templates_exist() {
        let templates = plain::items("form_templates");
        for lead in plain::items(PATH).iter().filter(|lead| lead["mold_key"].is_string()) {
            let template = templates.iter().find(|item| item["key"] == lead["mold_key"]).unwrap();
            assert_eq!(template["type"], "lead");
        }
    }

    #[test]
    fn leads_are_in_the_group_of_their_partner() {
        let world = World::get(1);
        for item in plain::items(PATH) {
            let of = |partner: &&Partnership| item["partner_key"] == partner.partner_key.as_str();
            if let Some(partner) = world.partnerships.iter().find(of) {
                assert_eq!(item["group_key"], world.group_of(partner).key.as_str());
            }
        }
    }
}
