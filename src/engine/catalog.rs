//! `partnerstack_tables()`, `partnerstack_columns()`, `partnerstack_params()`.

use std::sync::atomic::{AtomicUsize, Ordering};

use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::Context;
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::extension::Extension;
use duckdb_neo::signature::{FunctionDocumentationBuilder, SignatureBuilder};
use duckdb_neo::table_function::{
    BindFunctionHandle, ExecColumnInfo, InitColumnData, TableFunctionBuilder,
    TableFunctionCallbacks,
};
use duckdb_neo::{DuckDBType, Result};

use super::{Failure, guard};
use crate::catalog::Catalog;

/// Registers the function of a catalogue.
pub(super) fn register(
    extension: &Extension,
    catalog: &'static Catalog,
) -> std::result::Result<(), Failure> {
    let name = format!("partnerstack_{}", catalog.name);
    let docs = FunctionDocumentationBuilder::new()
        .description(catalog.doc)
        .add_example("", format!("FROM {name}()"))
        .add_category("partnerstack");
    let signature = SignatureBuilder::new().documentation(docs);
    Ok(TableFunctionBuilder::new(&name, signature, Function(catalog)).register(extension)?)
}

struct Function(&'static Catalog);

impl TableFunctionCallbacks for Function {
    type BindData = Vec<Vec<Option<String>>>;
    type GlobalState = AtomicUsize;
    type LocalState = ();

    fn bind(
        &self,
        context: &Context,
        _: Vec<BindArgument>,
        result: BindFunctionHandle<'_>,
    ) -> Result<Vec<Vec<Option<String>>>> {
        guard("bind", || {
            for column in self.0.columns {
                result.add_result_column(column, &String::logical_type(context)?)?;
            }
            let rows = (self.0.rows)();
            result.set_cardinality(rows.len(), true)?;
            Ok(rows)
        })
    }

    fn init_global_state(
        &self,
        _: &Vec<Vec<Option<String>>>,
        _: &Context,
        _: InitColumnData<'_>,
    ) -> Result<(Option<AtomicUsize>, Option<usize>)> {
        Ok((Some(AtomicUsize::new(0)), Some(1)))
    }

    fn exec(
        &self,
        rows: &Vec<Vec<Option<String>>>,
        written: Option<&AtomicUsize>,
        _: Option<&mut ()>,
        _: &Context,
        mut output: DataChunkRef<'_>,
        _: ExecColumnInfo<'_>,
    ) -> Result<()> {
        guard("exec", || {
            let Some(written) = written else { return Ok(()) };
            let capacity = output.capacity()?;
            let start = written.fetch_add(capacity, Ordering::Relaxed).min(rows.len());
            let rows = &rows[start..rows.len().min(start + capacity)];
            for column in 0..self.0.columns.len() {
                let mut vector = output.get_vector_at_mut::<String>(column)?;
                vector.set_size(rows.len())?;
                let mut writer = vector.writer()?;
                for (index, row) in rows.iter().enumerate() {
                    writer.set(index, row[column].as_deref())?;
                }
            }
            Ok(())
        })
    }
}
