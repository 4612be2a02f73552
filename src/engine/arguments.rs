//! The parameters of a table function: declared for DuckDB, and read where a query gives them.

use std::collections::BTreeSet;

use duckdb_neo::bind_arguments::BindArgument;
use duckdb_neo::connection::Context;
use duckdb_neo::extension::Extension;
use duckdb_neo::signature::{FunctionParameter, FunctionParameterKind, SignatureBuilder};
use duckdb_neo::types::{List, MapValue, TimestampTzValue};
use duckdb_neo::{DuckDBType, FromValue};

use super::{Failure, settings};
use crate::error::Error;
use crate::predicate::Range;
use crate::schema::{Api, EVERY_KEY, Effect, Endpoint, Parameter, Table, Values};
use crate::settings::MAX_KEYS;
use crate::sieve::{Condition, Is};

const LARGEST_PAGE: i64 = 250;

/// How many parameters every table has; its own follow.
const COMMON: usize = 6;

/// Query parameters that only paging may set, or that change what a row is.
const RESERVED: [&str; 3] = ["limit", "starting_after", "ending_before"];
const RESERVED_PREFIX: &str = "distinct_";

type Result<T> = std::result::Result<T, Failure>;

/// Adds the parameters of `table` to a signature. All are named-only: DuckDB may merge scans that differ in
/// named arguments alone only if there are positional ones to compare.
pub(super) fn declare(
    extension: &Extension,
    table: &Table,
    signature: SignatureBuilder,
) -> Result<SignatureBuilder> {
    let page_size = FunctionParameter::with_default("page_size", LARGEST_PAGE);
    let map = MapValue::<String, String>::logical_type(extension)?;
    let params =
        FunctionParameter::with_type("params", map).default_value(None::<MapValue<String, String>>);
    let mut signature = signature
        .param(text("secret"))
        .param(text("account"))
        .param(text("api"))
        .param(page_size.kind(FunctionParameterKind::Named))
        .param(params.kind(FunctionParameterKind::Named))
        .param(FunctionParameter::with_default("fresh", false).kind(FunctionParameterKind::Named));
    for parameter in table.parameters() {
        let name = parameter.name;
        let declared = match parameter.values {
            Values::Required | Values::Optional => text(name),
            Values::On => FunctionParameter::with_default(name, true),
            Values::Moment => FunctionParameter::new::<TimestampTzValue>(name)
                .default_value(None::<TimestampTzValue>),
            Values::Keys => {
                FunctionParameter::with_default(name, List(vec![Some(EVERY_KEY.to_owned())]))
            }
        };
        signature = signature.param(declared.kind(FunctionParameterKind::Named));
    }
    Ok(signature)
}

fn text(name: &str) -> FunctionParameter {
    FunctionParameter::new::<String>(name)
        .kind(FunctionParameterKind::Named)
        .default_value(None::<String>)
}

/// The arguments of a query, as DuckDB gives them.
pub(super) struct Arguments<'a>(pub &'a [BindArgument]);

impl Arguments<'_> {
    /// The value of an argument, `None` where it is `NULL` or left out.
    fn value<T: FromValue + DuckDBType>(&self, index: usize) -> Result<Option<T>> {
        match self.0.get(index).and_then(|argument| argument.value.as_ref()) {
            Some(value) if !value.is_null()? => Ok(value.get()?),
            _ => Ok(None),
        }
    }

    /// The name of the secret to use.
    pub(super) fn secret(&self) -> Result<Option<String>> {
        self.value(0)
    }

    /// The account to find a secret for.
    pub(super) fn account(&self) -> Result<Option<String>> {
        self.value(1)
    }

    /// The API to ask.
    pub(super) fn api(&self) -> Result<Option<Api>> {
        let word = self.value::<String>(2)?;
        let api = word.map(|word| Api::from_word(&word).ok_or_else(|| Error::unknown_api(&word)));
        Ok(api.transpose()?)
    }

    /// How many items a request asks for.
    pub(super) fn page_size(&self) -> Result<usize> {
        let size = self.value(3)?.unwrap_or(LARGEST_PAGE);
        if !(1..=LARGEST_PAGE).contains(&size) {
            return Err(Error::page_size(size).into());
        }
        Ok(size as usize)
    }

    /// Whether the cache is to be passed by.
    pub(super) fn is_fresh(&self) -> Result<bool> {
        Ok(self.value(5)?.unwrap_or(false))
    }

    /// Further query parameters.
    pub(super) fn extra(&self) -> Result<Vec<(String, String)>> {
        let map = self.value::<MapValue<String, Option<String>>>(4)?.unwrap_or_default();
        let is_reserved = |name: &str| {
            let name = name.trim().to_ascii_lowercase();
            name.is_empty() || RESERVED.contains(&&*name) || name.starts_with(RESERVED_PREFIX)
        };
        let pairs = map.entries.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let pairs: Vec<(String, String)> = pairs.collect();
        match pairs.iter().find(|(name, _)| is_reserved(name)) {
            Some((name, _)) => Err(Error::params(name).into()),
            None => Ok(pairs),
        }
    }

    /// The parameters that only some tables have, for the endpoint that is asked.
    pub(super) fn own(
        &self,
        context: &Context,
        table: &'static Table,
        endpoint: &'static Endpoint,
    ) -> Result<Own> {
        let mut own = Own::default();
        for (index, declared) in table.parameters().into_iter().enumerate() {
            let index = COMMON + index;
            match declared.effect {
                Effect::From(column) => own.within(column, self.moment(index)?, true),
                Effect::Until(column) => own.within(column, self.moment(index)?, false),
                Effect::Keys => own.keys(self.value(index)?, context)?,
                _ => {
                    let same = |other: &&Parameter| other.name == declared.name;
                    if let Some(parameter) = endpoint.parameters.iter().find(same) {
                        own.given.extend(self.given(index, table, parameter)?);
                    }
                }
            }
        }
        Ok(own)
    }

    fn moment(&self, index: usize) -> Result<Option<i64>> {
        Ok(self.value::<TimestampTzValue>(index)?.map(|TimestampTzValue(time)| time))
    }

    fn given(
        &self,
        index: usize,
        table: &'static Table,
        parameter: &'static Parameter,
    ) -> Result<Option<(&'static Parameter, String)>> {
        let value = match parameter.values {
            Values::On => self.value::<bool>(index)?.unwrap_or(true).then(|| "true".to_owned()),
            _ => self.value::<String>(index)?.filter(|text| !text.is_empty()),
        };
        match value {
            Some(value) if parameter.effect == Effect::Path && value.contains(['?', '#']) => {
                Err(Error::path(&value).into())
            }
            None if parameter.values == Values::Required => {
                Err(Error::missing_parameter(table, parameter.name).into())
            }
            value => Ok(value.map(|value| (parameter, value))),
        }
    }
}

/// What a query gives for the parameters of one table.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// Texts, and texts in place of flags.
    pub given: Vec<(&'static Parameter, String)>,
    /// What rows must satisfy.
    pub conditions: Vec<Condition>,
    /// How many keys are asked for.
    pub keys: usize,
}

impl Own {
    fn within(&mut self, column: &str, time: Option<i64>, is_from: bool) {
        let Some(time) = time else { return };
        let range = match is_from {
            true => Range { least: time, ..Range::ALL },
            false => Range { most: time.saturating_sub(1), ..Range::ALL },
        };
        self.conditions.push(Condition { column: column.to_owned(), is: Is::Within(range) });
    }

    fn keys(&mut self, keys: Option<List<String>>, context: &Context) -> Result<()> {
        let List(keys) = keys.ok_or_else(Error::no_keys_given)?;
        let keys: BTreeSet<String> = keys.into_iter().flatten().collect();
        if keys.len() == 1 && keys.contains(EVERY_KEY) {
            return Ok(());
        }
        let most = settings::number(context, &MAX_KEYS)?;
        if keys.len() > most {
            return Err(Error::too_many_keys(keys.len(), most).into());
        }
        self.keys = keys.len();
        self.conditions.push(Condition { column: "key".to_owned(), is: Is::OneOf(keys) });
        Ok(())
    }
}
