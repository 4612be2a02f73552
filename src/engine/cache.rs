//! What a client says of the cache by its settings, `partnerstack_cache()`, and
//! `PRAGMA partnerstack_clear_cache`.

use std::env::home_dir;
use std::path::PathBuf;

use duckdb_neo::Result;
use duckdb_neo::bind_arguments::BindArguments;
use duckdb_neo::connection::Context;
use duckdb_neo::extension::Extension;
use duckdb_neo::pragma_function::{PragmaExecCallbacks, PragmaFunctionBuilder};
use duckdb_neo::signature::{FunctionDocumentationBuilder, SignatureBuilder};

use super::relation::{self, Relation};
use super::{Failure, guard, settings};
use crate::cache::{self, CACHE, Policy};
use crate::settings::{CACHE_DIRECTORY, CACHE_MEMORY, CACHE_TTL, OFFLINE, time};

/// Registers the relation and the pragma.
pub(super) fn register(extension: &Extension) -> std::result::Result<(), Failure> {
    let entries = Relation {
        name: "cache",
        doc: "The answers that are kept in memory, and in the directory of the cache.",
        columns: &CACHE,
        has_since: false,
        rows: Box::new(|context, _| Ok(cache::list(directory(context)?.as_deref()))),
    };
    relation::register(extension, entries)?;
    let docs = FunctionDocumentationBuilder::new()
        .description(
            "Removes every answer that is kept in memory, and in the directory of the cache.",
        )
        .add_example("", "PRAGMA partnerstack_clear_cache")
        .add_category("partnerstack");
    let signature = SignatureBuilder::new().documentation(docs);
    Ok(PragmaFunctionBuilder::exec("partnerstack_clear_cache", signature, Clear)
        .register(extension)?)
}

struct Clear;

impl PragmaExecCallbacks for Clear {
    fn exec(&self, context: &Context, _: BindArguments<'_>) -> Result<()> {
        guard("clear_cache", || {
            cache::clear(directory(context)?.as_deref());
            Ok(())
        })
    }
}

/// What this client says of the cache, for a query that is to have a fresh answer or not.
pub(super) fn policy(context: &Context, is_fresh: bool) -> std::result::Result<Policy, Failure> {
    Ok(Policy {
        ttl: time(&settings::get(context, &CACHE_TTL)?),
        directory: directory(context)?,
        memory: settings::number(context, &CACHE_MEMORY)? * 1_000_000,
        is_offline: settings::get(context, &OFFLINE)? == "true",
        is_fresh,
    })
}

fn directory(context: &Context) -> std::result::Result<Option<PathBuf>, Failure> {
    let given = settings::get(context, &CACHE_DIRECTORY)?;
    let at_home = given.strip_prefix("~/").zip(home_dir()).map(|(path, home)| home.join(path));
    Ok(at_home.or_else(|| (!given.is_empty()).then(|| given.into())))
}
