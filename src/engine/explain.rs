//! `PRAGMA partnerstack_explain('SELECT …')`: what a query would ask, without asking.
//!
//! The pragma has DuckDB plan the query by `PREPARE`, which binds every table and offers it the filters,
//! and then shows what was planned for the tables that were bound meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duckdb_neo::Result;
use duckdb_neo::bind_arguments::BindArguments;
use duckdb_neo::connection::Context;
use duckdb_neo::extension::Extension;
use duckdb_neo::pragma_function::{PragmaFunctionBuilder, PragmaQueryCallbacks};
use duckdb_neo::signature::{FunctionDocumentationBuilder, FunctionParameter, SignatureBuilder};
use serde_json::{Value, json};

use super::bound::{Bound, Planned};
use super::relation::{self, Relation};
use super::{Failure, Instance, guard};
use crate::schema::{Column, varchar};

/// More tables than this are not remembered between binding and showing.
const MOST: usize = 100;

static COLUMNS: [Column; 5] = [
    varchar("table", "Name of the table."),
    varchar("api", "API that would be asked: vendor or partner."),
    varchar("path", "Path that would be asked."),
    varchar("pushed", "What the query's filters add to the requests; parts with | between them."),
    varchar("residual", "Filters that DuckDB alone applies; it applies the others too."),
];

/// The tables that were bound, the latest last.
#[derive(Default)]
pub(super) struct Plans(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    bound_so_far: i64,
    bound: VecDeque<(i64, Arc<Bound>)>,
}

impl Plans {
    /// Notes that a table was bound.
    pub(super) fn note(&self, bound: &Arc<Bound>) {
        let mut kept = self.kept();
        kept.bound_so_far += 1;
        let number = kept.bound_so_far;
        kept.bound.push_back((number, bound.clone()));
        if kept.bound.len() > MOST {
            kept.bound.pop_front();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was planned for the tables that were bound after the first `since`.
    fn rows(&self, context: &Context, since: i64) -> std::result::Result<Vec<Value>, Failure> {
        let bound: Vec<Arc<Bound>> = {
            let kept = self.kept();
            let later = kept.bound.iter().filter(|(number, _)| *number > since);
            later.map(|(_, bound)| bound.clone()).collect()
        };
        bound.iter().map(|bound| row(bound, context)).collect()
    }
}

fn row(bound: &Bound, context: &Context) -> std::result::Result<Value, Failure> {
    let Planned { plan, residual } = bound.plan(context)?;
    Ok(json!({
        "table": bound.table.name,
        "api": bound.api.word(),
        "path": bound.endpoint.path,
        "pushed": plan.to_string(),
        "residual": residual,
    }))
}

/// Registers the pragma, and the function that it shows its rows by.
pub(super) fn register(
    extension: &Extension,
    instance: &Arc<Instance>,
) -> std::result::Result<(), Failure> {
    let plans = instance.clone();
    let planned = Relation {
        name: "planned",
        doc: "What was planned for the tables that queries bound, after the first so many.",
        columns: &COLUMNS,
        has_since: true,
        rows: Box::new(move |context, since| plans.plans.rows(context, since)),
    };
    relation::register(extension, planned)?;
    let docs = FunctionDocumentationBuilder::new()
        .description("Shows what a query would ask PartnerStack for, without asking.")
        .add_example("", "PRAGMA partnerstack_explain('FROM partnerstack_deals() LIMIT 10')")
        .add_category("partnerstack");
    let signature = SignatureBuilder::new()
        .param(FunctionParameter::new::<String>("query"))
        .documentation(docs);
    let explain = Explain(instance.clone());
    Ok(PragmaFunctionBuilder::query("partnerstack_explain", signature, explain)
        .register(extension)?)
}

struct Explain(Arc<Instance>);

impl PragmaQueryCallbacks for Explain {
    fn query(&self, _: &Context, arguments: BindArguments<'_>) -> Result<String> {
        guard("explain", || {
            let query = arguments.value(0)?.map(|query| query.get::<String>()).transpose()?;
            let query = query.flatten().unwrap_or_default();
            let query = query.trim_end().trim_end_matches(';');
            let since = self.0.plans.kept().bound_so_far;
            // In parentheses, a second statement behind a semicolon is a syntax error.
            Ok(format!(
                "PREPARE partnerstack_explained AS FROM (\n{query}\n);\n\
                 DEALLOCATE PREPARE partnerstack_explained;\n\
                 FROM partnerstack_planned(since := {since});"
            ))
        })
    }
}
