//! `GET /transactions`: both APIs. Transaction n is the one that reward n comes from, if any.

use super::rewards::{Reward, Rewards, SALES};
use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, HOUR, NOW};
use crate::dice::Dice;
use crate::json::Object;
use crate::table::Row;
use crate::texts::{DESCRIPTIONS, row_key};
use crate::world::{Customer, World};

/// Transactions: what customers paid.
pub(crate) struct Transactions;

const PATH: &str = "transactions";

/// Those with a reward carry the usual prefix; the others have keys of a foreign system (Q2).
const PREFIXES: [&str; 2] = ["", "txn_"];

fn rewarded(reward: &Reward<'_>) -> bool {
    reward.source == "transaction"
}

/// 22:00 UTC, the last one before a moment: a day in another time zone (Q3).
fn day_of(time: i64) -> i64 {
    time - (time + 2 * HOUR).rem_euclid(DAY)
}

impl Resource for Transactions {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Transactions retrieved successfully"
    }

    fn default_count(&self) -> usize {
        Rewards.default_count()
    }

    fn serves(&self, _api: Api) -> bool {
        true
    }

    fn rhythm(&self) -> &'static str {
        Rewards.path()
    }

    fn sort_fields(&self, api: Api) -> &'static [&'static str] {
        match api {
            Api::Partner => &["created_at"],
            Api::Vendor => &[],
        }
    }

    fn created_at(&self, world: &World, id: u32, stored: i64) -> i64 {
        let reward = Reward::new(world, id);
        if rewarded(&reward) {
            return Rewards.created_at(world, id, stored) - reward.delay();
        }
        if plain::dice(world, PATH, 1, id).chance(75) { day_of(stored) } else { stored }
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let reward = Reward::new(world, row.id);
        if rewarded(&reward) {
            return row.created_at + reward.delay();
        }
        (row.created_at + 20 * HOUR + plain::dice(world, PATH, 2, row.id).span(HOUR)).min(NOW)
    }

    fn key(&self, world: &World, id: u32) -> String {
        let prefix = PREFIXES[usize::from(rewarded(&Reward::new(world, id)))];
        row_key(prefix, world.seed, SALES, id)
    }

    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let reward = Reward::new(world, row.id);
        let mut dice = plain::dice(world, PATH, 3, row.id);
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| match api {
            Api::Vendor => write_vendor(world, &reward, &mut dice, row, object),
            Api::Partner => write_partner(world, &reward, row, object),
        });
    }
}

/// The Partner API documents an amount and a currency for every row.
fn write_partner(world: &World, reward: &Reward<'_>, row: Row, object: &mut Object<'_>) {
    object.int("amount", reward.transaction_amount().unwrap_or(0));
    object.int("amount_usd", reward.transaction_amount_usd().unwrap_or(0));
    object.boolean("archived", reward.archived);
    object.opt_text("category_key", reward.category_key());
    let company = &world.companies[reward.partnership.company];
    object.object("company", |object| company.write(object));
    object.int("created_at", row.created_at);
    object.text("currency", reward.currency.unwrap_or("USD"));
    Customer::write_in(reward.customer, row.id.is_multiple_of(4), object);
    object.text("key", &Transactions.key(world, row.id));
    object.text("partnership_key", &reward.partnership.key);
    object.opt_text("product_key", reward.product_key());
    object.int("updated_at", Transactions.updated_at(world, row));
}

fn write_vendor(
    world: &World,
    reward: &Reward<'_>,
    dice: &mut Dice,
    row: Row,
    object: &mut Object<'_>,
) {
    object.opt_int("amount", reward.transaction_amount());
    object.opt_int("amount_usd", reward.transaction_amount_usd());
    match dice.roll(50) {
        0 => object.null("approved"),
        1..4 => {}
        roll => object.boolean("approved", roll > 8),
    }
    object.opt_text("category_key", reward.category_key());
    object.int("created_at", row.created_at);
    object.opt_text("currency", reward.currency);
    object.opt_object("customer", reward.customer, |customer, object| {
        object.opt_text("email", customer.email.as_deref());
        object.opt_text("external_key", customer.external_key.as_deref());
        object.text("key", &customer.key);
    });
    if reward.customer.is_some() || dice.chance(50) {
        object.opt_text("customer_key", reward.customer.map(|customer| customer.key.as_str()));
    }
    write_unknown("extension", dice, object);
    object.text("key", &Transactions.key(world, row.id));
    write_unknown("metadata", dice, object);
    object.opt_text("product_key", reward.product_key());
    object.boolean("test", dice.chance(3));
    object.int("updated_at", Transactions.updated_at(world, row));
}

/// An object of which nobody knows the contents: absent, null, empty or nested.
fn write_unknown(name: &'static str, dice: &mut Dice, object: &mut Object<'_>) {
    match dice.roll(10) {
        0 => {}
        1 => object.null(name),
        2..6 => object.object(name, |_| {}),
        _ => object.object(name, |object| {
            object.object("charge", |object| {
                object.int("attempts", dice.span(5));
                object.boolean("captured", dice.chance(80));
            });
            object.text("note", dice.word(DESCRIPTIONS));
            object.texts("tags", &["a,b".to_owned(), "é \"quoted\"".to_owned()]);
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::tests::items;
    use super::*;
    use serde_json::Value;

    fn by_key(api: Api) -> HashMap<String, Value> {
        let key = |item: &Value| item["key"].as_str().unwrap().to_owned();
        items(&Transactions, api, 1200).into_iter().map(|item| (key(&item), item)).collect()
    }

    #[test]
    fn rewards_of_vendors_have_their_transactions() {
        let sales = by_key(Api::Vendor);
        let mut found = 0;
        for reward in items(&Rewards, Api::Vendor, 1200) {
            let Some(key) = reward["transaction"]["key"].as_str() else { continue };
            let sale = &sales[key];
            assert_eq!(sale["amount"], reward["transaction"]["amount"]);
            assert_eq!(sale["currency"], reward["transaction"]["currency"]);
            assert_eq!(sale["customer"]["key"], reward["customer"]["key"]);
            found += 1;
        }
        assert!(found > 700, "{found}");
    }

    #[test]
    fn rewards_of_partners_have_their_transactions() {
        let sales = by_key(Api::Partner);
        for reward in items(&Rewards, Api::Partner, 1200) {
            if reward["source"]["type"] != "transaction" {
                continue;
            }
            let sale = &sales[reward["source"]["key"].as_str().unwrap()];
            assert_eq!(sale["partnership_key"], reward["partnership_key"]);
            for name in ["created_at", "updated_at", "archived", "product_key", "category_key"] {
                assert_eq!(sale[name], reward["transaction"][name], "{name}");
            }
        }
    }

    #[test]
    fn nasty_values_occur() {
        let sales = items(&Transactions, Api::Vendor, 1200);
        let count = |test: &dyn Fn(&Value) -> bool| sales.iter().filter(|item| test(item)).count();
        assert!((15..70).contains(&count(&|item| item["test"] == true)));
        assert!(count(&|item| item["amount"].as_i64() < Some(0)) > 10);
        assert!(count(&|item| item["metadata"]["charge"].is_object()) > 100);
        assert!(count(&|item| item.get("extension").is_none()) > 50);
        assert!(count(&|item| item["created_at"].as_i64().unwrap() % DAY == 22 * HOUR) > 150);
        let odd = |text: &str| text.contains(['/', '&', '?', '%', '#', '+', ' ']);
        assert!(count(&|item| item["key"].as_str().is_some_and(odd)) > 5);
        assert!(sales.iter().all(|item| item.get("company").is_none()));
    }
}
