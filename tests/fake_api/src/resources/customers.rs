//! `GET /customers`: both APIs, with hardly a member in common; `GET /customers/{key}`: vendors.
//!
//! The first rows are the customers that other rows refer to, with the times they have there.

use std::borrow::Cow;

use super::custom::{Custom, Field};
use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, HOUR, NOW};
use crate::dice::{Dice, base62};
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::FIRMS;
use crate::world::{Customer, Partnership, World, squash};

/// Customers: whom partners brought.
pub(crate) struct Customers;

const PATH: &str = "customers";
const COUNTRIES: &[&str] = &["TH", "PH", "US", "CA", "DE", "FR"];
const SOURCES: &[&str] = &["link", "link", "link", "lead", "deal", "manual", "coupon code"];

/// The built-in fields, and one of the vendor's own; the country here is a name (Q16).
const FIELDS: &[Field] = &[
    Field { api_name: "company_name", name: "Company", kind: "input", words: FIRMS },
    Field {
        api_name: "country_iso",
        name: "Country",
        kind: "picklist",
        words: &["Thailand", "Philippines", "United States", "Côte d'Ivoire"],
    },
    Field {
        api_name: "phone",
        name: "Phone",
        kind: "input",
        words: &["+1 (555) 010-9999", "0033123456789", "n/a"],
    },
    Field { api_name: "seats", name: "Seats 💺", kind: "number", words: &["1", "25", "1,000"] },
    Field {
        api_name: "website",
        name: "Web site",
        kind: "input",
        words: &["https://example.com/?a=1&b=%20", "exämple.test"],
    },
];

/// The partnership that brought the customer.
fn partnership(world: &World, id: u32) -> &Partnership {
    plain::dice(world, PATH, 1, id).pick(&world.partnerships)
}

/// Whether the customer goes by this key: its own, or the one that the vendor chose.
fn goes_by(customer: &Customer, key: &str) -> bool {
    customer.key == key || customer.external_key.as_deref() == Some(key)
}

/// The number in an external key such as `ext/12?v=1`.
fn number_in(key: &str) -> Option<u32> {
    let rest = key.strip_prefix("ext/")?;
    rest.split('?').next()?.parse().ok()
}

impl Resource for Customers {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Retrieved customers successfully"
    }

    fn default_count(&self) -> usize {
        300
    }

    fn serves(&self, _api: Api) -> bool {
        true
    }

    fn has_total(&self, api: Api) -> bool {
        api == Api::Partner
    }

    fn has_single(&self) -> bool {
        true
    }

    fn serves_single(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    fn key_of(&self, world: &World, identifier: &str) -> Option<String> {
        let customer = world.customer(number_in(identifier)?);
        goes_by(&customer, identifier).then(|| customer.key.clone())
    }

    fn has_updated_bounds(&self, api: Api) -> bool {
        api == Api::Vendor
    }

    fn sort_fields(&self, api: Api) -> &'static [&'static str] {
        match api {
            Api::Partner => &["created_at"],
            Api::Vendor => &[],
        }
    }

    /// Every third row beyond the pool is back-dated by about 33 hours (Q3).
    fn created_at(&self, world: &World, id: u32, stored: i64) -> i64 {
        let mut dice = plain::dice(world, PATH, 2, id);
        match world.customers.get(id as usize) {
            Some(customer) => customer.created_at,
            None if dice.chance(33) => stored - 32 * HOUR - dice.span(2 * HOUR),
            None => stored,
        }
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = plain::dice(world, PATH, 3, row.id);
        match world.customers.get(row.id as usize) {
            Some(customer) => customer.updated_at,
            None => (row.created_at + 34 * HOUR + dice.span(30 * DAY)).min(NOW),
        }
    }

    fn key(&self, world: &World, id: u32) -> String {
        world.customer(id).key.clone()
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { api, world, query, .. } = context;
        if api == Api::Partner {
            return Ok(());
        }
        filter.text(query, "group", move |row, value| {
            let group = world.group_of(partnership(world, row.id));
            squash(&group.name) == value.to_lowercase()
        });
        filter.text(query, "partner_key", move |row, value| {
            partnership(world, row.id).partner_key == value
        });
        filter.text(query, "partnership_key", move |row, value| {
            partnership(world, row.id).key == value
        });
        if let Some(keys) = query.list("customer_key") {
            filter.add("customer_key", &keys.join(","), move |row| {
                let customer = world.customer(row.id);
                keys.iter().any(|key| goes_by(&customer, key))
            });
        }
        Ok(())
    }

    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut item = Item::new(world, row);
        let ascii = item.dice.chance(50);
        Object::write(out, ascii, |object| match api {
            Api::Vendor => item.write_vendor(object),
            Api::Partner => item.write_partner(object),
        });
    }
}

/// A customer to be written.
struct Item<'a> {
    world: &'a World,
    row: Row,
    customer: Cow<'a, Customer>,
    partnership: &'a Partnership,
    dice: Dice,
}

impl<'a> Item<'a> {
    fn new(world: &'a World, row: Row) -> Item<'a> {
        let (customer, dice) = (world.customer(row.id), plain::dice(world, PATH, 4, row.id));
        Item { world, row, customer, partnership: partnership(world, row.id), dice }
    }

    fn updated_at(&self) -> i64 {
        Customers.updated_at(self.world, self.row)
    }

    fn write_partner(&mut self, object: &mut Object<'_>) {
        let Item { world, row, customer, partnership, dice } = self;
        object.boolean("archived", dice.chance(4));
        object.object("company", |object| world.companies[partnership.company].write(object));
        object.opt_text("country_iso", (!dice.chance(10)).then(|| dice.word(COUNTRIES)));
        object.int("created_at", row.created_at);
        object.opt_text("customer_key", customer.external_key.as_deref());
        object.boolean("has_paid", dice.chance(60));
        object.text("key", &customer.key);
        object.text("partnership_key", &partnership.key);
        object.opt_text("shared_id", customer.shared_id.as_deref());
        object.texts("sub_ids", &customer.sub_ids);
        object.int("updated_at", self.updated_at());
    }

    /// Custom values are everywhere but in `meta` (Q8).
    fn write_vendor(&mut self, object: &mut Object<'_>) {
        let Item { row, customer, dice, .. } = self;
        let custom = Custom::new(FIELDS, dice);
        object.int("created_at", row.created_at);
        object.opt_text("customer_key", customer.external_key.as_deref());
        object.opt_text("email", customer.email.as_deref());
        if dice.chance(50) {
            object.opt_text("external_key", customer.external_key.as_deref());
        }
        if dice.chance(80) {
            custom.write_map("field_data", object);
        }
        custom.write_fields(object);
        object.text("key", &customer.key);
        if !dice.chance(20) {
            custom.write_map("mdata", object);
        }
        if !dice.chance(10) {
            object.object("meta", |_| {});
        }
        self.write_vendor_rest(object);
    }

    fn write_vendor_rest(&mut self, object: &mut Object<'_>) {
        let Item { world, row, customer, partnership, dice } = self;
        let unknown = dice.chance(50).then_some(customer.key.as_str());
        object.opt_text("name", customer.name.as_deref().or(unknown));
        if !dice.chance(5) {
            object.opt_text("partner_key", Some(&partnership.partner_key));
        }
        object.text("partnership_key", &partnership.key);
        let provider = dice.chance(60).then(|| format!("cus_{}", base62(dice.bits())));
        object.opt_text("provider_key", provider.as_deref());
        let source = (!dice.chance(8)).then(|| dice.word(SOURCES));
        if source.is_some() || dice.chance(50) {
            let key = source.map(|source| format!("{source}/{}", row.id));
            object.opt_text("source_key", key.as_deref());
            object.opt_text("source_type", source);
        }
        object.boolean("test", dice.chance(3));
        object.int("updated_at", Customers.updated_at(world, *row));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::rewards::Rewards;
    use super::super::tests::items;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn rewards_have_their_customers() {
        for (api, names) in
            [(Api::Vendor, ["email", "email"]), (Api::Partner, ["created_at", "updated_at"])]
        {
            let all = items(&Customers, api, 300);
            let by_key: HashMap<_, _> =
                all.iter().map(|item| (item["key"].as_str().unwrap(), item)).collect();
            for reward in items(&Rewards, api, 1200) {
                let Some(key) = reward["customer"]["key"].as_str() else { continue };
                for name in names {
                    assert_eq!(by_key[key][name], reward["customer"][name], "{name}");
                }
            }
        }
    }

    #[test]
    fn the_two_apis_share_five_members() {
        let (vendor, partner) =
            (items(&Customers, Api::Vendor, 300), items(&Customers, Api::Partner, 300));
        let names = |all: &[Value]| -> std::collections::BTreeSet<String> {
            all.iter().flat_map(|item| item.as_object().unwrap().keys().cloned()).collect()
        };
        let (vendor, partner) = (names(&vendor), names(&partner));
        let both: Vec<&String> = vendor.intersection(&partner).collect();
        assert_eq!(both, ["created_at", "customer_key", "key", "partnership_key", "updated_at"]);
    }

    #[test]
    fn nasty_values_occur() {
        let all = items(&Customers, Api::Vendor, 300);
        let count = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|item| test(item)).count();
        assert!((3..25).contains(&count(&|item| item["test"] == true)));
        assert!((100..300).contains(&count(&|item| item.get("mdata").is_some())));
        assert!(count(&|item| item["name"].is_null()) > 3);
        assert!(count(&|item| item["name"] == item["key"]) > 3);
        assert!(count(&|item| item["meta"] == json!({})) > 200);
        assert_eq!(count(&|item| item["meta"] != json!({}) && item.get("meta").is_some()), 0);
        assert!(count(&|item| item["fields"].as_array().is_some_and(Vec::is_empty)) > 20);
        assert!(count(&|item| item["fields"][0].get("field_key").is_some()) > 50);
    }

    #[test]
    fn many_are_back_dated() {
        let all = items(&Customers, Api::Partner, 3000);
        let age = |item: &Value| {
            item["updated_at"].as_i64().unwrap() - item["created_at"].as_i64().unwrap()
        };
        assert!(all.iter().all(|item| age(item) >= 0));
        assert!(all.iter().filter(|item| age(item) > 32 * HOUR).count() > 1500);
    }

    #[test]
    fn external_keys_are_identifiers() {
        let world = World::get(1);
        for id in [1, 2, 299, 301] {
            let customer = world.customer(id);
            let external = customer.external_key.as_deref().unwrap();
            assert_eq!(Customers.key_of(&world, external).as_deref(), Some(&*customer.key));
        }
        for key in ["ext/1", "ext/x?", "ext/0?v=1&x= é", "cus_1", ""] {
            assert_eq!(Customers.key_of(&world, key), None, "{key}");
        }
    }
}
