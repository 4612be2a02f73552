//! Which items of a listing become rows: those that satisfy conditions, each of them once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec;

use crate::decode::{boolean, timestamp};
use crate::json::{Found, member, unescape};
use crate::predicate::Range;
use crate::windows::{Seen as SeenTimes, Span};

/// What an item must satisfy to become a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The member that it is about, or a member of that, such as `customer.key`.
    pub column: String,
    /// What must be true of it.
    pub is: Is,
}

/// What must be true of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    /// Its text is one of these.
    OneOf(BTreeSet<String>),
    /// Its time is within these.
    Within(Range),
    /// It is `true`, or else is anything but that.
    True(bool),
}

impl Condition {
    fn member(&self) -> &str {
        self.column.split_once('.').map_or(&self.column, |(member, _)| member)
    }

    /// Whether it holds for the JSON text of the member.
    fn holds(&self, json: Option<&str>) -> bool {
        match self.column.split_once('.') {
            None => self.is.holds(json),
            Some((_, field)) => self.is.holds(json.and_then(|json| member(json, field.as_bytes()))),
        }
    }
}

impl Is {
    fn holds(&self, json: Option<&str>) -> bool {
        let json = json.filter(|json| Found::of(json) != Found::Null);
        match self {
            Is::OneOf(texts) => json.and_then(text).is_some_and(|text| texts.contains(&text)),
            Is::Within(range) => json.and_then(timestamp).is_some_and(|time| range.holds(time)),
            Is::True(wanted) => (json.and_then(boolean) == Some(true)) == *wanted,
        }
    }
}

/// The text that a column of texts has for a value.
fn text(json: &str) -> Option<String> {
    match Found::of(json) {
        Found::String => unescape(json),
        _ => Some(json.to_owned()),
    }
}

/// Which items of a walk become rows.
#[derive(Debug, Default)]
pub struct Sieve {
    /// What tells the item that was asked for from others.
    pub identity: Option<Condition>,
    /// What each of them satisfies.
    pub conditions: Vec<Condition>,
    /// The times at which its items were created.
    pub times: Option<Times>,
    /// What is shared with another reading of the same listing.
    pub doubles: Option<Doubles>,
    /// The keys of items that came already and are asked for again.
    pub came: HashSet<String>,
    /// What was decided of each item when it was read before. Nothing else counts then.
    pub verdicts: Option<vec::IntoIter<bool>>,
}

/// The times of a walk's items.
#[derive(Clone, Debug)]
pub struct Times {
    /// The member that has them.
    pub member: &'static str,
    /// The times that are the walk's own, where it shares the listing with others.
    pub own: Option<Span>,
    /// Whether items without a time are its own.
    pub owns_untimed: bool,
    /// What was seen of them, up to the page at hand.
    pub seen: SeenTimes,
    /// How many items have none, up to the page at hand.
    pub untimed: usize,
    /// What was seen of those of the page at hand.
    pub last: SeenTimes,
    /// How many items of the page at hand have none.
    pub last_untimed: usize,
}

impl Times {
    /// Nothing seen yet of the times in `member`.
    pub fn of(member: &'static str) -> Times {
        Times {
            member,
            own: None,
            owns_untimed: true,
            seen: SeenTimes::default(),
            untimed: 0,
            last: SeenTimes::default(),
            last_untimed: 0,
        }
    }

    /// Begins another page, or the same one again.
    pub fn turn(&mut self) {
        self.last = SeenTimes::default();
        self.last_untimed = 0;
    }

    /// Goes on past the page.
    pub fn advance(&mut self) {
        self.seen = self.seen.and(self.last);
        self.untimed += self.last_untimed;
    }

    /// Counts an item created at this time, and says whether it is the walk's own.
    fn take(&mut self, time: Option<i64>) -> bool {
        let Some(time) = time else {
            self.last_untimed += 1;
            return self.owns_untimed;
        };
        let item = SeenTimes { items: 1, times: Some((time, time)) };
        self.last = self.last.and(item);
        self.own.is_none_or(|own| own.holds(time))
    }
}

/// Which of two readings of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// That of all items.
    First,
    /// That of those which may hide from the first.
    Second,
}

/// How items that two readings of a listing both have come only once: the reading that meets one first claims
/// it, by its key.
#[derive(Clone, Debug)]
pub struct Doubles {
    /// The member that tells which items may hide from the first reading.
    pub member: &'static str,
    /// The text that it has for those. The second reading is of no others.
    pub value: &'static str,
    /// Which reading this is.
    pub reading: Reading,
    /// What was claimed so far.
    pub claims: Arc<Mutex<HashMap<String, Reading>>>,
}

impl Doubles {
    /// Whether an item comes from this reading. Asked again, it answers the same.
    fn keeps(&self, seen: Seen) -> bool {
        if self.reading == Reading::Second && !seen.is_marked {
            return false;
        }
        let Some(key) = seen.key else { return true };
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        match claims.get(&key) {
            Some(claim) => *claim == self.reading,
            None if seen.is_marked => claims.insert(key, self.reading).is_none(),
            None => true,
        }
    }
}

/// What the sieve has seen of one item.
#[derive(Debug)]
pub struct Seen {
    holds: Vec<bool>,
    time: Option<i64>,
    is_marked: bool,
    key: Option<String>,
}

impl Seen {
    /// Whether it has a time, where times are looked at.
    pub fn is_timed(&self) -> bool {
        self.time.is_some()
    }
}

impl Sieve {
    /// The sieve of another walk through the same listing, which shares its items with this one.
    pub fn fork(&self) -> Sieve {
        let times = self.times.as_ref();
        Sieve {
            identity: self.identity.clone(),
            conditions: self.conditions.clone(),
            times: times.map(|times| Times { owns_untimed: false, ..Times::of(times.member) }),
            doubles: self.doubles.clone(),
            came: HashSet::new(),
            verdicts: None,
        }
    }

    /// One that decides as was decided before.
    pub fn as_before(kept: Vec<bool>) -> Sieve {
        Sieve { verdicts: Some(kept.into_iter()), ..Sieve::default() }
    }

    /// Everything that must be true of an item, its identity first.
    fn all(&self) -> impl Iterator<Item = &Condition> {
        self.identity.iter().chain(&self.conditions)
    }

    /// Nothing seen yet: what holds for an item without members.
    pub fn start(&self) -> Seen {
        let holds = self.all().map(|condition| condition.holds(None)).collect();
        Seen { holds, time: None, is_marked: false, key: None }
    }

    /// Whether it must see this member.
    pub fn looks_at(&self, member: &[u8]) -> bool {
        let is_mark = self.mark().is_some_and(|(mark, _)| mark.as_bytes() == member);
        let is_key = member == b"key" && (self.doubles.is_some() || !self.came.is_empty());
        let is_time = self.times.as_ref().is_some_and(|times| times.member.as_bytes() == member);
        is_mark || is_key || is_time || self.all().any(|c| c.member().as_bytes() == member)
    }

    /// Looks at a member and the JSON text of its value.
    pub fn look(&self, member: &[u8], json: &str, seen: &mut Seen) {
        for (condition, holds) in self.all().zip(&mut seen.holds) {
            if condition.member().as_bytes() == member {
                *holds = condition.holds(Some(json));
            }
        }
        if self.times.as_ref().is_some_and(|times| times.member.as_bytes() == member) {
            seen.time = timestamp(json).map(|micros| micros.div_euclid(1000));
        }
        if member == b"key" {
            seen.key = text(json).filter(|_| Found::of(json) == Found::String);
        }
        let Some((mark, value)) = self.mark() else { return };
        if member == mark.as_bytes() {
            seen.is_marked = text(json).is_some_and(|text| text == value);
        }
    }

    fn mark(&self) -> Option<(&'static str, &'static str)> {
        self.doubles.as_ref().map(|doubles| (doubles.member, doubles.value))
    }

    /// Whether the item is another one than was asked for.
    pub fn is_stranger(&self, seen: &Seen) -> bool {
        self.identity.is_some() && seen.holds.first() == Some(&false)
    }

    /// Whether two readings may both have the item, and nothing tells that it is the same.
    pub fn may_come_twice(&self, seen: &Seen) -> bool {
        self.doubles.is_some() && seen.is_marked && seen.key.is_none()
    }

    /// Whether the item becomes a row.
    pub fn keeps(&mut self, seen: Seen) -> bool {
        if let Some(verdicts) = &mut self.verdicts {
            return verdicts.next().unwrap_or(false);
        }
        if seen.key.as_ref().is_some_and(|key| self.came.contains(key)) {
            return false;
        }
        let is_own = self.times.as_mut().is_none_or(|times| times.take(seen.time));
        if !is_own || !seen.holds.iter().all(|holds| *holds) {
            return false;
        }
        self.doubles.as_ref().is_none_or(|doubles| doubles.keeps(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sieve: &mut Sieve, item: &[(&str, &str)]) -> bool {
        let mut seen = sieve.start();
        for (member, json) in item {
            if sieve.looks_at(member.as_bytes()) {
                sieve.look(member.as_bytes(), json, &mut seen);
            }
        }
        sieve.keeps(seen)
    }

    fn only(column: &str, is: Is) -> Sieve {
        let conditions = vec![Condition { column: column.into(), is }];
        Sieve { conditions, ..Sieve::default() }
    }

    fn texts(texts: &[&str]) -> Is {
        Is::OneOf(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn a_text_is_what_the_column_would_show() {
        let mut sieve = only("key", texts(&["b!", "7", "{}"]));
        for (json, is_kept) in [("\"b\\u0021\"", true), ("7", true), ("{}", true), ("null", false)]
        {
            assert_eq!(kept(&mut sieve, &[("key", json)]), is_kept, "{json}");
        }
        assert!(!kept(&mut sieve, &[]));
    }

    #[test]
    fn a_field_is_found_below_its_member() {
        let mut sieve = only("customer.key", texts(&["c"]));
        assert!(kept(&mut sieve, &[("customer", r#"{"name":"n","key":"c"}"#)]));
        assert!(!kept(&mut sieve, &[("customer", r#"{"key":"d"}"#), ("key", "\"c\"")]));
        assert!(!kept(&mut sieve, &[("customer", "null")]));
        assert!(!kept(&mut sieve, &[("customer", "3")]));
        assert!(kept(&mut sieve, &[("customer", r#"{"key":"c","\ud800":1}"#)]));
    }

    #[test]
    fn a_time_is_read_from_milliseconds() {
        let mut sieve = only("created_at", Is::Within(Range { least: 1_000, most: 2_000 }));
        assert!(kept(&mut sieve, &[("created_at", "1")]));
        assert!(kept(&mut sieve, &[("created_at", "\"2\"")]));
        assert!(!kept(&mut sieve, &[("created_at", "3")]));
        assert!(!kept(&mut sieve, &[("created_at", "null")]));
    }

    #[test]
    fn test_rows_are_told_from_others() {
        let flags = ["true", "\"true\"", "null", "false"];
        let count = |wanted| {
            let mut sieve = only("test", Is::True(wanted));
            flags.iter().filter(|flag| kept(&mut sieve, &[("test", flag)])).count()
        };
        assert_eq!((count(true), count(false)), (2, 2));
        assert!(kept(&mut only("test", Is::True(false)), &[]));
    }

    #[test]
    fn a_stranger_is_told_from_the_item_that_was_asked_for() {
        let identity = Condition { column: "key".into(), is: texts(&["a"]) };
        let conditions = vec![Condition { column: "test".into(), is: Is::True(true) }];
        let sieve = Sieve { identity: Some(identity), conditions, ..Sieve::default() };
        let is_stranger = |key| {
            let mut seen = sieve.start();
            sieve.look(b"key", key, &mut seen);
            sieve.is_stranger(&seen)
        };
        assert!(is_stranger("\"b\"") && !is_stranger("\"a\""));
        assert!(!Sieve::default().is_stranger(&Sieve::default().start()));
    }

    #[test]
    fn times_are_counted_and_only_a_walks_own_items_are_kept() {
        let mut sieve = Sieve { times: Some(Times::of("created_at")), ..Sieve::default() };
        assert!(kept(&mut sieve, &[("created_at", "5")]) && kept(&mut sieve, &[]));
        sieve.times.as_mut().expect("times").own = Some(Span { least: Some(7), most: None });
        assert!(
            !kept(&mut sieve, &[("created_at", "6")]) && kept(&mut sieve, &[("created_at", "7")])
        );
        assert!(kept(&mut sieve, &[("created_at", "\"soon\"")]));
        sieve.times.as_mut().expect("times").owns_untimed = false;
        assert!(!kept(&mut sieve, &[("created_at", "null")]));
        let mut times = sieve.times.expect("times");
        times.advance();
        assert_eq!((times.seen.items, times.seen.times, times.untimed), (3, Some((5, 7)), 3));
    }

    #[test]
    fn items_of_two_readings_come_once() {
        let claims = Arc::default();
        let of = |reading| {
            let claims = Arc::clone(&claims);
            let doubles = Doubles { member: "status", value: "scheduled", reading, claims };
            Sieve { doubles: Some(doubles), ..Sieve::default() }
        };
        let (mut first, mut second) = (of(Reading::First), of(Reading::Second));
        let item = |key, status| [("key", key), ("status", status)];
        let (scheduled, paid) = (item("\"a\"", "\"scheduled\""), item("\"b\"", "\"paid\""));
        assert!(kept(&mut first, &scheduled) && kept(&mut first, &paid));
        assert!(kept(&mut first, &scheduled), "a page may be read again");
        assert!(!kept(&mut second, &scheduled) && !kept(&mut second, &paid));
        let hidden = item("\"c\"", "\"scheduled\"");
        assert!(kept(&mut second, &hidden) && !kept(&mut first, &hidden));
        let approved_since = item("\"c\"", "\"approved\"");
        assert!(!kept(&mut first, &approved_since));
        for key in ["null", "7"] {
            let mut seen = first.start();
            item(key, "\"scheduled\"")
                .iter()
                .for_each(|(name, json)| first.look(name.as_bytes(), json, &mut seen));
            assert!(first.may_come_twice(&seen), "{key}");
        }
    }
}
