use super::shared::{ARCHIVED, COMPANY, CREATED, CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{
    Column, Endpoint, Known, Table, Type, bigint, boolean, json, list, object, varchar,
};

pub(super) static TABLE: Table = Table {
    name: "transactions",
    doc: "Transactions: what customers paid, from which commissions follow.",
    vendor: Some(Endpoint::listing(
        "/transactions",
        Known::InUse,
        &[
            KEY,
            CREATED_AT.narrows(CREATED),
            UPDATED_AT,
            AMOUNT,
            AMOUNT_USD,
            CURRENCY,
            CATEGORY_KEY,
            PRODUCT_KEY,
            object(
                "customer",
                "Customer who paid.",
                &[
                    varchar("key", "Key of the customer."),
                    varchar("email", "E-mail address of the customer."),
                    varchar("external_key", "Key of the customer in the vendor's own system."),
                ],
            ),
            boolean("approved", "Whether the transaction is approved."),
            varchar("customer_key", "Key of the customer who paid."),
            json("extension", "Further values, of a shape that PartnerStack does not document.")
                .known(Known::Reported),
            json("metadata", "Values that the vendor attached to the transaction."),
            boolean("test", "Whether it was made with test keys."),
        ],
    )),
    partner: Some(Endpoint::listing(
        "/transactions",
        Known::Documented,
        &[
            KEY,
            CREATED_AT.narrows(CREATED),
            UPDATED_AT,
            AMOUNT,
            AMOUNT_USD,
            CURRENCY,
            CATEGORY_KEY,
            PRODUCT_KEY,
            ARCHIVED,
            COMPANY,
            object(
                "customer",
                "Customer who paid.",
                &[
                    varchar("key", "Key of the customer."),
                    varchar("shared_id", "Shared ID of the customer."),
                    list(
                        "sub_ids",
                        "Sub-IDs of the link that brought the customer.",
                        &Type::Varchar,
                    ),
                ],
            ),
            varchar("partnership_key", "Key of the partnership that brought the customer."),
        ],
    )),
    example: "SELECT date_trunc('month', created_at) AS month, currency, sum(amount) AS amount\n\
              FROM partnerstack_transactions() GROUP BY ALL ORDER BY ALL",
};

const AMOUNT: Column = bigint("amount", "Amount in minor units (cents) of its currency.")
    .unit("minor units of currency");
const AMOUNT_USD: Column = bigint("amount_usd", "Amount converted to US cents.").unit("US cents");
const CURRENCY: Column = varchar("currency", "Currency of the amount, as an ISO 4217 code.");
const CATEGORY_KEY: Column = varchar("category_key", "Key of the commission category.");
const PRODUCT_KEY: Column = varchar("product_key", "Key of the product that was bought.");
