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
use crate::json::{Found, Name, Part, unescape_into, walk};
use crate::schema::{Column, Type, slot};

/// How many fields an object has at most.
pub const MOST_FIELDS: usize = 16;

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
            let values = &mut [None; MOST_FIELDS][..columns.len()];
            present.push(fill(json, columns, values));
            for ((cells, column), value) in fields.iter_mut().zip(*columns).zip(values) {
                push(cells, &column.ty, *value, text);
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
        Some(_) => {
            let mut is_string = false;
            let span = text.keep_written(|kept| is_string = unescape_into(json, kept));
            is_string.then_some(span)
        }
    }
}

/// A whole number of 64 bits, also written as a string, with a fraction of zeros or an exponent.
pub fn bigint(json: &str) -> Option<i64> {
    let number = json.trim_matches('"').trim();
    let whole = number.split_once('.').filter(|(_, fraction)| is_zeros(fraction));
    let digits = whole.map_or(number, |(whole, _)| whole);
    digits.parse().ok().or_else(|| exact(number.parse().ok()?))
}

fn is_zeros(digits: &str) -> bool {
    digits.bytes().all(|digit| digit == b'0')
}

/// A float that is a whole number, within the range where floats tell whole numbers apart.
fn exact(float: f64) -> Option<i64> {
    const LIMIT: f64 = (1_i64 << 53) as f64;
    (float.fract() == 0.0 && float.abs() < LIMIT).then_some(float as i64)
}

/// `true` and `false`, 1 and 0, also as strings.
pub fn boolean(json: &str) -> Option<bool> {
    let word = json.trim_matches('"').trim();
    match bigint(json) {
        Some(number) => (number == 0 || number == 1).then_some(number == 1),
        None if word.eq_ignore_ascii_case("true") => Some(true),
        None if word.eq_ignore_ascii_case("false") => Some(false),
        None => None,
    }
}

/// Microseconds since 1970 from milliseconds, or from an ISO 8601 text.
pub fn timestamp(json: &str) -> Option<i64> {
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
        None => {
            let text = json.trim_matches('"');
            text.split_once(['T', ' ']).map_or(text, |(day, _)| day).parse::<Date>().ok()?
        }
    };
    i32::try_from(date(1970, 1, 1).duration_until(day).as_hours() / 24).ok()
}

/// Keeps a member's value for the column that it belongs to; under its first name it counts more.
pub fn keep<'de>(slot: Option<(usize, bool)>, value: &'de str, values: &mut [Option<&'de str>]) {
    if let Some((at, is_first)) = slot
        && (is_first || values[at].is_none())
    {
        values[at] = Some(value);
    }
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
                keep(slot(self.0, name.bytes()), value.get(), self.1);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Text;
    use crate::schema::{bigint as number, varchar as text};

    /// What one value becomes: the cell, written as SQL would.
    fn cell(ty: &Type, json: &str) -> String {
        let body = json.to_owned();
        let mut unescaped = Unescaped::of(&body);
        let mut cells = Cells::new(ty);
        push(&mut cells, ty, Some(&body), &mut unescaped);
        show(&cells, 0, &Text::new(body.clone(), unescaped))
    }

    fn show(cells: &Cells, row: usize, text: &Text) -> String {
        let null = || "NULL".to_owned();
        match cells {
            Cells::Text(cells) => {
                cells[row].map_or_else(null, |span| format!("'{}'", text.get(span)))
            }
            Cells::Integers(cells) => cells[row].map_or_else(null, |cell| cell.to_string()),
            Cells::Booleans(cells) => cells[row].map_or_else(null, |cell| cell.to_string()),
            Cells::Days(cells) => cells[row].map_or_else(null, |cell| cell.to_string()),
            Cells::Struct { present, fields } if present[row] => {
                let fields: Vec<_> = fields.iter().map(|field| show(field, row, text)).collect();
                format!("({})", fields.join(", "))
            }
            Cells::List { lengths, elements } if lengths[row].is_some() => {
                let first: usize = lengths[..row].iter().flatten().sum();
                let last = first + lengths[row].unwrap_or(0);
                let elements: Vec<_> = (first..last).map(|at| show(elements, at, text)).collect();
                format!("[{}]", elements.join(", "))
            }
            _ => null(),
        }
    }

    fn check(ty: &Type, cases: &[(&str, &str)]) {
        for (json, expected) in cases {
            assert_eq!(cell(ty, json), *expected, "{json} as {}", ty.sql());
        }
    }

    #[test]
    fn text_is_kept_and_other_values_are_their_json() {
        check(
            &Type::Varchar,
            &[
                (r#""plain""#, "'plain'"),
                (r#""""#, "''"),
                (r#""a\"b\\c\nd\u00e9""#, "'a\"b\\c\ndé'"),
                (r#""\ud83d\ude00""#, "'😀'"),
                (r#""nul\u0000in""#, "'nul\0in'"),
                ("null", "NULL"),
                ("12345678901234567890123.50", "'12345678901234567890123.50'"),
                ("true", "'true'"),
                (r#"{"a": [1]}"#, r#"'{"a": [1]}'"#),
            ],
        );
        assert!(cell(&Type::Varchar, r#""half \ud800 pair""#).starts_with("'half \u{fffd}"));
    }

    #[test]
    fn numbers_are_exact_or_null() {
        check(
            &Type::Bigint,
            &[
                ("0", "0"),
                ("-0", "0"),
                ("9223372036854775807", "9223372036854775807"),
                ("-9223372036854775808", "-9223372036854775808"),
                ("9223372036854775808", "NULL"),
                ("9007199254740993.000", "9007199254740993"),
                ("123.0", "123"),
                ("1.5e1", "15"),
                ("1e3", "1000"),
                ("1e300", "NULL"),
                ("12.5", "NULL"),
                (r#""42""#, "42"),
                (r#"" 42 ""#, "42"),
                (r#""forty""#, "NULL"),
                (r#""""#, "NULL"),
                ("true", "NULL"),
                ("[1]", "NULL"),
                ("{}", "NULL"),
                ("null", "NULL"),
            ],
        );
    }

    #[test]
    fn flags_are_read_in_all_their_spellings() {
        check(
            &Type::Boolean,
            &[
                ("true", "true"),
                ("false", "false"),
                ("1", "true"),
                ("0", "false"),
                ("1.0", "true"),
                ("2", "NULL"),
                (r#""True""#, "true"),
                (r#""FALSE""#, "false"),
                (r#""1""#, "true"),
                (r#""yes""#, "NULL"),
                ("null", "NULL"),
                ("[]", "NULL"),
            ],
        );
    }

    #[test]
    fn moments_are_milliseconds_or_iso_8601() {
        check(
            &Type::Timestamp,
            &[
                ("1700000000123", "1700000000123000"),
                ("-1", "-1000"),
                (r#""1700000000123""#, "1700000000123000"),
                (r#""2023-11-14T22:13:20Z""#, "1700000000000000"),
                (r#""2023-11-14T22:13:20.5+02:00""#, "1699992800500000"),
                ("9223372036854775807", "NULL"),
                ("9223372036854775", "9223372036854775000"),
                ("9223372036854776", "NULL"),
                (r#""soon""#, "NULL"),
            ],
        );
    }

    #[test]
    fn days_are_dates_or_milliseconds() {
        check(
            &Type::Date,
            &[
                (r#""1970-01-01""#, "0"),
                (r#""1969-12-31""#, "-1"),
                (r#""2026-02-28""#, "20512"),
                (r#""2026-02-28T23:59:59Z""#, "20512"),
                ("86400000", "1"),
                (r#""2026-02-30""#, "NULL"),
                (r#""28/02/2026""#, "NULL"),
                ("true", "NULL"),
            ],
        );
    }

    #[test]
    fn json_is_its_own_text() {
        check(
            &Type::Json,
            &[
                (r#"{ "b":1,"a" : [ ]}"#, r#"'{ "b":1,"a" : [ ]}'"#),
                ("1.50", "'1.50'"),
                ("null", "NULL"),
            ],
        );
        let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(cell(&Type::Json, &deep), format!("'{deep}'"));
    }

    #[test]
    fn objects_and_lists_keep_what_fits() {
        static FIELDS: [Column; 2] = [text("key", "K."), number("n", "N.")];
        let object = Type::Struct(&FIELDS);
        check(
            &object,
            &[
                (r#"{"n": 1, "key": "k", "more": {}}"#, "('k', 1)"),
                (r#"{"n": "x"}"#, "(NULL, NULL)"),
                (r#"{"n": 1, "n": 2}"#, "(NULL, 2)"),
                (r#"{"\ud800": 1, "n": 3}"#, "(NULL, 3)"),
                ("{}", "(NULL, NULL)"),
                ("[]", "NULL"),
                (r#""{}""#, "NULL"),
                ("null", "NULL"),
            ],
        );
        static OBJECT: Type = Type::Struct(&FIELDS);
        check(
            &Type::List(&OBJECT),
            &[
                (r#"[{"n": 1}, null, 7, {"key": "k"}]"#, "[(NULL, 1), NULL, NULL, ('k', NULL)]"),
                ("[]", "[]"),
                ("{}", "NULL"),
                ("null", "NULL"),
            ],
        );
    }
}
