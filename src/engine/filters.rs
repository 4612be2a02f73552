//! DuckDB's bound expressions, as predicates that narrow requests and as text for people.
//!
//! A filter is only a hint: DuckDB applies it to the rows itself. What is not understood here is
//! [`Predicate::Unknown`], which narrows nothing.

use std::collections::BTreeSet;

use duckdb_neo::Result;
use duckdb_neo::expression::{Expression, ExpressionType};
use duckdb_neo::logical_type::LogicalTypeID;
use duckdb_neo::table_function::PushdownData;
use duckdb_neo::types::{DateValue, TimestampTzValue, TimestampValue};
use duckdb_neo::value::Value;

use crate::predicate::{Predicate, Range};
use crate::schema::{Column, Endpoint, Type};

const DAY: i64 = 86_400_000_000;

/// How far a local time may lie from UTC, with a day's rounding, in microseconds.
const LOCAL: i64 = 2 * DAY;

/// A filter that DuckDB offered.
#[derive(Clone, Debug)]
pub(super) struct Hint {
    /// The filter as text.
    pub text: String,
    /// What it says.
    pub predicate: Predicate,
}

/// What DuckDB offers for the scan of `endpoint`; all of it holds for every row that is wanted.
pub(super) fn offered(endpoint: &'static Endpoint, data: &PushdownData<'_>) -> Result<Vec<Hint>> {
    let columns: Vec<&'static Column> = endpoint.all_columns().collect();
    let scan = Scan { columns: &columns, data };
    let hint = |index| {
        let filter = data.filter(index)?;
        Ok(Hint { text: scan.text(&filter)?, predicate: scan.predicate(&filter)? })
    };
    (0..data.filter_count()?).map(hint).collect()
}

/// The columns that the expressions refer to.
struct Scan<'s, 'd> {
    columns: &'s [&'static Column],
    data: &'s PushdownData<'d>,
}

/// A column, or a field below it, as a filter names it.
struct Target {
    name: String,
    ty: &'static Type,
    /// Whether it is cast to a local time.
    is_local: bool,
}

impl Scan<'_, '_> {
    fn predicate(&self, filter: &Expression<'_>) -> Result<Predicate> {
        use ExpressionType as E;
        let parts = || -> Result<Vec<Predicate>> {
            filter.children()?.iter().map(|part| self.predicate(part)).collect()
        };
        match filter.expression_type()? {
            E::ConjunctionAnd => Ok(Predicate::And(parts()?)),
            E::ConjunctionOr => Ok(Predicate::Or(parts()?)),
            E::CompareEqual | E::CompareNotDistinctFrom => {
                self.comparison(filter, |_| (true, true))
            }
            E::CompareLessThan | E::CompareLessThanOrEqualTo => {
                self.comparison(filter, |is_swapped| (is_swapped, !is_swapped))
            }
            E::CompareGreaterThan | E::CompareGreaterThanOrEqualTo => {
                self.comparison(filter, |is_swapped| (!is_swapped, is_swapped))
            }
            E::CompareBetween => self.between(filter),
            E::CompareIn => self.one_of(filter),
            _ => Ok(Predicate::Unknown),
        }
    }

    /// `column = constant` and the like, either way round; `bounds` says whether the constant bounds the
    /// column from below and from above.
    fn comparison(
        &self,
        filter: &Expression<'_>,
        bounds: impl Fn(bool) -> (bool, bool),
    ) -> Result<Predicate> {
        let (left, right) = (filter.child(0)?, filter.child(1)?);
        let (target, constant, is_swapped) = match self.target(&left)? {
            Some(target) => (target, right, false),
            None => match self.target(&right)? {
                Some(target) => (target, left, true),
                None => return Ok(Predicate::Unknown),
            },
        };
        let Some(value) = constant_value(&constant)? else { return Ok(Predicate::Unknown) };
        Ok(compared(target, &value, bounds(is_swapped))?.unwrap_or(Predicate::Unknown))
    }

    fn between(&self, filter: &Expression<'_>) -> Result<Predicate> {
        let Some(target) = self.target(&filter.child(0)?)? else { return Ok(Predicate::Unknown) };
        let mut parts = Vec::new();
        for (index, bounds) in [(1, (true, false)), (2, (false, true))] {
            let Some(value) = constant_value(&filter.child(index)?)? else { continue };
            let target = Target { name: target.name.clone(), ..target };
            parts.extend(compared(target, &value, bounds)?);
        }
        Ok(Predicate::And(parts))
    }

    fn one_of(&self, filter: &Expression<'_>) -> Result<Predicate> {
        let mut children = filter.children()?.into_iter();
        let target = children.next().map(|child| self.target(&child)).transpose()?.flatten();
        let Some(target) = target else { return Ok(Predicate::Unknown) };
        let mut any = Vec::new();
        for child in children {
            let Some(value) = constant_value(&child)? else { return Ok(Predicate::Unknown) };
            if value.is_null()? {
                continue;
            }
            let target = Target { name: target.name.clone(), ..target };
            match compared(target, &value, (true, true))? {
                Some(predicate) => any.push(predicate),
                None => return Ok(Predicate::Unknown),
            }
        }
        Ok(if any.is_empty() { Predicate::Unknown } else { Predicate::Or(any) })
    }

    /// The column that an expression stands for, if it is one.
    fn target(&self, expression: &Expression<'_>) -> Result<Option<Target>> {
        match expression.expression_type()? {
            ExpressionType::BoundColumnRef => {
                let index = self.data.get_column_index(expression.reference_index()?);
                let column = index.ok().and_then(|index| self.columns.get(index));
                Ok(column.map(|column| Target {
                    name: column.name.to_owned(),
                    ty: &column.ty,
                    is_local: false,
                }))
            }
            ExpressionType::BoundFunction if expression.function_name()? == "struct_extract" => {
                self.field(expression)
            }
            ExpressionType::OperatorCast => {
                let to = expression.return_type()?.id()?;
                let target = self.target(&expression.child(0)?)?;
                let is_local = matches!(to, LogicalTypeID::Timestamp | LogicalTypeID::Date);
                Ok(target
                    .filter(|target| is_local && matches!(target.ty, Type::Timestamp))
                    .map(|target| Target { is_local, ..target }))
            }
            _ => Ok(None),
        }
    }

    /// A field of a column of objects.
    fn field(&self, extract: &Expression<'_>) -> Result<Option<Target>> {
        let Some(parent) = self.target(&extract.child(0)?)? else { return Ok(None) };
        let name = constant_value(&extract.child(1)?)?;
        let name = name.map(|name| name.get::<String>()).transpose()?.flatten();
        let (Type::Struct(fields), Some(name)) = (parent.ty, name) else { return Ok(None) };
        let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name));
        Ok(field.map(|field| Target {
            name: format!("{}.{}", parent.name, field.name),
            ty: &field.ty,
            is_local: false,
        }))
    }

    /// The filter as a person would write it, more or less.
    fn text(&self, filter: &Expression<'_>) -> Result<String> {
        use ExpressionType as E;
        if let Some(target) = self.target(filter)? {
            return Ok(target.name);
        }
        if let Some(value) = constant_value(filter)? {
            return value.dbg_string();
        }
        let parts: Vec<String> =
            filter.children()?.iter().map(|part| self.text(part)).collect::<Result<_>>()?;
        let one = |from: usize| parts.get(from).cloned().unwrap_or_default();
        Ok(match filter.expression_type()? {
            E::ConjunctionAnd => format!("({})", parts.join(" AND ")),
            E::ConjunctionOr => format!("({})", parts.join(" OR ")),
            E::CompareEqual => parts.join(" = "),
            E::CompareNotEqual => parts.join(" <> "),
            E::CompareLessThan => parts.join(" < "),
            E::CompareLessThanOrEqualTo => parts.join(" <= "),
            E::CompareGreaterThan => parts.join(" > "),
            E::CompareGreaterThanOrEqualTo => parts.join(" >= "),
            E::CompareDistinctFrom => parts.join(" IS DISTINCT FROM "),
            E::CompareNotDistinctFrom => parts.join(" IS NOT DISTINCT FROM "),
            E::CompareBetween => format!("{} BETWEEN {}", one(0), parts[1..].join(" AND ")),
            E::CompareIn => format!("{} IN ({})", one(0), parts[1..].join(", ")),
            E::CompareNotIn => format!("{} NOT IN ({})", one(0), parts[1..].join(", ")),
            E::OperatorNot => format!("NOT {}", one(0)),
            E::OperatorIsNull => format!("{} IS NULL", one(0)),
            E::OperatorIsNotNull => format!("{} IS NOT NULL", one(0)),
            E::OperatorCast => format!("CAST({})", one(0)),
            E::BoundFunction => format!("{}({})", filter.function_name()?, parts.join(", ")),
            kind => format!("{kind:?}({})", parts.join(", ")),
        })
    }
}

fn constant_value(expression: &Expression<'_>) -> Result<Option<Value>> {
    match expression.expression_type()? {
        ExpressionType::ValueConstant => expression.get_constant_value().map(Some),
        _ => Ok(None),
    }
}

/// What a comparison of `target` with `value` says; bounded from below and from above as `bounds` says.
fn compared(target: Target, value: &Value, bounds: (bool, bool)) -> Result<Option<Predicate>> {
    let Target { name: column, ty, is_local } = target;
    if value.is_null()? {
        return Ok(None);
    }
    Ok(match ty {
        Type::Varchar if bounds == (true, true) => {
            text(value)?.map(|value| Predicate::OneOf { column, values: BTreeSet::from([value]) })
        }
        Type::Timestamp => times(value, is_local)?.map(|(least, most)| {
            let range = Range {
                least: if bounds.0 { least } else { i64::MIN },
                most: if bounds.1 { most } else { i64::MAX },
            };
            Predicate::Within { column, range }
        }),
        _ => None,
    })
}

fn text(value: &Value) -> Result<Option<String>> {
    match value.logical_type()?.id()? {
        LogicalTypeID::Varchar => value.get::<String>(),
        _ => Ok(None),
    }
}

/// The times that a constant may stand for, in microseconds since 1970 in UTC.
fn times(value: &Value, is_local: bool) -> Result<Option<(i64, i64)>> {
    let wide = |time: i64| (time.saturating_sub(LOCAL), time.saturating_add(LOCAL));
    Ok(match value.logical_type()?.id()? {
        LogicalTypeID::TimestampTz if !is_local => {
            value.get::<TimestampTzValue>()?.map(|TimestampTzValue(time)| (time, time))
        }
        LogicalTypeID::TimestampTz => {
            value.get::<TimestampTzValue>()?.map(|TimestampTzValue(time)| wide(time))
        }
        LogicalTypeID::Timestamp => {
            value.get::<TimestampValue>()?.map(|TimestampValue(time)| wide(time))
        }
        LogicalTypeID::Date => {
            value.get::<DateValue>()?.map(|DateValue(day)| wide(i64::from(day).saturating_mul(DAY)))
        }
        _ => None,
    })
}
