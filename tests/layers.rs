//! Who may use whom. Decisions are taken in pure rooms; the world is touched in a few named ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src`, and what each may name of `crate::`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("schema", &[]),
    ("error", &["schema", "tables"]),
    ("tables", &["schema"]),
    ("cells", &["schema"]),
    ("json", &[]),
    ("decode", &["cells", "json", "schema"]),
    ("custom", &["cells", "decode", "json"]),
    ("history", &["schema"]),
    ("predicate", &[]),
    ("allowance", &[]),
    ("sql", &[]),
    ("sync", &["schema", "sql", "tables"]),
    ("windows", &[]),
    ("sieve", &["decode", "json", "predicate", "windows"]),
    ("plan", &["predicate", "schema", "settings", "sieve"]),
    ("page", &["cells", "custom", "decode", "json", "schema", "sieve"]),
    ("pager", &["error"]),
    ("estimate", &[]),
    ("spelling", &["schema"]),
    ("views", &[]),
    ("settings", &["error", "schema"]),
    ("catalog", &["schema", "tables"]),
    ("api", &["api", "error", "schema"]),
    ("cache", &["error", "page", "schema"]),
    ("listing", &["allowance", "api", "cache", "error", "history", "plan", "schema", "sieve"]),
    (
        "requests",
        &["api", "error", "history", "listing", "page", "pager", "schema", "sieve", "windows"],
    ),
    ("outlet", &["cache", "error", "history", "page"]),
    ("lanes", &["error", "outlet", "page", "pager", "requests", "schema", "sieve", "windows"]),
    (
        "fetch",
        &[
            "api", "cache", "error", "lanes", "listing", "outlet", "page", "pager", "plan",
            "requests", "schema", "sieve", "spelling",
        ],
    ),
    (
        "scan",
        &["api", "error", "estimate", "fetch", "history", "listing", "outlet", "page", "requests"],
    ),
    (
        "engine",
        &[
            "allowance",
            "api",
            "cache",
            "catalog",
            "cells",
            "error",
            "estimate",
            "history",
            "listing",
            "page",
            "plan",
            "predicate",
            "scan",
            "schema",
            "settings",
            "sieve",
            "sql",
            "sync",
            "tables",
            "views",
        ],
    ),
];

/// Words that only some rooms may hold: what touches the world, and DuckDB.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("duckdb_neo", &["engine"]),
    ("unsafe ", &["engine"]),
    ("reqwest", &["api"]),
    ("std::thread", &["lanes", "requests", "scan"]),
    ("thread::", &["lanes", "requests", "scan"]),
    ("std::env", &["engine"]),
    ("std::fs", &["api", "cache"]),
    ("Instant", &["api", "lanes", "requests", "scan"]),
];

fn sources() -> BTreeMap<PathBuf, String> {
    fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.insert(path, code.to_owned());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// The room of a file: the first name of its path under `src`.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let first = inside.expect("a file of src").iter().next().expect("a name");
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn without_comments(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The rooms named after `crate::` in a line, lists in braces included.
fn named(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for rest in line.split("crate::").skip(1) {
        let list = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(""));
        let names: Vec<&str> =
            if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
        rooms.extend(names.into_iter().map(|name| {
            name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        }));
    }
    rooms
}

#[test]
fn rooms_use_only_what_lies_below_them() {
    let rules: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    for (path, code) in sources() {
        let room = room(&path);
        let allowed = rules.get(room.as_str()).unwrap_or_else(|| panic!("{room} has no rule"));
        for line in without_comments(&code) {
            for used in named(line) {
                let ok = allowed.contains(&used.as_str()) || used == room;
                assert!(ok, "{}: {room} may not use {used}: {line}", path.display());
            }
        }
    }
}

#[test]
fn only_the_named_rooms_touch_the_world() {
    for (path, code) in sources() {
        let room = room(&path);
        for line in without_comments(&code) {
            for (word, rooms) in ONLY_IN {
                let ok = !line.contains(word) || rooms.contains(&room.as_str());
                assert!(ok, "{}: {word} belongs to {rooms:?}: {line}", path.display());
            }
        }
    }
}

#[test]
fn a_table_is_data_without_logic() {
    for (path, code) in sources() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if room(&path) == "tables" && name != "mod" {
            for word in ["fn ", "if ", "match ", "impl "] {
                let found =
                    without_comments(&code).find(|line| line.trim_start().starts_with(word));
                assert_eq!(found, None, "{}", path.display());
            }
        }
    }
}

#[test]
fn the_cpp_names_no_resource() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/bridge.cpp");
    let code = fs::read_to_string(path).expect("bridge.cpp").to_lowercase();
    for table in partnerstack::tables::TABLES {
        assert!(!code.contains(&format!("partnerstack_{}", table.name)));
        assert!(!code.contains(&format!("/{}", table.name)));
    }
}
