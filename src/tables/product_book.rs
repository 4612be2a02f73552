use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table};

pub(super) static TABLE: Table = Table {
    name: "product_book",
    doc: "Product books: the products a vendor sells.",
    vendor: Some(
        Endpoint::listing("/product_book", Known::Guessed, &[KEY, CREATED_AT, UPDATED_AT])
            .or("/product-book")
            .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, created_at, raw FROM partnerstack_product_book(api := 'vendor') LIMIT 10",
};
