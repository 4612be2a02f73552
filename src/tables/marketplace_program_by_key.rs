use super::marketplace_programs::COLUMNS;
use crate::schema::{Endpoint, Known, Missing, Rows, Table, in_path};

pub(super) static TABLE: Table = Table {
    name: "marketplace_program_by_key",
    doc: "One programme of the marketplace, by its key.",
    vendor: None,
    partner: Some(
        Endpoint::listing("/marketplace/programs/{company_key}", Known::InUse, COLUMNS)
            .rows(Rows::One)
            .with(&[in_path("company_key", "Key of the programme.")])
            .missing(Missing::SearchIn("/marketplace/programs")),
    ),
    example: "SELECT name FROM partnerstack_marketplace_program_by_key(company_key := 'co_1', api := 'partner')",
};
