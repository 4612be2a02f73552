//! `docs/tables/*.md`, `docs/views/*.md`, one page each, and the list of tables in README.md are written from the
//! definitions. `make docs` writes them anew; this test fails when they are stale.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use partnerstack::catalog::COMMON_PARAMETERS;
use partnerstack::schema::{Api, Column, Endpoint, Known, Narrows, Table, Type, Values, visit};
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
        let known = if endpoint.columns.is_empty() { "" } else { known(endpoint.known) };
        write!(page, "\n## {api}\n\n`GET {}`\n", endpoint.path).expect("a String");
        if !known.is_empty() {
            write!(page, "\n{known}\n").expect("a String");
        }
        parameters(&mut page, table, endpoint);
        page.push_str("\n| column | type | unit | |\n|---|---|---|---|\n");
        for column in endpoint.all_columns() {
            visit(column, "", &mut |name, column| row(&mut page, endpoint, name, column));
        }
        filters(&mut page, endpoint);
    }
    write!(page, "\n## Example\n\n```sql\n{};\n```\n", table.example).expect("a String");
    page.push_str("\n## Parameters of every table\n\n| parameter | type | |\n|---|---|---|\n");
    for (name, ty, default, doc) in COMMON_PARAMETERS {
        let default = default.map_or(String::new(), |default| format!(" Default {default}."));
        writeln!(page, "| `{name}` | {ty} | {doc}{default} |").expect("a String");
    }
    page
}

fn known(known: Known) -> &'static str {
    match known {
        Known::Documented => "PartnerStack documents its columns.",
        Known::InUse => "Its columns are known from clients that read them.",
        Known::Reported => "Its columns are known from one source.",
        Known::Guessed => "Its columns are guessed from those of other tables.",
    }
}

fn parameters(page: &mut String, table: &Table, endpoint: &Endpoint) {
    let parameters = table.parameters_in(endpoint);
    if parameters.is_empty() {
        return;
    }
    page.push_str("\n| parameter | type | |\n|---|---|---|\n");
    for parameter in parameters {
        let (ty, default) = parameter.values.sql();
        let default = default.map_or(String::new(), |default| format!(" Default {default}."));
        let must = if parameter.values == Values::Required { " It must be given." } else { "" };
        writeln!(page, "| `{}` | {ty} | {}{must}{default} |", parameter.name, parameter.doc)
            .expect("a String");
    }
}

/// A row for a column, with how it is known where that is less than for the rest.
fn row(page: &mut String, endpoint: &Endpoint, name: &str, column: &Column) {
    let ty = match &column.ty {
        Type::Struct(_) => "STRUCT".to_owned(),
        Type::List(Type::Struct(_)) => "STRUCT[]".to_owned(),
        ty => ty.sql(),
    };
    let unit = column.unit_text().unwrap_or_default();
    let known = column.known.filter(|known| *known != endpoint.known);
    let known = known.map_or(String::new(), |known| format!(" ({})", known.word()));
    writeln!(page, "| `{name}` | {ty} | {unit} | {}{known} |", column.doc).expect("a String");
}

/// Which filters narrow the requests, and how.
fn filters(page: &mut String, endpoint: &Endpoint) {
    let mut lines = String::new();
    for column in endpoint.all_columns() {
        visit(column, "", &mut |name, column| {
            let Some(narrows) = endpoint.narrowing(column) else { return };
            let (filters, requests) = match narrows {
                Narrows::Between { least, most: Some(most) } => {
                    ("`=`, `<`, `>`, `BETWEEN`".into(), format!("`{least}`, `{most}`"))
                }
                Narrows::Between { least, most: None } => ("`=`, `>`".into(), format!("`{least}`")),
                Narrows::Value(parameter) => {
                    ("`=`, `IN`".into(), format!("`{parameter}`, a listing for each value"))
                }
                Narrows::State { parameter, values: [] } => {
                    ("`=`".into(), format!("`{parameter}`"))
                }
                Narrows::State { parameter, values } => {
                    (format!("`=` {}", values.join(", ")), format!("`{parameter}`"))
                }
                Narrows::Item(path) => ("`=`, `IN`".into(), format!("`GET {path}` for each value")),
            };
            writeln!(lines, "| `{name}` | {filters} | {requests} |").expect("a String");
        });
    }
    if !lines.is_empty() {
        page.push_str(
            "\nFilters that narrow the requests:\n\n| column | filter | request |\n|---|---|---|\n",
        );
        page.push_str(&lines);
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
