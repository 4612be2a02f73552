//! `GET /sales_cycles/{object_type}/stages`: the stages of deals or leads.

use super::{Ask, Endpoint, Items, item};
use crate::clock::{DAY, NOW, salt};
use crate::dice::{Dice, base62};
use crate::envelope::Shape;
use crate::texts::DESCRIPTIONS;
use crate::world::Group;

/// The stages of a sales cycle.
pub(crate) struct Stages;

/// The stages of deals as `resources/deals.rs` uses them, and their internal status.
const DEALS: &[(&str, &str, &str)] = &[
    ("New", "new", "open"),
    ("Qualified", "qualified", "open"),
    ("Demo booked", "demo_booked", "open"),
    ("Négociation", "negociation", "open"),
    ("In Review 👀", "in_review", "open"),
    ("closed_won", "closed_won", "won"),
    ("closed_lost", "closed_lost", "lost"),
];
const LEADS: &[(&str, &str, &str)] = &[
    ("New", "new", "open"),
    ("Contacted / \"warm\"", "contacted", "open"),
    ("Approved", "approved", "won"),
    ("Declined", "declined", "lost"),
];
const TYPES: &[&str] = &["deals", "leads"];

/// A sales cycle: the company has one for each type, and so has every other group.
struct Cycle<'a> {
    object_type: &'static str,
    group: Option<&'a Group>,
}

impl Cycle<'_> {
    fn items(&self, seed: u64) -> Items {
        let stages = if self.object_type == "deals" { DEALS } else { LEADS };
        let owner = self.group.map_or("company", |group| &group.key);
        let name = match self.group {
            Some(group) => format!("{} – {}", group.name, self.object_type),
            None => format!("All {}", self.object_type),
        };
        let salt = salt(owner) ^ salt(self.object_type);
        let cycle = (format!("scyc_{}", base62(Dice::new(seed, salt, 99).bits())), name);
        let stage = |(stage, at)| self.stage(&cycle, stage, at, Dice::new(seed, salt, at));
        stages.iter().zip(0..).map(stage).collect()
    }

    fn stage(
        &self,
        cycle: &(String, String),
        (name, api_name, status): &(&str, &str, &str),
        at: u64,
        mut dice: Dice,
    ) -> Vec<u8> {
        let created = NOW - (100 + dice.span(1000)) * DAY;
        item(|object| {
            object.text("api_name", api_name);
            object.int("created_at", created);
            object.opt_text("description", dice.chance(60).then(|| dice.word(DESCRIPTIONS)));
            object.text("internal_status", status);
            object.text("key", &format!("stag_{}", base62(dice.bits())));
            object.text("name", name);
            object.text("object_type", self.object_type);
            object.int("position", at as i64);
            object.object("sales_cycle", |object| {
                object.text("key", &cycle.0);
                object.text("name", &cycle.1);
            });
            object.int("updated_at", created + dice.span(100 * DAY));
        })
    }
}

/// The group that has a cycle of its own.
fn own_group<'a>(groups: &'a [Group], key: &str) -> Option<&'a Group> {
    groups.iter().step_by(2).find(|group| group.key == key)
}

impl Endpoint for Stages {
    fn pattern(&self) -> &'static str {
        "sales_cycles/{object_type}/stages"
    }

    fn knob(&self) -> &'static str {
        "sales_cycle_stages"
    }

    fn message(&self) -> &'static str {
        "Stages retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        None
    }

    /// Without `group_key`, and for groups without a cycle of their own: the company's. An
    /// unknown group has no stages.
    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let object_type = TYPES.iter().find(|&&name| name == ask.argument(0))?;
        let world = ask.world();
        let asked = ask.query.get("group_key");
        if asked.is_some_and(|key| world.groups.iter().all(|group| group.key != key)) {
            return Some(Items::new());
        }
        let group = asked.and_then(|key| own_group(&world.groups, key));
        Some(Cycle { object_type, group }.items(world.seed))
    }

    /// The stages of the company, then those of the groups with a cycle of their own.
    fn all(&self, ask: &Ask<'_>) -> Items {
        let world = ask.world();
        let owners = || std::iter::once(None).chain(world.groups.iter().step_by(2).map(Some));
        let cycles = TYPES
            .iter()
            .flat_map(|object_type| owners().map(move |group| Cycle { object_type, group }));
        cycles.flat_map(|cycle| cycle.items(world.seed)).collect()
    }
}
