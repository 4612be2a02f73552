//! `GET /rewards`: both APIs, with different items.

use std::collections::HashSet;

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::{DAY, HOUR, NOW, salt};
use crate::dice::{Dice, base62};
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::{CURRENCIES, DESCRIPTIONS, REASONS, row_key};
use crate::world::{Customer, Partnership, World};

/// Rewards: what a vendor owes, what a partner earned.
pub(crate) struct Rewards;

const PATH: &str = "rewards";

/// Kinds of sources; the first is by far the most frequent.
const SOURCES: &[&str] = &[
    "transaction",
    "action",
    "lead",
    "deal",
    "submission",
    "bill",
    "asset",
    "order_item",
    "request",
    "bonus",
];

const PAID: &[&str] = &["withdrawn", "withdrawn", "paid_externally", "in_transit", "available"];
const APPROVED: &[&str] = &["pending", "available", "merging", "failed", "expired"];
const INVOICE: &[&str] = &["pending", "flagged", "charge_queued", "charge_failed"];
const OFFERS: &[&str] = &["20% recurring", "$50 for each sign-up", "Offre spéciale 🎁"];
const ACTIONS: &[&str] = &["sign_up", "top_up", "qualified_demo", "new_high_value_advertiser"];

/// The salt of the keys of the transactions that rewards come from.
pub(super) const SALES: u64 = 77;

/// What the dice say about one reward.
pub(super) struct Reward<'a> {
    world: &'a World,
    id: u32,
    status: Option<&'static str>,
    amount: Option<i64>,
    pub(super) currency: Option<&'static str>,
    description: Option<&'static str>,
    decline_reason: Option<&'static str>,
    payment_status: Option<&'static str>,
    pub(super) partnership: &'a Partnership,
    pub(super) customer: Option<&'a Customer>,
    pub(super) source: &'static str,
    invoice: Option<u64>,
    drip: bool,
    pub(super) archived: bool,
    /// Bits for everything that no filter looks at.
    rest: u64,
}

/// The status alone, because creation times depend on it.
fn status(world: &World, id: u32) -> Option<&'static str> {
    Some(match plain::dice(world, PATH, 1, id).roll(100) {
        0..2 => "scheduled",
        2..10 => "hold",
        10..30 => "pending",
        30..50 => "approved",
        50..60 => "declined",
        60..99 => "paid",
        _ => return None,
    })
}

fn amount(dice: &mut Dice, currency: Option<&str>) -> Option<i64> {
    let size = if currency == Some("JPY") { 20_000 } else { 60_000 };
    match dice.roll(100) {
        0 => None,
        1..3 => Some(0),
        3..7 => Some(-1 - dice.span(size)),
        7 => Some(100_000_000),
        _ => Some(1 + dice.span(size)),
    }
}

fn currency(dice: &mut Dice) -> Option<&'static str> {
    match dice.roll(100) {
        0 => None,
        1 => Some("usd"),
        _ => Some(dice.word(CURRENCIES)),
    }
}

fn payment_status(dice: &mut Dice, status: Option<&str>) -> Option<&'static str> {
    match status {
        Some("paid") => Some(dice.word(PAID)),
        Some("approved") => Some(dice.word(APPROVED)),
        _ => None,
    }
}

impl<'a> Reward<'a> {
    pub(super) fn new(world: &'a World, id: u32) -> Reward<'a> {
        let mut dice = plain::dice(world, PATH, 2, id);
        let status = status(world, id);
        let currency = currency(&mut dice);
        let declined = matches!(status, Some("declined" | "hold"));
        let charged = matches!(status, Some("paid" | "approved"));
        Reward {
            world,
            id,
            status,
            amount: amount(&mut dice, currency),
            currency,
            description: (!dice.chance(5)).then(|| dice.word(DESCRIPTIONS)),
            decline_reason: (declined && !dice.chance(10)).then(|| dice.word(REASONS)),
            payment_status: payment_status(&mut dice, status),
            partnership: dice.pick(&world.partnerships),
            customer: (!dice.chance(5)).then(|| dice.pick(&world.customers)),
            source: if dice.chance(70) { SOURCES[0] } else { dice.word(SOURCES) },
            invoice: (charged && !dice.chance(20)).then(|| dice.roll(500)),
            drip: dice.chance(3),
            archived: dice.chance(2),
            rest: dice.bits(),
        }
    }

    /// A number from 0 to `sides` - 1, another one for each `place`.
    fn extra(&self, place: u32, sides: u64) -> u64 {
        (self.rest.rotate_left(place * 7) & 0xFFFF) % sides
    }

    fn invoice_key(&self) -> Option<String> {
        self.invoice.map(|number| format!("invo_{number:06}"))
    }

    fn source_key(&self) -> String {
        match self.source {
            "transaction" => row_key("txn_", self.world.seed, SALES, self.id),
            "action" => self.action_key(),
            other => format!("{other}_{}", base62(self.rest)),
        }
    }

    pub(super) fn action_key(&self) -> String {
        format!("act_{}", base62(self.rest))
    }

    pub(super) fn action_type(&self) -> &'static str {
        ACTIONS[self.extra(1, ACTIONS.len() as u64) as usize]
    }

    pub(super) fn action_value(&self) -> i64 {
        1 + self.extra(2, 20) as i64
    }

    pub(super) fn transaction_amount(&self) -> Option<i64> {
        self.amount.map(|amount| amount * 5 + self.extra(1, 5) as i64)
    }

    pub(super) fn transaction_amount_usd(&self) -> Option<i64> {
        self.transaction_amount().map(|amount| amount * 9 / 10)
    }

    pub(super) fn category_key(&self) -> Option<&'static str> {
        (self.extra(6, 3) == 0).then_some("category/é")
    }

    pub(super) fn product_key(&self) -> Option<&'static str> {
        (self.extra(8, 4) > 0).then_some("prod_pro_yearly")
    }

    /// So many milliseconds before the reward was the sale.
    pub(super) fn delay(&self) -> i64 {
        1 + self.extra(7, 5000) as i64
    }

    fn matches_keywords(&self, words: &str) -> bool {
        let partner = self.partnership;
        let has = |text: &str| text.to_lowercase().contains(&words.to_lowercase());
        has(&Rewards.key(self.world, self.id))
            || self.customer.and_then(|customer| customer.name.as_deref()).is_some_and(has)
            || has(&partner.first_name)
            || has(&partner.last_name)
            || has(&partner.email)
            || has(&partner.partner_key)
    }

    fn invoiceable(&self) -> bool {
        matches!(self.status, Some("pending" | "approved")) && self.invoice.is_none()
    }
}

fn contains(text: Option<&str>, part: &str) -> bool {
    text.is_some_and(|text| text.to_lowercase().contains(&part.to_lowercase()))
}

impl Resource for Rewards {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Rewards page returned successfully"
    }

    fn default_count(&self) -> usize {
        1200
    }

    fn serves(&self, _api: Api) -> bool {
        true
    }

    fn sort_fields(&self, api: Api) -> &'static [&'static str] {
        match api {
            Api::Partner => &["created_at", "amount", "ready_at"],
            Api::Vendor => &[],
        }
    }

    fn sort_value(&self, world: &World, row: Row, field: &str) -> i64 {
        match field {
            "amount" => Reward::new(world, row.id).amount.unwrap_or(i64::MIN),
            "ready_at" => row.created_at + 30 * DAY,
            _ => row.created_at,
        }
    }

    fn created_at(&self, world: &World, id: u32, stored: i64) -> i64 {
        let mut dice = plain::dice(world, PATH, 3, id);
        match status(world, id) {
            Some("scheduled") => NOW + 1 + dice.span(90 * DAY),
            _ if dice.chance(3) => stored - dice.span(33 * HOUR),
            _ => stored,
        }
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = plain::dice(world, PATH, 4, row.id);
        if row.created_at > NOW {
            return NOW - dice.span(DAY);
        }
        (row.created_at + dice.span(60 * DAY)).min(NOW)
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("rwrd_", world.seed, salt(PATH), id)
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { api, world, query, hide_scheduled } = context;
        filter.text(query, "status", |row, value| status(world, row.id) == Some(value));
        if hide_scheduled && query.get("status").is_none() {
            filter.add("scheduled", "", |row| status(world, row.id) != Some("scheduled"));
        }
        if api == Api::Partner {
            partner_texts(context, filter);
            partner_flags(context, filter)?;
            partner_distinct(context, filter)?;
        }
        Ok(())
    }

    fn write(&self, api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let reward = Reward::new(world, row.id);
        let ascii = reward.extra(0, 2) == 1;
        Object::write(out, ascii, |object| match api {
            Api::Vendor => write_vendor(&reward, row, object),
            Api::Partner => write_partner(&reward, row, object),
        });
    }
}

fn partner_texts<'a>(context: Context<'a>, filter: &mut Filter<'a>) {
    let Context { world, query, .. } = context;
    let reward = move |row: Row| Reward::new(world, row.id);
    filter.text(query, "company_key", move |row, value| {
        world.companies[reward(row).partnership.company].key == value
    });
    filter
        .text(query, "payment_status", move |row, value| reward(row).payment_status == Some(value));
    filter.text(query, "group_key", move |row, value| {
        world.group_of(reward(row).partnership).key == value
    });
    filter.text(query, "customer_key", move |row, value| {
        reward(row).customer.is_some_and(|customer| customer.key == value)
    });
    filter.text(query, "invoice_key", move |row, value| {
        reward(row).invoice_key().as_deref() == Some(value)
    });
    filter.text(query, "currency", move |row, value| {
        reward(row).currency.is_some_and(|currency| currency.eq_ignore_ascii_case(value))
    });
    filter.text(query, "keywords", move |row, value| reward(row).matches_keywords(value));
    filter.text(query, "description", move |row, value| contains(reward(row).description, value));
    filter.text(query, "decline_reason", move |row, value| {
        contains(reward(row).decline_reason, value)
    });
}

/// The flags whose wording leaves room: the true of `exclude_drip_rewards` leaves drip rewards out.
fn partner_flags<'a>(context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
    let Context { world, query, .. } = context;
    let reward = move |row: Row| Reward::new(world, row.id);
    filter.text(query, "exclude_drip_rewards", move |row, value| {
        value != "true" || !reward(row).drip
    });
    filter.boolean(query, "hide_archived_rewards", move |row, value| {
        !value || !reward(row).archived
    })?;
    filter.boolean(query, "empty_line_id", move |row, value| {
        let reward = reward(row);
        reward.drip && reward.invoice.is_none() == value
    })?;
    filter.boolean(query, "invoiceable", move |row, value| !value || reward(row).invoiceable())
}

/// The parameters that leave one row for each text.
fn partner_distinct<'a>(context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
    let Context { world, query, .. } = context;
    let reward = move |row: Row| Reward::new(world, row.id);
    let mut seen = HashSet::new();
    filter.boolean(query, "distinct_description", move |row, value| {
        !value || seen.insert(reward(row).description)
    })?;
    let mut seen = HashSet::new();
    filter.boolean(query, "distinct_decline_reason", move |row, value| {
        !value || seen.insert(reward(row).decline_reason)
    })
}

fn write_partner(reward: &Reward<'_>, row: Row, object: &mut Object<'_>) {
    let company = &reward.world.companies[reward.partnership.company];
    object.opt_int("amount", reward.amount);
    object.object("company", |object| {
        object.int("id", company.id);
        object.text("key", &company.key);
        object.text("name", &company.name);
    });
    object.int("created_at", row.created_at);
    if reward.extra(2, 10) > 0 {
        object.null("created_by");
        object.null("created_by_name");
        object.null("creation_source");
    }
    object.opt_text("currency", reward.currency);
    object.opt_object("customer", reward.customer, write_partner_customer);
    object.opt_text("decline_reason", reward.decline_reason);
    object.opt_text("description", reward.description);
    object.text("key", &Rewards.key(reward.world, row.id));
    object.text("partnership_key", &reward.partnership.key);
    let declined = reward.status == Some("declined");
    object.opt_int("payment_date", (!declined).then_some(row.created_at + 30 * DAY));
    object.opt_text("payment_status", reward.payment_status);
    let paid_out = reward.payment_status == Some("withdrawn");
    if paid_out || reward.extra(3, 20) > 0 {
        object.opt_int("payout_id", paid_out.then_some(100_000 + reward.extra(4, 9000) as i64));
    }
    object.opt_text("reward_status", reward.status);
    let has_source = reward.extra(5, 30) > 0;
    object.opt_object("source", has_source.then_some(()), |(), object| {
        object.text("key", &reward.source_key());
        object.text("type", reward.source);
    });
    let sold = reward.source == "transaction";
    object.opt_object("transaction", sold.then_some(row), |row, object| {
        write_partner_transaction(reward, row, object);
    });
    object.int("updated_at", Rewards.updated_at(reward.world, row));
    object.boolean("withdrawn", paid_out);
}

fn write_partner_customer(customer: &Customer, object: &mut Object<'_>) {
    object.int("created_at", customer.created_at);
    object.null("email");
    object.text("key", &customer.key);
    object.opt_text("name", customer.name.as_deref());
    object.opt_text("shared_id", customer.shared_id.as_deref());
    object.texts("sub_ids", &customer.sub_ids);
    object.int("updated_at", customer.updated_at);
}

fn write_partner_transaction(reward: &Reward<'_>, row: Row, object: &mut Object<'_>) {
    object.opt_int("amount", reward.transaction_amount());
    object.opt_int("amount_usd", reward.transaction_amount_usd());
    object.boolean("archived", reward.archived);
    object.opt_text("category_key", reward.category_key());
    object.int("created_at", row.created_at - reward.delay());
    object.opt_text("currency", reward.currency);
    object.opt_text("product_key", reward.product_key());
    object.int("updated_at", row.created_at);
}

fn write_vendor(reward: &Reward<'_>, row: Row, object: &mut Object<'_>) {
    let acted = reward.source == "action";
    object.opt_object("action", acted.then_some(reward), |reward, object| {
        object.text("key", &reward.source_key());
        object.text("type", reward.action_type());
        object.int("value", reward.action_value());
    });
    object.opt_int("amount", reward.amount);
    object.int("created_at", row.created_at);
    if reward.extra(3, 3) == 0 {
        object.text("created_by", "automation");
    }
    if reward.extra(4, 10) > 0 {
        object.opt_text("currency", reward.currency);
    }
    object.opt_object("customer", reward.customer, |customer, object| {
        object.opt_text("email", customer.email.as_deref());
        object.opt_text("external_key", customer.external_key.as_deref());
        object.text("key", &customer.key);
        object.opt_text("name", customer.name.as_deref());
    });
    if reward.decline_reason.is_some() || reward.extra(5, 2) == 0 {
        object.opt_text("decline_reason", reward.decline_reason);
    }
    object.opt_text("description", reward.description);
    object.opt_object("invoice", reward.invoice_key(), |key, object| {
        write_invoice(reward, &key, row, object);
    });
    object.text("key", &Rewards.key(reward.world, row.id));
    write_vendor_rest(reward, row, object);
}

fn write_invoice(reward: &Reward<'_>, key: &str, row: Row, object: &mut Object<'_>) {
    let charged = reward.status == Some("paid");
    object.text("key", key);
    object.opt_int("payment_date", charged.then_some(row.created_at + 14 * DAY));
    let open = INVOICE[reward.extra(6, INVOICE.len() as u64) as usize];
    object.text("status", if charged { "charge_succeeded" } else { open });
}

fn write_vendor_rest(reward: &Reward<'_>, row: Row, object: &mut Object<'_>) {
    let partner = reward.partnership;
    let offer = reward.extra(7, OFFERS.len() as u64 + 1) as usize;
    object.opt_object("offer", OFFERS.get(offer), |text, object| {
        object.text("description", text);
        object.text("key", &format!("offer_{offer}"));
    });
    object.object("partnership", |object| {
        object.text("email", &partner.email);
        let group = reward.world.group_of(partner);
        object.object("group", |object| group.write(object));
        object.text("key", &partner.key);
        object.text("name", &format!("{} {}", partner.first_name, partner.last_name));
    });
    object.opt_text("reward_status", reward.status);
    let sold = reward.source == "transaction";
    object.opt_object("transaction", sold.then_some(()), |(), object| {
        object.opt_int("amount", reward.transaction_amount());
        object.opt_text("currency", reward.currency);
        object.text("key", &reward.source_key());
    });
    object.opt_object("trigger", OFFERS.get(offer), |_, object| {
        object.text("key", &format!("trig_{}", reward.extra(8, 12)));
    });
    object.int("updated_at", Rewards.updated_at(reward.world, row));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn items(api: Api) -> Vec<Value> {
        let world = World::get(1);
        let row = |id| {
            let stored = NOW - DAY;
            Row { id, created_at: Rewards.created_at(&world, id, stored) }
        };
        let item = |id| {
            let mut out = Vec::new();
            Rewards.write(api, &world, row(id), &mut out);
            assert!((350..2000).contains(&out.len()), "{}", out.len());
            serde_json::from_slice(&out).unwrap()
        };
        (0..1000).map(item).collect()
    }

    #[test]
    fn the_two_apis_have_different_items_with_the_same_keys() {
        let (vendor, partner) = (items(Api::Vendor), items(Api::Partner));
        for (vendor, partner) in vendor.iter().zip(&partner) {
            assert_eq!(vendor["key"], partner["key"]);
            assert_eq!(vendor["amount"], partner["amount"]);
            assert!(vendor.get("company").is_none() && partner.get("company").is_some());
            assert!(vendor.get("partnership").is_some() && partner.get("partnership").is_none());
        }
    }

    #[test]
    fn nasty_values_occur() {
        let items = items(Api::Partner);
        let any = |test: &dyn Fn(&Value) -> bool| items.iter().any(test);
        assert!(any(&|item| item["amount"].is_null()));
        assert!(any(&|item| item["amount"] == 0));
        assert!(any(&|item| item["amount"].as_i64().is_some_and(|amount| amount < 0)));
        assert!(any(&|item| item["currency"] == "JPY"));
        assert!(any(&|item| item["customer"].is_null()));
        assert!(any(&|item| item.get("payout_id").is_none()));
        assert!(any(&|item| item["description"].as_str().is_some_and(|t| t.contains('\n'))));
        let scheduled: Vec<_> =
            items.iter().filter(|item| item["reward_status"] == "scheduled").collect();
        assert!((5..45).contains(&scheduled.len()));
        assert!(scheduled.iter().all(|item| item["created_at"].as_i64() > Some(NOW)));
    }
}
