//! The catalogue: one file a table, and this list of them.

use crate::schema::Table;

mod actions;
mod applications;
mod customers;
mod deals;
mod groups;
mod leads;
mod marketplace_programs;
mod partnerships;
mod payouts;
mod product_book;
mod products;
mod rewards;
mod shared;
mod tier_collections;
mod tiers;
mod transactions;
mod webhooks;

/// Every table, by name.
pub static TABLES: &[&Table] = &[
    &actions::TABLE,
    &applications::TABLE,
    &customers::TABLE,
    &deals::TABLE,
    &groups::TABLE,
    &leads::TABLE,
    &marketplace_programs::TABLE,
    &partnerships::TABLE,
    &payouts::TABLE,
    &product_book::TABLE,
    &products::TABLE,
    &rewards::TABLE,
    &tier_collections::TABLE,
    &tiers::TABLE,
    &transactions::TABLE,
    &webhooks::TABLE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Type};

    fn visit(columns: &'static [Column], check: &mut impl FnMut(&Column)) {
        for column in columns {
            check(column);
            let mut ty = &column.ty;
            while let Type::List(element) = ty {
                ty = element;
            }
            if let Type::Struct(fields) = ty {
                visit(fields, check);
            }
        }
    }

    fn is_sentence(text: &str) -> bool {
        text.starts_with(|c: char| c.is_uppercase()) && text.ends_with('.') && text.contains(' ')
    }

    #[test]
    fn tables_are_sorted_and_named_once() {
        assert!(TABLES.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn every_table_and_column_is_described_in_a_sentence() {
        for table in TABLES {
            assert!(is_sentence(table.doc), "{}: {}", table.name, table.doc);
            for (_, endpoint) in table.endpoints() {
                visit(endpoint.columns, &mut |column| {
                    assert!(is_sentence(column.doc), "{}.{}", table.name, column.name);
                });
            }
        }
    }

    #[test]
    fn every_endpoint_has_a_path_its_base_columns_and_no_name_twice() {
        for table in TABLES {
            assert!(table.endpoints().next().is_some(), "{} is in no API", table.name);
            for (_, endpoint) in table.endpoints() {
                assert!(endpoint.path.starts_with('/'));
                let names: Vec<_> = endpoint.all_columns().map(|column| column.name).collect();
                assert_eq!(names[..3], ["key", "created_at", "updated_at"], "{}", table.name);
                let mut once = names.clone();
                once.sort_unstable();
                once.dedup();
                assert_eq!(once.len(), names.len(), "{} names a column twice", table.name);
            }
        }
    }

    #[test]
    fn every_example_selects_from_its_table() {
        for table in TABLES {
            assert!(table.example.contains(&format!("partnerstack_{}(", table.name)));
        }
    }
}
