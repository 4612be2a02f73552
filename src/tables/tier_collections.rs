use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table};

pub(super) static TABLE: Table = Table {
    name: "tier_collections",
    doc: "Collections of tiers.",
    vendor: Some(
        Endpoint::listing("/tiers/collection", Known::Guessed, &[KEY, CREATED_AT, UPDATED_AT])
            .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, created_at, raw FROM partnerstack_tier_collections(api := 'vendor') LIMIT 10",
};
