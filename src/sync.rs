//! `PRAGMA partnerstack_sync`: the SQL that keeps a copy of a resource.
//!
//! ```text
//!   state ──▶ since when ──▶ partnerstack_<resource>(…) ──▶ a temporary table ──▶ MERGE INTO the copy ──▶ state
//! ```
//!
//! DuckDB runs all of it as one transaction, or as a part of the user's own.

use std::fmt::Write as _;

use crate::schema::{Api, CREATED_AT, Column, Endpoint, Narrows, Table};
use crate::sql::{name, text};

/// The member that says when an item was last changed.
const UPDATED_AT: &str = "updated_at";

/// The columns of a copy beside those of the resource, with their types and comments.
const OWN: [(&str, &str, &str); 3] = [
    ("_account", "VARCHAR", "Name of the secret that the row was read with."),
    ("_synced_at", "TIMESTAMP WITH TIME ZONE", "When the sync began that wrote the row as it is."),
    (
        "_deleted_at",
        "TIMESTAMP WITH TIME ZONE",
        "When the sync began that first missed the row in the API; NULL while it is there.",
    ),
];

/// The name of the table that remembers what was synced, beside the copies.
const STATE: &str = "partnerstack_sync_state";

/// What is synced, and how.
#[derive(Debug)]
pub struct Sync<'s> {
    /// The name of the secret.
    pub account: &'s str,
    /// Whether everything is read again.
    pub full: bool,
    /// Whether rows that are gone are looked for.
    pub detect_deletes: bool,
    /// How far before the last sync to look for changes, as an interval; the default of each resource if none.
    pub look_back: Option<&'s str>,
}

/// A resource, and the parts of the name of the table to keep it in.
#[derive(Debug)]
pub struct Copy {
    /// The resource.
    pub table: &'static Table,
    /// The API that it is read from.
    pub api: Api,
    /// Where it is read.
    pub endpoint: &'static Endpoint,
    /// The parts of the name.
    pub into: Vec<String>,
}

/// Whether the rows of a resource have a key to tell them by.
pub fn has_keys(endpoint: &Endpoint) -> bool {
    endpoint.columns.iter().any(|column| column.name == "key")
}

/// How changes are found without reading everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Changes {
    /// The column that tells.
    column: &'static str,
    /// The parameter of the table function.
    parameter: &'static str,
    /// How far before the last sync to look, as an interval.
    look_back: &'static str,
}

impl Changes {
    fn of(endpoint: &Endpoint) -> Option<Changes> {
        let narrows = |name: &str| {
            let column = endpoint.columns.iter().find(|column| column.name == name)?;
            endpoint.narrowing(column).filter(|narrows| matches!(narrows, Narrows::Between { .. }))
        };
        let updated =
            Changes { column: UPDATED_AT, parameter: "updated_after", look_back: "1 day" };
        let created =
            Changes { column: CREATED_AT, parameter: "created_after", look_back: "90 days" };
        narrows(UPDATED_AT).map(|_| updated).or(narrows(CREATED_AT).map(|_| created))
    }
}

impl Sync<'_> {
    /// The statements for some resources, whose copies stand in one place. The last one returns a row for each.
    pub fn script(&self, copies: &[Copy]) -> String {
        let mut sql = String::new();
        if let Some(first) = copies.first() {
            sql.push_str(&begin(&state(first)));
        }
        for copy in copies {
            sql.push_str(&self.copy(copy));
        }
        sql.push_str(
            "DROP TABLE IF EXISTS temp.partnerstack_sync_rows;\n\
             SELECT unnest(getvariable('partnerstack_synced'), recursive := true);",
        );
        sql
    }

    fn copy(&self, copy: &Copy) -> String {
        let Copy { table, api, endpoint, into } = copy;
        let (target, state) = (qualified(into), state(copy));
        let columns: Vec<&Column> = endpoint.all_columns().collect();
        let (account, resource) = (text(self.account), text(table.name));
        let whose = format!("account = {account} AND resource = {resource}");
        let call = |since: &str| {
            format!(
                "partnerstack_{}(api := '{}', secret := {account}, fresh := true{since})",
                table.name,
                api.word()
            )
        };
        let mut sql = create(table, &columns, &target, &call(""));
        sql.push_str(&check_types(into, &call("")));
        let changes = Changes::of(endpoint).filter(|_| !self.full);
        let since = match changes {
            None => String::new(),
            Some(Changes { column, parameter, look_back }) => {
                let look_back = text(self.look_back.unwrap_or(look_back));
                let _ = writeln!(
                    sql,
                    "SET VARIABLE partnerstack_look_back = INTERVAL {look_back};\n\
                     SET VARIABLE partnerstack_since = (SELECT watermark - getvariable('partnerstack_look_back') FROM {state} \
                     WHERE {whose} AND NOT EXISTS (SELECT 1 FROM {target} WHERE _account = {account} \
                     AND {} IS NULL));",
                    name(column)
                );
                format!(", {parameter} := getvariable('partnerstack_since')")
            }
        };
        let list = |prefix: &str| {
            let names = columns.iter().map(|column| format!("{prefix}{}", name(column.name)));
            names.collect::<Vec<_>>().join(", ")
        };
        let same = format!("t._account = {account} AND t.key = s.key");
        let differs = format!(
            "((s.key, {}) IS DISTINCT FROM (t.key, {}) OR t._deleted_at IS NOT NULL)",
            list("s."),
            list("t.")
        );
        let assigned = columns.iter().map(|column| {
            let column = name(column.name);
            format!("{column} = s.{column}")
        });
        let assigned: Vec<_> = assigned.collect();
        let _ = write!(
            sql,
            "SET VARIABLE partnerstack_scan = (SELECT coalesce(max(scan), 0) FROM partnerstack_scans());\n\
             CREATE OR REPLACE TEMP TABLE partnerstack_sync_rows AS FROM {rows};\n\
             SET VARIABLE partnerstack_counts = (SELECT {{fetched: count(*), \
             inserted: count(*) FILTER (t.key IS NULL), updated: count(*) FILTER (t.key IS NOT NULL AND {differs}), \
             keyless: count(*) FILTER (s.key IS NULL)}} \
             FROM temp.partnerstack_sync_rows s LEFT JOIN {target} t ON {same});\n\
             SET VARIABLE partnerstack_checked = (SELECT CASE WHEN getvariable('partnerstack_counts').keyless > 0 \
             THEN error({keyless}) END);\n\
             MERGE INTO {target} t USING temp.partnerstack_sync_rows s ON {same} \
             WHEN MATCHED AND {differs} THEN UPDATE SET {assigned}, _synced_at = now(), _deleted_at = NULL \
             WHEN NOT MATCHED THEN INSERT (_account, {names}, _synced_at, _deleted_at) \
             VALUES ({account}, {values}, now(), NULL);\n",
            rows = call(&since),
            keyless = text(&format!(
                "partnerstack_{} returned rows without a key, which a copy cannot tell apart. Nothing was written.",
                table.name
            )),
            assigned = assigned.join(", "),
            names = list(""),
            values = list("s."),
        );
        sql.push_str(&self.deletions(&target, &account, changes, &call("")));
        let _ = write!(
            sql,
            "SET VARIABLE partnerstack_cost = (SELECT {{requests: sum(requests)::BIGINT, seconds: sum(took_ms) / 1000}} \
             FROM partnerstack_scans() WHERE scan > getvariable('partnerstack_scan') AND account = {account} \
             AND \"table\" = {resource});\n\
             DELETE FROM {state} WHERE {whose};\n\
             INSERT INTO {state} SELECT {account}, {resource}, now(), \
             (SELECT count(*) FROM {target} WHERE _account = {account} AND _deleted_at IS NULL), now(), \
             now() + to_milliseconds(coalesce(getvariable('partnerstack_cost').seconds, 0) * 1000), true;\n\
             SET VARIABLE partnerstack_synced = list_append(getvariable('partnerstack_synced'), {{\
             resource: {resource}, fetched: getvariable('partnerstack_counts').fetched, \
             inserted: getvariable('partnerstack_counts').inserted, \
             updated: getvariable('partnerstack_counts').updated, deleted: getvariable('partnerstack_deleted'), \
             unchanged: getvariable('partnerstack_counts').fetched - getvariable('partnerstack_counts').inserted \
             - getvariable('partnerstack_counts').updated, \
             requests: getvariable('partnerstack_cost').requests, \
             seconds: getvariable('partnerstack_cost').seconds}});\n",
        );
        sql
    }

    /// Marks the rows that the API does not have any more: all of it was read just now, or is read for its keys.
    fn deletions(
        &self,
        target: &str,
        account: &str,
        changes: Option<Changes>,
        call: &str,
    ) -> String {
        if !self.detect_deletes {
            return "SET VARIABLE partnerstack_deleted = 0::BIGINT;\n".into();
        }
        let keys = match changes {
            None => String::new(),
            Some(_) => {
                format!(
                    "CREATE OR REPLACE TEMP TABLE partnerstack_sync_rows AS SELECT key FROM {call};\n"
                )
            }
        };
        let gone = format!(
            "_account = {account} AND _deleted_at IS NULL AND key NOT IN (SELECT key FROM \
             temp.partnerstack_sync_rows WHERE key IS NOT NULL)"
        );
        format!(
            "{keys}SET VARIABLE partnerstack_deleted = (SELECT count(*) FROM {target} WHERE {gone});\n\
             UPDATE {target} SET _deleted_at = now(), _synced_at = now() WHERE {gone};\n"
        )
    }
}

/// Makes the table that remembers what was synced. Its first row, of no resource, is changed by each sync, so that
/// of two at once one fails before it asks for anything.
fn begin(state: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {state} (account VARCHAR, resource VARCHAR, watermark TIMESTAMP WITH TIME ZONE, \
         \"rows\" BIGINT, started TIMESTAMP WITH TIME ZONE, finished TIMESTAMP WITH TIME ZONE, complete BOOLEAN);\n\
         INSERT INTO {state} (account, resource) SELECT '', '' WHERE NOT EXISTS (SELECT 1 FROM {state} \
         WHERE resource = '');\n\
         UPDATE {state} SET started = now() WHERE resource = '';\n\
         SET VARIABLE partnerstack_synced = [];\n"
    )
}

/// Makes the copy, or brings it up to the columns that the resource has now.
fn create(table: &Table, columns: &[&Column], target: &str, call: &str) -> String {
    let own: Vec<_> = OWN.iter().map(|(name, ty, _)| format!("NULL::{ty} AS {name}")).collect();
    let mut sql = format!(
        "CREATE TABLE IF NOT EXISTS {target} AS SELECT *, {} FROM {call} LIMIT 0;\n",
        own.join(", ")
    );
    let theirs = columns.iter().map(|column| (column.name, column.ty.sql(), column.doc));
    let own = OWN.iter().map(|(name, ty, doc)| (*name, (*ty).to_owned(), *doc));
    for (column, ty, doc) in theirs.chain(own) {
        let column = name(column);
        let _ = writeln!(sql, "ALTER TABLE {target} ADD COLUMN IF NOT EXISTS {column} {ty};");
        let _ = writeln!(sql, "COMMENT ON COLUMN {target}.{column} IS {};", text(doc));
    }
    let _ = writeln!(sql, "COMMENT ON TABLE {target} IS {};", text(table.doc));
    sql
}

/// Fails where a column of the copy is of another type than that of the resource.
fn check_types(into: &[String], call: &str) -> String {
    let target = qualified(into);
    format!(
        "SET VARIABLE partnerstack_checked = (SELECT any_value(error({}  || had.column_name || {} || had.column_type || {} \
         || wanted.column_type || {})) FROM (DESCRIBE {target}) had JOIN (DESCRIBE FROM {call}) wanted \
         USING (column_name) WHERE had.column_type <> wanted.column_type);\n",
        text("The column \""),
        text(&format!("\" of {} is ", into.join("."))),
        text(", and the resource has "),
        text(
            ". Rename the table and sync again, or change the column by ALTER TABLE. Nothing was written."
        ),
    )
}

fn qualified(parts: &[String]) -> String {
    parts.iter().map(|part| name(part)).collect::<Vec<_>>().join(".")
}

/// The table that remembers, beside a copy.
fn state(copy: &Copy) -> String {
    let place = copy.into.split_last().map_or(&[][..], |(_, place)| place);
    place.iter().map(|part| name(part)).chain([STATE.to_owned()]).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::TABLES;

    #[test]
    fn changes_are_found_by_what_the_api_can_be_asked() {
        let of = |name: &str, api| {
            let table = TABLES.iter().find(|table| table.name == name).expect("a table");
            Changes::of(table.endpoint(api).expect("an endpoint")).map(|changes| changes.parameter)
        };
        assert_eq!(of("rewards", Api::Vendor), Some("created_after"));
        assert_eq!(of("tiers", Api::Vendor), None);
    }
}
