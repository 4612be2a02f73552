use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Table};

pub(super) static TABLE: Table = Table {
    name: "product_book",
    doc: "Product books: the products a vendor sells.",
    vendor: Some(Endpoint { path: "/product_book", columns: &[KEY, CREATED_AT, UPDATED_AT] }),
    partner: None,
    example: "SELECT key, created_at, raw FROM partnerstack_product_book(api := 'vendor') LIMIT 10",
};
