//! `GET /links`, the flat listing that the real service answers with 404: only with `links=flat`.
//! `endpoints/links.rs` serves the links of one partnership out of it.

use super::Resource;
use crate::auth::Api;
use crate::clock::{DAY, NOW, salt};
use crate::dice::{Dice, base62};
use crate::json::Object;
use crate::scenario::Scenario;
use crate::table::Row;
use crate::texts::row_key;
use crate::world::{Partnership, World};

/// The links of the partnerships.
pub(crate) struct Links;

const PATH: &str = "links";
/// Out of four partnerships these own six links: one, three, none and two.
const OWNERS: &[usize] = &[0, 1, 1, 1, 3, 3];
const PAGES: &[&str] = &["", "pricing", "blog/été?utm_source=partner&utm_medium=link", "a%20b#top"];

fn owner(world: &World, id: u32) -> &Partnership {
    let id = id as usize;
    let four = id / OWNERS.len() * 4;
    &world.partnerships[(four + OWNERS[id % OWNERS.len()]) % world.partnerships.len()]
}

impl Resource for Links {
    fn path(&self) -> &'static str {
        PATH
    }

    fn exists(&self, scenario: &Scenario) -> bool {
        scenario.flat_links
    }

    fn message(&self) -> &'static str {
        "Links retrieved successfully"
    }

    /// Six for each four of the forty partnerships.
    fn default_count(&self) -> usize {
        60
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = Dice::new(world.seed, salt(PATH), u64::from(row.id));
        (row.created_at + dice.span(30 * DAY)).min(NOW).max(row.created_at)
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("link_", world.seed, salt(PATH), id)
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = Dice::new(world.seed, salt(PATH) ^ 1, u64::from(row.id));
        let partnership = owner(world, row.id);
        let company = &world.companies[partnership.company];
        let dest = format!("https://{}.example.com/{}", company.id, dice.word(PAGES));
        let url = format!("https://go.example.net/{}", &base62(dice.bits())[..6]);
        Object::write(out, dice.chance(50), |object| {
            object.int("created_at", row.created_at);
            object.opt_text("dest", (!dice.chance(10)).then_some(dest.as_str()));
            object.text("key", &self.key(world, row.id));
            object.text("partnership_key", &partnership.key);
            object.int("updated_at", self.updated_at(world, row));
            object.text("url", &url);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partnerships_have_up_to_three_links() {
        let world = World::get(1);
        let links = |partnership: &Partnership| {
            let owners = (0..60).map(|id| owner(&world, id));
            owners.filter(|owner| owner.key == partnership.key).count()
        };
        let counts: Vec<usize> = world.partnerships.iter().map(links).collect();
        assert_eq!(counts[..4], [1, 3, 0, 2]);
        assert_eq!(counts.iter().sum::<usize>(), 60);
        assert!(counts.iter().all(|&count| count <= 3));
    }
}
