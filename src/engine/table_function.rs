//! `partnerstack_<table>()`: bound from the definition, scanned by `scan`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duckdb_neo::Result;
use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::Context;
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::extension::Extension;
use duckdb_neo::log::{Log, LogLevel};
use duckdb_neo::signature::SignatureBuilder;
use duckdb_neo::table_function::{
    BindFunctionHandle, ExecColumnInfo, InitColumnData, PushdownData, TableFilterPushdownCallbacks,
    TableFunctionBuilder, TableFunctionCallbacks,
};

use super::arguments::{self, Arguments};
use super::bound::Bound;
use super::secret::Choice;
use super::{Failure, Instance, bridge, docs, filters, guard, types, vectors};
use crate::error::Error;
use crate::estimate;
use crate::page::Page;
use crate::scan::{Polled, Scan, Watch};
use crate::schema::{Column, Endpoint, Table};

/// DuckDB's clients look for Ctrl-C and move the progress bar once in this many chunks.
const CHUNKS_BETWEEN_LOOKS: usize = 50;

/// While the network is what a query waits for, clients look up after about fifty times this.
const WAIT_PER_CHUNK: Duration = Duration::from_millis(2);

/// How many rows are kept back at most: enough for a client to look up four times in the longest wait there is.
const MOST_KEPT: usize = 200;

/// The type that DuckDB's log gives the requests.
const LOG_TYPE: &str = "partnerstack";

/// Registers the function of `table`.
pub(super) fn register(
    extension: &Extension,
    table: &'static Table,
    instance: &Arc<Instance>,
) -> std::result::Result<(), Failure> {
    let signature = arguments::declare(extension, table, SignatureBuilder::new())?;
    let signature = signature.documentation(docs::of(table));
    let function = Function { table, instance: instance.clone() };
    TableFunctionBuilder::new(&format!("partnerstack_{}", table.name), signature, function)
        .with_projection_pushdown(true)
        .with_filter_pushdown()
        .with_progress()
        .register(extension)?;
    Ok(())
}

struct Function {
    table: &'static Table,
    instance: Arc<Instance>,
}

/// A scan, and a view of it that does not wait for it.
struct Running {
    rows: Mutex<Rows>,
    watch: Watch,
}

/// The pages of a scan, and what is left of those at hand. The last `kept` of their rows are kept back until another
/// page is there.
struct Rows {
    scan: Scan,
    rests: VecDeque<Rest>,
    kept: usize,
}

/// What is left of a page: its rows from `start` on, to be handed out `step` at a time.
struct Rest {
    page: Page,
    start: usize,
    step: usize,
}

impl TableFunctionCallbacks for Function {
    type BindData = Arc<Bound>;
    type GlobalState = Running;
    type LocalState = ();

    fn bind(
        &self,
        context: &Context,
        arguments: Vec<BindArgument>,
        result: BindFunctionHandle<'_>,
    ) -> Result<Arc<Bound>> {
        guard("bind", || {
            let bound = Arc::new(bind(self.table, context, &Arguments(&arguments), &result)?);
            self.instance.plans.note(&bound);
            Ok(bound)
        })
    }

    fn init_global_state(
        &self,
        bound: &Arc<Bound>,
        context: &Context,
        columns: InitColumnData<'_>,
    ) -> Result<(Option<Running>, Option<usize>)> {
        guard("init", || {
            let columns = projected(bound.endpoint, &columns)?;
            let scan = Scan::new(bound.listing(context, columns, &self.instance)?);
            let watch = scan.watch();
            let rows = Mutex::new(Rows::new(scan));
            Ok((Some(Running { rows, watch }), Some(1)))
        })
    }

    fn exec(
        &self,
        _: &Arc<Bound>,
        running: Option<&Running>,
        _: Option<&mut ()>,
        context: &Context,
        mut output: DataChunkRef<'_>,
        _: ExecColumnInfo<'_>,
    ) -> Result<()> {
        guard("exec", || {
            let Some(running) = running else { return Ok(()) };
            let mut rows = running.rows.lock().unwrap_or_else(PoisonError::into_inner);
            let filled = rows.fill(context, &mut output);
            log(&rows, context)?;
            filled
        })
    }

    fn progress(
        &self,
        _: &Arc<Bound>,
        running: Option<&Running>,
        _: &Context,
    ) -> Result<Option<f64>> {
        guard("progress", || Ok(running.map(|running| running.watch.fraction())))
    }
}

impl TableFilterPushdownCallbacks for Function {
    fn pushdown_filter(
        &self,
        bound: &Arc<Bound>,
        _: &Context,
        offered: PushdownData<'_>,
    ) -> Result<()> {
        guard("pushdown", || {
            bound.hint(filters::offered(bound.endpoint, &offered)?);
            Ok(())
        })
    }
}

fn bind(
    table: &'static Table,
    context: &Context,
    arguments: &Arguments<'_>,
    result: &BindFunctionHandle<'_>,
) -> std::result::Result<Bound, Failure> {
    let choice = Choice::new(arguments.secret()?, arguments.account()?)?;
    let (api, credentials) = match arguments.api()? {
        Some(api) => (api, choice.find(context)?),
        None => {
            let credentials = choice.require(context)?;
            (credentials.api_for(table), Some(credentials))
        }
    };
    let endpoint = table.endpoint(api).ok_or_else(|| Error::not_in_api(table, api))?;
    if let Some(credentials) = credentials {
        let name = (credentials.base_url, credentials.secret, endpoint.path);
        let rows = estimate::recall(&name);
        rows.map_or(Ok(()), |rows| result.set_cardinality(rows as usize, false))?;
    }
    for column in endpoint.all_columns() {
        result.add_result_column(column.name, &types::logical_type(context, &column.ty)?)?;
    }
    Ok(Bound {
        table,
        api,
        endpoint,
        choice,
        own: arguments.own(context, table, endpoint)?,
        extra: arguments.extra()?,
        page_size: arguments.page_size()?,
        is_fresh: arguments.is_fresh()?,
        hints: Mutex::default(),
    })
}

fn projected(
    endpoint: &'static Endpoint,
    columns: &InitColumnData<'_>,
) -> Result<Vec<&'static Column>> {
    let all: Vec<_> = endpoint.all_columns().collect();
    (0..columns.count()?).map(|position| Ok(all[columns.get_column_index(position)?])).collect()
}

/// Hands the requests since the last call to DuckDB's log.
fn log(rows: &MutexGuard<'_, Rows>, context: &Context) -> std::result::Result<(), Failure> {
    for line in rows.scan.new_lines() {
        Log::log_on_context(context, LogLevel::Info, &line, LOG_TYPE)?;
    }
    Ok(())
}

impl Rows {
    fn new(scan: Scan) -> Rows {
        Rows { scan, rests: VecDeque::new(), kept: 0 }
    }

    /// Fills a chunk from the page at hand, or else from the next one that has rows. Leaves it empty
    /// at the end.
    fn fill(
        &mut self,
        context: &Context,
        output: &mut DataChunkRef<'_>,
    ) -> std::result::Result<(), Failure> {
        let free = self.free(context)?.min(output.capacity()?);
        let Some(rest) = self.rests.front_mut() else { return Ok(()) };
        let end = rest.page.rows.min(rest.start + rest.step.min(free));
        for (index, cells) in rest.page.columns.iter().enumerate() {
            let vector = output.get_vector_at_mut(index)?;
            vectors::write(vector, cells, rest.start..end, &rest.page.text)?;
        }
        rest.start = end;
        Ok(())
    }

    /// How many rows may be handed out now, once there are any; none at the end. A client that has waited long for
    /// the next page gets a row that was kept back, so that it looks up.
    fn free(&mut self, context: &Context) -> std::result::Result<usize, Error> {
        loop {
            self.rests.retain(|rest| rest.start < rest.page.rows);
            let left: usize = self.rests.iter().map(|rest| rest.page.rows - rest.start).sum();
            if left > self.kept {
                return Ok(left - self.kept);
            }
            match self.scan.poll(left > 0, || bridge::is_interrupted(context))? {
                Polled::NotYet => self.kept = self.kept.saturating_sub(1),
                Polled::End if left == 0 => return Ok(0),
                Polled::End => self.kept = 0,
                Polled::Page(page) => {
                    self.kept = self.kept_back(&page);
                    let step = self.step(&page);
                    self.rests.push_back(Rest { page, start: 0, step });
                }
            }
        }
    }

    /// How many rows to hand out at a time: all, or so few that a client which waits for the network looks up
    /// often. The longer a page was waited for, the more chunks it makes.
    fn step(&self, page: &Page) -> usize {
        let chunks = self.scan.waited().as_micros() / WAIT_PER_CHUNK.as_micros();
        page.rows.div_ceil((chunks as usize).clamp(1, CHUNKS_BETWEEN_LOOKS)).max(1)
    }

    /// How many rows to keep back once this page is there, for the case that the next one is long in coming. None of
    /// the first page, which may be all that is wanted, and none at the end.
    fn kept_back(&self, page: &Page) -> usize {
        let (pages, is_over) = self.scan.pages();
        if pages > 1 && !is_over { MOST_KEPT.min(self.kept + page.rows / 5 * 4) } else { 0 }
    }
}
