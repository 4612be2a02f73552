//! The SQL types of columns, as DuckDB's objects.

use duckdb_neo::connection::Context;
use duckdb_neo::logical_type::{LogicalType, LogicalTypeID};
use duckdb_neo::types::{DateValue, TimestampTzValue};
use duckdb_neo::{DuckDBType, Parameters, QueryParameter, Result};

use crate::schema::{Column, Type};

/// DuckDB's object for `ty`.
pub fn logical_type(context: &Context, ty: &Type) -> Result<LogicalType> {
    match ty {
        Type::Varchar => String::logical_type(context),
        Type::Bigint => i64::logical_type(context),
        Type::Boolean => bool::logical_type(context),
        Type::Timestamp => TimestampTzValue::logical_type(context),
        Type::Date => DateValue::logical_type(context),
        Type::Json => String::logical_type(context)?.with_alias(context, "JSON"),
        Type::Struct(fields) => structure(context, fields),
        Type::Map | Type::CustomFields => {
            let text = String::logical_type(context)?;
            let parameters = Parameters::Positional(&[&text, &text]);
            LogicalType::create_from_id(context, LogicalTypeID::Map, parameters)
        }
        Type::List(element) => {
            let element = logical_type(context, element)?;
            let parameters = Parameters::Positional(&[&element]);
            LogicalType::create_from_id(context, LogicalTypeID::List, parameters)
        }
    }
}

fn structure(context: &Context, fields: &[Column]) -> Result<LogicalType> {
    let types = fields.iter().map(|field| logical_type(context, &field.ty));
    let types = types.collect::<Result<Vec<_>>>()?;
    let named: Vec<(&str, &dyn QueryParameter)> = fields
        .iter()
        .zip(&types)
        .map(|(field, ty)| (field.name, ty as &dyn QueryParameter))
        .collect();
    LogicalType::create_from_id(context, LogicalTypeID::Struct, Parameters::Named(&named))
}
