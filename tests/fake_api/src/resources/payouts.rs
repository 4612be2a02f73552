//! `GET /payouts`: partners only.
//!
//! Q19: the integer `payout_id` of a reward has no counterpart here.

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, salt};
use crate::dice::{Dice, base62};
use crate::json::Object;
use crate::table::Row;
use crate::texts::{CURRENCIES, row_key};
use crate::world::World;

/// Payouts: money that a partner took out.
pub(crate) struct Payouts;

const PATH: &str = "payouts";

/// Only the first one is known.
const STATUSES: &[&str] = &["successful", "successful", "successful", "failed", "in_transit"];
const PROVIDERS: &[&str] = &["stripe", "paypal", "direct_deposit"];

impl Resource for Payouts {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Payouts retrieved successfully"
    }

    fn default_count(&self) -> usize {
        160
    }

    fn serves(&self, api: Api) -> bool {
        api == Api::Partner
    }

    fn sort_fields(&self, _api: Api) -> &'static [&'static str] {
        &["created_at"]
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("pay_", world.seed, salt(PATH), id)
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, PATH, 1, row.id);
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| write_payout(&mut dice, world, row, object));
    }
}

fn write_payout(dice: &mut Dice, world: &World, row: Row, object: &mut Object<'_>) {
    let currency = (!dice.chance(4)).then(|| dice.word(CURRENCIES));
    let amount = (!dice.chance(4)).then(|| 500 + dice.span(2_000_000));
    object.opt_int("amount", amount);
    if dice.chance(75) {
        object.opt_int("amount_usd", amount.and_then(|amount| in_dollars(amount, currency?)));
    }
    object.int("created_at", row.created_at);
    object.opt_text("currency", currency);
    object.text("key", &Payouts.key(world, row.id));
    let provider = (!dice.chance(6)).then(|| dice.word(PROVIDERS));
    object.opt_object("provider", provider, |key, object| write_provider(dice, key, object));
    let status = (!dice.chance(4)).then(|| dice.word(STATUSES));
    let sent = (status == Some("successful")).then(|| row.created_at + dice.span(3 * DAY));
    object.opt_int("sent_at", sent);
    object.opt_text("status", status);
    object.int("updated_at", Payouts.updated_at(world, row));
    if dice.chance(85) {
        object.opt_int("withdrawal_date", (!dice.chance(10)).then_some(row.created_at));
    }
}

/// The amount in cents of a dollar.
fn in_dollars(amount: i64, currency: &str) -> Option<i64> {
    match currency {
        "USD" => Some(amount),
        "EUR" => Some(amount * 11 / 10),
        "JPY" => Some(amount * 2 / 3),
        "GBP" => Some(amount * 13 / 10),
        _ => None,
    }
}

fn write_provider(dice: &mut Dice, key: &str, object: &mut Object<'_>) {
    let external = format!("tr_{}/{}", base62(dice.bits()), dice.roll(10));
    object.opt_text("external_key", (!dice.chance(20)).then_some(external.as_str()));
    object.text("key", key);
    object.object("meta", |object| {
        if dice.chance(60) {
            object.text("account", "••••1234 \"main\"");
            object.int("fee", dice.span(300));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn nasty_values_occur() {
        let items = plain::items(PATH);
        let any = |test: &dyn Fn(&Value) -> bool| items.iter().any(test);
        for name in ["amount", "amount_usd", "currency", "provider", "sent_at", "status"] {
            let null = |item: &Value| item.get(name).is_some_and(Value::is_null);
            assert!(any(&null) && any(&|item| !item[name].is_null()), "{name}");
        }
        assert!(any(&|item| item.get("amount_usd").is_none()));
        assert!(any(&|item| item.get("withdrawal_date").is_none()));
        assert!(any(&|item| item["currency"] == "JPY"));
        assert!(any(&|item| item["provider"]["meta"] == serde_json::json!({})));
    }

    #[test]
    fn dollars_are_dollars() {
        for item in plain::items(PATH) {
            if item["currency"] == "USD" && item["amount_usd"].is_i64() {
                assert_eq!(item["amount"], item["amount_usd"]);
            }
            assert!(item.get("id").is_none());
        }
    }
}
