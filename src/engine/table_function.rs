//! `partnerstack_<table>()`: bound from the definition, scanned by `scan`.

use std::sync::{Mutex, PoisonError};

use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::Context;
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::extension::Extension;
use duckdb_neo::signature::{FunctionParameter, FunctionParameterKind, SignatureBuilder};
use duckdb_neo::table_function::{
    BindFunctionHandle, ExecColumnInfo, InitColumnData, TableFunctionBuilder,
    TableFunctionCallbacks,
};
use duckdb_neo::{DuckDBType, FromValue, Result};

use super::secret::Choice;
use super::{Failure, bridge, docs, guard, settings, types, vectors};
use crate::api::client::Account;
use crate::api::credentials::Credentials;
use crate::error::Error;
use crate::estimate;
use crate::fetch::Listing;
use crate::page::Page;
use crate::scan::{Scan, Watch};
use crate::schema::{Api, Column, Effect, Endpoint, Parameter, Table, Values};
use crate::settings::{ENVIRONMENT, Environment};

const LARGEST_PAGE: i64 = 250;

/// DuckDB's clients look for Ctrl-C and move the progress bar once in this many chunks.
const CHUNKS_BETWEEN_LOOKS: usize = 50;

/// Registers the function of `table`.
pub(super) fn register(
    extension: &Extension,
    table: &'static Table,
) -> std::result::Result<(), Failure> {
    // Named-only: DuckDB may merge scans that differ in named arguments alone only if there are
    // positional ones to compare.
    let page_size = FunctionParameter::with_default("page_size", LARGEST_PAGE);
    let mut signature = SignatureBuilder::new()
        .param(text("secret"))
        .param(text("account"))
        .param(text("api"))
        .param(page_size.kind(FunctionParameterKind::Named));
    for parameter in table.parameters() {
        signature = signature.param(match parameter.values {
            Values::Required | Values::Optional => text(parameter.name),
            Values::On => FunctionParameter::with_default(parameter.name, true)
                .kind(FunctionParameterKind::Named),
        });
    }
    let signature = signature.documentation(docs::of(table));
    TableFunctionBuilder::new(&format!("partnerstack_{}", table.name), signature, Function(table))
        .with_projection_pushdown(true)
        .with_progress()
        .register(extension)?;
    Ok(())
}

fn text(name: &str) -> FunctionParameter {
    FunctionParameter::new::<String>(name)
        .kind(FunctionParameterKind::Named)
        .default_value(None::<String>)
}

struct Function(&'static Table);

/// How many parameters every table has; its own follow.
const COMMON_PARAMETERS: usize = 4;

/// What a query asks of the table.
struct Bound {
    api: Api,
    endpoint: &'static Endpoint,
    choice: Choice,
    arguments: Vec<(&'static Parameter, String)>,
    page_size: usize,
}

/// A scan, and a view of it that does not wait for it.
struct Running {
    rows: Mutex<Rows>,
    watch: Watch,
}

/// The pages of a scan, and what is left of the one at hand.
struct Rows {
    scan: Scan,
    rest: Option<Rest>,
}

/// What is left of a page: its rows from `start` on, to be handed out `step` at a time.
struct Rest {
    page: Page,
    start: usize,
    step: usize,
}

impl TableFunctionCallbacks for Function {
    type BindData = Bound;
    type GlobalState = Running;
    type LocalState = ();

    fn bind(
        &self,
        context: &Context,
        arguments: Vec<BindArgument>,
        result: BindFunctionHandle<'_>,
    ) -> Result<Bound> {
        guard("bind", || bind(self.0, context, &arguments, &result))
    }

    fn init_global_state(
        &self,
        bound: &Bound,
        context: &Context,
        columns: InitColumnData<'_>,
    ) -> Result<(Option<Running>, Option<usize>)> {
        guard("init", || {
            let credentials = bound.choice.require(context)?;
            let columns = projected(bound.endpoint, &columns)?;
            let environment = environment(context, bound.endpoint)?;
            let listing = listing(bound, &credentials, columns, environment)?;
            let scan = Scan::new(listing);
            let watch = scan.watch();
            let rows = Mutex::new(Rows { scan, rest: None });
            Ok((Some(Running { rows, watch }), Some(1)))
        })
    }

    fn exec(
        &self,
        _: &Bound,
        running: Option<&Running>,
        _: Option<&mut ()>,
        context: &Context,
        mut output: DataChunkRef<'_>,
        _: ExecColumnInfo<'_>,
    ) -> Result<()> {
        guard("exec", || {
            let Some(running) = running else { return Ok(()) };
            let mut rows = running.rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.fill(context, &mut output)
        })
    }

    fn progress(&self, _: &Bound, running: Option<&Running>, _: &Context) -> Result<Option<f64>> {
        guard("progress", || Ok(running.map(|running| running.watch.fraction())))
    }
}

fn bind(
    table: &'static Table,
    context: &Context,
    arguments: &[BindArgument],
    result: &BindFunctionHandle<'_>,
) -> std::result::Result<Bound, Failure> {
    let choice = Choice::new(argument(arguments, 0)?, argument(arguments, 1)?)?;
    let wanted = argument::<String>(arguments, 2)?
        .map(|word| Api::from_word(&word).ok_or_else(|| Error::unknown_api(&word)));
    let (api, credentials) = match wanted.transpose()? {
        Some(api) => (api, choice.find(context)?),
        None => {
            let credentials = choice.require(context)?;
            (credentials.api_for(table), Some(credentials))
        }
    };
    let endpoint = table.endpoint(api).ok_or_else(|| Error::not_in_api(table, api))?;
    if let Some(credentials) = &credentials {
        estimate_rows(credentials, endpoint, result)?;
    }
    for column in endpoint.all_columns() {
        result.add_result_column(column.name, &types::logical_type(context, &column.ty)?)?;
    }
    let page_size = argument(arguments, 3)?.unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&page_size) {
        return Err(Error::page_size(page_size).into());
    }
    let own = own_arguments(table, endpoint, &arguments[COMMON_PARAMETERS..])?;
    Ok(Bound { api, endpoint, choice, arguments: own, page_size: page_size as usize })
}

/// The values of the parameters that only this table has, for the endpoint that is asked.
fn own_arguments(
    table: &'static Table,
    endpoint: &'static Endpoint,
    arguments: &[BindArgument],
) -> std::result::Result<Vec<(&'static Parameter, String)>, Failure> {
    let mut found = Vec::new();
    for (index, declared) in table.parameters().into_iter().enumerate() {
        let parameter = endpoint.parameters.iter().find(|other| other.name == declared.name);
        let Some(parameter) = parameter else { continue };
        let value = match parameter.values {
            Values::On => {
                argument::<bool>(arguments, index)?.unwrap_or(true).then(|| "true".to_owned())
            }
            Values::Required | Values::Optional => {
                argument::<String>(arguments, index)?.filter(|text| !text.is_empty())
            }
        };
        match value {
            Some(value) if parameter.effect == Effect::Path && value.contains(['?', '#']) => {
                return Err(Error::path(&value).into());
            }
            Some(value) => found.push((parameter, value)),
            None if parameter.values == Values::Required => {
                return Err(Error::missing_parameter(table, parameter.name).into());
            }
            None => {}
        }
    }
    Ok(found)
}

fn estimate_rows(
    credentials: &Credentials,
    endpoint: &Endpoint,
    result: &BindFunctionHandle<'_>,
) -> Result<()> {
    let name = (credentials.base_url.clone(), credentials.secret.clone(), endpoint.path);
    match estimate::recall(&name) {
        Some(rows) => result.set_cardinality(rows as usize, false),
        None => Ok(()),
    }
}

/// An argument's value, `None` where it is `NULL` or left out.
fn argument<T: FromValue + DuckDBType>(
    arguments: &[BindArgument],
    index: usize,
) -> Result<Option<T>> {
    match arguments.get(index).and_then(|argument| argument.value.as_ref()) {
        Some(value) if !value.is_null()? => value.get(),
        _ => Ok(None),
    }
}

fn projected(
    endpoint: &'static Endpoint,
    columns: &InitColumnData<'_>,
) -> Result<Vec<&'static Column>> {
    let all: Vec<_> = endpoint.all_columns().collect();
    (0..columns.count()?).map(|position| Ok(all[columns.get_column_index(position)?])).collect()
}

/// Which rows are wanted, where the table tells test rows from others.
fn environment(
    context: &Context,
    endpoint: &Endpoint,
) -> std::result::Result<Environment, Failure> {
    let tells = endpoint.columns.iter().any(|column| column.name == "test");
    let value = settings::get(context, &ENVIRONMENT)?;
    Ok(if tells { Environment::from_value(value) } else { Environment::Any })
}

fn listing(
    bound: &Bound,
    credentials: &Credentials,
    columns: Vec<&'static Column>,
    environment: Environment,
) -> std::result::Result<Listing, Error> {
    let account = Account {
        secret: credentials.secret.clone(),
        base_url: credentials.base_url.clone(),
        grant: credentials.require(bound.api)?.clone(),
    };
    let arguments = bound.arguments.clone();
    Ok(Listing {
        account,
        endpoint: bound.endpoint,
        arguments,
        columns,
        page_size: bound.page_size,
        environment,
    })
}

impl Rows {
    /// Fills a chunk from the page at hand, or else from the next one that has rows. Leaves it empty
    /// at the end.
    fn fill(
        &mut self,
        context: &Context,
        output: &mut DataChunkRef<'_>,
    ) -> std::result::Result<(), Failure> {
        let Some(mut rest) = self.rest(context, output.capacity()?)? else { return Ok(()) };
        let end = rest.page.rows.min(rest.start + rest.step);
        for (index, cells) in rest.page.columns.iter().enumerate() {
            let vector = output.get_vector_at_mut(index)?;
            vectors::write(vector, cells, rest.start..end, &rest.page.text)?;
        }
        rest.start = end;
        self.rest = Some(rest);
        Ok(())
    }

    /// The page at hand, or else the next one that has rows.
    fn rest(
        &mut self,
        context: &Context,
        capacity: usize,
    ) -> std::result::Result<Option<Rest>, Error> {
        if let Some(rest) = self.rest.take().filter(|rest| rest.start < rest.page.rows) {
            return Ok(Some(rest));
        }
        while let Some(page) = self.scan.next_page(|| bridge::is_interrupted(context))? {
            if page.rows > 0 {
                let step = self.step(&page).min(capacity);
                return Ok(Some(Rest { page, start: 0, step }));
            }
        }
        Ok(None)
    }

    /// How many rows to hand out at a time: all, or few enough that a client which waits for the
    /// network looks up once a page.
    fn step(&self, page: &Page) -> usize {
        if self.scan.had_to_wait() { page.rows.div_ceil(CHUNKS_BETWEEN_LOOKS) } else { page.rows }
    }
}
