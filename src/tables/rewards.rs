use super::shared::{CREATED, CREATED_AT, GROUP, KEY, UPDATED_AT};
use crate::schema::{
    Column, Effect, Endpoint, Known, Narrows, Parameter, SecondReading, Table, Type, Values,
    bigint, boolean, list, object, timestamp, varchar,
};

pub(super) static TABLE: Table = Table {
    name: "rewards",
    doc: "Rewards (commissions): what the vendor owes its partners, or what the partner earned.",
    vendor: Some(
        Endpoint::listing(
            "/rewards",
            Known::InUse,
            &[
                KEY,
                CREATED_AT.narrows(CREATED),
                UPDATED_AT,
                AMOUNT,
                CURRENCY,
                DESCRIPTION,
                REWARD_STATUS,
                DECLINE_REASON.known(Known::Reported),
                object(
                    "customer",
                    "Customer the reward was earned with.",
                    &[
                        varchar("key", "Key of the customer."),
                        varchar("email", "E-mail address of the customer."),
                        varchar("name", "Name of the customer."),
                        varchar("external_key", "Key of the customer in the vendor's own system."),
                    ],
                ),
                object(
                    "transaction",
                    "Transaction that caused the reward.",
                    &[
                        varchar("key", "Key of the transaction."),
                        bigint("amount", "Amount in minor units of the transaction's currency.")
                            .unit("minor units of transaction.currency"),
                        varchar("currency", "Currency of the transaction, as an ISO 4217 code."),
                    ],
                ),
                object(
                    "action",
                    "Action that caused the reward.",
                    &[
                        varchar("key", "Key of the action."),
                        varchar("type", "Type of the action."),
                        bigint("value", "Value of the action, a plain number.").unit("count"),
                    ],
                ),
                object(
                    "invoice",
                    "Invoice the reward is on.",
                    &[
                        varchar("key", "Key of the invoice."),
                        timestamp("payment_date", "When the invoice was charged successfully."),
                        varchar(
                            "status",
                            "Status of the invoice, such as pending or charge_succeeded.",
                        ),
                    ],
                ),
                object(
                    "offer",
                    "Offer the reward follows from.",
                    &[
                        varchar("key", "Key of the offer."),
                        varchar("description", "Description of the offer."),
                    ],
                ),
                object(
                    "partnership",
                    "Partnership that earned the reward.",
                    &[
                        varchar("key", "Key of the partnership."),
                        varchar("name", "Name of the partner."),
                        varchar("email", "E-mail address of the partner."),
                        object("group", "Group of the partnership.", &GROUP),
                    ],
                ),
                object(
                    "trigger",
                    "Trigger that made the reward.",
                    &[varchar("key", "Key of the trigger.")],
                ),
            ],
        )
        .with(&[INCLUDE_SCHEDULED]),
    ),
    partner: Some(
        Endpoint::listing(
            "/rewards",
            Known::Documented,
            &[
                KEY,
                CREATED_AT.narrows(CREATED),
                UPDATED_AT,
                AMOUNT,
                CURRENCY.narrows(Narrows::Value("currency")),
                DESCRIPTION,
                REWARD_STATUS,
                DECLINE_REASON,
                COMPANY_BY_KEY,
                object(
                    "customer",
                    "Customer the reward was earned with.",
                    &[
                        varchar("key", "Key of the customer.")
                            .narrows(Narrows::Value("customer_key")),
                        varchar("email", "E-mail address of the customer."),
                        varchar("name", "Name of the customer."),
                        timestamp("created_at", "When the customer was created."),
                        timestamp("updated_at", "When the customer was last updated."),
                        list(
                            "sub_ids",
                            "Sub-IDs of the link that brought the customer.",
                            &Type::Varchar,
                        ),
                        varchar("shared_id", "Shared ID of the customer.").known(Known::Reported),
                    ],
                ),
                varchar("partnership_key", "Key of the partnership that earned the reward."),
                timestamp("payment_date", "When the reward should become ready to be withdrawn."),
                varchar(
                    "payment_status",
                    "Where the payment stands, such as available or withdrawn.",
                )
                .narrows(Narrows::State { parameter: "payment_status", values: PAYMENT_STATUSES }),
                bigint("payout_id", "Number of the payout; it is not the key of a row of payouts."),
                object(
                    "source",
                    "What produced the reward.",
                    &[
                        varchar("key", "Key of the object that produced the reward."),
                        varchar(
                            "type",
                            "Kind of that object, such as transaction, action or bonus.",
                        ),
                    ],
                ),
                object(
                    "transaction",
                    "Transaction that caused the reward.",
                    &[
                        bigint("amount", "Amount in minor units of the transaction's currency.")
                            .unit("minor units of transaction.currency"),
                        bigint("amount_usd", "Amount in US cents.").unit("US cents"),
                        varchar("currency", "Currency of the transaction, as an ISO 4217 code."),
                        boolean("archived", "Whether the transaction is archived."),
                        varchar("category_key", "Key of the transaction's category."),
                        varchar("product_key", "Key of the product that was bought."),
                        timestamp("created_at", "When the transaction was created."),
                        timestamp("updated_at", "When the transaction was last updated."),
                    ],
                ),
                boolean("withdrawn", "Whether the reward was withdrawn."),
                varchar("created_by", "Who created the reward.").known(Known::Reported),
                varchar("created_by_name", "Name of who created the reward.")
                    .known(Known::Reported),
                varchar("creation_source", "Where the reward was created.").known(Known::Reported),
            ],
        )
        .with(&[INCLUDE_SCHEDULED]),
    ),
    example: "SELECT date_trunc('month', created_at) AS month, reward_status, currency,\n       \
              count(*) AS rewards, sum(amount) AS amount\n\
              FROM partnerstack_rewards() GROUP BY ALL ORDER BY ALL",
};

const AMOUNT: Column = bigint("amount", "Amount in minor units (cents) of its currency.")
    .unit("minor units of currency");
const CURRENCY: Column = varchar("currency", "Currency of the amount, as an ISO 4217 code.");
const DESCRIPTION: Column = varchar("description", "Text that the programme gave the reward.");
const REWARD_STATUS: Column = varchar(
    "reward_status",
    "Status: hold, pending, approved, declined, paid or scheduled; others may come.",
)
.narrows(Narrows::State {
    parameter: "status",
    values: &["hold", "pending", "approved", "declined", "paid", "scheduled"],
});
const DECLINE_REASON: Column = varchar("decline_reason", "Why the reward is held or was declined.");

/// The payment statuses that the Partner API takes as a filter; items may have others.
const PAYMENT_STATUSES: &[&str] =
    &["in_transit", "withdrawn", "available", "paid_externally", "expired", "failed", "merging"];

const COMPANY_BY_KEY: Column = object(
    "company",
    "Company whose programme it belongs to.",
    &[
        bigint("id", "Number of the company."),
        varchar("key", "Key of the company.").narrows(Narrows::Value("company_key")),
        varchar("name", "Name of the company."),
    ],
);

const INCLUDE_SCHEDULED: Parameter = Parameter {
    name: "include_scheduled",
    doc: "Whether rewards that are scheduled for later are asked for a second time, as the listing \
          may leave them out.",
    values: Values::On,
    effect: Effect::SecondReading(SecondReading {
        member: "reward_status",
        parameter: "status",
        value: "scheduled",
    }),
};
