//! From the body of an answer to a page of rows.
//!
//! An item is never lost to its shape; an answer that is no page of items at all is an error.

mod envelope;

use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use self::envelope::Envelope;
use crate::cells::{Cells, Span, Text, Unescaped};
use crate::custom;
use crate::decode::{keep, push, varchar};
use crate::json::{Found, Name, walk};
use crate::schema::{CUSTOM_MEMBERS, Column, RAW, Rows, Type, slot};
use crate::sieve::Sieve;

/// The rows of one answer, and what it says about those that follow.
#[derive(Debug)]
pub struct Page {
    /// How many items the answer has.
    pub items: usize,
    /// How many of them are not the one that was asked for.
    pub strangers: usize,
    /// How many of them are kept.
    pub rows: usize,
    /// The projected columns, in the order asked for.
    pub columns: Vec<Cells>,
    /// The characters that [`Cells::Text`] points into.
    pub text: Text,
    /// The `key` of each item, where it has one.
    pub keys: Vec<Option<Span>>,
    /// Whether those are texts, as documented, and not numbers.
    pub keys_are_texts: bool,
    /// The `key` of the last item that has a time, where the sieve looks at times.
    pub last_timed: Option<String>,
    /// Whether more items follow.
    pub has_more: bool,
    /// How many items the whole listing has, where the API says so.
    pub total: Option<u64>,
    /// How it was read; none if there is no answer behind it.
    pub origin: Option<Box<Origin>>,
}

/// What is to be known of an answer to read the same rows from it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where the rows are.
    pub rows: Rows,
    /// The column that says whose the rows are, and what it says.
    pub owner: Option<(String, String)>,
    /// Whether each item became a row.
    pub kept: Vec<bool>,
}

impl Page {
    /// The texts of a column that has texts.
    pub fn texts(&self, column: usize) -> Vec<String> {
        let Cells::Text(cells) = &self.columns[column] else { return Vec::new() };
        cells.iter().flatten().map(|span| self.text.get(*span).to_owned()).collect()
    }

    /// The key of each item, where it has one.
    pub fn keys(&self) -> Vec<Option<&str>> {
        let text = |key: &Option<Span>| key.map(|key| self.text.get(key));
        self.keys.iter().map(text).map(|key| key.filter(|key| !key.is_empty())).collect()
    }

    /// A page without rows, which ends a listing.
    pub fn empty(columns: &[&'static Column]) -> Page {
        Page {
            items: 0,
            strangers: 0,
            rows: 0,
            columns: columns.iter().map(|column| Cells::new(&column.ty)).collect(),
            text: Text::default(),
            keys: Vec::new(),
            keys_are_texts: true,
            last_timed: None,
            has_more: false,
            total: None,
            origin: None,
        }
    }
}

/// Why an answer is not a page.
#[derive(Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is not JSON from this byte on.
    NotJson(usize),
    /// It is JSON of another shape; says which.
    Shape(String),
}

/// What an answer is expected to hold, and what is wanted of it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'c> {
    /// The columns that the query uses.
    pub columns: &'c [&'static Column],
    /// Where the rows are.
    pub rows: Rows,
    /// How many items were asked for.
    pub limit: usize,
    /// The column that says whose the rows are, and what it says where an item does not.
    pub owner: Option<(&'c str, &'c str)>,
}

/// Reads what is wanted of `body`.
pub fn read(body: String, wanted: Wanted<'_>, sieve: &mut Sieve) -> Result<Page, Malformed> {
    let mut reader = Reader::new(&body, wanted, sieve);
    walk(&body, Envelope(&mut reader))
        .map_err(|error| Malformed::NotJson(offset(&body, &error)))?;
    let has_more = reader.check().map_err(Malformed::Shape)?;
    let Reader {
        items,
        strangers,
        rows,
        cells,
        unescaped,
        keys,
        keys_are_texts,
        last_timed,
        total,
        kept,
        ..
    } = reader;
    let owner = wanted.owner.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let origin = Some(Box::new(Origin { rows: wanted.rows, owner, kept }));
    let text = Text::new(body, unescaped);
    let last_timed = last_timed.map(|key| text.get(key).to_owned()).filter(|key| !key.is_empty());
    Ok(Page {
        items,
        strangers,
        rows,
        columns: cells,
        text,
        keys,
        keys_are_texts,
        last_timed,
        has_more,
        total,
        origin,
    })
}

/// Reads the same rows of `body` again, with other columns perhaps.
pub fn read_again(
    body: String,
    columns: &[&'static Column],
    limit: usize,
    Origin { rows, owner, kept }: Origin,
) -> Result<Page, Malformed> {
    let owner = owner.as_ref().map(|(name, value)| (&**name, &**value));
    read(body, Wanted { columns, rows, limit, owner }, &mut Sieve::as_before(kept))
}

/// The byte of `body` at which serde_json found an error.
fn offset(body: &str, error: &serde_json::Error) -> usize {
    let before = body.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    (start + error.column().saturating_sub(1)).min(body.len())
}

/// What is known of a page while it is being read.
struct Reader<'c> {
    place: Rows,
    limit: usize,
    owner: Option<(&'c str, &'c str)>,
    sieve: &'c mut Sieve,
    items: usize,
    strangers: usize,
    columns: &'c [&'static Column],
    raw: Option<usize>,
    has_custom_fields: bool,
    rows: usize,
    kept: Vec<bool>,
    cells: Vec<Cells>,
    unescaped: Unescaped,
    keys: Vec<Option<Span>>,
    keys_are_texts: bool,
    last_timed: Option<Span>,
    has_more: Option<bool>,
    is_data_told: bool,
    is_more_told: bool,
    total: Option<u64>,
    has_items: bool,
    message: Option<String>,
    /// The first thing that is not as documented.
    odd: Option<String>,
}

impl<'c> Reader<'c> {
    fn new(body: &str, wanted: Wanted<'c>, sieve: &'c mut Sieve) -> Reader<'c> {
        let Wanted { columns, rows: place, limit, owner } = wanted;
        Reader {
            place,
            limit,
            owner,
            sieve,
            items: 0,
            strangers: 0,
            columns,
            raw: columns.iter().position(|column| column.name == RAW.name),
            has_custom_fields: columns.iter().any(|column| matches!(column.ty, Type::CustomFields)),
            rows: 0,
            kept: Vec::new(),
            cells: columns.iter().map(|column| Cells::new(&column.ty)).collect(),
            unescaped: Unescaped::of(body),
            keys: Vec::new(),
            keys_are_texts: true,
            last_timed: None,
            has_more: None,
            is_data_told: false,
            is_more_told: false,
            total: None,
            has_items: false,
            message: None,
            odd: None,
        }
    }

    fn odd(&mut self, what: String) {
        self.odd.get_or_insert(what);
    }

    /// Whether more follows; an error if this is not the documented shape.
    fn check(&mut self) -> Result<bool, String> {
        match (self.odd.take(), self.has_items, self.has_more) {
            (None, true, Some(has_more)) => Ok(has_more),
            // A page that is not full cannot have been cut at its limit.
            (None, true, None) if self.may_lack_has_more() && self.items < self.limit => Ok(false),
            (Some(odd), ..) => Err(self.with_message(odd)),
            (None, false, _) => Err(self.with_message(format!("\"{}\" is missing", self.name()))),
            (None, true, None) => Err(self.with_message("\"data.has_more\" is missing".into())),
        }
    }

    fn may_lack_has_more(&self) -> bool {
        matches!(self.place, Rows::Undocumented | Rows::Anywhere)
    }

    /// What the rows stand under.
    fn name(&self) -> String {
        match self.place {
            Rows::Pages | Rows::Undocumented => "data.items".into(),
            Rows::Array | Rows::One | Rows::Anywhere => "data".into(),
            Rows::At(member) => format!("data.{member}"),
        }
    }

    fn with_message(&self, what: String) -> String {
        match &self.message {
            Some(message) => format!("{what}, and its message is \"{message}\""),
            None => what,
        }
    }

    /// The place of a member with custom values, where they are asked for.
    fn custom_slot(&self, member: &[u8]) -> Option<usize> {
        let is_asked = self.has_custom_fields;
        is_asked.then(|| CUSTOM_MEMBERS.iter().position(|name| name.as_bytes() == member))?
    }

    /// Adds a row from the members of an item; `whole` is the item's text if it is asked for.
    fn add<'de, A>(&mut self, whole: Option<&'de str>, mut members: A) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
    {
        let mut values = vec![None; self.columns.len()];
        let mut custom = [None; CUSTOM_MEMBERS.len()];
        let mut seen = self.sieve.start();
        self.items += 1;
        let mut key = None;
        while let Some(name) = members.next_key::<Name<'de>>()? {
            let slot = slot(self.columns.iter().copied(), name.bytes());
            let is_key = name.bytes() == b"key";
            let custom_slot = self.custom_slot(name.bytes());
            let is_seen = self.sieve.looks_at(name.bytes());
            if slot.is_none() && !is_key && !is_seen && custom_slot.is_none() {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = members.next_value::<&'de RawValue>()?.get();
            keep(slot, value, &mut values);
            if is_key {
                key = cursor(value, &mut self.unescaped);
                self.keys_are_texts &= Found::of(value) == Found::String;
            }
            if is_seen {
                self.sieve.look(name.bytes(), value, &mut seen);
            }
            if let Some(at) = custom_slot {
                custom[at] = Some(value);
            }
        }
        self.keys.push(key);
        self.strangers += usize::from(self.sieve.is_stranger(&seen));
        if seen.is_timed() {
            self.last_timed = key;
        }
        if self.sieve.may_come_twice(&seen) {
            let (item, name) = (self.items, self.name());
            self.odd(format!("item {item} of \"{name}\" has no text for a \"key\" to tell it by"));
        }
        let is_kept = self.sieve.keeps(seen);
        self.kept.push(is_kept);
        if !is_kept {
            return Ok(());
        }
        if let Some(raw) = self.raw {
            values[raw] = whole;
        }
        for ((cells, column), value) in self.cells.iter_mut().zip(self.columns).zip(values) {
            let owner = self.owner.filter(|(name, _)| value.is_none() && *name == column.name);
            if let (Some((_, owner)), Cells::Text(cells)) = (owner, &mut *cells) {
                cells.push(Some(self.unescaped.keep(owner)));
                continue;
            }
            match column.ty {
                Type::CustomFields => {
                    custom::push(cells, custom.into_iter().flatten(), &mut self.unescaped);
                }
                Type::Map => custom::push(cells, value, &mut self.unescaped),
                _ => push(cells, &column.ty, value, &mut self.unescaped),
            }
        }
        self.rows += 1;
        Ok(())
    }
}

/// The key to continue after: a string, or a number by its digits.
fn cursor(json: &str, text: &mut Unescaped) -> Option<Span> {
    match Found::of(json) {
        Found::String | Found::Number => varchar(json, text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{bigint as number, varchar as text};
    use crate::sieve::{Condition, Is};
    use proptest::prelude::*;

    static KEY: Column = text("key", "K.");
    static AMOUNT: Column = number("amount", "A.");

    fn wanted<'c>(columns: &'c [&'static Column], rows: Rows, limit: usize) -> Wanted<'c> {
        Wanted { columns, rows, limit, owner: None }
    }

    fn of(body: &str) -> Result<Page, Malformed> {
        read(body.to_owned(), wanted(&[&AMOUNT], Rows::Pages, 250), &mut Sieve::default())
    }

    #[test]
    fn a_page_has_rows_a_cursor_and_an_end() {
        let body = r#"{"data":{"items":[{"key":"a","amount":1},{"amount":2,"key":"b\/\u00e9"}],
                       "has_more":true,"total":7},"message":"ok","status":200}"#;
        let page = of(body).expect("a page");
        assert_eq!((page.rows, page.has_more, page.total), (2, true, Some(7)));
        assert_eq!(page.keys().last().copied().flatten(), Some("b/é"));
        let Cells::Integers(amounts) = &page.columns[0] else { panic!("numbers") };
        assert_eq!(amounts, &[Some(1), Some(2)]);
    }

    #[test]
    fn raw_is_the_item_byte_for_byte() {
        let item = "{ \"key\":\"a\",\n \"amount\" : 1.50, \"x\":\"\\u00e9\\ud800\" }";
        let body = format!(r#"{{"data":{{"has_more":false,"items":[ {item} ]}}}}"#);
        let page = read(body, wanted(&[&RAW, &KEY], Rows::Pages, 250), &mut Sieve::default())
            .expect("a page");
        let (Cells::Text(raw), Cells::Text(key)) = (&page.columns[0], &page.columns[1]) else {
            panic!("texts")
        };
        assert_eq!(page.text.get(raw[0].expect("raw")), item);
        assert_eq!(page.text.get(key[0].expect("a key")), "a");
    }

    #[test]
    fn a_cursor_may_be_a_number_but_nothing_else() {
        let last = |key: &str| {
            let body = format!(r#"{{"data":{{"items":[{{"key":{key}}}],"has_more":true}}}}"#);
            of(&body).expect("a page").keys().last().copied().flatten().map(str::to_owned)
        };
        assert_eq!(last("\"k\"").as_deref(), Some("k"));
        assert_eq!(last("7659610663496810517101").as_deref(), Some("7659610663496810517101"));
        for none in ["null", "\"\"", "true", "[]", "{}"] {
            assert_eq!(last(none), None, "{none}");
        }
    }

    #[test]
    fn the_cursor_is_of_the_last_item_only() {
        let page = of(r#"{"data":{"items":[{"key":"a"},{"amount":1}],"has_more":true}}"#);
        assert_eq!(page.expect("a page").keys(), [Some("a"), None]);
    }

    #[test]
    fn another_shape_is_named() {
        for (body, what) in [
            ("[]", "it is an array"),
            ("null", "it is null"),
            ("{}", "\"data.items\" is missing"),
            (
                r#"{"message":"Down","status":500}"#,
                "\"data.items\" is missing, and its message is \"Down\"",
            ),
            (r#"{"data":null}"#, "\"data\" is null"),
            (r#"{"data":[{"key":"a"}]}"#, "\"data\" is an array"),
            (r#"{"data":{"has_more":false}}"#, "\"data.items\" is missing"),
            (r#"{"data":{"has_more":false,"items":null}}"#, "\"data.items\" is null"),
            (r#"{"data":{"has_more":false,"items":{}}}"#, "\"data.items\" is an object"),
            (
                r#"{"data":{"has_more":false,"items":[],"items":[]}}"#,
                "\"data.items\" is there twice",
            ),
            (
                r#"{"data":{"has_more":false,"items":[{},null]}}"#,
                "item 2 of \"data.items\" is null",
            ),
            (
                r#"{"data":{"has_more":false,"items":["x"]}}"#,
                "item 1 of \"data.items\" is a string",
            ),
            (r#"{"data":{"items":[]}}"#, "\"data.has_more\" is missing"),
            (r#"{"data":{"items":[],"has_more":null}}"#, "\"data.has_more\" is null"),
            (r#"{"data":{"items":[],"has_more":"false"}}"#, "\"data.has_more\" is a string"),
            (r#"{"data":{"items":[],"has_more":0}}"#, "\"data.has_more\" is a number"),
            (
                r#"{"data":{"items":[],"has_more":true,"has_more":false}}"#,
                "\"data.has_more\" is there twice",
            ),
            (
                r#"{"data":{"items":[],"has_more":true},"data":{"total":1}}"#,
                "\"data\" is there twice",
            ),
        ] {
            let shape = Malformed::Shape(what.into());
            assert_eq!(of(body).expect_err(body), shape, "{body}");
            let with_raw =
                read(body.to_owned(), wanted(&[&RAW], Rows::Pages, 250), &mut Sieve::default());
            assert_eq!(with_raw.expect_err(body), shape, "{body} with raw");
        }
    }

    #[test]
    fn items_that_are_not_kept_still_move_the_cursor() {
        let body = r#"{"data":{"has_more":true,"items":[{"amount":1,"test":true},{"key":7}]}}"#;
        let conditions = vec![Condition { column: "test".into(), is: Is::True(true) }];
        let columns: [&'static Column; 1] = [&AMOUNT];
        let mut sieve = Sieve { conditions, ..Sieve::default() };
        let page = read(body.to_owned(), wanted(&columns, Rows::Pages, 2), &mut sieve);
        let page = page.expect("a page");
        assert_eq!((page.items, page.strangers, page.rows), (2, 0, 1));
        assert_eq!(page.keys().last().copied().flatten(), Some("7"));
    }

    #[test]
    fn rows_say_whose_they_are() {
        let body = r#"{"data":{"has_more":false,"items":[{"key":"own"},{}]}}"#;
        let columns: [&'static Column; 1] = [&KEY];
        let wanted = Wanted { owner: Some(("key", "given")), ..wanted(&columns, Rows::Pages, 3) };
        let page = read(body.to_owned(), wanted, &mut Sieve::default()).expect("a page");
        let Cells::Text(keys) = &page.columns[0] else { panic!("texts") };
        let keys: Vec<_> = keys.iter().map(|key| page.text.get(key.expect("a key"))).collect();
        assert_eq!(keys, ["own", "given"]);
    }

    #[test]
    fn rows_may_stand_anywhere() {
        let rows = |body: &str| {
            let page =
                read(body.to_owned(), wanted(&[&RAW], Rows::Anywhere, 2), &mut Sieve::default());
            page.map(|page| (page.rows, page.has_more)).ok()
        };
        assert_eq!(rows(r#"{"data":{"items":[{},{}],"has_more":true}}"#), Some((2, true)));
        assert_eq!(rows(r#"{"data":{"items":[{}]}}"#), Some((1, false)));
        assert_eq!(rows(r#"{"data":[{},{},{}]}"#), Some((3, false)));
        assert_eq!(rows(r#"{"data":{"key":"a"}}"#), Some((1, false)));
        assert_eq!(rows(r#"{"data":{"items":[{},{}]}}"#), None);
        assert_eq!(rows(r#"{"data":7}"#), None);
        assert_eq!(rows("{}"), None);
    }

    #[test]
    fn rows_may_stand_elsewhere() {
        let rows = |body: &str, rows| {
            let page = read(body.to_owned(), wanted(&[&KEY, &RAW], rows, 2), &mut Sieve::default())
                .map_err(|error| match error {
                    Malformed::Shape(what) => what,
                    Malformed::NotJson(at) => at.to_string(),
                })?;
            Ok::<_, String>((page.rows, page.has_more))
        };
        let array = r#"{"data":[{"key":"a"},{"key":"b"}]}"#;
        let one = r#"{"data":{"key":"a","items":3}}"#;
        let files = r#"{"data":{"deal_files":[{"key":"a"}]}}"#;
        assert_eq!(rows(array, Rows::Array), Ok((2, false)));
        assert_eq!(rows(array, Rows::Undocumented), Ok((2, false)));
        assert_eq!(rows(one, Rows::One), Ok((1, false)));
        assert_eq!(rows(files, Rows::At("deal_files")), Ok((1, false)));
        assert_eq!(rows(one, Rows::Array), Err("\"data\" is an object".into()));
        assert_eq!(rows(files, Rows::At("files")), Err("\"data.files\" is missing".into()));
        assert_eq!(rows(r#"{"data":null}"#, Rows::One), Err("item 1 of \"data\" is null".into()));
    }

    #[test]
    fn where_more_is_not_told_a_full_page_is_an_error() {
        let has_more = |items: &str| {
            let body = format!(r#"{{"data":{{"items":[{items}]}}}}"#);
            read(body, wanted(&[&KEY], Rows::Undocumented, 2), &mut Sieve::default())
                .map(|page| page.has_more)
        };
        assert!(!has_more(r#"{"key":"a"}"#).expect("a page"));
        assert!(has_more(r#"{"key":"a"},{"key":"b"}"#).is_err());
    }

    #[test]
    fn what_is_not_json_is_told_by_its_byte() {
        for (body, at) in [("", 0), ("<html>", 0), ("{\"data\":\n{\"items\"", 16), ("{} {}", 3)] {
            assert_eq!(of(body).expect_err(body), Malformed::NotJson(at), "{body}");
        }
    }

    proptest! {
        /// Any value in any place is a row or a named error, never a panic; and a row keeps its text.
        #[test]
        fn no_item_is_lost_to_its_values(amounts in prop::collection::vec(any_json(), 0..5)) {
            let items: Vec<_> = amounts.iter().map(|a| format!(r#"{{"key":{a},"amount":{a}}}"#)).collect();
            let body = format!(r#"{{"data":{{"items":[{}],"has_more":false}}}}"#, items.join(","));
            let page = read(body, wanted(&[&AMOUNT, &KEY, &RAW], Rows::Pages, 250), &mut Sieve::default()).expect("a page");
            let Cells::Text(raw) = &page.columns[2] else { panic!("texts") };
            let kept: Vec<_> = raw.iter().map(|span| page.text.get(span.expect("raw"))).collect();
            prop_assert_eq!(kept, items);
        }

        #[test]
        fn a_page_cut_short_anywhere_is_an_error(at in 0usize..100) {
            let body = r#"{"data":{"items":[{"key":"a","amount":1},{"amount":2,"key":"b"}],"has_more":false}}"#;
            prop_assume!(at < body.len());
            prop_assert!(of(&body[..at]).is_err());
        }
    }

    fn any_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|flag| flag.to_string()),
            any::<i64>().prop_map(|number| number.to_string()),
            "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?",
            ".*".prop_map(|text| serde_json::Value::from(text).to_string()),
            Just("\"\\ud800\"".to_owned()),
        ];
        leaf.prop_recursive(6, 30, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|all| format!("[{}]", all.join(","))),
                prop::collection::vec((".{0,4}", inner), 0..4).prop_map(|all| {
                    let member = |(name, value): &(String, String)| {
                        format!("{}:{value}", serde_json::Value::from(name.as_str()))
                    };
                    format!("{{{}}}", all.iter().map(member).collect::<Vec<_>>().join(","))
                }),
            ]
        })
    }
}
