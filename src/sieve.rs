//! Which items of a listing become rows: those that satisfy conditions, each of them once.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::value::RawValue;

use crate::decode::{boolean, timestamp};
use crate::json::{Found, unescape};
use crate::predicate::Range;

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
            Some((_, field)) => {
                let fields = json.and_then(|json| serde_json::from_str(json).ok());
                let fields: HashMap<String, &RawValue> = fields.unwrap_or_default();
                self.is.holds(fields.get(field).map(|value| value.get()))
            }
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
    /// What is remembered from one reading of a listing to the next.
    pub doubles: Doubles,
}

/// How items that two readings of a listing both have come only once.
#[derive(Debug, Default)]
pub enum Doubles {
    /// There is one reading.
    #[default]
    None,
    /// The first reading: the keys of items whose `member` is `value` are noted.
    Noting {
        /// The name of the member.
        member: &'static str,
        /// The text that it is to have.
        value: &'static str,
        /// The keys so far.
        keys: HashSet<String>,
    },
    /// The second reading: only items whose `member` is `value`, but for those with these keys.
    Others {
        /// The name of the member.
        member: &'static str,
        /// The text that it is to have.
        value: &'static str,
        /// The keys that came before.
        keys: HashSet<String>,
    },
}

/// What the sieve has seen of one item.
#[derive(Debug)]
pub struct Seen {
    holds: Vec<bool>,
    is_marked: bool,
    key: Option<String>,
}

impl Sieve {
    /// Everything that must be true of an item, its identity first.
    fn all(&self) -> impl Iterator<Item = &Condition> {
        self.identity.iter().chain(&self.conditions)
    }

    /// Nothing seen yet: what holds for an item without members.
    pub fn start(&self) -> Seen {
        let holds = self.all().map(|condition| condition.holds(None)).collect();
        Seen { holds, is_marked: false, key: None }
    }

    /// Whether it must see this member.
    pub fn looks_at(&self, member: &[u8]) -> bool {
        let is_mark =
            self.mark().is_some_and(|(mark, _)| mark.as_bytes() == member || member == b"key");
        is_mark || self.all().any(|c| c.member().as_bytes() == member)
    }

    /// Looks at a member and the JSON text of its value.
    pub fn look(&self, member: &[u8], json: &str, seen: &mut Seen) {
        for (condition, holds) in self.all().zip(&mut seen.holds) {
            if condition.member().as_bytes() == member {
                *holds = condition.holds(Some(json));
            }
        }
        let Some((mark, value)) = self.mark() else { return };
        if member == b"key" {
            seen.key =
                text(json).filter(|_| matches!(Found::of(json), Found::String | Found::Number));
        }
        if member == mark.as_bytes() {
            seen.is_marked = text(json).is_some_and(|text| text == value);
        }
    }

    fn mark(&self) -> Option<(&'static str, &'static str)> {
        match self.doubles {
            Doubles::None => None,
            Doubles::Noting { member, value, .. } | Doubles::Others { member, value, .. } => {
                Some((member, value))
            }
        }
    }

    /// Whether the item is another one than was asked for.
    pub fn is_stranger(&self, seen: &Seen) -> bool {
        self.identity.is_some() && seen.holds.first() == Some(&false)
    }

    /// Whether the item becomes a row.
    pub fn keeps(&mut self, seen: Seen) -> bool {
        if !seen.holds.iter().all(|holds| *holds) {
            return false;
        }
        match &mut self.doubles {
            Doubles::None => true,
            Doubles::Noting { keys, .. } => {
                keys.extend(seen.key.filter(|_| seen.is_marked));
                true
            }
            Doubles::Others { keys, .. } => {
                seen.is_marked && !seen.key.is_some_and(|key| keys.contains(&key))
            }
        }
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
    fn items_of_two_readings_come_once() {
        let noting = |keys| Doubles::Noting { member: "status", value: "scheduled", keys };
        let mut first = Sieve { doubles: noting(HashSet::new()), ..Sieve::default() };
        let scheduled = [("key", "\"a\""), ("status", "\"scheduled\"")];
        let paid = [("status", "\"paid\""), ("key", "\"b\"")];
        assert!(kept(&mut first, &scheduled) && kept(&mut first, &paid));
        let Doubles::Noting { keys, member, value } = first.doubles else { panic!("noting") };
        assert_eq!(keys, HashSet::from(["a".to_owned()]));
        let mut second =
            Sieve { doubles: Doubles::Others { member, value, keys }, ..Sieve::default() };
        assert!(!kept(&mut second, &scheduled) && !kept(&mut second, &paid));
        assert!(kept(&mut second, &[("key", "\"c\""), ("status", "\"scheduled\"")]));
    }
}
