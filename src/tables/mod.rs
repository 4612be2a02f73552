//! The catalogue: one file a table, and this list of them.

use crate::schema::Table;

mod actions;
mod applications;
mod customers;
mod deal_files;
mod deal_form_templates;
mod deals;
mod form_templates;
mod get;
mod groups;
mod lead_form_templates;
mod leads;
mod links;
mod marketplace_program_by_key;
mod marketplace_programs;
mod partner_team;
mod partners;
mod partnerships;
mod payouts;
mod product_book;
mod products;
mod report_configurations;
mod report_export;
mod rewards;
mod sales_cycle_stages;
mod shared;
mod stats;
mod tier_collections;
mod tiers;
mod transactions;
mod webhooks;

/// Every table, by name.
pub static TABLES: &[&Table] = &[
    &actions::TABLE,
    &applications::TABLE,
    &customers::TABLE,
    &deal_files::TABLE,
    &deal_form_templates::TABLE,
    &deals::TABLE,
    &form_templates::TABLE,
    &get::TABLE,
    &groups::TABLE,
    &lead_form_templates::TABLE,
    &leads::TABLE,
    &links::TABLE,
    &marketplace_program_by_key::TABLE,
    &marketplace_programs::TABLE,
    &partner_team::TABLE,
    &partners::TABLE,
    &partnerships::TABLE,
    &payouts::TABLE,
    &product_book::TABLE,
    &products::TABLE,
    &report_configurations::TABLE,
    &report_export::TABLE,
    &rewards::TABLE,
    &sales_cycle_stages::TABLE,
    &stats::TABLE,
    &tier_collections::TABLE,
    &tiers::TABLE,
    &transactions::TABLE,
    &webhooks::TABLE,
];

/// The table of this name, in any case of letters.
pub fn find(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|table| table.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::MOST_FIELDS;
    use crate::schema::{Column, Effect, Type, Values};

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
    fn every_endpoint_has_a_path_its_key_first_and_no_name_twice() {
        for table in TABLES {
            assert!(table.endpoints().next().is_some(), "{} is in no API", table.name);
            for (_, endpoint) in table.endpoints() {
                assert!(endpoint.path.starts_with(['/', '{']));
                let names: Vec<_> = endpoint.all_columns().map(|column| column.name).collect();
                assert!(["key", "raw"].contains(&names[0]), "{}", table.name);
                let mut once = names.clone();
                once.sort_unstable();
                once.dedup();
                assert_eq!(once.len(), names.len(), "{} names a column twice", table.name);
            }
        }
    }

    #[test]
    fn no_object_has_more_fields_than_there_is_room_for() {
        for (_, endpoint) in TABLES.iter().flat_map(|table| table.endpoints()) {
            visit(endpoint.columns, &mut |column| {
                let ty = if let Type::List(element) = column.ty { element } else { &column.ty };
                if let Type::Struct(fields) = ty {
                    assert!(fields.len() <= MOST_FIELDS, "{}", column.name);
                }
            });
        }
    }

    #[test]
    fn what_stands_in_a_path_is_a_parameter_that_must_be_given() {
        for table in TABLES {
            for (_, endpoint) in table.endpoints() {
                let paths = [Some(endpoint.path), endpoint.other_path];
                for path in paths.into_iter().flatten() {
                    let in_path = endpoint
                        .parameters
                        .iter()
                        .filter(|p| matches!(p.effect, Effect::InPath | Effect::Path));
                    let filled = in_path.fold(path.to_owned(), |path, parameter| {
                        assert_eq!(parameter.values, Values::Required, "{}", parameter.name);
                        path.replace(&format!("{{{}}}", parameter.name), "")
                    });
                    assert!(!filled.contains(['{', '}']), "{path}");
                }
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
