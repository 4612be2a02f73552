//! The page decoder: no item is lost, and every cell is what `serde_json::Value` says.
//!
//! The first line of the input names a table and an API, the rest is the body of an answer.

use std::collections::BTreeSet;

use partnerstack::page::{self, Malformed, Page, Wanted};
use partnerstack::schema::{Api, Column, Endpoint, Rows, Type, visit};
use partnerstack::sieve::{Condition, Is, Sieve};
use partnerstack::tables::{TABLES, find};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::model::{self, Cell};

/// How many items are asked for.
const LIMIT: usize = 3;

/// Checks any body, and the same body without what only text can say, such as a name that is there twice.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (name, body) = text.split_once('\n').unwrap_or(("", &text));
    let endpoint = endpoint(name);
    let value: Option<Value> = serde_json::from_str(body).ok();
    as_it_is(endpoint, body, value.as_ref());
    if let Some(value) = value {
        as_a_value(endpoint, &value);
    }
}

/// The endpoint that is named, as in `rewards vendor`; any where there is none of this name.
fn endpoint(name: &str) -> &'static Endpoint {
    let (table, api) = name.split_once(' ').unwrap_or((name, ""));
    let named = || find(table)?.endpoint(Api::from_word(api)?);
    named().unwrap_or_else(|| {
        let sum: usize = name.bytes().map(usize::from).sum();
        let (_, endpoint) = TABLES[sum % TABLES.len()].endpoints().next().expect("an endpoint");
        endpoint
    })
}

fn read(endpoint: &'static Endpoint, body: &str) -> Result<Page, Malformed> {
    let columns: Vec<&'static Column> = endpoint.all_columns().collect();
    let wanted = Wanted { columns: &columns, rows: endpoint.rows, limit: LIMIT, owner: None };
    let page = page::read(body.to_owned(), wanted, &mut Sieve::default());
    let bare = Wanted { columns: &[], ..wanted };
    let bare = page::read(body.to_owned(), bare, &mut Sieve::default());
    if is_json(body) {
        // What is projected decides about the cells, and about nothing else.
        assert_eq!(facts(&page), facts(&bare));
    }
    page
}

fn is_json(body: &str) -> bool {
    serde_json::from_str::<&RawValue>(body).is_ok()
}

/// What a page says apart from its cells, or of which shape it is instead.
fn facts(page: &Result<Page, Malformed>) -> String {
    match page {
        Ok(page) => {
            let Page { items, rows, has_more, total, .. } = page;
            format!("{items} {rows} {:?} {has_more} {total:?}", page.keys())
        }
        Err(Malformed::NotJson(_)) => "no JSON".to_owned(),
        Err(Malformed::Shape(what)) => what.clone(),
    }
}

/// A body is an error, or a page with all its items.
fn as_it_is(endpoint: &'static Endpoint, body: &str, value: Option<&Value>) {
    match read(endpoint, body) {
        Err(Malformed::NotJson(at)) => assert!(body.is_char_boundary(at) || at < body.len()),
        Err(Malformed::Shape(what)) => assert!(!what.is_empty()),
        Ok(page) => {
            // The names of members may hold control characters as they are, and nothing is lost by that.
            let is_json = is_json(&body.replace(char::is_control, " "));
            assert!(is_json, "what is no JSON is no page");
            assert_eq!(page.rows, page.items);
            for (column, cells) in endpoint.all_columns().zip(&page.columns) {
                let cells = model::found(cells, page.rows, &page.text);
                assert!(column.name != "raw" || cells.iter().all(is_object), "raw is the item");
            }
            if let Some(Ok(answer)) = value.map(|value| Answer::of(endpoint.rows, value)) {
                assert!(page.items >= answer.items.len(), "no item is lost");
            }
        }
    }
}

fn is_object(cell: &Cell) -> bool {
    let Cell::Text(text) = cell else { return false };
    text.starts_with('{') && is_json(text)
}

/// What is a page by its value is read as just that, and nothing else is read as a page.
fn as_a_value(endpoint: &'static Endpoint, value: &Value) {
    let body = value.to_string();
    let (page, answer) = match (read(endpoint, &body), Answer::of(endpoint.rows, value)) {
        (Ok(page), Ok(answer)) => (page, answer),
        (Err(_), Err(_)) => return,
        (page, answer) => panic!("{page:?} is not {answer:?}"),
    };
    assert_eq!((page.items, page.rows), (answer.items.len(), answer.items.len()));
    assert_eq!(page.has_more, answer.has_more);
    let keys: Vec<_> = answer.items.iter().map(|item| key(item)).collect();
    assert_eq!(page.keys(), keys.iter().map(Option::as_deref).collect::<Vec<_>>());
    let mut said = answer.items.iter().filter_map(|item| item.get("key"));
    assert_eq!(page.keys_are_texts, said.all(Value::is_string));
    for (column, cells) in endpoint.all_columns().zip(&page.columns) {
        let expected: Vec<_> =
            answer.items.iter().map(|item| model::of_item(column, item)).collect();
        assert_eq!(model::found(cells, page.rows, &page.text), expected, "{}", column.name);
    }
    sifts(endpoint, &body, &answer.items);
}

/// A condition on the text of a column that narrows keeps the rows which show that text.
fn sifts(endpoint: &'static Endpoint, body: &str, items: &[&Map<String, Value>]) {
    for name in narrowing(endpoint) {
        let cells: Vec<_> = items.iter().map(|item| shown(endpoint, &name, item)).collect();
        let Some(Cell::Text(text)) = cells.first() else { continue };
        let is = Is::OneOf(BTreeSet::from([text.clone()]));
        let conditions = vec![Condition { column: name.clone(), is }];
        let mut sieve = Sieve { conditions, ..Sieve::default() };
        let wanted = Wanted { columns: &[], rows: endpoint.rows, limit: LIMIT, owner: None };
        let page = page::read(body.to_owned(), wanted, &mut sieve).expect("a page");
        let shown = cells.iter().filter(|cell| *cell == &cells[0]).count();
        assert_eq!((page.items, page.rows), (items.len(), shown), "{name} = '{text}'");
    }
}

/// The columns of texts that narrow, and such fields of objects.
fn narrowing(endpoint: &'static Endpoint) -> Vec<String> {
    let mut names = Vec::new();
    for column in endpoint.all_columns() {
        visit(column, "", &mut |name, column| {
            if endpoint.narrowing(column).is_some() && matches!(column.ty, Type::Varchar) {
                names.push(name.to_owned());
            }
        });
    }
    names
}

/// What a column shows of an item, or a field of it.
fn shown(endpoint: &'static Endpoint, name: &str, item: &Map<String, Value>) -> Cell {
    let (member, field) = name.split_once('.').map_or((name, None), |(m, f)| (m, Some(f)));
    let column = endpoint.all_columns().find(|column| column.name == member).expect("a column");
    match (model::of_item(column, item), &column.ty, field) {
        (Cell::Struct(cells), Type::Struct(fields), Some(field)) => {
            let at = fields.iter().position(|column| column.name == field).expect("a field");
            cells[at].clone()
        }
        (cell, ..) => cell,
    }
}

/// The key to go on after.
fn key(item: &Map<String, Value>) -> Option<String> {
    match item.get("key")? {
        Value::String(key) => Some(key.clone()).filter(|key| !key.is_empty()),
        Value::Number(key) => Some(key.to_string()),
        _ => None,
    }
}

/// An answer that is a page.
#[derive(Debug)]
struct Answer<'v> {
    items: Vec<&'v Map<String, Value>>,
    has_more: bool,
}

/// Why an answer is no page.
#[derive(Debug)]
struct NoPage;

impl<'v> Answer<'v> {
    fn of(rows: Rows, answer: &'v Value) -> Result<Answer<'v>, NoPage> {
        let data = answer.get("data").ok_or(NoPage)?;
        let whole = |items: &'v [Value]| Answer::new(items, Some(false));
        match (rows, data) {
            (Rows::Pages | Rows::Undocumented | Rows::Anywhere, Value::Object(members))
                if rows != Rows::Anywhere || members.contains_key("items") =>
            {
                Answer::page(rows, members)
            }
            (Rows::Array | Rows::Undocumented | Rows::Anywhere, Value::Array(items)) => {
                whole(items)
            }
            (Rows::At(member), Value::Object(members)) => {
                let items = members.get(member).and_then(Value::as_array).ok_or(NoPage)?;
                let more = members.get("has_more");
                Answer::new(items, more.map_or(Some(false), Value::as_bool))
            }
            (Rows::One | Rows::Anywhere, data) => whole(std::slice::from_ref(data)),
            _ => Err(NoPage),
        }
    }

    /// A page that says whether more follows; where it need not, one that is not full.
    fn page(rows: Rows, members: &'v Map<String, Value>) -> Result<Answer<'v>, NoPage> {
        let items = members.get("items").and_then(Value::as_array).ok_or(NoPage)?;
        let is_last = rows != Rows::Pages && items.len() < LIMIT;
        let unsaid = is_last.then_some(false);
        Answer::new(items, members.get("has_more").map_or(unsaid, Value::as_bool))
    }

    fn new(items: &'v [Value], has_more: Option<bool>) -> Result<Answer<'v>, NoPage> {
        let items = items.iter().map(|item| item.as_object().ok_or(NoPage));
        Ok(Answer { items: items.collect::<Result<_, _>>()?, has_more: has_more.ok_or(NoPage)? })
    }
}
