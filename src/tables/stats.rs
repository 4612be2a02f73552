use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Missing, Table};

pub(super) static TABLE: Table = Table {
    name: "stats",
    doc: "Statistics, a path that some write about and PartnerStack does not document.",
    vendor: Some(
        Endpoint::listing("/stats", Known::Guessed, &[KEY, CREATED_AT, UPDATED_AT]).missing(
            Missing::Instead(
                "PartnerStack documents no such resource: counters are in the column \"stats\" of \
             partnerstack_partnerships(), and sums can be taken over partnerstack_rewards() and \
             partnerstack_transactions().",
            ),
        ),
    ),
    partner: None,
    example: "SELECT key, raw FROM partnerstack_stats(api := 'vendor')",
};
