use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table};

pub(super) static TABLE: Table = Table {
    name: "products",
    doc: "Products that customers have.",
    vendor: Some(
        Endpoint::listing("/products", Known::Guessed, &[KEY, CREATED_AT, UPDATED_AT])
            .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, created_at, raw FROM partnerstack_products(api := 'vendor') LIMIT 10",
};
