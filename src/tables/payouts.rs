use super::shared::{CREATED, CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Table, bigint, json, object, timestamp, varchar};

pub(super) static TABLE: Table = Table {
    name: "payouts",
    doc: "Payouts: what PartnerStack paid out to a partner.",
    vendor: None,
    partner: Some(Endpoint::listing(
        "/payouts",
        Known::InUse,
        &[
            KEY,
            CREATED_AT.narrows(CREATED),
            UPDATED_AT,
            bigint("amount", "Amount in minor units (cents) of its currency.")
                .unit("minor units of currency"),
            bigint("amount_usd", "Amount converted to US cents.")
                .unit("US cents")
                .known(Known::Reported),
            varchar("currency", "Currency of the amount, as an ISO 4217 code."),
            object(
                "provider",
                "Payment provider.",
                &[
                    varchar("key", "Key of the provider."),
                    varchar("external_key", "Key of the payout at the provider."),
                    json("meta", "Further values of the provider."),
                ],
            ),
            timestamp("sent_at", "When the payout was sent."),
            varchar("status", "Status of the payout, such as successful."),
            timestamp("withdrawal_date", "When the partner withdrew the money."),
        ],
    )),
    example: "SELECT date_trunc('year', created_at) AS year, currency, sum(amount) AS amount\n\
              FROM partnerstack_payouts(api := 'partner') GROUP BY ALL ORDER BY ALL",
};
