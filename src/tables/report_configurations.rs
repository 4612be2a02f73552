use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table};

pub(super) static TABLE: Table = Table {
    name: "report_configurations",
    doc: "Saved reports: their definitions, without data.",
    vendor: Some(
        Endpoint::listing(
            "/vendor_report_configuration/list",
            Known::Guessed,
            &[KEY, CREATED_AT, UPDATED_AT],
        )
        .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, raw FROM partnerstack_report_configurations(api := 'vendor')",
};
