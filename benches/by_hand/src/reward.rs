//! A reward as the vendor's side of the API sends it, typed for serde.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(crate) struct Reward {
    pub(crate) key: String,
    pub(crate) created_at: Option<i64>,
    pub(crate) updated_at: Option<i64>,
    pub(crate) amount: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) reward_status: Option<String>,
    pub(crate) decline_reason: Option<String>,
    pub(crate) customer: Option<Customer>,
    pub(crate) transaction: Option<Transaction>,
    pub(crate) action: Option<Action>,
    pub(crate) invoice: Option<Invoice>,
    pub(crate) offer: Option<Offer>,
    pub(crate) partnership: Option<Partnership>,
    pub(crate) trigger: Option<Trigger>,
}

#[derive(Deserialize)]
pub(crate) struct Customer {
    pub(crate) key: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) external_key: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Transaction {
    pub(crate) key: Option<String>,
    pub(crate) amount: Option<i64>,
    pub(crate) currency: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Action {
    pub(crate) key: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) value: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Invoice {
    pub(crate) key: Option<String>,
    pub(crate) payment_date: Option<i64>,
    pub(crate) status: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Offer {
    pub(crate) key: Option<String>,
    pub(crate) description: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Partnership {
    pub(crate) key: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) group: Option<Group>,
}

#[derive(Deserialize)]
pub(crate) struct Group {
    pub(crate) key: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) slug: Option<String>,
    pub(crate) archived: Option<bool>,
    pub(crate) default: Option<bool>,
    pub(crate) features: Option<Box<RawValue>>,
    pub(crate) created_at: Option<i64>,
    pub(crate) updated_at: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Trigger {
    pub(crate) key: Option<String>,
}

/// Three members of a reward, and the one that the next page is asked for by.
#[derive(Deserialize)]
pub(crate) struct Summed {
    pub(crate) key: String,
    #[expect(dead_code, reason = "read, and dropped")]
    pub(crate) currency: Option<String>,
    #[expect(dead_code, reason = "read, and dropped")]
    pub(crate) reward_status: Option<String>,
    pub(crate) amount: Option<i64>,
}

/// The member that the next page is asked for by.
#[derive(Deserialize)]
pub(crate) struct Keyed {
    pub(crate) key: String,
}
