//! The things that rows refer to: a fixed pool of partnerships, customers, groups and programs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::clock::{DAY, NOW, salt};
use crate::dice::{Dice, base62};
use crate::json::Object;
use crate::texts::{FIRMS, FIRST, LAST};

/// A program that partners join.
#[derive(Clone)]
pub(crate) struct Company {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) name: String,
}

/// A group of partnerships.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) archived: bool,
    pub(crate) default: bool,
    /// One bit for each feature.
    features: u64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// A partner's team.
#[derive(Clone)]
pub(crate) struct Team {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// A partnership with its partner.
#[derive(Clone)]
pub(crate) struct Partnership {
    pub(crate) key: String,
    pub(crate) partner_key: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) group: usize,
    pub(crate) company: usize,
    pub(crate) team: Team,
    pub(crate) created_at: i64,
}

/// A customer.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) key: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) external_key: Option<String>,
    pub(crate) shared_id: Option<String>,
    pub(crate) sub_ids: Vec<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// Everything that rows refer to.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) companies: Vec<Company>,
    pub(crate) groups: Vec<Group>,
    pub(crate) partnerships: Vec<Partnership>,
    pub(crate) customers: Vec<Customer>,
}

const COMPANIES: u64 = 6;
const PARTNERSHIPS: u64 = 40;
const CUSTOMERS: u64 = 300;
/// The names of the groups in the pool.
pub(crate) const GROUPS: &[&str] = &[
    "Default",
    "Gold Partners",
    "Café & Friends",
    "Agencies (EMEA)",
    "Influencers 🎥",
    "Resellers/Distributors",
    "Affiliates 2026",
    "Old \"Legacy\" Group",
];

/// Names without spaces and special characters, as the `group` filter wants them.
pub(crate) fn squash(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl World {
    /// The world of a seed; made once.
    pub(crate) fn get(seed: u64) -> Arc<World> {
        static WORLDS: OnceLock<Mutex<HashMap<u64, Arc<World>>>> = OnceLock::new();
        let worlds = WORLDS.get_or_init(Mutex::default);
        let mut worlds = worlds.lock().unwrap_or_else(PoisonError::into_inner);
        worlds.entry(seed).or_insert_with(|| Arc::new(World::new(seed))).clone()
    }

    fn new(seed: u64) -> World {
        let dice = |name, id| Dice::new(seed, salt(name), id);
        World {
            seed,
            companies: (0..COMPANIES).map(|id| company(dice("company", id), id)).collect(),
            groups: (0..GROUPS.len()).map(|id| group(dice("group", id as u64), id)).collect(),
            partnerships: (0..PARTNERSHIPS)
                .map(|id| partnership(dice("partnership", id), id as usize))
                .collect(),
            customers: (0..CUSTOMERS).map(|id| customer(dice("customer", id), id)).collect(),
        }
    }

    /// The partnership of a row: of the pool, or one beyond it.
    pub(crate) fn partnership(&self, id: u32) -> Cow<'_, Partnership> {
        match self.partnerships.get(id as usize) {
            Some(partnership) => Cow::Borrowed(partnership),
            None => {
                let dice = Dice::new(self.seed, salt("partnership"), u64::from(id));
                Cow::Owned(partnership(dice, id as usize))
            }
        }
    }

    /// The customer of a row: of the pool, or one beyond it.
    pub(crate) fn customer(&self, id: u32) -> Cow<'_, Customer> {
        match self.customers.get(id as usize) {
            Some(customer) => Cow::Borrowed(customer),
            None => {
                let id = u64::from(id);
                Cow::Owned(customer(Dice::new(self.seed, salt("customer"), id), id))
            }
        }
    }

    /// The group of a row: of the pool, or one beyond it.
    pub(crate) fn group(&self, id: u32) -> Cow<'_, Group> {
        match self.groups.get(id as usize) {
            Some(group) => Cow::Borrowed(group),
            None => {
                let dice = Dice::new(self.seed, salt("group"), u64::from(id));
                Cow::Owned(group(dice, id as usize))
            }
        }
    }

    /// The program of a row: of the pool, or one beyond it.
    pub(crate) fn company(&self, id: u32) -> Cow<'_, Company> {
        match self.companies.get(id as usize) {
            Some(company) => Cow::Borrowed(company),
            None => {
                let id = u64::from(id);
                Cow::Owned(company(Dice::new(self.seed, salt("company"), id), id))
            }
        }
    }

    /// The group of a partnership.
    pub(crate) fn group_of(&self, partnership: &Partnership) -> &Group {
        &self.groups[partnership.group]
    }
}

fn key(dice: &mut Dice, prefix: &str) -> String {
    format!("{prefix}{}", base62(dice.bits()))
}

/// A creation time up to four years ago, and an update after it.
fn times(dice: &mut Dice) -> (i64, i64) {
    let created = NOW - dice.span(1460 * DAY);
    (created, created + dice.span(NOW - created + 1))
}

fn company(mut dice: Dice, id: u64) -> Company {
    let name = FIRMS[id as usize % FIRMS.len()].to_owned();
    Company { id: 1000 + dice.span(9000), key: key(&mut dice, "co_"), name }
}

fn group(mut dice: Dice, id: usize) -> Group {
    let (created_at, updated_at) = times(&mut dice);
    let name = match GROUPS.get(id) {
        Some(&name) => name.to_owned(),
        None => format!("{} {id}", GROUPS[id % GROUPS.len()]),
    };
    Group {
        key: key(&mut dice, "grup_"),
        slug: squash(&name),
        name,
        archived: id + 1 == GROUPS.len(),
        default: id == 0,
        features: dice.bits(),
        created_at,
        updated_at,
    }
}

fn partnership(mut dice: Dice, id: usize) -> Partnership {
    let (first_name, last_name) = (dice.word(FIRST).to_owned(), dice.word(LAST).to_owned());
    let hex = format!("{:016x}", dice.bits());
    let in_pool = id < PARTNERSHIPS as usize;
    let handle = format!("{}{id}", first_name.to_lowercase());
    let (created_at, updated_at) = times(&mut dice);
    let team = Team {
        key: key(&mut dice, "stck_"),
        name: format!("{} & partners", dice.word(FIRMS)),
        created_at,
        updated_at,
    };
    Partnership {
        key: key(&mut dice, "part_"),
        partner_key: if in_pool && id.is_multiple_of(2) { hex } else { handle },
        email: format!("partner+{id}@example.com"),
        first_name,
        last_name,
        group: dice.index(GROUPS.len()),
        company: id % COMPANIES as usize,
        team,
        created_at,
    }
}

fn customer(mut dice: Dice, id: u64) -> Customer {
    let (created_at, updated_at) = times(&mut dice);
    let full = format!("{} {}", dice.word(FIRST), dice.word(LAST));
    let sub_ids = (0..dice.roll(3)).map(|sub| format!("sub-{sub} {}", dice.roll(1000)));
    let sub_ids = sub_ids.collect::<Vec<_>>();
    Customer {
        key: key(&mut dice, "cus_"),
        name: (!id.is_multiple_of(11)).then_some(full),
        email: (!id.is_multiple_of(7)).then(|| format!("customer{id}@example.org")),
        external_key: (!id.is_multiple_of(3)).then(|| format!("ext/{id}?v=1&x= é")),
        shared_id: id.is_multiple_of(5).then(|| format!("{:08x}", dice.roll(1 << 32))),
        sub_ids,
        created_at,
        updated_at,
    }
}

impl Company {
    /// Writes the members of the short company object.
    pub(crate) fn write(&self, object: &mut Object<'_>) {
        object.text("key", &self.key);
        object.text("name", &self.name);
    }
}

impl Customer {
    /// Writes the object that partners see in others; if nobody is known, `hollow` asks for one
    /// with nulls inside.
    pub(crate) fn write_in(customer: Option<&Customer>, hollow: bool, object: &mut Object<'_>) {
        if customer.is_none() && !hollow {
            object.null("customer");
            return;
        }
        object.object("customer", |object| {
            object.opt_text("key", customer.map(|it| it.key.as_str()));
            object.opt_text("shared_id", customer.and_then(|it| it.shared_id.as_deref()));
            match customer {
                Some(customer) => object.texts("sub_ids", &customer.sub_ids),
                None => object.null("sub_ids"),
            }
        });
    }
}

impl Team {
    /// Writes the members of a team object.
    pub(crate) fn write(&self, object: &mut Object<'_>) {
        object.int("created_at", self.created_at);
        object.text("key", &self.key);
        object.text("name", &self.name);
        object.int("updated_at", self.updated_at);
    }
}

impl Group {
    /// Writes the members of a group object.
    pub(crate) fn write(&self, object: &mut Object<'_>) {
        self.write_with(false, object);
    }

    /// Writes the members that a group has in its own listing.
    pub(crate) fn write_listed(&self, object: &mut Object<'_>) {
        self.write_with(true, object);
    }

    fn write_with(&self, listed: bool, object: &mut Object<'_>) {
        object.boolean("archived", self.archived);
        object.int("created_at", self.created_at);
        object.boolean("default", self.default);
        object.object("features", |object| self.write_features(listed, object));
        object.text("key", &self.key);
        object.text("name", &self.name);
        object.text("slug", &self.slug);
        object.int("updated_at", self.updated_at);
    }

    /// Writes the flags; only some groups, when listed, have one for Salesforce.
    fn write_features(&self, listed: bool, object: &mut Object<'_>) {
        let bit = |bit: u32| self.features >> bit & 1 == 1;
        object.boolean("application_enabled", bit(0));
        object.boolean("deals_enabled", bit(1));
        if listed && bit(4) {
            object.boolean("deals_salesforce", bit(5));
        }
        object.boolean("disable_link_create", bit(2));
        object.boolean("leads_enabled", bit(3));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_depends_on_its_seed_only() {
        let (a, b, c) = (World::new(1), World::new(1), World::new(2));
        assert_eq!(a.customers[5].key, b.customers[5].key);
        assert_ne!(a.customers[5].key, c.customers[5].key);
        assert_eq!((a.partnerships.len(), a.groups.len()), (40, 8));
    }

    #[test]
    fn there_is_more_beyond_the_pools() {
        let world = World::new(1);
        assert_eq!(world.customer(7).key, world.customers[7].key);
        assert_eq!(world.customer(300).key, world.customer(300).key);
        assert_ne!(world.customer(300).key, world.customer(301).key);
        assert_eq!(world.partnership(39).key, world.partnerships[39].key);
        assert!(world.partnership(40).partner_key.ends_with("40"));
    }

    #[test]
    fn group_names_are_squashed() {
        assert_eq!(squash("Gold Partners"), "goldpartners");
        assert_eq!(squash("Café & Friends"), "caféfriends");
    }
}
