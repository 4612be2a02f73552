use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Missing, Rows, Table, in_path, varchar};

pub(super) static TABLE: Table = Table {
    name: "report_export",
    doc: "Export of a report: whether its file is there, and where.",
    vendor: Some(
        Endpoint::listing(
            "/vendor_report_export/export/{export_key}",
            Known::Documented,
            &[
                KEY,
                CREATED_AT.known(Known::Guessed),
                UPDATED_AT.known(Known::Guessed),
                varchar("file_url", "URL of the file, once it is there and until it expires."),
                varchar("file_name", "Name of the file."),
            ],
        )
        .rows(Rows::One)
        .with(&[in_path("export_key", "Key of the export.")])
        .missing(Missing::NoRow),
    ),
    partner: None,
    example: "SELECT file_url FROM partnerstack_report_export(export_key := 'vrex_1', api := 'vendor')",
};
