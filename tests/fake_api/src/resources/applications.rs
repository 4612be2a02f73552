//! `GET /applications`: vendors only. No field is known: these are made up.

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::salt;
use crate::dice::Dice;
use crate::json::Object;
use crate::table::Row;
use crate::texts::row_key;
use crate::world::World;

/// Applications of people who want to be partners.
pub(crate) struct Applications;

const PATH: &str = "applications";

impl Resource for Applications {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Applications retrieved successfully"
    }

    fn default_count(&self) -> usize {
        150
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("appl_", world.seed, salt(PATH), id)
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, PATH, 1, row.id);
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| write_application(&mut dice, world, row, object));
    }
}

/// Only those who were approved have a partnership, and the e-mail address of their partner.
fn write_application(dice: &mut Dice, world: &World, row: Row, object: &mut Object<'_>) {
    let partnership = dice.chance(60).then(|| dice.pick(&world.partnerships));
    let group = match partnership {
        Some(partnership) => world.group_of(partnership),
        None => dice.pick(&world.groups),
    };
    object.int("created_at", row.created_at);
    let stranger = format!("applicant+{}@example.net", row.id);
    let email = partnership.map_or(stranger.as_str(), |partnership| &partnership.email);
    object.opt_text("email", (!dice.chance(5)).then_some(email));
    object.opt_text("group_key", (!dice.chance(10)).then_some(group.key.as_str()));
    object.text("key", &Applications.key(world, row.id));
    if partnership.is_some() || dice.chance(50) {
        object.opt_text("partnership_key", partnership.map(|it| it.key.as_str()));
    }
    let open = if dice.chance(50) { "pending" } else { "declined" };
    object.text("status", if partnership.is_some() { "approved" } else { open });
    if dice.chance(5) {
        object.boolean("test", true);
    }
    object.int("updated_at", Applications.updated_at(world, row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approved_applicants_have_a_partnership() {
        let items = plain::items(PATH);
        for item in &items {
            assert_eq!(item["status"] == "approved", item["partnership_key"].is_string());
        }
        assert!(items.iter().any(|item| item["test"] == true));
        assert!(items.iter().any(|item| item["email"].is_null()));
        assert!(items.iter().any(|item| item.get("partnership_key").is_none()));
    }
}
