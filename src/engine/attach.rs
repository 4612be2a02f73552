//! `PRAGMA partnerstack_attach('ps')`: a catalogue to browse, made of views with comments.
//!
//! The pragma returns SQL, which DuckDB runs on the user's own connection. The views live in a database
//! in memory; nothing is written to the user's file.

use duckdb_neo::bind_arguments::BindArguments;
use duckdb_neo::connection::Context;
use duckdb_neo::extension::Extension;
use duckdb_neo::pragma_function::{PragmaFunctionBuilder, PragmaQueryCallbacks};
use duckdb_neo::signature::{
    FunctionDocumentationBuilder, FunctionParameter, FunctionParameterKind, SignatureBuilder,
};
use duckdb_neo::{Result, render_identifier_quoted};

use super::secret::Choice;
use super::{Failure, guard};
use crate::api::credentials::Credentials;
use crate::error::Error;
use crate::schema::{Api, Endpoint, Missing, Table, Values};
use crate::sql::text as quoted;
use crate::tables::TABLES;

/// Registers the pragma.
pub(super) fn register(extension: &Extension) -> std::result::Result<(), Failure> {
    let named = |name| {
        FunctionParameter::new::<String>(name)
            .kind(FunctionParameterKind::Named)
            .default_value(None::<String>)
    };
    let docs = FunctionDocumentationBuilder::new()
        .description(
            "Attaches a database in memory with a view of every table, each view and column with a \
             comment, for browsing.",
        )
        .add_example("", "PRAGMA partnerstack_attach('ps')")
        .add_category("partnerstack");
    let signature = SignatureBuilder::new()
        .param(FunctionParameter::with_default("name", "partnerstack".to_owned()))
        .param(named("secret"))
        .param(named("account"))
        .param(named("api"))
        .documentation(docs);
    Ok(PragmaFunctionBuilder::query("partnerstack_attach", signature, Attach)
        .register(extension)?)
}

struct Attach;

impl PragmaQueryCallbacks for Attach {
    fn query(&self, context: &Context, arguments: BindArguments<'_>) -> Result<String> {
        guard("attach", || {
            let text = |index| -> Result<Option<String>> {
                let value = arguments.value(index)?;
                value.map_or(Ok(None), |value| value.get::<String>())
            };
            let name = text(0)?.filter(|name| !name.is_empty()).unwrap_or("partnerstack".into());
            let (secret, account) = (text(1)?, text(2)?);
            let api = text(3)?
                .map(|word| Api::from_word(&word).ok_or_else(|| Error::unknown_api(&word)))
                .transpose()?;
            let given = given(&[("secret", &secret), ("account", &account)]);
            let choice = Choice::new(secret, account)?;
            let credentials = match api {
                Some(_) => None,
                None => Some(choice.require(context)?),
            };
            script(&name, &given, api, credentials.as_ref())
        })
    }
}

/// The parameters that every view passes on, as SQL.
fn given(parameters: &[(&str, &Option<String>)]) -> String {
    let set = parameters.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    set.map(|(name, value)| format!(", {name} := {}", quoted(value))).collect()
}

fn script(
    name: &str,
    given: &str,
    api: Option<Api>,
    credentials: Option<&Credentials>,
) -> std::result::Result<String, Failure> {
    let database = render_identifier_quoted(name)?;
    let mut sql = format!("ATTACH IF NOT EXISTS ':memory:' AS {database} (READ_WRITE);\n");
    for table in TABLES {
        let api = api.or_else(|| credentials.map(|credentials| credentials.api_for(table)));
        let endpoint = api.and_then(|api| Some((api, table.endpoint(api)?)));
        if let Some((api, endpoint)) = endpoint.filter(|(_, endpoint)| can_be_a_view(endpoint)) {
            sql.push_str(&view(&database, table, api, endpoint, given)?);
        }
    }
    sql.push_str(&format!(
        "SELECT view_name AS attached FROM duckdb_views() \
         WHERE database_name = {} AND NOT internal ORDER BY ALL",
        quoted(name)
    ));
    Ok(sql)
}

/// Whether a table can be read without being told what of, and is known to exist.
pub(super) fn can_be_a_view(endpoint: &Endpoint) -> bool {
    let is_whole = endpoint.parameters.iter().all(|parameter| parameter.values != Values::Required);
    is_whole && !matches!(endpoint.missing, Missing::Instead(_))
}

fn view(
    database: &str,
    table: &Table,
    api: Api,
    endpoint: &Endpoint,
    given: &str,
) -> std::result::Result<String, Failure> {
    let name = format!("{database}.main.{}", render_identifier_quoted(table.name)?);
    let call = format!("partnerstack_{}(api := '{}'{given})", table.name, api.word());
    let mut sql = format!("CREATE OR REPLACE VIEW {name} AS FROM {call};\n");
    sql.push_str(&format!("COMMENT ON VIEW {name} IS {};\n", quoted(table.doc)));
    for column in endpoint.all_columns() {
        let column_name = render_identifier_quoted(column.name)?;
        sql.push_str(&format!(
            "COMMENT ON COLUMN {name}.{column_name} IS {};\n",
            quoted(column.doc)
        ));
    }
    Ok(sql)
}
