use super::shared::{ARCHIVED, COMPANY, CREATED, CREATED_AT, KEY, UPDATED, UPDATED_AT};
use crate::schema::{Column, Endpoint, Known, Narrows, Table, Type, bigint, list, object, varchar};

pub(super) static TABLE: Table = Table {
    name: "actions",
    doc: "Actions: what customers did, such as signing up.",
    vendor: Some(Endpoint::listing(
        "/actions",
        Known::Documented,
        &[
            KEY,
            CREATED_AT.narrows(CREATED),
            UPDATED_AT.narrows(UPDATED),
            ARCHIVED,
            COMPANY,
            object("customer", "Customer who acted.", &[CUSTOMER_KEY, SUB_IDS]),
            PARTNERSHIP_KEY.narrows(Narrows::Value("partnership_key")),
            TYPE.narrows(Narrows::Value("action_type")),
            VALUE,
        ],
    )),
    partner: Some(Endpoint::listing(
        "/actions",
        Known::Documented,
        &[
            KEY,
            CREATED_AT.narrows(CREATED),
            UPDATED_AT,
            ARCHIVED,
            COMPANY,
            object(
                "customer",
                "Customer who acted.",
                &[
                    CUSTOMER_KEY.narrows(Narrows::Value("customer_key")),
                    SUB_IDS,
                    varchar("shared_id", "Shared ID of the customer.").known(Known::Reported),
                ],
            ),
            PARTNERSHIP_KEY,
            TYPE,
            VALUE,
        ],
    )),
    example: "SELECT type, count(*) AS actions, sum(value) AS value\n\
              FROM partnerstack_actions() GROUP BY ALL ORDER BY ALL",
};

const CUSTOMER_KEY: Column = varchar("key", "Key of the customer.");
const SUB_IDS: Column =
    list("sub_ids", "Sub-IDs of the link that brought the customer.", &Type::Varchar);
const PARTNERSHIP_KEY: Column =
    varchar("partnership_key", "Key of the partnership that brought the customer.");
const TYPE: Column = varchar("type", "Name of the action, chosen by the programme.");
const VALUE: Column =
    bigint("value", "How often or how much it was done, at least 1.").unit("count");
