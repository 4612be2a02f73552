//! The rows of a resource as one API lists them: generated, or given by a test.

use std::ops::Range;
use std::sync::Arc;

use crate::auth::Api;
use crate::bounds::TimeBounds;
use crate::filter::{Context, Filter};
use crate::given::Given;
use crate::query::Query;
use crate::resources::Resource;
use crate::scenario::Scenario;
use crate::shelf::Item;
use crate::table::Table;

/// The parameters of a listing that do not filter by a value; those of paging and time stand apart.
const NO_FILTERS: [&str; 3] = ["include_archived", "include_offers", "order_by"];

/// All rows of a resource in listing order.
#[derive(Clone)]
pub(crate) enum Listing {
    /// Rows made from the seed.
    Generated(Arc<Table>, Api),
    /// Items given by a test, in the given order.
    Given(Arc<Vec<Given>>),
}

/// The selected rows: positions in a listing.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    list: Option<Arc<Vec<u32>>>,
    range: Range<usize>,
    newest_first: bool,
}

impl Rows {
    fn listed(list: Vec<u32>) -> Rows {
        Rows { range: 0..list.len(), list: Some(Arc::new(list)), newest_first: true }
    }

    /// These positions and no other.
    pub(crate) fn range(range: Range<usize>) -> Rows {
        Rows { list: None, range, newest_first: true }
    }

    /// The number of selected rows.
    pub(crate) fn len(&self) -> usize {
        self.range.len()
    }

    /// The position of the row with this index.
    pub(crate) fn at(&self, index: usize) -> usize {
        position(self.list.as_deref(), self.range.start + index)
    }

    /// How many selected rows come before a position, and before or at it. None: the order is not
    /// the order of the listing, and the row is not selected.
    pub(crate) fn around(&self, position: usize) -> Option<(usize, usize)> {
        if self.newest_first {
            let before = self.count(|at| at < position);
            let until = self.count(|at| at <= position);
            return Some((before, until));
        }
        let index = (0..self.len()).find(|&index| self.at(index) == position)?;
        Some((index, index + 1))
    }

    /// How many rows satisfy a condition that holds for the first ones only.
    fn count(&self, holds: impl Fn(usize) -> bool) -> usize {
        let list = self.list.as_deref();
        partition(self.range.clone(), |at| holds(position(list, at))) - self.range.start
    }
}

fn position(list: Option<&Vec<u32>>, at: usize) -> usize {
    list.map_or(at, |list| list[at] as usize)
}

/// The first index in the range for which the condition is false (it never turns true again).
fn partition(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let Range { start: mut low, end: mut high } = range;
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

impl Listing {
    /// A listing of these items, which are JSON.
    pub(crate) fn given(items: Vec<Vec<u8>>) -> Listing {
        Listing::Given(Arc::new(items.iter().filter_map(|item| Given::from_bytes(item)).collect()))
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            Listing::Generated(table, _) => table.len(),
            Listing::Given(items) => items.len(),
        }
    }

    /// The position of the row with this key.
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        match self {
            Listing::Generated(table, _) => table.find(key),
            Listing::Given(items) => items.iter().position(|item| item.has_key(key)),
        }
    }

    /// The items at these positions, with what the request asks for.
    pub(crate) fn items_at(&self, positions: &[usize], query: &Query) -> Vec<Item> {
        match self {
            Listing::Generated(table, api) if table.resource.wants_more(query) => {
                table.items_with_more(*api, positions)
            }
            Listing::Generated(table, api) => table.items(*api, positions),
            Listing::Given(items) => positions.iter().map(|&at| items[at].bytes()).collect(),
        }
    }

    /// All items, with what the request asks for.
    pub(crate) fn items(&self, query: &Query) -> Vec<Item> {
        let positions: Vec<usize> = (0..self.len()).collect();
        self.items_at(&positions, query)
    }

    /// All items, ready to be changed.
    pub(crate) fn materialise(&self) -> Vec<Given> {
        match self {
            Listing::Generated(..) => self
                .items(&Query::default())
                .iter()
                .filter_map(|item| Given::from_bytes(item))
                .collect(),
            Listing::Given(items) => items.to_vec(),
        }
    }

    /// The rows that the request selects, in the order that it asks for.
    pub(crate) fn select(
        &self,
        resource: &'static dyn Resource,
        api: Api,
        query: &Query,
        scenario: &Scenario,
    ) -> Result<Rows, String> {
        let nothing = &Query::default();
        let with_created = if resource.has_created_bounds(api) { query } else { nothing };
        let created = TimeBounds::read(with_created, "created", scenario.bounds)?;
        let with_updates = if resource.has_updated_bounds(api) { query } else { nothing };
        let updated = TimeBounds::read(with_updates, "updated", scenario.bounds)?;
        match self {
            Listing::Given(items) => Ok(select_given(items, created, updated)),
            Listing::Generated(table, api) => {
                let hide_scheduled = scenario.hide_scheduled;
                let unfiltered = query.only(&NO_FILTERS);
                let query = if scenario.ignore_filters { &unfiltered } else { query };
                let context = Context { api: *api, world: &table.world, query, hide_scheduled };
                select_generated(table, context, created, updated)
            }
        }
    }
}

fn select_given(items: &[Given], created: TimeBounds, updated: TimeBounds) -> Rows {
    let kept = |item: &Given| {
        item.created_at.is_none_or(|time| created.hold(time))
            && item.updated_at.is_none_or(|time| updated.hold(time))
    };
    Rows::listed(items.iter().zip(0..).filter(|(item, _)| kept(item)).map(|(_, at)| at).collect())
}

fn select_generated(
    table: &Table,
    context: Context<'_>,
    created: TimeBounds,
    updated: TimeBounds,
) -> Result<Rows, String> {
    let mut filter = Filter::default();
    filter.sign("api", &format!("{:?}", context.api));
    table.resource.filter(context, &mut filter)?;
    if updated.is_set() {
        let time = |row| table.resource.updated_at(context.world, row);
        filter.add("updated", &format!("{updated:?}"), move |row| updated.hold(time(row)));
    }
    match order(table, context)? {
        None => Ok(newest_first(table, filter, created)),
        Some((field, descending)) => Ok(sorted(table, filter, created, field, descending)),
    }
}

/// The field and direction of `order_by`; None is newest first.
fn order<'a>(table: &Table, context: Context<'a>) -> Result<Option<(&'a str, bool)>, String> {
    let fields = table.resource.sort_fields(context.api);
    let Some(asked) = context.query.get("order_by").filter(|_| !fields.is_empty()) else {
        return Ok(None);
    };
    let (field, descending) = match asked.strip_prefix('-') {
        Some(field) => (field, true),
        None => (asked, false),
    };
    match fields.contains(&field) {
        false => Err(format!("'{asked}' is not one of the values of 'order_by'")),
        true => Ok(Some((field, descending)).filter(|&order| order != ("created_at", true))),
    }
}

fn newest_first(table: &Table, filter: Filter<'_>, created: TimeBounds) -> Rows {
    let list = (!filter.is_empty()).then(|| filtered(table, filter));
    let len = list.as_ref().map_or(table.len(), |list| list.len());
    let time = |at| table.row(position(list.as_deref(), at)).created_at;
    let start = partition(0..len, |at| !created.high(time(at)));
    let end = partition(start..len, |at| created.low(time(at)));
    Rows { list, range: start..end, newest_first: true }
}

fn filtered(table: &Table, mut filter: Filter<'_>) -> Arc<Vec<u32>> {
    table.selection(filter.signature(), || {
        (0..table.len()).filter(|&at| filter.keeps(table.row(at))).map(|at| at as u32).collect()
    })
}

fn sorted(
    table: &Table,
    mut filter: Filter<'_>,
    created: TimeBounds,
    field: &str,
    descending: bool,
) -> Rows {
    filter.add("created", &format!("{created:?}"), move |row| created.hold(row.created_at));
    filter.sign("order", &format!("{field} {descending}"));
    let value = |at: u32| {
        let row = table.row(at as usize);
        (table.resource.sort_value(&table.world, row, field), row.id)
    };
    let list = table.selection(filter.signature(), || {
        let kept = (0..table.len()).filter(|&at| filter.keeps(table.row(at)));
        let mut list: Vec<u32> = kept.map(|at| at as u32).collect();
        list.sort_by_cached_key(|&at| value(at));
        if descending {
            list.reverse();
        }
        list
    });
    Rows { range: 0..list.len(), list: Some(list), newest_first: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources;
    use crate::spread::Spread;

    fn select(query: &str) -> (Arc<Table>, Rows) {
        select_as("", "rewards", query)
    }

    fn select_as(scenario: &str, resource: &str, query: &str) -> (Arc<Table>, Rows) {
        let resource = resources::named(resource).unwrap();
        let table = Table::get(resource, 1200, 1, Spread::Uniform);
        let listing = Listing::Generated(table.clone(), Api::Partner);
        let scenario = Scenario::parse(scenario).unwrap();
        let rows = listing.select(resource, Api::Partner, &Query::parse(query), &scenario).unwrap();
        (table, rows)
    }

    fn times(query: &str) -> Vec<i64> {
        let (table, rows) = select(query);
        (0..rows.len()).map(|index| table.row(rows.at(index)).created_at).collect()
    }

    #[test]
    fn time_bounds_agree_with_a_plain_scan() {
        let all = times("");
        assert_eq!(all.len(), 1200);
        let (min, max) = (all[900], all[100]);
        let wanted: Vec<i64> =
            all.iter().copied().filter(|&time| time >= min && time <= max).collect();
        assert_eq!(times(&format!("min_created={min}&max_created={max}")), wanted);
    }

    #[test]
    fn ascending_order_is_the_reverse() {
        let mut ascending = times("order_by=created_at");
        ascending.reverse();
        assert_eq!(ascending, times("order_by=-created_at"));
    }

    #[test]
    fn a_cursor_has_its_place_in_every_order() {
        for query in ["", "order_by=created_at", "order_by=-amount", "status=paid"] {
            let (_, rows) = select(query);
            for index in [0, 1, rows.len() / 2, rows.len() - 1] {
                let place = rows.around(rows.at(index));
                assert_eq!(place, Some((index, index + 1)), "{query}");
            }
        }
    }

    #[test]
    fn a_cursor_outside_the_selection_still_has_a_place() {
        let (_, rows) = select("status=paid");
        let (_, all) = select("");
        for position in 0..all.len() {
            let (before, until) = rows.around(position).unwrap();
            assert!(until == before || rows.at(before) == position);
        }
    }

    #[test]
    fn ignored_filters_are_like_parameters_that_nobody_knows() {
        let count = |query| select_as("filters=ignored", "rewards", query).1.len();
        for query in ["status=paid", "payment_status=withdrawn&currency=EUR", "invoiceable=true"] {
            assert_eq!(count(query), 1200, "{query}");
            assert!(select(query).1.len() < 1200, "{query}");
        }
        assert_eq!(count("invoiceable=maybe"), 1200);
        let all = times("");
        let bounded = format!("status=paid&min_created={}", all[100]);
        assert_eq!(count(&bounded), all.iter().filter(|&&time| time >= all[100]).count());
    }

    #[test]
    fn ignored_filters_leave_hidden_and_archived_rows_where_they_are() {
        let count = |scenario, resource, query| select_as(scenario, resource, query).1.len();
        let (hidden, ignored) = ("scheduled=hidden", "scheduled=hidden,filters=ignored");
        let plain = count(hidden, "rewards", "");
        assert!(count(hidden, "rewards", "status=scheduled") > 0 && plain < 1200);
        assert_eq!(count(ignored, "rewards", "status=scheduled"), plain);
        assert_eq!(count(ignored, "rewards", ""), plain);
        let unarchived = count("", "partnerships", "");
        assert_eq!(count(ignored, "partnerships", "has_sub_id=true"), unarchived);
        assert_eq!(count(ignored, "partnerships", "include_archived=true"), 1200);
    }
}
