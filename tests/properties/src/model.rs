//! What the cells of a row are, made from `serde_json::Value` and not from text.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use partnerstack::cells::{Cells, Text};
use partnerstack::schema::{CUSTOM_MEMBERS, Column, Type};
use serde_json::{Map, Value};

use crate::decimal;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `NULL`.
    Null,
    /// `VARCHAR` and `JSON`.
    Text(String),
    /// `BIGINT`, or microseconds.
    Integer(i64),
    /// `BOOLEAN`.
    Boolean(bool),
    /// `DATE`, as days since 1970.
    Day(i32),
    /// The fields of a `STRUCT`.
    Struct(Vec<Cell>),
    /// The elements of a `LIST`, or the entries of a `MAP`.
    List(Vec<Cell>),
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Cell {
        text.map_or(Cell::Null, Cell::Text)
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Cell {
        number.map_or(Cell::Null, Cell::Integer)
    }
}

/// The rows that `cells` hold, which are so many.
pub fn found(cells: &Cells, rows: usize, text: &Text) -> Vec<Cell> {
    let found: Vec<Cell> = match cells {
        Cells::Text(cells) => {
            cells.iter().map(|cell| cell.map(|span| text.get(span).to_owned()).into()).collect()
        }
        Cells::Integers(cells) => cells.iter().map(|cell| (*cell).into()).collect(),
        Cells::Booleans(cells) => {
            cells.iter().map(|cell| cell.map_or(Cell::Null, Cell::Boolean)).collect()
        }
        Cells::Days(cells) => cells.iter().map(|cell| cell.map_or(Cell::Null, Cell::Day)).collect(),
        Cells::Struct { present, fields } => {
            let fields: Vec<Vec<Cell>> =
                fields.iter().map(|field| found(field, rows, text)).collect();
            let row = |at: usize| fields.iter().map(|field| field[at].clone()).collect();
            let cell = |(at, is_there): (usize, &bool)| match is_there {
                true => Cell::Struct(row(at)),
                false => Cell::Null,
            };
            present.iter().enumerate().map(cell).collect()
        }
        Cells::List { lengths, elements } => {
            let all: usize = lengths.iter().flatten().sum();
            let mut elements = found(elements, all, text).into_iter();
            let mut cell = |length: &Option<usize>| match length {
                Some(length) => Cell::List(elements.by_ref().take(*length).collect()),
                None => Cell::Null,
            };
            lengths.iter().map(&mut cell).collect()
        }
    };
    assert_eq!(found.len(), rows, "a column is as long as its page");
    found
}

/// The cell of a column for an item.
pub fn of_item(column: &Column, item: &Map<String, Value>) -> Cell {
    let members = || CUSTOM_MEMBERS.iter().filter_map(|name| item.get(*name));
    match column.ty {
        _ if column.name == "raw" => Cell::Text(Value::from(item.clone()).to_string()),
        Type::CustomFields => map(members()),
        Type::Map => map(member(column, item)),
        _ => cell(&column.ty, member(column, item)),
    }
}

/// The member of a column: under its first name, or else its other one.
fn member<'i>(column: &Column, item: &'i Map<String, Value>) -> Option<&'i Value> {
    item.get(column.name).or_else(|| item.get(column.other_name?))
}

/// The cell of type `ty` for a value.
pub fn cell(ty: &Type, value: Option<&Value>) -> Cell {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Cell::Null };
    match ty {
        Type::Varchar => Cell::Text(varchar(value)),
        Type::Json => Cell::Text(value.to_string()),
        Type::Bigint => bigint(value).into(),
        Type::Boolean => boolean(value).map_or(Cell::Null, Cell::Boolean),
        Type::Timestamp => timestamp(value).into(),
        Type::Date => day(value).map_or(Cell::Null, Cell::Day),
        Type::Struct(columns) => value.as_object().map_or(Cell::Null, |object| {
            let field = |column: &Column| cell(&column.ty, member(column, object));
            Cell::Struct(columns.iter().map(field).collect())
        }),
        Type::List(ty) => value.as_array().map_or(Cell::Null, |elements| {
            Cell::List(elements.iter().map(|element| cell(ty, Some(element))).collect())
        }),
        Type::Map | Type::CustomFields => Cell::Null,
    }
}

fn varchar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The text of a number, or of a string that needs no escape.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if value.to_string().len() == text.len() + 2 => Some(text.clone()),
        _ => None,
    }
}

/// A whole number, to the last digit where it is written without an exponent.
pub fn bigint(value: &Value) -> Option<i64> {
    let text = written(value)?;
    let text = text.trim();
    if decimal::is_plain(text) { decimal::whole(text) } else { decimal::rounded(text) }
}

fn boolean(value: &Value) -> Option<bool> {
    let word = match value {
        Value::Bool(flag) => return Some(*flag),
        value => written(value)?.trim().to_ascii_lowercase(),
    };
    match (bigint(value), word.as_str()) {
        (Some(0), _) | (None, "false") => Some(false),
        (Some(1), _) | (None, "true") => Some(true),
        _ => None,
    }
}

fn timestamp(value: &Value) -> Option<i64> {
    match bigint(value) {
        // The largest and the smallest stand for infinity.
        Some(millis) => millis.checked_mul(1000),
        None => Some(written(value)?.parse::<Timestamp>().ok()?.as_microsecond()),
    }
}

fn day(value: &Value) -> Option<i32> {
    if let Some(millis) = bigint(value) {
        Timestamp::from_millisecond(millis).ok()?;
        return i32::try_from(millis.div_euclid(86_400_000)).ok();
    }
    let day: Date = value.as_str()?.split(['T', ' ']).next()?.parse().ok()?;
    Some(day.since(date(1970, 1, 1)).ok()?.get_days())
}

/// The entries of a map, merged from several members; a key counts where it first has a value.
fn map<'v>(members: impl IntoIterator<Item = &'v Value>) -> Cell {
    let mut entries: Vec<(&str, &Value)> = Vec::new();
    for (name, value) in members.into_iter().flat_map(pairs) {
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) if known.is_null() => *known = value,
            Some(_) => {}
            None => entries.push((name, value)),
        }
    }
    let entry = |(name, value): (&str, &Value)| {
        Cell::Struct(vec![Cell::Text(name.to_owned()), cell(&Type::Varchar, Some(value))])
    };
    Cell::List(entries.into_iter().map(entry).collect())
}

/// The names and values of a map, or of a list of fields.
fn pairs(member: &Value) -> Vec<(&str, &Value)> {
    match member {
        Value::Object(members) => members.iter().map(|(name, value)| (&**name, value)).collect(),
        Value::Array(fields) => fields.iter().filter_map(field).collect(),
        _ => Vec::new(),
    }
}

/// The name of a field, by which machines know it if it has one, and its value.
fn field(field: &Value) -> Option<(&str, &Value)> {
    let names = ["api_name", "field_key", "name"].into_iter();
    let name = names.filter_map(|name| field.get(name)?.as_str()).next()?;
    Some((name, field.get("value")?))
}
