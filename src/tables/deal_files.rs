use crate::schema::{Endpoint, Known, Missing, Rows, Table, in_path, varchar};

pub(super) static TABLE: Table = Table {
    name: "deal_files",
    doc: "Files that belong to a deal.",
    vendor: Some(
        Endpoint::listing(
            "/deals/{deal_key}/files",
            Known::InUse,
            &[
                varchar("key", "Key of the file."),
                varchar("name", "Name of the file."),
                varchar("field_key", "Key of the field the file was submitted in."),
            ],
        )
        .rows(Rows::At("deal_files"))
        .with(&[in_path("deal_key", "Key of the deal.")])
        .missing(Missing::NoRow),
    ),
    partner: None,
    example: "SELECT key, name FROM partnerstack_deal_files(deal_key := 'deal_1', api := 'vendor')",
};
