//! Table functions whose rows this extension makes itself: the definitions, the history, the plans.

use std::sync::{Mutex, PoisonError};

use duckdb_neo::Result;
use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::Context;
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::extension::Extension;
use duckdb_neo::signature::{
    FunctionDocumentationBuilder, FunctionParameter, FunctionParameterKind, SignatureBuilder,
};
use duckdb_neo::table_function::{
    BindFunctionHandle, ExecColumnInfo, InitColumnData, TableFunctionBuilder,
    TableFunctionCallbacks,
};
use serde_json::{Value, json};

use super::{Failure, guard, types, vectors};
use crate::page::{Page, Wanted, read};
use crate::schema::{Column, Rows};
use crate::sieve::Sieve;

/// A table function without requests.
pub(super) struct Relation {
    /// The name, after `partnerstack_`.
    pub name: &'static str,
    /// What a row is, in a sentence.
    pub doc: &'static str,
    /// The columns.
    pub columns: &'static [Column],
    /// Whether it has the parameter `since`.
    pub has_since: bool,
    /// Makes the rows, objects with a member for each column, from the value of `since` on.
    pub rows: MakeRows,
}

type MakeRows =
    Box<dyn Fn(&Context, i64) -> std::result::Result<Vec<Value>, Failure> + Send + Sync>;

/// Registers a relation.
pub(super) fn register(
    extension: &Extension,
    relation: Relation,
) -> std::result::Result<(), Failure> {
    let name = format!("partnerstack_{}", relation.name);
    let docs = FunctionDocumentationBuilder::new()
        .description(relation.doc)
        .add_example("", format!("FROM {name}()"))
        .add_category("partnerstack");
    let mut signature = SignatureBuilder::new();
    if relation.has_since {
        let since = FunctionParameter::with_default("since", 0_i64);
        signature = signature.param(since.kind(FunctionParameterKind::Named));
    }
    let signature = signature.documentation(docs);
    Ok(TableFunctionBuilder::new(&name, signature, relation).register(extension)?)
}

/// The rows, and how many of them were written.
pub(super) struct Written {
    page: Page,
    rows: usize,
}

impl TableFunctionCallbacks for Relation {
    type BindData = i64;
    type GlobalState = Mutex<Written>;
    type LocalState = ();

    fn bind(
        &self,
        context: &Context,
        arguments: Vec<BindArgument>,
        result: BindFunctionHandle<'_>,
    ) -> Result<i64> {
        guard("bind", || {
            for column in self.columns {
                result
                    .add_result_column(column.name, &types::logical_type(context, &column.ty)?)?;
            }
            let since = arguments.first().and_then(|argument| argument.value.as_ref());
            Ok(since.map(|since| since.get::<i64>()).transpose()?.flatten().unwrap_or(0))
        })
    }

    fn init_global_state(
        &self,
        since: &i64,
        context: &Context,
        _: InitColumnData<'_>,
    ) -> Result<(Option<Mutex<Written>>, Option<usize>)> {
        guard("init", || {
            let page = self.page((self.rows)(context, *since)?)?;
            Ok((Some(Mutex::new(Written { page, rows: 0 })), Some(1)))
        })
    }

    fn exec(
        &self,
        _: &i64,
        written: Option<&Mutex<Written>>,
        _: Option<&mut ()>,
        _: &Context,
        mut output: DataChunkRef<'_>,
        _: ExecColumnInfo<'_>,
    ) -> Result<()> {
        guard("exec", || {
            let Some(written) = written else { return Ok(()) };
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            let end = written.page.rows.min(written.rows + output.capacity()?);
            for (index, cells) in written.page.columns.iter().enumerate() {
                let vector = output.get_vector_at_mut(index)?;
                vectors::write(vector, cells, written.rows..end, &written.page.text)?;
            }
            written.rows = end;
            Ok(())
        })
    }
}

impl Relation {
    /// The rows as a page, by the same way as rows of the API.
    fn page(&self, rows: Vec<Value>) -> std::result::Result<Page, Failure> {
        let columns: Vec<&'static Column> = self.columns.iter().collect();
        let wanted =
            Wanted { columns: &columns, rows: Rows::Array, limit: rows.len(), owner: None };
        let body = json!({ "data": rows }).to_string();
        read(body, wanted, &mut Sieve::default()).map_err(|malformed| {
            duckdb_neo::Error::api_error(format!("rows of {}: {malformed:?}", self.name)).into()
        })
    }
}
