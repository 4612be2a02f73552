use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Table, varchar};

pub(super) static TABLE: Table = Table {
    name: "tiers",
    doc: "Tiers that partners rise through.",
    vendor: Some(Endpoint {
        path: "/tiers",
        columns: &[KEY, CREATED_AT, UPDATED_AT, varchar("name", "Name of the tier.")],
    }),
    partner: None,
    example: "SELECT key, name FROM partnerstack_tiers(api := 'vendor') ORDER BY name",
};
