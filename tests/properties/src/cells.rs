//! Cells: any JSON value becomes the nearest faithful value of each type, or `NULL`.
//!
//! The input is the text of a JSON value.

use partnerstack::cells::{Cells, Text, Unescaped};
use partnerstack::decode;
use partnerstack::json::unescape;
use partnerstack::schema::{Column, Type, bigint, list, object, timestamp, varchar};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::decimal::{is_plain, rounded, whole};
use crate::model::{self, Cell};

static FIELDS: [Column; 4] = [
    varchar("key", "K.").or("id"),
    bigint("n", "N."),
    timestamp("at", "A."),
    list("more", "M.", &Type::Json),
];
static OBJECT: Type = Type::Struct(&FIELDS);
static NESTED: [Column; 1] = [object("key", "K.", &FIELDS)];
static TYPES: [Type; 9] = [
    Type::Varchar,
    Type::Json,
    Type::Bigint,
    Type::Boolean,
    Type::Timestamp,
    Type::Date,
    Type::Struct(&NESTED),
    Type::List(&OBJECT),
    Type::List(&Type::Date),
];

/// Checks a value as it is written, and as `serde_json::Value` writes it.
pub fn check(bytes: &[u8]) {
    let Ok(Ok(json)) = std::str::from_utf8(bytes).map(serde_json::from_str::<&RawValue>) else {
        return;
    };
    let json = json.get();
    let value: Option<Value> = serde_json::from_str(json).ok();
    as_it_is(json, value.as_ref());
    if let Some(value) = value {
        let json = value.to_string();
        for ty in &TYPES {
            assert_eq!(cell(ty, &json), model::cell(ty, Some(&value)), "{json} as {}", ty.sql());
        }
    }
}

/// The cell that a value becomes.
fn cell(ty: &Type, json: &str) -> Cell {
    let body = json.to_owned();
    let (mut text, mut cells) = (Unescaped::of(&body), Cells::new(ty));
    decode::push(&mut cells, ty, Some(&body), &mut text);
    model::found(&cells, 1, &Text::new(body.clone(), text)).remove(0)
}

/// A text is kept whole however it is written, and a number is exact.
fn as_it_is(json: &str, value: Option<&Value>) {
    let kept = Cell::Text(json.to_owned());
    TYPES.iter().for_each(|ty| drop(cell(ty, json)));
    let unescaped = unescape(json);
    assert_eq!(unescaped.is_some(), json.starts_with('"'));
    match (value, unescaped) {
        (Some(Value::String(text)), unescaped) => {
            assert_eq!(unescaped.as_ref(), Some(text));
            assert_eq!(cell(&Type::Varchar, json), Cell::Text(text.clone()));
        }
        (None, Some(lossy)) => assert!(lossy.contains(char::REPLACEMENT_CHARACTER), "{json}"),
        (Some(Value::Null), _) => assert_eq!(cell(&Type::Json, json), Cell::Null),
        (_, None) => {
            assert_eq!(cell(&Type::Json, json), kept);
            assert_eq!(cell(&Type::Varchar, json), kept);
        }
        (Some(other), Some(text)) => panic!("{text:?} is not {other}"),
    }
    if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        number(json);
    }
}

/// A number is the whole number that it is written as, or that a float makes of it; else it is `NULL`.
fn number(json: &str) {
    let exact = if is_plain(json) { whole(json) } else { None };
    assert_eq!(cell(&Type::Bigint, json), exact.or_else(|| rounded(json)).into(), "{json}");
}
