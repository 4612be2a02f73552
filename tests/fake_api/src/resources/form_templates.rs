//! `GET /form-templates`: vendors only; leads and deals have theirs in `endpoints` too.

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, HOUR, NOW, salt};
use crate::dice::Dice;
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::{DESCRIPTIONS, row_key};
use crate::world::{Group, World};

/// Form templates: the questions asked about leads, deals and others.
pub(crate) struct FormTemplates;

const PATH: &str = "form-templates";
/// The object types, in turns.
const TYPES: &[&str] = &["deal", "lead", "customer", "partnership", "application"];
/// The key that deals refer to as their `mold_key`.
const DEFAULT: &str = "mold_default";
const NAMES: &[&str] =
    &["Standard form", "Formulaire d'inscription", "Deal \"fast track\"", "登録フォーム", "Form/2"];
/// Name, name in the API and type of the fields.
const FIELDS: &[(&str, &str, &str)] = &[
    ("Company name", "company_name", "input"),
    ("Email", "email", "email"),
    ("How many seats?", "expected_seats", "number"),
    ("Où avez-vous entendu parler de nous ?", "source_text", "picklist"),
    ("Notes 📝", "notes", "textarea"),
];

fn type_of(id: u32) -> &'static str {
    TYPES[id as usize % TYPES.len()]
}

/// The groups that a template is for, at most three; none means all of them.
fn groups(world: &World, id: u32) -> impl Iterator<Item = &Group> {
    let mut dice = plain::dice(world, PATH, 1, id);
    let (first, count) = (dice.index(world.groups.len()), dice.index(4));
    world.groups.iter().cycle().skip(first).take(count)
}

impl Resource for FormTemplates {
    fn path(&self) -> &'static str {
        PATH
    }

    fn knob(&self) -> String {
        "form_templates".to_owned()
    }

    fn message(&self) -> &'static str {
        "Form templates retrieved successfully"
    }

    fn default_count(&self) -> usize {
        30
    }

    fn has_updated_bounds(&self, _api: Api) -> bool {
        true
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = plain::dice(world, PATH, 2, row.id);
        (row.created_at + dice.span(90 * DAY)).min(NOW - dice.span(HOUR)).max(row.created_at)
    }

    fn key(&self, world: &World, id: u32) -> String {
        if id == 0 {
            return DEFAULT.to_owned();
        }
        row_key("mold_", world.seed, salt(PATH), id)
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { world, query, .. } = context;
        filter.text(query, "group", move |row, value| {
            groups(world, row.id).any(|group| group.slug == value)
        });
        filter
            .text(query, "target_type", |row, value| value.is_empty() || type_of(row.id) == value);
        if let Some(keys) = query.list("mold_keys") {
            filter.add("mold_keys", &keys.join(","), move |row| {
                keys.contains(&FormTemplates.key(world, row.id))
            });
        }
        Ok(())
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, PATH, 3, row.id);
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| write_template(world, row, &mut dice, object));
    }
}

fn write_template(world: &World, row: Row, dice: &mut Dice, object: &mut Object<'_>) {
    let name = dice.word(NAMES);
    object.int("created_at", row.created_at);
    object.opt_text("description", (!dice.chance(30)).then(|| dice.word(DESCRIPTIONS)));
    object.objects("fields", dice.index(FIELDS.len() + 1), |at, object| {
        write_field(at, dice, object);
    });
    let groups: Vec<&Group> = groups(world, row.id).collect();
    object.objects("groups", groups.len(), |at, object| groups[at].write(object));
    object.text("key", &FormTemplates.key(world, row.id));
    object.text("name", name);
    object.opt_text("title", (!dice.chance(20)).then_some(name));
    object.text("type", type_of(row.id));
    object.int("updated_at", FormTemplates.updated_at(world, row));
}

/// A field of a template: no value, but a default and what it maps to.
fn write_field(at: usize, dice: &mut Dice, object: &mut Object<'_>) {
    let (name, api_name, kind) = FIELDS[at];
    object.text("api_name", api_name);
    object.opt_text("default_value", dice.chance(20).then(|| dice.word(DESCRIPTIONS)));
    object.null("description");
    object.opt_text("help_text", (at == 2).then_some("Zero if you do not \"know\""));
    object.opt_text("maps_to", (at < 2).then_some(api_name));
    object.text("name", name);
    object.object("options", |object| {
        if kind == "picklist" {
            object.text("friend", "A friend, or 'une amie'");
            object.text("search", "Search engine");
        }
    });
    object.int("position", at as i64);
    object.boolean("protected", at == 1);
    object.boolean("read_only", false);
    object.boolean("required", at < 2);
    object.text("type", kind);
}
