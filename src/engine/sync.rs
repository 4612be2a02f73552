//! `PRAGMA partnerstack_sync('rewards', 'ps.rewards')`: keeps a copy of a resource, or of all.
//!
//! The pragma returns SQL, which DuckDB runs on the user's own connection as one transaction.

use duckdb_neo::Result;
use duckdb_neo::bind_arguments::BindArguments;
use duckdb_neo::connection::Context;
use duckdb_neo::extension::Extension;
use duckdb_neo::pragma_function::{PragmaFunctionBuilder, PragmaQueryCallbacks};
use duckdb_neo::signature::{
    FunctionDocumentationBuilder, FunctionParameter, FunctionParameterKind, SignatureBuilder,
};

use super::attach::can_be_a_view;
use super::secret::Choice;
use super::{Failure, guard};
use crate::api::credentials::Credentials;
use crate::error::Error;
use crate::schema::{Api, Table};
use crate::sql;
use crate::sync::{Copy, Sync, has_keys};
use crate::tables::{self, TABLES};

/// The word for every resource.
const ALL: &str = "all";

/// Registers the pragma.
pub(super) fn register(extension: &Extension) -> std::result::Result<(), Failure> {
    let named = |parameter: FunctionParameter| parameter.kind(FunctionParameterKind::Named);
    let text = |name| named(FunctionParameter::new::<String>(name).default_value(None::<String>));
    let flag = |name| named(FunctionParameter::with_default(name, false));
    let docs = FunctionDocumentationBuilder::new()
        .description("Keeps a copy of a resource in a table: fetches what may have changed, and merges it by key.")
        .add_example("", "PRAGMA partnerstack_sync('deals', 'deals')")
        .add_category("partnerstack");
    let signature = SignatureBuilder::new()
        .param(FunctionParameter::new::<String>("resource"))
        .param(FunctionParameter::with_default("target", String::new()))
        .param(text("secret"))
        .param(text("account"))
        .param(text("api"))
        .param(text("lookback"))
        .param(flag("full_refresh"))
        .param(flag("detect_deletes"))
        .documentation(docs);
    Ok(PragmaFunctionBuilder::query("partnerstack_sync", signature, Pragma).register(extension)?)
}

struct Pragma;

impl PragmaQueryCallbacks for Pragma {
    fn query(&self, context: &Context, arguments: BindArguments<'_>) -> Result<String> {
        guard("sync", || {
            let text = |index| -> Result<Option<String>> {
                let value = arguments.value(index)?;
                value.map_or(Ok(None), |value| value.get::<String>())
            };
            let flag = |index| -> Result<bool> {
                let value = arguments.value(index)?;
                Ok(value.map(|value| value.get::<bool>()).transpose()?.flatten().unwrap_or(false))
            };
            let resource = text(0)?.unwrap_or_default();
            let credentials = Choice::new(text(2)?, text(3)?)?.require(context)?;
            let api = text(4)?
                .map(|word| Api::from_word(&word).ok_or_else(|| Error::unknown_api(&word)))
                .transpose()?;
            let into = text(1)?.filter(|into| !into.is_empty());
            let into =
                into.as_deref().map(|into| sql::parts(into).ok_or_else(|| Error::target(into)));
            let into = into.transpose()?;
            let look_back = text(5)?;
            let sync = Sync {
                account: &credentials.secret,
                full: flag(6)?,
                detect_deletes: flag(7)?,
                look_back: look_back.as_deref(),
            };
            let copies = if resource.eq_ignore_ascii_case(ALL) {
                all(api, &credentials, &into.unwrap_or_default())
            } else {
                vec![one(&resource, api, &credentials, into)?]
            };
            Ok(sync.script(&copies))
        })
    }
}

/// The copy of one resource.
fn one(
    resource: &str,
    api: Option<Api>,
    credentials: &Credentials,
    into: Option<Vec<String>>,
) -> std::result::Result<Copy, Error> {
    let table = tables::find(resource).ok_or_else(|| Error::unknown_table(resource))?;
    let api = api.unwrap_or_else(|| credentials.api_for(table));
    let endpoint = table.endpoint(api).ok_or_else(|| Error::not_in_api(table, api))?;
    if !has_keys(endpoint) || !can_be_a_view(endpoint) {
        return Err(Error::no_copy(table));
    }
    let into = into.unwrap_or_else(|| vec![table.name.to_owned()]);
    Ok(Copy { table, api, endpoint, into })
}

/// Copies of every resource that there are keys for, under its own name.
fn all(api: Option<Api>, credentials: &Credentials, place: &[String]) -> Vec<Copy> {
    let copy = |table: &&'static Table| {
        let api = api.unwrap_or_else(|| credentials.api_for(table));
        let endpoint =
            table.endpoint(api).filter(|endpoint| has_keys(endpoint) && can_be_a_view(endpoint))?;
        let into = place.iter().cloned().chain([table.name.to_owned()]).collect();
        Some(Copy { table, api, endpoint, into })
    };
    TABLES.iter().filter_map(copy).collect()
}
