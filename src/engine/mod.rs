//! DuckDB: the entry point, the table functions, the secrets. All of it that there is, and all
//! `unsafe`; nothing else in the crate knows what runs the queries.

mod arguments;
mod attach;
mod bound;
mod bridge;
mod cache;
mod docs;
mod explain;
mod filters;
mod macros;
mod relation;
mod replacement;
mod secret;
mod settings;
mod sync;
mod table_function;
pub mod types;
pub mod vectors;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use duckdb_neo::error::DuckDBError;
use duckdb_neo::extension::{Extension, run_extension_entrypoint};
use duckdb_neo::ffi::duckdb_v2_extension_input;

use self::explain::Plans;
use self::relation::Relation;
use crate::allowance::Allowances;
use crate::catalog::CATALOGS;
use crate::error::{Class, Error};
use crate::history::{History, REQUESTS, SCANS};
use crate::tables::TABLES;

/// The DuckDB release that this build is for; `bridge.cpp` is compiled against its headers.
const DUCKDB: &str = "v2.0.0";

/// What DuckDB calls on `LOAD`.
///
/// # Safety
/// Only for DuckDB, which passes a live `input`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn partnerstack_init_c_api_v2(input: *mut duckdb_v2_extension_input) {
    // SAFETY: DuckDB passes a live input, whose context lives as long as this call.
    unsafe {
        let Some(context) = input.as_ref().map(|input| input.context.cast()) else { return };
        run_extension_entrypoint(input, DUCKDB, |extension| {
            guard("LOAD", || load(extension, context)).map_err(Into::into)
        });
    }
}

/// # Safety
/// `context` must be the live context handle of the entry point.
unsafe fn load(extension: &Extension, context: *mut c_void) -> Result<(), Failure> {
    let running = duckdb_neo::library_version()?;
    if running != DUCKDB {
        let message = format!("This build of partnerstack is for DuckDB {DUCKDB}, not {running}.");
        return Err(duckdb_neo::Error::invalid_input(message).into());
    }
    // SAFETY: as promised by the caller.
    unsafe { bridge::register(context)? };
    let instance = Arc::new(Instance::default());
    TABLES.iter().try_for_each(|table| table_function::register(extension, table, &instance))?;
    relations(&instance)
        .into_iter()
        .try_for_each(|relation| relation::register(extension, relation))?;
    explain::register(extension, &instance)?;
    cache::register(extension)?;
    settings::register(extension)?;
    macros::register(extension)?;
    attach::register(extension)?;
    sync::register(extension)?;
    replacement::register(extension)
}

/// What one database remembers.
#[derive(Default)]
struct Instance {
    history: Arc<History>,
    allowances: Allowances,
    plans: Plans,
}

/// The table functions without requests.
fn relations(instance: &Instance) -> Vec<Relation> {
    let definitions = CATALOGS.iter().map(|catalog| Relation {
        name: catalog.name,
        doc: catalog.doc,
        columns: catalog.columns,
        has_since: false,
        rows: Box::new(|_, _| Ok((catalog.rows)())),
    });
    let (requests, scans) = (instance.history.clone(), instance.history.clone());
    let history = [
        Relation {
            name: "requests",
            doc: "The latest requests that this database made, the latest last.",
            columns: &REQUESTS,
            has_since: false,
            rows: Box::new(move |_, _| Ok(requests.requests())),
        },
        Relation {
            name: "scans",
            doc: "The latest scans of this database, the latest last: what each asked for, and what came.",
            columns: &SCANS,
            has_since: false,
            rows: Box::new(move |_, _| Ok(scans.scans())),
        },
    ];
    definitions.chain(history).collect()
}

/// An error on the way to DuckDB: one of ours, or one that DuckDB itself gave.
enum Failure {
    Ours(Error),
    DuckDb(duckdb_neo::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Ours(error)
    }
}

impl From<duckdb_neo::Error> for Failure {
    fn from(error: duckdb_neo::Error) -> Failure {
        Failure::DuckDb(error)
    }
}

/// Runs a callback. What it returns reaches DuckDB as an error of the right class, and a panic as an
/// error too: one that left a callback would invalidate the database.
fn guard<T>(
    callback: &'static str,
    body: impl FnOnce() -> Result<T, Failure>,
) -> duckdb_neo::Result<T> {
    contain(callback, || Ok(body())).unwrap_or_else(|error| Err(error.into())).map_err(|failure| {
        match failure {
            Failure::DuckDb(error) => error,
            Failure::Ours(error) => {
                duckdb_neo::Error { code: code(error.class()), message: error.to_string() }
            }
        }
    })
}

/// Runs `body`, and makes a panic in it an error.
fn contain<T>(callback: &'static str, body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let caught = catch_unwind(AssertUnwindSafe(|| {
        provoke(callback);
        body()
    }));
    caught.unwrap_or_else(|panic| Err(Error::from_panic(callback, &*panic)))
}

/// In builds for development, panics in the callback that `PARTNERSTACK_PANIC_IN` names, for the test
/// that a panic anywhere is only an error.
fn provoke(callback: &str) {
    if cfg!(debug_assertions)
        && std::env::var("PARTNERSTACK_PANIC_IN").is_ok_and(|name| name == callback)
    {
        panic!("provoked");
    }
}

fn code(class: Class) -> DuckDBError {
    match class {
        Class::Binder => DuckDBError::QueryBinder,
        Class::InvalidInput => DuckDBError::InputInvalid,
        Class::Configuration => DuckDBError::ConfigurationInvalid,
        Class::Permission => DuckDBError::ConfigurationPermission,
        Class::Http => DuckDBError::IoHttp,
        Class::Io => DuckDBError::IoGeneral,
        Class::Interrupt => DuckDBError::RuntimeInterrupt,
    }
}
