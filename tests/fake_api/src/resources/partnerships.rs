//! `GET /partnerships`: both APIs, with hardly a member in common; `GET /partnerships/{identifier}`
//! by key, partner key or email: vendors.
//!
//! The first rows are the partnerships that other rows refer to.

use std::borrow::Cow;

use super::custom::{Custom, Field};
use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, NOW, salt};
use crate::dice::{Dice, base62};
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::query::Query;
use crate::table::Row;
use crate::texts::{CURRENCIES, DESCRIPTIONS};
use crate::world::{Group, Partnership, World, squash};

/// Partnerships: a vendor's partners, a partner's programs.
pub(crate) struct Partnerships;

const PATH: &str = "partnerships";
const APPROVALS: &[&str] =
    &["approved", "approved", "approved", "approved", "approved", "pending", "declined"];
const STATUSES: &[&str] = &["active", "active", "active", "active", "pending", "On Hold ⏸"];
const OFFERS: &[&str] = &["revenue_share", "revenue_share", "flat_rate", "Bonus à l'inscription"];
const RATES: &[&str] = &["20", "7.5", "10%", "1,000.00", ""];
const TAGS: &[&str] = &["emea", "top 10%", "été 2026", "vip,gold", "\"quoted\"", "🌟"];
/// Codes for some partners, names for others (Q16).
const COUNTRIES: &[&str] = &["US", "CA", "DE", "United States", "Germany", "Côte d'Ivoire"];
const FIELDS: &[Field] = &[
    Field { api_name: "audience", name: "Audience", kind: "picklist", words: &["Small", "Large"] },
    Field { api_name: "notes", name: "Notes 📝", kind: "textarea", words: DESCRIPTIONS },
    Field { api_name: "reach", name: "Reach", kind: "number", words: &["0", "12000", "1e6"] },
    Field {
        api_name: "website",
        name: "Where do you \"publish\"?",
        kind: "input",
        words: &["https://example.com/?a=1&b=%20", "exämple.test"],
    },
];

/// What filters look at, and the partnership itself.
struct Item<'a> {
    world: &'a World,
    row: Row,
    partnership: Cow<'a, Partnership>,
    approved_status: Option<&'static str>,
    has_sub_id: Option<bool>,
    dice: Dice,
}

/// One of thirteen is archived.
fn archived(id: u32) -> bool {
    id % 13 == 7
}

/// The number at the end of a handle, or in an address such as `partner+7@example.com`.
fn number_in(identifier: &str) -> Option<u32> {
    let name = identifier.split('@').next()?;
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

fn goes_by(partnership: &Partnership, identifier: &str) -> bool {
    partnership.partner_key == identifier || partnership.email == identifier
}

impl<'a> Item<'a> {
    fn new(world: &'a World, row: Row) -> Item<'a> {
        let mut dice = plain::dice(world, PATH, 1, row.id);
        let approved_status = (!dice.chance(5)).then(|| dice.word(APPROVALS));
        let has_sub_id = (!dice.chance(25)).then(|| dice.chance(50));
        let partnership = world.partnership(row.id);
        Item { world, row, partnership, approved_status, has_sub_id, dice }
    }

    /// A partner who was declined is in no group.
    fn group(&self) -> Option<&'a Group> {
        let grouped = self.approved_status != Some("declined");
        grouped.then(|| self.world.group_of(&self.partnership))
    }
}

impl Resource for Partnerships {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Partnerships retrieved successfully"
    }

    fn default_count(&self) -> usize {
        40
    }

    fn serves(&self, _api: Api) -> bool {
        true
    }

    fn has_single(&self) -> bool {
        true
    }

    fn serves_single(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    fn key_of(&self, world: &World, identifier: &str) -> Option<String> {
        let beyond = number_in(identifier).map(|id| world.partnership(id));
        let pool = world.partnerships.iter().map(Cow::Borrowed);
        let mut candidates = pool.chain(beyond);
        candidates.find(|it| goes_by(it, identifier)).map(|it| it.key.clone())
    }

    fn has_created_bounds(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    fn has_updated_bounds(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    fn sort_fields(&self, _api: Api) -> &'static [&'static str] {
        &["created_at", "updated_at"]
    }

    fn sort_value(&self, world: &World, row: Row, field: &str) -> i64 {
        match field {
            "updated_at" => self.updated_at(world, row),
            _ => row.created_at,
        }
    }

    /// Four of ten in the pool came with an import that gave many the same time.
    fn created_at(&self, world: &World, id: u32, stored: i64) -> i64 {
        match world.partnerships.get(id as usize) {
            Some(it) if plain::dice(world, PATH, 2, id).chance(40) => {
                it.created_at - it.created_at % (120 * DAY)
            }
            Some(it) => it.created_at,
            None => stored,
        }
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        match world.partnerships.get(row.id as usize) {
            Some(partnership) => partnership.team.updated_at,
            None => (row.created_at + plain::dice(world, PATH, 3, row.id).span(60 * DAY)).min(NOW),
        }
    }

    fn key(&self, world: &World, id: u32) -> String {
        world.partnership(id).key.clone()
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        if !context.query.boolean("include_archived")?.unwrap_or(false) {
            filter.add("archived", "", |row| !archived(row.id));
        }
        match context.api {
            Api::Vendor => filter_vendor(context, filter),
            Api::Partner => filter_partner(context, filter)?,
        }
        Ok(())
    }

    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        write(api, false, Item::new(world, row), out);
    }

    fn wants_more(&self, query: &Query) -> bool {
        query.get("include_offers") == Some("true")
    }

    fn write_more(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        write(api, true, Item::new(world, row), out);
    }
}

fn write(api: Api, offers: bool, mut item: Item<'_>, out: &mut Vec<u8>) {
    let ascii = item.dice.chance(50);
    Object::write(out, ascii, |object| match api {
        Api::Vendor => item.write_vendor(object),
        Api::Partner => item.write_partner(offers, object),
    });
}

fn filter_vendor<'a>(context: Context<'a>, filter: &mut Filter<'a>) {
    let Context { world, query, .. } = context;
    filter.text(query, "group", move |row, value| {
        let item = Item::new(world, row);
        item.group().is_some_and(|group| squash(&group.name) == value.to_lowercase())
    });
    filter.text(query, "email", move |row, value| world.partnership(row.id).email == value);
    filter.text(query, "approved_status", move |row, value| {
        Item::new(world, row).approved_status == Some(value)
    });
    filter.text(query, "partnership_key", move |row, value| world.partnership(row.id).key == value);
}

fn filter_partner<'a>(context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
    let Context { world, query, .. } = context;
    query.boolean("include_offers")?;
    let wanted = match query.get("has_sub_id") {
        None => return Ok(()),
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some("null") => None,
        Some(other) => return Err(format!("'{other}' is not one of the values of 'has_sub_id'")),
    };
    filter.add("has_sub_id", &format!("{wanted:?}"), move |row| {
        Item::new(world, row).has_sub_id == wanted
    });
    Ok(())
}

impl Item<'_> {
    fn write_partner(&mut self, offers: bool, object: &mut Object<'_>) {
        let company = &self.world.companies[self.partnership.company];
        object.boolean("claimed", self.dice.chance(90));
        object.object("company", |object| {
            object.int("id", company.id);
            company.write(object);
        });
        object.int("created_at", self.row.created_at);
        if self.dice.chance(70) {
            object.opt_object("group", self.group(), Group::write);
        }
        match self.has_sub_id {
            Some(has_sub_id) => object.boolean("has_sub_id", has_sub_id),
            None => object.null("has_sub_id"),
        }
        object.boolean("is_archived", archived(self.row.id));
        object.text("key", &self.partnership.key);
        self.write_link(object);
        self.write_offers(offers, object);
        object.opt_text("status", (!self.dice.chance(5)).then(|| self.dice.word(STATUSES)));
        if !self.dice.chance(20) {
            object.object("team", |object| self.partnership.team.write(object));
        }
        object.int("updated_at", Partnerships.updated_at(self.world, self.row));
    }

    /// A link of which nobody knows the members.
    fn write_link(&mut self, object: &mut Object<'_>) {
        let slug = base62(self.dice.bits());
        match self.dice.roll(10) {
            0 => {}
            1 => object.null("link"),
            2 => object.object("link", |_| {}),
            _ => object.object("link", |object| {
                object.text("key", &format!("link_{slug}"));
                object.text("url", &format!("https://partner.example.com/{slug}?a=1&b=é"));
            }),
        }
    }

    /// The offers if they are asked for; all of a row spell the type in the same way (Q16).
    fn write_offers(&mut self, asked: bool, object: &mut Object<'_>) {
        let dice = &mut self.dice;
        let (count, trailing, absent) = (dice.index(4), dice.chance(25), dice.chance(20));
        let mut dice = Dice::new(self.world.seed, salt("offers"), u64::from(self.row.id));
        if asked {
            object.objects("offers", count, |_, object| write_offer(&mut dice, trailing, object));
        } else if !absent {
            object.objects("offers", 0, |_, _| {});
        }
    }

    fn write_vendor(&mut self, object: &mut Object<'_>) {
        let custom = Custom::new(FIELDS, &mut self.dice);
        let country = (!self.dice.chance(10)).then(|| self.dice.word(COUNTRIES));
        let address = (!self.dice.chance(20)).then_some(country);
        object.opt_object("address", address, |country, object| {
            object.opt_text("country", country);
        });
        object.opt_text("approved_status", self.approved_status);
        if !self.dice.chance(5) {
            object.boolean("claimed", self.dice.chance(90));
        }
        object.int("created_at", self.row.created_at);
        object.text("email", &self.partnership.email);
        if self.dice.chance(70) {
            custom.write_map("field_data", object);
        }
        custom.write_fields(object);
        object.text("first_name", &self.partnership.first_name);
        object.opt_object("group", self.group(), Group::write);
        self.write_vendor_rest(&custom, object);
    }

    fn write_vendor_rest(&mut self, custom: &Custom, object: &mut Object<'_>) {
        let claimed = !self.dice.chance(10);
        let joined_at = self.partnership.created_at.max(self.row.created_at);
        object.opt_int("joined_at", claimed.then_some(joined_at));
        object.text("key", &self.partnership.key);
        object.text("last_name", &self.partnership.last_name);
        self.write_values(custom, object);
        object.text("partner_key", &self.partnership.partner_key);
        self.write_stats(object);
        self.write_tags(object);
        if !self.dice.chance(10) {
            object.object("team", |object| self.partnership.team.write(object));
        }
        if self.dice.chance(60) {
            let tier = (!self.dice.chance(20)).then(|| self.dice.index(3));
            object.opt_object("tier", tier, |tier, object| {
                object.text("key", &format!("tier_{tier}"));
                object.text("name", ["Bronze", "Silver 🥈", "Or"][tier]);
            });
        }
        object.int("updated_at", Partnerships.updated_at(self.world, self.row));
    }

    /// Custom values under one of two names, and a `meta` that has none of them (Q8).
    fn write_values(&mut self, custom: &Custom, object: &mut Object<'_>) {
        let spelling = self.dice.roll(10);
        if spelling < 3 {
            custom.write_map("m_data", object);
        }
        let managed = self.dice.chance(60);
        object.opt_object("manager", managed.then_some(()), |(), object| {
            object.text("manager_email", "manager+é@example.com");
            object.text("manager_name", "Zoë \"Z\" O'Neil");
        });
        if (3..9).contains(&spelling) {
            custom.write_map("mdata", object);
        }
        if !self.dice.chance(10) {
            object.object("meta", |_| {});
        }
    }

    /// Counters, of which some are missing and some are unknown to everybody.
    fn write_stats(&mut self, object: &mut Object<'_>) {
        let dice = &mut self.dice;
        let empty = dice.chance(15);
        object.object("stats", |object| {
            if empty {
                return;
            }
            if dice.chance(50) {
                object.number("CLICK_THROUGH_RATE", "0.125");
            }
            object.opt_int("COMMISSION_EARNED", (!dice.chance(10)).then(|| dice.span(5_000_000)));
            if !dice.chance(20) {
                object.opt_int("CUSTOMER_COUNT", (!dice.chance(10)).then(|| dice.span(300)));
            }
            if dice.chance(40) {
                object.int("LEADS_IN_REVIEW_COUNT", dice.span(40));
            }
            object.opt_int("PAID_ACCOUNT_COUNT", (!dice.chance(10)).then(|| dice.span(100)));
            object.opt_int("REVENUE", (!dice.chance(10)).then(|| dice.span(9_000_000_000)));
        });
    }

    fn write_tags(&mut self, object: &mut Object<'_>) {
        let count = self.dice.index(4);
        let tags: Vec<String> = (0..count).map(|_| self.dice.word(TAGS).to_owned()).collect();
        match self.dice.roll(10) {
            0 => {}
            1 => object.null("tags"),
            _ => object.texts("tags", &tags),
        }
    }
}

fn write_offer(dice: &mut Dice, trailing: bool, object: &mut Object<'_>) {
    match dice.roll(10) {
        0..5 => object.int("base_rate", dice.span(50)),
        5..7 => object.number("base_rate", "12.5"),
        7..9 => object.text("base_rate", dice.word(RATES)),
        _ => object.null("base_rate"),
    }
    object.opt_text("currency", (!dice.chance(10)).then(|| dice.word(CURRENCIES)));
    object.opt_text("description", (!dice.chance(10)).then(|| dice.word(DESCRIPTIONS)));
    object.text(if trailing { "type_" } else { "type" }, dice.word(OFFERS));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{asked, items};
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn partnerships_go_by_three_names() {
        let world = World::get(1);
        for id in [0, 1, 7, 39, 40, 123] {
            let partnership = world.partnership(id);
            for name in [&partnership.partner_key, &partnership.email] {
                assert_eq!(Partnerships.key_of(&world, name), Some(partnership.key.clone()));
            }
        }
        for name in ["", "ada", "ada99999", "partner+1@example.org", "99999999999"] {
            assert_eq!(Partnerships.key_of(&world, name), None, "{name}");
        }
    }

    #[test]
    fn offers_come_when_asked_for() {
        let all = asked(&Partnerships, Api::Partner, 400, "include_offers=true");
        let mut offers = all.iter().flat_map(|item| item["offers"].as_array().unwrap());
        assert!(offers.clone().any(|offer| offer["base_rate"].is_string()));
        assert!(offers.clone().any(|offer| offer["base_rate"].is_f64()));
        assert!(offers.clone().any(|offer| offer["base_rate"].is_i64()));
        assert!(offers.clone().any(|offer| offer.get("type").is_some()));
        assert!(offers.clone().any(|offer| offer.get("type_").is_some()));
        assert!(offers.all(|offer| offer.get("type").is_none() != offer.get("type_").is_none()));
        for (item, mut with) in items(&Partnerships, Api::Partner, 400).into_iter().zip(all) {
            assert!(item.get("offers").is_none_or(|offers| *offers == json!([])));
            with["offers"] = item["offers"].clone();
            assert_eq!(with["key"], item["key"]);
            assert_eq!(with["team"], item["team"]);
        }
    }

    #[test]
    fn nasty_values_occur() {
        let all = items(&Partnerships, Api::Vendor, 400);
        let count = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|item| test(item)).count();
        let has = |item: &Value, name| item.get(name).is_some();
        assert!(count(&|item| has(item, "m_data")) > 50);
        assert!(count(&|item| has(item, "mdata")) > 100);
        assert_eq!(count(&|item| has(item, "mdata") && has(item, "m_data")), 0);
        assert!(count(&|item| item["stats"] == json!({})) > 20);
        assert!(count(&|item| has(&item["stats"], "LEADS_IN_REVIEW_COUNT")) > 50);
        assert!(count(&|item| item["group"].is_null()) > 10);
        assert!(count(&|item| item["address"].is_null()) > 20);
        assert!(count(&|item| item["address"]["country"] == "Germany") > 10);
        assert_eq!(count(&|item| has(item, "company") || has(item, "is_archived")), 0);
    }

    #[test]
    fn the_pool_has_every_trap() {
        let all = items(&Partnerships, Api::Vendor, 40);
        let any = |test: &dyn Fn(&Value) -> bool| all.iter().any(test);
        assert!(
            any(&|item| item.get("mdata").is_some()) && any(&|item| item.get("m_data").is_some())
        );
        assert!(any(&|item| item["stats"] == json!({})) && any(&|item| item["manager"].is_null()));
        assert!(any(&|item| item["approved_status"] == "pending"));
        assert!(any(&|item| item["approved_status"] == "declined"));
        assert!(all.windows(2).any(|pair| pair[0]["created_at"] == pair[1]["created_at"]));
        let early = |item: &Value| item["created_at"].as_i64() > item["updated_at"].as_i64();
        assert!(!any(&early));
    }
}
