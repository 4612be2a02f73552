//! What is SQL all through: `partnerstack_money(amount, currency)`, and the views.

use duckdb_neo::extension::Extension;
use duckdb_neo::macro_function::{MacroBody, MacroFunctionBuilder};
use duckdb_neo::signature::{FunctionDocumentationBuilder, FunctionParameter, SignatureBuilder};
use duckdb_neo::types::Any;

use super::Failure;
use crate::views::{VIEWS, View};

/// The codes of ISO 4217 whose minor unit is not a hundredth: none, a thousandth, a ten-thousandth.
const NO_DECIMALS: &str = "'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', \
                           'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'";
const THREE_DECIMALS: &str = "'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'";
const FOUR_DECIMALS: &str = "'CLF', 'UYW'";

/// Registers the macros.
pub(super) fn register(extension: &Extension) -> std::result::Result<(), Failure> {
    money(extension)?;
    VIEWS.iter().try_for_each(|view| register_view(extension, view))
}

fn register_view(extension: &Extension, view: &View) -> std::result::Result<(), Failure> {
    let mut text = view.doc.to_owned();
    for (column, doc) in view.columns {
        text.push_str(&format!("\n{column}: {doc}"));
    }
    let docs = FunctionDocumentationBuilder::new()
        .description(text)
        .add_example("", view.example)
        .add_category("partnerstack");
    let mut signature = SignatureBuilder::new().documentation(docs);
    if let Some((name, _)) = view.parameter {
        signature = signature.param(FunctionParameter::new::<String>(name));
    }
    let account = FunctionParameter::new::<String>("account").default_value(None::<String>);
    let name = format!("partnerstack_{}", view.name);
    let body = MacroBody::Table(view.sql.to_owned());
    Ok(MacroFunctionBuilder::new(name, signature.param(account), body).register(extension)?)
}

fn money(extension: &Extension) -> std::result::Result<(), Failure> {
    let body = format!(
        "CAST(CAST(amount AS DECIMAL(20, 0)) * CASE \
         WHEN upper(currency) IN ({NO_DECIMALS}) THEN CAST(1 AS DECIMAL(5, 4)) \
         WHEN upper(currency) IN ({THREE_DECIMALS}) THEN CAST(0.001 AS DECIMAL(5, 4)) \
         WHEN upper(currency) IN ({FOUR_DECIMALS}) THEN CAST(0.0001 AS DECIMAL(5, 4)) \
         ELSE CAST(0.01 AS DECIMAL(5, 4)) END AS DECIMAL(18, 2))"
    );
    let docs = FunctionDocumentationBuilder::new()
        .description(
            "An amount in minor units of its currency as money, rounded to two decimals. The number \
             of decimals is that of ISO 4217, and two where the currency is NULL or unknown.",
        )
        .add_example("", "partnerstack_money(1999, 'EUR')")
        .add_category("partnerstack");
    let signature = SignatureBuilder::new()
        .param(FunctionParameter::new::<Any>("amount"))
        .param(FunctionParameter::new::<Any>("currency"))
        .documentation(docs);
    let money = MacroFunctionBuilder::new("partnerstack_money", signature, MacroBody::Scalar(body));
    Ok(money.register(extension)?)
}
