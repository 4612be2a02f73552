//! The definitions as rows: what `partnerstack_tables()` and its like return.

use serde_json::{Value, json};

use crate::schema::{Column, varchar, visit};
use crate::tables::TABLES;

/// A table made from the definitions.
#[derive(Debug)]
pub struct Catalog {
    /// The name of the function, after `partnerstack_`.
    pub name: &'static str,
    /// What a row is, in a sentence.
    pub doc: &'static str,
    /// The columns.
    pub columns: &'static [Column],
    /// Makes the rows: objects with a member for each column.
    pub rows: fn() -> Vec<Value>,
}

const TABLE: Column = varchar("table", "Name of the table.");
const API: Column = varchar("api", "API that has it: vendor or partner.");
const DESCRIPTION: Column = varchar("description", "What it is, in a sentence.");
const TYPE: Column = varchar("type", "SQL type.");

/// Every catalogue there is.
pub static CATALOGS: [Catalog; 3] = [
    Catalog {
        name: "tables",
        doc: "Every table of this extension, once for each API that has it.",
        columns: &[
            varchar("name", "Name of the table."),
            varchar("function", "Name of its function."),
            API,
            varchar("path", "Path under the base URL; {name} stands for a parameter."),
            DESCRIPTION,
            varchar("example", "A query that shows what it is good for."),
        ],
        rows: tables,
    },
    Catalog {
        name: "columns",
        doc: "Every column of every table, and every field of nested objects, for each API.",
        columns: &[
            TABLE,
            API,
            varchar(
                "column",
                "Name of the column, or whole name of the field; [] stands for an element.",
            ),
            TYPE,
            varchar("unit", "What its value is counted in."),
            varchar(
                "narrows",
                "What a filter on it asks the API with: query parameters, or a path.",
            ),
            varchar("known", "How it is known: documented, in use, reported or guessed."),
            DESCRIPTION,
        ],
        rows: columns,
    },
    Catalog {
        name: "params",
        doc: "Every parameter of every table, for each API.",
        columns: &[
            TABLE,
            API,
            varchar("parameter", "Name of the parameter."),
            TYPE,
            varchar("default", "Its default."),
            DESCRIPTION,
        ],
        rows: params,
    },
];

fn tables() -> Vec<Value> {
    let mut rows = Vec::new();
    for table in TABLES {
        for (api, endpoint) in table.endpoints() {
            rows.push(json!({
                "name": table.name,
                "function": format!("partnerstack_{}", table.name),
                "api": api.word(),
                "path": endpoint.path,
                "description": table.doc,
                "example": table.example,
            }));
        }
    }
    rows
}

fn columns() -> Vec<Value> {
    let mut rows = Vec::new();
    for table in TABLES {
        for (api, endpoint) in table.endpoints() {
            for column in endpoint.all_columns() {
                visit(column, "", &mut |name, column| {
                    rows.push(json!({
                        "table": table.name,
                        "api": api.word(),
                        "column": name,
                        "type": column.ty.sql(),
                        "unit": column.unit_text(),
                        "narrows": endpoint.narrowing(column).map(|narrows| narrows.to_string()),
                        "known": column.known.unwrap_or(endpoint.known).word(),
                        "description": column.doc,
                    }));
                });
            }
        }
    }
    rows
}

/// The parameters that every table has: name, type, default, sentence.
pub const COMMON_PARAMETERS: [(&str, &str, Option<&str>, &str); 6] = [
    ("secret", "VARCHAR", None, "Name of the secret to use."),
    ("account", "VARCHAR", None, "Account to find a secret for, by the secret's scope."),
    (
        "api",
        "VARCHAR",
        None,
        "API to ask, 'vendor' or 'partner'; what the secret is for if left out.",
    ),
    ("page_size", "BIGINT", Some("250"), "How many items a request asks for, 1 to 250."),
    (
        "params",
        "MAP(VARCHAR, VARCHAR)",
        None,
        "Further query parameters, sent as they are; none that paging depends on.",
    ),
    (
        "fresh",
        "BOOLEAN",
        Some("false"),
        "Whether to ask PartnerStack even where the cache has an answer.",
    ),
];

fn params() -> Vec<Value> {
    let mut rows = Vec::new();
    for table in TABLES {
        for (api, endpoint) in table.endpoints() {
            let own = table.parameters_in(endpoint).into_iter().map(|parameter| {
                let (ty, default) = parameter.values.sql();
                (parameter.name, ty, default, parameter.doc)
            });
            for (name, ty, default, doc) in COMMON_PARAMETERS.into_iter().chain(own) {
                rows.push(json!({
                    "table": table.name,
                    "api": api.word(),
                    "parameter": name,
                    "type": ty,
                    "default": default,
                    "description": doc,
                }));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_the_members_of_its_catalogue() {
        for catalog in &CATALOGS {
            let rows = (catalog.rows)();
            assert!(rows.len() > TABLES.len());
            for row in rows {
                let row = row.as_object().expect("an object");
                assert_eq!(row.len(), catalog.columns.len(), "{}", catalog.name);
                assert!(catalog.columns.iter().all(|column| row.contains_key(column.name)));
            }
        }
    }

    #[test]
    fn a_column_tells_its_unit_its_filter_and_how_it_is_known() {
        let rows = columns();
        let find = |table: &str, column: &str| {
            let is_it = |row: &&Value| row["table"] == table && row["column"] == column;
            let row = rows.iter().find(is_it).expect("a row");
            ["unit", "narrows", "known"].map(|name| row[name].as_str().unwrap_or_default())
        };
        assert_eq!(find("payouts", "amount_usd"), ["US cents", "", "reported"]);
        let created = ["UTC, to the millisecond", "min_created, max_created", "in use"];
        assert_eq!(find("deals", "created_at"), created);
        assert_eq!(find("deals", "key"), ["", "GET /deals/{}", "in use"]);
        assert_eq!(find("marketplace_program_by_key", "created_at")[1], "");
    }

    #[test]
    fn nested_fields_have_their_whole_name() {
        let rows = columns();
        for name in ["partnership.group.slug", "fields[].api_name", "offers[].type", "raw"] {
            assert!(rows.iter().any(|row| row["column"] == name), "{name}");
        }
    }

    #[test]
    fn parameters_follow_from_the_columns() {
        let rows = params();
        let has = |table: &str, api: &str, name: &str| {
            rows.iter().any(|r| r["table"] == table && r["api"] == api && r["parameter"] == name)
        };
        assert!(has("deals", "vendor", "keys") && has("rewards", "partner", "created_after"));
        assert!(!has("rewards", "vendor", "keys") && !has("tiers", "vendor", "created_after"));
        assert!(has("partnerships", "partner", "include_offers"));
        assert!(!has("partnerships", "vendor", "include_offers"));
    }
}
