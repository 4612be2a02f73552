//! What `duckdb_functions()` shows of a table function.

use duckdb_neo::signature::FunctionDocumentationBuilder;

use crate::schema::Table;

/// The description, with a line for every column, and the example.
pub(super) fn of(table: &Table) -> FunctionDocumentationBuilder {
    let mut text = table.doc.to_owned();
    for parameter in table.parameters() {
        text.push_str(&format!("\n\nParameter {}: {}", parameter.name, parameter.doc));
    }
    for (api, endpoint) in table.endpoints() {
        text.push_str(&format!("\n\nColumns in the {api}:"));
        for column in endpoint.all_columns() {
            text.push_str(&format!("\n{} {}: {}", column.name, column.ty.sql(), column.doc));
        }
    }
    FunctionDocumentationBuilder::new()
        .description(text)
        .add_example("", table.example)
        .add_category("partnerstack")
}
