//! Micro-benchmarks of what a page of rows goes through. They run while DuckDB loads this as an extension.

use std::cell::Cell;
use std::ffi::c_void;
use std::fmt;
use std::ptr;

use divan::counter::ItemsCount;
use divan::{Bencher, Divan};
use duckdb_neo::FromRaw;
use duckdb_neo::connection::Context;
use duckdb_neo::data_chunk::DataChunk;
use duckdb_neo::extension::run_extension_entrypoint;
use duckdb_neo::ffi::duckdb_v2_extension_input;
use partnerstack::engine::{types, vectors};
use partnerstack::page::{self, Page, Wanted};
use partnerstack::schema::{Api, Column, Rows};
use partnerstack::sieve::Sieve;
use partnerstack::tables::TABLES;

thread_local! {
    /// DuckDB's context, while it loads this.
    static CONTEXT: Cell<*mut c_void> = const { Cell::new(ptr::null_mut()) };
}

/// What DuckDB calls on `LOAD`.
///
/// # Safety
/// Only for DuckDB, which passes a live `input`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn micro_init_c_api_v2(input: *mut duckdb_v2_extension_input) {
    // SAFETY: DuckDB passes a live input.
    unsafe {
        CONTEXT.set((*input).context.cast());
        run_extension_entrypoint(input, "v2.0.0", |_| {
            Divan::default().run_benches();
            Ok(())
        });
    }
}

/// The columns that a query uses.
#[derive(Clone, Copy)]
enum Columns {
    None,
    Three,
    Typed,
    All,
}

const COLUMNS: [Columns; 4] = [Columns::None, Columns::Three, Columns::Typed, Columns::All];

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Columns::None => "no column",
            Columns::Three => "three columns",
            Columns::Typed => "typed columns",
            Columns::All => "all columns",
        })
    }
}

impl Columns {
    fn of_rewards(self) -> Vec<&'static Column> {
        let rewards = TABLES.iter().find(|table| table.name == "rewards").expect("a table");
        let all = rewards.endpoint(Api::Vendor).expect("an endpoint").all_columns();
        all.filter(|column| match self {
            Columns::None => false,
            Columns::Three => ["currency", "reward_status", "amount"].contains(&column.name),
            Columns::Typed => column.name != "raw",
            Columns::All => true,
        })
        .collect()
    }
}

/// An answer with a page of rewards, from the file that the environment names.
fn body() -> String {
    let path = std::env::var("PARTNERSTACK_PAGE").expect("PARTNERSTACK_PAGE names a file");
    std::fs::read_to_string(path).expect("a page")
}

fn decoded(body: String, columns: &[&'static Column]) -> Page {
    let wanted = Wanted { columns, rows: Rows::Pages, limit: 250, owner: None };
    page::read(body, wanted, &mut Sieve::default()).expect("a page")
}

/// From the body of an answer to cells.
#[divan::bench(args = COLUMNS)]
fn decode(bencher: Bencher<'_, '_>, columns: Columns) {
    let (body, columns) = (body(), columns.of_rewards());
    let rows = decoded(body.clone(), &columns).rows;
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| body.clone())
        .bench_values(|body| decoded(body, &columns));
}

/// From cells to DuckDB's vectors.
#[divan::bench(args = COLUMNS)]
fn write(bencher: Bencher<'_, '_>, columns: Columns) {
    // SAFETY: DuckDB's context lives until this is loaded.
    let context = unsafe { Context::from_raw(CONTEXT.get().cast()) };
    let columns = columns.of_rewards();
    let page = decoded(body(), &columns);
    let types = columns.iter().map(|column| types::logical_type(&context, &column.ty));
    let types: Vec<_> = types.collect::<Result<_, _>>().expect("types");
    bencher
        .counter(ItemsCount::new(page.rows))
        .with_inputs(|| DataChunk::create(&context, &types, true).expect("a chunk"))
        .bench_local_values(|mut chunk| {
            for (at, cells) in page.columns.iter().enumerate() {
                let vector = chunk.get_vector_at_mut(at).expect("a vector");
                vectors::write(vector, cells, 0..page.rows, &page.text).expect("written");
            }
            chunk
        });
}
