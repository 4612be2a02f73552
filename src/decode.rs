//! From a JSON value to a cell.
//!
//! Total: any value becomes the nearest faithful value of the column's type, or `NULL`. A value is
//! faithful when nothing is lost, so that `"12"` and `12.0` are the number 12, and `12.5` is none.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde::de::{MapAccess, SeqAccess};
use serde_json::value::RawValue;

use crate::cells::{Cells, Span, Unescaped};
use crate::json::{Found, Name, Part, unescape, walk};
use crate::schema::{Column, Type};

/// Adds to `cells` a row of type `ty` with the value that `json` is the text of.
pub fn push(cells: &mut Cells, ty: &Type, json: Option<&str>, text: &mut Unescaped) {
    let Some(json) = json.filter(|json| Found::of(json) != Found::Null) else {
        return cells.push_null();
    };
    match (cells, ty) {
        (Cells::Text(cells), Type::Json) => cells.push(Some(text.slice(json))),
        (Cells::Text(cells), _) => cells.push(varchar(json, text)),
        (Cells::Integers(cells), Type::Timestamp) => cells.push(timestamp(json)),
        (Cells::Integers(cells), _) => cells.push(bigint(json)),
        (Cells::Booleans(cells), _) => cells.push(boolean(json)),
        (Cells::Days(cells), _) => cells.push(days(json)),
        (Cells::Struct { present, fields }, Type::Struct(columns)) => {
            let mut values = vec![None; columns.len()];
            let is_object = fill(json, columns, &mut values);
            present.push(is_object);
            for ((cells, column), value) in fields.iter_mut().zip(*columns).zip(values) {
                push(cells, &column.ty, value, text);
            }
        }
        (Cells::List { lengths, elements }, Type::List(ty)) => {
            lengths.push(each(json, |element| push(elements, ty, Some(element), text)));
        }
        (cells, _) => cells.push_null(),
    }
}

/// Text as it is; a value of another kind as its JSON text.
pub fn varchar(json: &str, text: &mut Unescaped) -> Option<Span> {
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        None => Some(text.slice(json)),
        Some(plain) if !plain.contains('\\') => Some(text.slice(plain)),
        Some(_) => unescape(json).map(|unescaped| text.keep(&unescaped)),
    }
}

/// A whole number of 64 bits, also written as a string, with a fraction of zeros or an exponent.
pub fn bigint(json: &str) -> Option<i64> {
    let number = json.trim_matches('"').trim();
    number.parse().ok().or_else(|| {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.bytes().all(|digit| digit == b'0') && !whole.is_empty() {
            whole.parse().ok()
        } else {
            exact(number.parse().ok()?)
        }
    })
}

/// A float that is a whole number, within the range where floats tell whole numbers apart.
fn exact(float: f64) -> Option<i64> {
    const LIMIT: f64 = (1_i64 << 53) as f64;
    (float.fract() == 0.0 && float.abs() < LIMIT).then_some(float as i64)
}

/// `true` and `false`, 1 and 0, also as strings.
fn boolean(json: &str) -> Option<bool> {
    let word = json.trim_matches('"').trim();
    match bigint(json) {
        Some(number) => (number == 0 || number == 1).then_some(number == 1),
        None if word.eq_ignore_ascii_case("true") => Some(true),
        None if word.eq_ignore_ascii_case("false") => Some(false),
        None => None,
    }
}

/// Microseconds since 1970 from milliseconds, or from an ISO 8601 text.
fn timestamp(json: &str) -> Option<i64> {
    // DuckDB's largest and smallest values stand for infinity.
    let finite = |micros: &i64| micros.unsigned_abs() < i64::MAX as u64;
    match bigint(json) {
        Some(millis) => millis.checked_mul(1000).filter(finite),
        None => Some(json.trim_matches('"').parse::<Timestamp>().ok()?.as_microsecond()),
    }
}

/// Days since 1970 from `YYYY-MM-DD`, with or without a time after it, or from milliseconds.
fn days(json: &str) -> Option<i32> {
    let day = match bigint(json) {
        Some(millis) => Timestamp::from_millisecond(millis).ok()?.to_zoned(TimeZone::UTC).date(),
        None => json.trim_matches('"').parse::<Date>().ok()?,
    };
    i32::try_from(date(1970, 1, 1).duration_until(day).as_hours() / 24).ok()
}

/// Notes the members that `columns` name; `false` if `json` is no object.
fn fill<'de>(json: &'de str, columns: &[Column], values: &mut [Option<&'de str>]) -> bool {
    struct Members<'a, 'de>(&'a [Column], &'a mut [Option<&'de str>], &'a mut bool);
    impl<'de> Part<'de> for Members<'_, 'de> {
        fn other(self, _: Found) {}
        fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
            *self.2 = true;
            while let Some(name) = members.next_key::<Name<'de>>()? {
                let value = members.next_value::<&'de RawValue>()?;
                let column = self.0.iter().position(|column| column.name.as_bytes() == name.bytes());
                if let Some(at) = column {
                    self.1[at] = Some(value.get());
                }
            }
            Ok(())
        }
    }
    let mut is_object = false;
    walk(json, Members(columns, values, &mut is_object)).is_ok() && is_object
}

/// Calls `visit` with each element, and counts them; `None` if `json` is no array.
fn each<'de>(json: &'de str, visit: impl FnMut(&'de str)) -> Option<usize> {
    struct Elements<'a, F>(F, &'a mut Option<usize>);
    impl<'de, F: FnMut(&'de str)> Part<'de> for Elements<'_, F> {
        fn other(self, _: Found) {}
        fn array<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
            let count = self.1.insert(0);
            while let Some(element) = elements.next_element::<&'de RawValue>()? {
                (self.0)(element.get());
                *count += 1;
            }
            Ok(())
        }
    }
    let mut count = None;
    walk(json, Elements(visit, &mut count)).ok()?;
    count
}
