//! The definitions as rows: what `partnerstack_tables()` and its like return.

use crate::schema::{Values, visit};
use crate::tables::TABLES;

/// A table of texts, made from the definitions.
#[derive(Debug)]
pub struct Catalog {
    /// The name of the function, after `partnerstack_`.
    pub name: &'static str,
    /// What a row is, in a sentence.
    pub doc: &'static str,
    /// The columns, all of them `VARCHAR`.
    pub columns: &'static [&'static str],
    /// Makes the rows.
    pub rows: fn() -> Vec<Vec<Option<String>>>,
}

/// Every catalogue there is.
pub static CATALOGS: [Catalog; 3] = [
    Catalog {
        name: "tables",
        doc: "Every table of this extension, once for each API that has it.",
        columns: &["name", "function", "api", "path", "description", "example"],
        rows: tables,
    },
    Catalog {
        name: "columns",
        doc: "Every column of every table, and every field of nested objects, for each API.",
        columns: &["table", "api", "column", "type", "unit", "narrows", "known", "description"],
        rows: columns,
    },
    Catalog {
        name: "params",
        doc: "Every parameter of every table, for each API.",
        columns: &["table", "api", "parameter", "type", "default", "description"],
        rows: params,
    },
];

fn row(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| Some((*cell).to_owned())).collect()
}

fn tables() -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    for table in TABLES {
        for (api, endpoint) in table.endpoints() {
            let function = format!("partnerstack_{}", table.name);
            rows.push(row(&[
                table.name,
                &function,
                api.word(),
                endpoint.path,
                table.doc,
                table.example,
            ]));
        }
    }
    rows
}

fn columns() -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    for table in TABLES {
        for (api, endpoint) in table.endpoints() {
            for column in endpoint.all_columns() {
                visit(column, "", &mut |name, column| {
                    let mut cells = row(&[table.name, api.word(), name, &column.ty.sql()]);
                    cells.push(column.unit_text().map(str::to_owned));
                    cells.push(endpoint.narrowing(column).map(|narrows| narrows.to_string()));
                    let known = column.known.unwrap_or(endpoint.known);
                    cells.extend(row(&[known.word(), column.doc]));
                    rows.push(cells);
                });
            }
        }
    }
    rows
}

/// The parameters that every table has: name, type, default, sentence.
pub const COMMON_PARAMETERS: [(&str, &str, Option<&str>, &str); 4] = [
    ("secret", "VARCHAR", None, "Name of the secret to use."),
    ("account", "VARCHAR", None, "Account to find a secret for, by the secret's scope."),
    (
        "api",
        "VARCHAR",
        None,
        "API to ask, 'vendor' or 'partner'; what the secret is for if left out.",
    ),
    ("page_size", "BIGINT", Some("250"), "How many items a request asks for, 1 to 250."),
];

fn params() -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    for table in TABLES {
        for (api, endpoint) in table.endpoints() {
            let own = endpoint.parameters.iter().map(|parameter| {
                let (ty, default) = match parameter.values {
                    Values::Required | Values::Optional => ("VARCHAR", None),
                    Values::On => ("BOOLEAN", Some("true")),
                };
                (parameter.name, ty, default, parameter.doc)
            });
            for (name, ty, default, doc) in COMMON_PARAMETERS.into_iter().chain(own) {
                let mut cells = row(&[table.name, api.word(), name, ty]);
                cells.push(default.map(str::to_owned));
                cells.push(Some(doc.to_owned()));
                rows.push(cells);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_as_wide_as_its_catalogue() {
        for catalog in &CATALOGS {
            let rows = (catalog.rows)();
            assert!(rows.len() > TABLES.len());
            assert!(rows.iter().all(|row| row.len() == catalog.columns.len()), "{}", catalog.name);
        }
    }

    #[test]
    fn a_column_tells_its_unit_its_filter_and_how_it_is_known() {
        let rows = columns();
        let find = |table: &str, column: &str| {
            let is_it = |row: &&Vec<Option<String>>| {
                row[0].as_deref() == Some(table) && row[2].as_deref() == Some(column)
            };
            let row = rows.iter().find(is_it).expect("a row");
            [4, 5, 6].map(|at| row[at].clone().unwrap_or_default())
        };
        assert_eq!(find("payouts", "amount_usd"), ["US cents", "", "reported"]);
        let created = ["UTC, to the millisecond", "min_created, max_created", "in use"];
        assert_eq!(find("deals", "created_at"), created);
        assert_eq!(find("deals", "key"), ["", "GET /deals/{}", "in use"]);
        assert_eq!(find("marketplace_program_by_key", "created_at")[1], "");
    }

    #[test]
    fn nested_fields_have_their_whole_name() {
        let names: Vec<_> =
            columns().into_iter().filter_map(|mut row| row.swap_remove(2)).collect();
        for name in ["partnership.group.slug", "fields[].api_name", "offers[].type", "raw"] {
            assert!(names.iter().any(|other| other == name), "{name}");
        }
    }
}
