//! `FROM partnerstack.deals`: a table by its name alone, with nothing set up and nothing kept.
//!
//! DuckDB asks only for names that it does not know, so that a user's own tables come first.

use duckdb_neo::connection::Context;
use duckdb_neo::extension::Extension;
use duckdb_neo::qualified_name::QualifiedName;
use duckdb_neo::replacement_scan::{
    ReplacementHandle, ReplacementScanBuilder, ReplacementScanCallbacks, ReplacementType,
};

use super::{Failure, guard};
use crate::error::Error;
use crate::tables;

const SCHEMA: &str = "partnerstack";

/// Registers the replacement scan.
pub(super) fn register(extension: &Extension) -> std::result::Result<(), Failure> {
    Ok(ReplacementScanBuilder::new(Replacement).register(extension)?)
}

struct Replacement;

impl ReplacementScanCallbacks for Replacement {
    fn scan(
        &self,
        _: &Context,
        name: &QualifiedName,
        handle: ReplacementHandle<'_>,
    ) -> duckdb_neo::Result<()> {
        guard("replacement scan", || {
            let parts = name.parts()?;
            let [schema, table] = parts.as_slice() else { return Ok(()) };
            if !schema.eq_ignore_ascii_case(SCHEMA) {
                return Ok(());
            }
            let found = tables::find(table).ok_or_else(|| Error::unknown_table(table))?;
            let function = format!("partnerstack_{}", found.name);
            handle.set_reference(ReplacementType::Table(function.as_str().try_into()?))?;
            Ok(handle.set_alias(found.name)?)
        })
    }
}
