//! From a query's filters to the requests that bring every row they may want.

use std::collections::BTreeSet;
use std::fmt;

use crate::predicate::{Predicate, Range, texts, times};
use crate::schema::{Endpoint, Narrows, visit};
use crate::settings::Pushdown;
use crate::sieve::{Condition, Is};

/// More values than this of a column are not asked for by a listing each.
pub const MOST_LISTINGS: usize = 8;

/// More values than this of a filter are not asked for by a request each.
pub const MOST_ITEMS: usize = 50;

/// The earliest and latest times, in milliseconds, that are sent; beyond them a bound is left out.
const TIMES: (i64, i64) = (0, 253_402_300_799_999);

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: no row can satisfy the filters.
    Nothing,
    /// The pages of the listing, as often as there are parts; no item is in two of them.
    Listings(Vec<Part>),
    /// Each of these items at a path of its own.
    Items {
        /// The column that the values are of.
        column: String,
        /// The path; `{}` stands for the value.
        path: &'static str,
        /// The values.
        values: Vec<String>,
        /// Values that cannot stand in a path, if there are any: the listing is searched for them.
        others: BTreeSet<String>,
    },
}

/// One walk through the pages of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The query parameters that narrow it.
    pub query: Vec<(&'static str, String)>,
    /// What keeps its items apart from those of other parts.
    pub only: Option<Condition>,
}

/// What a plan may use.
#[derive(Clone, Copy, Debug)]
pub struct May<'m> {
    /// The kinds of narrowing that are switched on.
    pub pushdown: Pushdown,
    /// Whether items may be asked for one by one; they are not where the listing is asked with anything
    /// that one item's path would not heed.
    pub ask_for_items: bool,
    /// How many items may be asked for one by one.
    pub most_items: usize,
    /// The query parameters that are sent anyway.
    pub sent: &'m [&'m str],
    /// A query parameter and a value that must not be sent, as it would bring rows nobody asked for.
    pub never: Option<(&'static str, &'static str)>,
}

impl Plan {
    /// The whole listing, once.
    pub fn whole() -> Plan {
        Plan::Listings(vec![Part::default()])
    }

    /// Plans for the rows of `endpoint` that satisfy `predicate`.
    pub fn new(endpoint: &Endpoint, predicate: &Predicate, may: &May<'_>) -> Plan {
        let mut found = Found::default();
        for column in endpoint.all_columns() {
            visit(column, "", &mut |name, column| {
                if let Some(narrows) = endpoint.narrowing(column) {
                    found.add(name, narrows, predicate, may);
                }
            });
        }
        found.plan(may)
    }
}

/// What a condition on rows says as a filter would.
impl From<&Condition> for Predicate {
    fn from(condition: &Condition) -> Predicate {
        let column = condition.column.clone();
        match &condition.is {
            Is::OneOf(values) => Predicate::OneOf { column, values: values.clone() },
            Is::Within(range) => Predicate::Within { column, range: *range },
            Is::True(_) => Predicate::Unknown,
        }
    }
}

/// The values of one column that several parts or items are asked for.
#[derive(Debug)]
struct Several {
    column: String,
    word: &'static str,
    values: BTreeSet<String>,
}

/// What the filters say of the columns that narrow.
#[derive(Debug, Default)]
struct Found {
    is_nothing: bool,
    query: Vec<(&'static str, String)>,
    listings: Vec<Several>,
    items: Vec<Several>,
}

impl Found {
    fn add(&mut self, name: &str, narrows: Narrows, predicate: &Predicate, may: &May<'_>) {
        if !may.pushdown.allows(narrows) {
            return;
        }
        if let Narrows::Between { least, most } = narrows {
            return self.add_times(times(predicate, name), (least, most), may);
        }
        let Some(values) = texts(predicate, name) else { return };
        self.is_nothing |= values.is_empty();
        let column = name.to_owned();
        match narrows {
            Narrows::Between { .. } => {}
            Narrows::Item(word) => self.items.push(Several { column, word, values }),
            Narrows::Value(word) if may.sends(word) => {}
            Narrows::Value(word) => self.listings.push(Several { column, word, values }),
            Narrows::State { parameter, values: taken } => {
                let mut values = values.into_iter();
                if let (Some(value), None) = (values.next(), values.next())
                    && !may.sends(parameter)
                    && (taken.is_empty() || taken.contains(&value.as_str()))
                    && may.never.is_none_or(|never| never != (parameter, &value))
                {
                    self.query.push((parameter, value));
                }
            }
        }
    }

    fn add_times(
        &mut self,
        range: Range,
        (least, most): (&'static str, Option<&'static str>),
        may: &May<'_>,
    ) {
        self.is_nothing |= range.is_empty();
        // A millisecond more on each side, as nobody knows whether the API counts its bounds in.
        let from = range.least.div_euclid(1000).saturating_sub(1);
        let to = range.most.div_euclid(1000).saturating_add(1);
        if from > TIMES.0 && !may.sends(least) {
            self.query.push((least, from.min(TIMES.1).to_string()));
        }
        if let Some(most) = most.filter(|most| to < TIMES.1 && !may.sends(most)) {
            self.query.push((most, to.max(TIMES.0).to_string()));
        }
    }

    fn plan(self, may: &May<'_>) -> Plan {
        if self.is_nothing {
            return Plan::Nothing;
        }
        let fewest = |all: Vec<Several>| all.into_iter().min_by_key(|several| several.values.len());
        let items = fewest(self.items)
            .filter(|items| may.ask_for_items && items.values.len() <= may.most_items);
        if let Some(Several { column, word: path, values }) = items {
            let (values, others): (Vec<_>, _) = values.into_iter().partition(|v| can_be_in_path(v));
            if !values.is_empty() {
                return Plan::Items { column, path, values, others: others.into_iter().collect() };
            }
        }
        let mut query = self.query;
        let (single, several): (Vec<_>, Vec<_>) =
            self.listings.into_iter().partition(|column| column.values.len() == 1);
        for Several { word, values, .. } in single {
            query.extend(values.into_iter().map(|value| (word, value)));
        }
        let several = fewest(several).filter(|several| several.values.len() <= MOST_LISTINGS);
        match several {
            None => Plan::Listings(vec![Part { query, only: None }]),
            Some(Several { column, word, values }) => {
                let part = |value: String| Part {
                    query: [query.clone(), vec![(word, value.clone())]].concat(),
                    only: Some(Condition {
                        column: column.clone(),
                        is: Is::OneOf(BTreeSet::from([value])),
                    }),
                };
                Plan::Listings(values.into_iter().map(part).collect())
            }
        }
    }
}

impl May<'_> {
    fn sends(&self, parameter: &str) -> bool {
        self.sent.contains(&parameter)
    }
}

/// Whether a value stands in a path as it is, so that no server in between reads it as something else.
fn can_be_in_path(value: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~@:+".contains(c);
    value.chars().all(is_plain) && value.contains(|c: char| c.is_ascii_alphanumeric())
}

/// The query parameters, as in a URL.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.query.iter().map(|(name, value)| format!("{name}={value}"));
        f.write_str(&pairs.collect::<Vec<_>>().join("&"))
    }
}

/// The requests in a line: the query parameters of each listing, or the path of the items.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Plan::Nothing => f.write_str("no request"),
            Plan::Listings(parts) => {
                f.write_str(&parts.iter().map(Part::to_string).collect::<Vec<_>>().join(" | "))
            }
            Plan::Items { path, values, others, .. } => {
                let paths = values.iter().map(|value| format!("GET {}", path.replace("{}", value)));
                f.write_str(&paths.collect::<Vec<_>>().join(" | "))?;
                if others.is_empty() { Ok(()) } else { f.write_str(" | the listing") }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Known, Rows, object, timestamp, varchar};

    static ENDPOINT: Endpoint = Endpoint::listing(
        "/things",
        Known::Documented,
        &[
            varchar("key", "K.").narrows(Narrows::Item("/things/{}")),
            timestamp("created_at", "C.")
                .narrows(Narrows::Between { least: "min_created", most: Some("max_created") }),
            varchar("owner", "O.").narrows(Narrows::Value("owner_key")),
            varchar("state", "S.")
                .narrows(Narrows::State { parameter: "status", values: &["open", "shut"] }),
            object("maker", "M.", &[varchar("key", "K.").narrows(Narrows::Value("maker_key"))]),
        ],
    );

    const MAY: May<'static> = May {
        pushdown: Pushdown::ALL,
        ask_for_items: true,
        most_items: MOST_ITEMS,
        sent: &[],
        never: None,
    };

    fn is(column: &str, values: &[&str]) -> Predicate {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Predicate::OneOf { column: column.into(), values }
    }

    fn within(least: i64, most: i64) -> Predicate {
        Predicate::Within { column: "created_at".into(), range: Range { least, most } }
    }

    fn line(predicates: &[Predicate]) -> String {
        Plan::new(&ENDPOINT, &Predicate::And(predicates.to_vec()), &MAY).to_string()
    }

    #[test]
    fn times_are_widened_and_left_open_where_nothing_is_said() {
        assert_eq!(line(&[within(5_000_000, 6_000_500)]), "min_created=4999&max_created=6001");
        assert_eq!(line(&[within(5_000_000, i64::MAX)]), "min_created=4999");
        assert_eq!(line(&[within(i64::MIN, -7)]), "max_created=0");
        assert_eq!(line(&[within(-10, -9_000_000)]), "no request");
        assert_eq!(line(&[within(0, i64::MAX)]), "");
    }

    #[test]
    fn one_value_is_a_parameter_and_several_are_listings() {
        assert_eq!(
            line(&[is("owner", &["a"]), is("maker.key", &["m"])]),
            "owner_key=a&maker_key=m"
        );
        assert_eq!(line(&[is("owner", &["a", "b"])]), "owner_key=a | owner_key=b");
        let many: Vec<String> = (0..=MOST_LISTINGS).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(line(&[is("owner", &many), is("state", &["open"])]), "status=open");
        assert_eq!(line(&[is("owner", &["a", "b"]), is("owner", &["c"])]), "no request");
    }

    #[test]
    fn parts_keep_their_items_apart() {
        let plan = Plan::new(&ENDPOINT, &is("owner", &["a", "b"]), &MAY);
        let Plan::Listings(parts) = plan else { panic!("listings") };
        let only: Vec<_> = parts.into_iter().filter_map(|part| part.only).collect();
        assert_eq!(only[1].is, Is::OneOf(BTreeSet::from(["b".to_owned()])));
        assert_eq!((only.len(), only[0].column.as_str()), (2, "owner"));
    }

    #[test]
    fn a_state_is_asked_for_alone_and_only_where_the_api_takes_it() {
        assert_eq!(line(&[is("state", &["open"])]), "status=open");
        assert_eq!(line(&[is("state", &["open", "shut"])]), "");
        assert_eq!(line(&[is("state", &["ajar"])]), "");
    }

    #[test]
    fn items_are_asked_for_one_by_one() {
        assert_eq!(
            line(&[is("key", &["a", "b"]), is("owner", &["o"])]),
            "GET /things/a | GET /things/b"
        );
        assert_eq!(line(&[is("key", &["a", "b/c"])]), "GET /things/a | the listing");
        assert_eq!(line(&[is("key", &[".."]), is("owner", &["o"])]), "owner_key=o");
        let many: Vec<String> = (0..=MOST_ITEMS).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(line(&[is("key", &many)]), "");
    }

    #[test]
    fn nothing_is_used_that_may_not_be() {
        let all =
            [is("key", &["a"]), is("owner", &["o"]), is("state", &["open"]), within(9_000, 9_000)];
        let with =
            |may: May<'_>| Plan::new(&ENDPOINT, &Predicate::And(all.to_vec()), &may).to_string();
        let no_items = May { ask_for_items: false, ..MAY };
        assert_eq!(with(no_items), "min_created=8&max_created=10&status=open&owner_key=o");
        assert_eq!(with(May { pushdown: Pushdown::NONE, ..MAY }), "");
        let sent = ["owner_key", "min_created"];
        assert_eq!(with(May { sent: &sent, ..no_items }), "max_created=10&status=open");
        let never = Some(("status", "open"));
        assert_eq!(with(May { never, ..no_items }), "min_created=8&max_created=10&owner_key=o");
    }

    #[test]
    fn what_has_no_pages_is_not_narrowed() {
        static ONE: Endpoint =
            Endpoint::listing("/one", Known::Documented, ENDPOINT.columns).rows(Rows::One);
        assert_eq!(Plan::new(&ONE, &is("owner", &["a"]), &MAY), Plan::whole());
    }
}
