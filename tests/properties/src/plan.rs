//! The plan: its requests bring every row that satisfies the query's filters, each once.
//!
//! The input is an endpoint, what may be used, a predicate, and rows.

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Result, Unstructured};
use partnerstack::page::{self, Wanted};
use partnerstack::plan::{MOST_LISTINGS, May, Part, Plan};
use partnerstack::predicate::{Predicate, Range, texts, times};
use partnerstack::schema::{Endpoint, Narrows, Rows, Type, visit};
use partnerstack::settings::Pushdown;
use partnerstack::sieve::{Condition, Is, Sieve};
use partnerstack::tables::TABLES;
use serde_json::{Value, json};

/// A column that a filter may be about.
struct Column {
    name: String,
    is_time: bool,
    narrows: Option<Narrows>,
    /// The texts that rows and filters have.
    pool: Vec<String>,
}

/// A row: its values by column, and whether what is not understood holds for it.
struct Row {
    values: BTreeMap<String, Cell>,
    unknown: bool,
}

/// A value, its time in milliseconds.
enum Cell {
    Text(String),
    Time(i64),
}

/// What an API does with bounds on time.
#[derive(Clone, Copy)]
struct Api<'c> {
    columns: &'c [Column],
    counts_bounds_in: bool,
}

/// Checks a plan.
pub fn check(bytes: &[u8]) {
    // What there are no bytes for is not checked.
    let _ = run(&mut Unstructured::new(bytes));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let endpoints: Vec<_> = TABLES.iter().flat_map(|table| table.endpoints()).collect();
    let (_, endpoint) = *u.choose(&endpoints)?;
    let columns = columns(endpoint);
    let api = Api { columns: &columns, counts_bounds_in: u.arbitrary()? };
    let parameters: Vec<_> = columns.iter().flat_map(Column::parameters).collect();
    let sent = if u.ratio(1, 4)? { vec![some(u, &parameters)?] } else { vec![] };
    let state = columns.iter().find_map(|column| match column.narrows {
        Some(Narrows::State { parameter, values: [value, ..] }) => Some((parameter, *value)),
        _ => None,
    });
    let pushdown = ["all", "all", "all", "none", "times", "values", "keys", "values,keys"];
    let may = May {
        pushdown: Pushdown::from_value(u.choose(&pushdown)?),
        ask_for_items: u.arbitrary()?,
        most_items: u.int_in_range(0..=60)?,
        sent: &sent,
        never: if u.arbitrary()? { state } else { None },
    };
    let predicate = predicate(u, &columns, 4)?;
    let plan = Plan::new(endpoint, &predicate, &may);
    keeps_to(&plan, &may);
    while !u.is_empty() {
        let row = row(u, &columns)?;
        let wanted = row.satisfies(&predicate);
        if wanted {
            is_within(&predicate, &columns, &row);
        }
        let times = api.times_sent(&plan, &row);
        assert!(times == 1 || (times == 0 && !wanted), "{plan} brings a row {times} times");
    }
    Ok(())
}

fn some<T: Copy + Default>(u: &mut Unstructured<'_>, all: &[T]) -> Result<T> {
    if all.is_empty() { Ok(T::default()) } else { u.choose(all).copied() }
}

/// The columns of texts and times, with what they are narrowed by.
fn columns(endpoint: &'static Endpoint) -> Vec<Column> {
    let mut columns = Vec::new();
    for column in endpoint.all_columns() {
        visit(column, "", &mut |name, column| {
            let is_time = matches!(column.ty, Type::Timestamp);
            if (is_time || matches!(column.ty, Type::Varchar)) && !name.contains("[]") {
                let narrows = endpoint.narrowing(column);
                let pool = pool(narrows);
                columns.push(Column { name: name.to_owned(), is_time, narrows, pool });
            }
        });
    }
    // Those that narrow come first, where most filters are put.
    columns.sort_by_key(|column| column.narrows.is_none());
    columns
}

fn pool(narrows: Option<Narrows>) -> Vec<String> {
    let texts = ["a", "b", "c", "a/b", "..", "é", ""].map(str::to_owned);
    let taken = match narrows {
        Some(Narrows::State { values, .. }) => values,
        _ => &[],
    };
    taken.iter().map(|value| (*value).to_owned()).chain(texts).collect()
}

impl Column {
    fn parameters(&self) -> Vec<&'static str> {
        match self.narrows {
            Some(Narrows::Between { least, most }) => {
                [Some(least), most].into_iter().flatten().collect()
            }
            Some(Narrows::Value(parameter) | Narrows::State { parameter, .. }) => vec![parameter],
            Some(Narrows::Item(_)) | None => vec![],
        }
    }
}

fn predicate(u: &mut Unstructured<'_>, columns: &[Column], depth: usize) -> Result<Predicate> {
    let several = |u: &mut Unstructured<'_>| {
        let count = u.int_in_range(1..=3)?;
        (0..count).map(|_| predicate(u, columns, depth - 1)).collect::<Result<Vec<_>>>()
    };
    match u.int_in_range(0..=if depth == 0 { 5 } else { 9 })? {
        0 => Ok(Predicate::Unknown),
        1..=5 => comparison(u, columns),
        6..=7 => Ok(Predicate::And(several(u)?)),
        _ => Ok(Predicate::Or(several(u)?)),
    }
}

fn comparison(u: &mut Unstructured<'_>, columns: &[Column]) -> Result<Predicate> {
    let narrowing = columns.iter().filter(|column| column.narrows.is_some()).count();
    let among = if narrowing > 0 && u.ratio(7, 8)? { &columns[..narrowing] } else { columns };
    if among.is_empty() {
        return Ok(Predicate::Unknown);
    }
    let of = u.choose(among)?;
    let column = of.name.clone();
    if of.is_time {
        let (least, most) = (moment(u)?, moment(u)?);
        return Ok(Predicate::Within { column, range: Range { least, most } });
    }
    let values = match u.int_in_range(0..=9)? {
        0 => BTreeSet::new(),
        1 => (0..u.int_in_range(1..=60)?).map(|number: u8| number.to_string()).collect(),
        count => (0..count / 2).map(|_| u.choose(&of.pool).cloned()).collect::<Result<_>>()?,
    };
    Ok(Predicate::OneOf { column, values })
}

/// Microseconds, often at the edge of something.
fn moment(u: &mut Unstructured<'_>) -> Result<i64> {
    let edges = [i64::MIN, -1001, -1, 0, 1, 999, 1000, 1001, 253_402_300_799_999_999, i64::MAX];
    match u.int_in_range(0..=3)? {
        0 => u.choose(&edges).copied(),
        1 => u.arbitrary(),
        _ => Ok(u.int_in_range(0..=15)? * 500),
    }
}

fn row(u: &mut Unstructured<'_>, columns: &[Column]) -> Result<Row> {
    let mut values = BTreeMap::new();
    let unknown = u.arbitrary()?;
    for column in columns.iter().filter(|column| column.narrows.is_some()) {
        if u.ratio(1, 8)? {
            continue;
        }
        let value = match column.is_time {
            true => Cell::Time(
                moment(u)?.div_euclid(1000).clamp(i64::MIN / 1000 + 1, i64::MAX / 1000 - 1),
            ),
            false if u.ratio(1, 8)? => Cell::Text(u.int_in_range(0..=59)?.to_string()),
            false => Cell::Text(u.choose(&column.pool)?.clone()),
        };
        values.insert(column.name.clone(), value);
    }
    Ok(Row { values, unknown })
}

impl Row {
    fn text(&self, column: &str) -> Option<&str> {
        match self.values.get(column)? {
            Cell::Text(text) => Some(text),
            Cell::Time(_) => None,
        }
    }

    fn millis(&self, column: &str) -> Option<i64> {
        match self.values.get(column)? {
            Cell::Text(_) => None,
            Cell::Time(millis) => Some(*millis),
        }
    }

    fn satisfies(&self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::OneOf { column, values } => {
                self.text(column).is_some_and(|text| values.contains(text))
            }
            Predicate::Within { column, range } => {
                self.millis(column).is_some_and(|millis| range.holds(millis * 1000))
            }
            Predicate::And(all) => all.iter().all(|part| self.satisfies(part)),
            Predicate::Or(any) => any.iter().any(|part| self.satisfies(part)),
            Predicate::Unknown => self.unknown,
        }
    }

    /// The item that the API has for it.
    fn item(&self) -> Value {
        let mut item = json!({});
        for (name, cell) in &self.values {
            let (member, field) =
                name.split_once('.').map_or((&**name, None), |(m, f)| (m, Some(f)));
            let place = match field {
                Some(field) => &mut item[member][field],
                None => &mut item[member],
            };
            *place = match cell {
                Cell::Text(text) => text.as_str().into(),
                Cell::Time(millis) => (*millis).into(),
            };
        }
        item
    }

    /// Whether the sieve keeps it.
    fn passes(&self, condition: &Condition) -> bool {
        let body = json!({"data": {"items": [self.item()], "has_more": false}}).to_string();
        let mut sieve = Sieve { conditions: vec![condition.clone()], ..Sieve::default() };
        let wanted = Wanted { columns: &[], rows: Rows::Pages, limit: 250, owner: None };
        page::read(body, wanted, &mut sieve).expect("a page").rows == 1
    }
}

/// What a predicate says of one column holds for a row that satisfies it.
fn is_within(predicate: &Predicate, columns: &[Column], row: &Row) {
    for Column { name, is_time, .. } in columns.iter().filter(|column| column.narrows.is_some()) {
        if *is_time {
            let range = times(predicate, name);
            let is_open = range == Range::ALL;
            assert!(is_open || row.millis(name).is_some_and(|millis| range.holds(millis * 1000)));
        } else if let Some(texts) = texts(predicate, name) {
            assert!(row.text(name).is_some_and(|text| texts.contains(text)));
        }
    }
}

/// A plan uses only what it may.
fn keeps_to(plan: &Plan, may: &May<'_>) {
    match plan {
        Plan::Nothing => {}
        Plan::Items { values, .. } => {
            assert!(may.ask_for_items && (1..=may.most_items).contains(&values.len()));
        }
        Plan::Listings(parts) => {
            assert!((1..=MOST_LISTINGS).contains(&parts.len()));
            for (name, value) in parts.iter().flat_map(|part| &part.query) {
                assert!(!may.sent.contains(name), "{name} is sent already");
                assert!(may.never != Some((*name, value)), "{name}={value} must not be sent");
            }
        }
    }
}

impl Api<'_> {
    /// How often a row comes.
    fn times_sent(&self, plan: &Plan, row: &Row) -> usize {
        match plan {
            Plan::Nothing => 0,
            Plan::Listings(parts) => parts.iter().filter(|part| self.sends(part, row)).count(),
            Plan::Items { column, values, others, .. } => {
                let of_others = Condition { column: column.clone(), is: Is::OneOf(others.clone()) };
                let own = row.text(column);
                values.iter().filter(|value| own == Some(value)).count()
                    + usize::from(row.passes(&of_others))
            }
        }
    }

    /// Whether a row is an item of a part of the listing.
    fn sends(&self, part: &Part, row: &Row) -> bool {
        let is_asked = part.query.iter().all(|(name, value)| self.matches(name, value, row));
        is_asked && part.only.as_ref().is_none_or(|only| row.passes(only))
    }

    /// Whether a row is among those that a query parameter leaves.
    fn matches(&self, parameter: &str, value: &str, row: &Row) -> bool {
        let is_of = |column: &&Column| column.parameters().contains(&parameter);
        let column = self.columns.iter().find(is_of).expect("a parameter of a column");
        let Some(Narrows::Between { least, .. }) = column.narrows else {
            return row.text(&column.name) == Some(value);
        };
        let bound: i64 = value.parse().expect("milliseconds");
        assert!((0..=253_402_300_799_999).contains(&bound), "{parameter}={value}");
        let slack = i64::from(!self.counts_bounds_in);
        row.millis(&column.name).is_some_and(|millis| match parameter == least {
            true => millis >= bound.saturating_add(slack),
            false => millis <= bound.saturating_sub(slack),
        })
    }
}
