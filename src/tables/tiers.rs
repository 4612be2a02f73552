use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table, varchar};

pub(super) static TABLE: Table = Table {
    name: "tiers",
    doc: "Tiers that partners rise through.",
    vendor: Some(
        Endpoint::listing(
            "/tiers",
            Known::InUse,
            &[
                KEY,
                CREATED_AT.known(Known::Guessed),
                UPDATED_AT.known(Known::Guessed),
                varchar("name", "Name of the tier."),
            ],
        )
        .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, name FROM partnerstack_tiers(api := 'vendor') ORDER BY name",
};
