//! `docs/tables/*.md`, `docs/views/*.md`, one page each, and the list of tables in README.md are written from the
//! definitions. `make docs` writes them anew; this test fails when they are stale.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use partnerstack::catalog::COMMON_PARAMETERS;
use partnerstack::schema::{Api, Column, Endpoint, Table, Type, Values};
use partnerstack::tables::TABLES;
use partnerstack::views::{VIEWS, View};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn page(table: &Table) -> String {
    let mut page = format!(
        "# {0}\n\n`partnerstack_{0}()`, `partnerstack.{0}`\n\n{1}\n",
        table.name, table.doc
    );
    for (api, endpoint) in table.endpoints() {
        write!(page, "\n## {api}\n\n`GET {}`\n", endpoint.path).expect("a String");
        parameters(&mut page, endpoint);
        page.push_str("\n| column | type | |\n|---|---|---|\n");
        for column in endpoint.all_columns() {
            rows(&mut page, column, "");
        }
    }
    write!(page, "\n## Example\n\n```sql\n{};\n```\n", table.example).expect("a String");
    page.push_str("\n## Parameters of every table\n\n| parameter | type | |\n|---|---|---|\n");
    for (name, ty, default, doc) in COMMON_PARAMETERS {
        let default = default.map_or(String::new(), |default| format!(" Default {default}."));
        writeln!(page, "| `{name}` | {ty} | {doc}{default} |").expect("a String");
    }
    page
}

fn parameters(page: &mut String, endpoint: &Endpoint) {
    if endpoint.parameters.is_empty() {
        return;
    }
    page.push_str("\n| parameter | type | |\n|---|---|---|\n");
    for parameter in endpoint.parameters {
        let (ty, more) = match parameter.values {
            Values::Required => ("VARCHAR", " It must be given."),
            Values::Optional => ("VARCHAR", ""),
            Values::On => ("BOOLEAN", " Default true."),
        };
        writeln!(page, "| `{}` | {ty} | {}{more} |", parameter.name, parameter.doc)
            .expect("a String");
    }
}

/// A row for a column, and one for each field below it.
fn rows(page: &mut String, column: &Column, prefix: &str) {
    let name = format!("{prefix}{}", column.name);
    let (ty, fields, suffix) = match &column.ty {
        Type::Struct(fields) => ("STRUCT".to_owned(), *fields, "."),
        Type::List(Type::Struct(fields)) => ("STRUCT[]".to_owned(), *fields, "[]."),
        ty => (ty.sql(), &[][..], ""),
    };
    writeln!(page, "| `{name}` | {ty} | {} |", column.doc).expect("a String");
    for field in fields {
        rows(page, field, &format!("{name}{suffix}"));
    }
}

fn view_page(view: &View) -> String {
    let parameter = view.parameter.map_or(String::new(), |(name, _)| format!("{name}, "));
    let mut page = format!(
        "# {0}\n\n`partnerstack_{0}({parameter}account := …)`\n\n{1}\n",
        view.name, view.doc
    );
    if let Some((name, doc)) = view.parameter {
        write!(page, "\n`{name}` is {doc}\n").expect("a String");
    }
    page.push_str("\n| column | how it is made |\n|---|---|\n");
    for (column, doc) in view.columns {
        writeln!(page, "| `{column}` | {doc} |").expect("a String");
    }
    write!(page, "\n```sql\n{};\n```\n", view.example).expect("a String");
    page
}

/// The list of tables, for README.md.
fn list() -> String {
    let mut list =
        String::from("| table | Vendor API | Partner API | a row is |\n|---|---|---|---|\n");
    for table in TABLES {
        let mark = |api| if table.endpoint(api).is_some() { "yes" } else { "" };
        let (vendor, partner) = (mark(Api::Vendor), mark(Api::Partner));
        let name = table.name;
        writeln!(
            list,
            "| [`{name}`](docs/tables/{name}.md) | {vendor} | {partner} | {} |",
            table.doc
        )
        .expect("a String");
    }
    list
}

/// README.md with the list of tables between its marks.
fn readme(text: &str) -> String {
    const START: &str = "<!-- tables -->\n";
    const END: &str = "<!-- end of tables -->";
    let (before, rest) = text.split_once(START).expect("a mark before the tables");
    let (_, after) = rest.split_once(END).expect("a mark after the tables");
    format!("{before}{START}{}{END}{after}", list())
}

#[test]
fn pages_are_as_the_definitions_say() {
    let folder = root().join("docs/tables");
    let mut files: Vec<(PathBuf, String)> = TABLES
        .iter()
        .map(|table| (folder.join(format!("{}.md", table.name)), page(table)))
        .collect();
    let views = root().join("docs/views");
    let pages = VIEWS.iter().map(|view| (views.join(format!("{}.md", view.name)), view_page(view)));
    files.extend(pages);
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).expect("README.md");
    files.push((path, readme(&text)));
    let is_update = std::env::var_os("UPDATE").is_some();
    for (path, wanted) in &files {
        if is_update {
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder of a page");
            fs::write(path, wanted).expect("a page is written");
        }
        let found = fs::read_to_string(path).unwrap_or_default();
        assert!(found == *wanted, "{} is stale; run make docs", path.display());
    }
    let there = fs::read_dir(&folder).expect("docs/tables").count();
    assert_eq!(there, TABLES.len(), "docs/tables holds a page of no table");
}
