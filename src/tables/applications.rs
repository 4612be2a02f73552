use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Table};

pub(super) static TABLE: Table = Table {
    name: "applications",
    doc: "Applications of partners who want to join the programme, newest first.",
    vendor: Some(Endpoint::listing(
        "/applications",
        Known::Guessed,
        &[KEY, CREATED_AT, UPDATED_AT],
    )),
    partner: None,
    example: "SELECT key, created_at, raw FROM partnerstack_applications(api := 'vendor') LIMIT 10",
};
