//! What a query's filters say of a column, as far as requests can be narrowed by it.
//!
//! Everything here errs towards more rows: a filter that is not understood allows every value.

use std::collections::BTreeSet;

/// A filter of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// The text in `column` is one of `values`.
    OneOf {
        /// The column, or a field below it, such as `customer.key`.
        column: String,
        /// The texts.
        values: BTreeSet<String>,
    },
    /// The time in `column` is within `range`.
    Within {
        /// The column.
        column: String,
        /// The times.
        range: Range,
    },
    /// All of these hold.
    And(Vec<Predicate>),
    /// One of these holds.
    Or(Vec<Predicate>),
    /// Something else, which may hold for any row.
    Unknown,
}

/// Times from `least` to `most`, both included, in microseconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The earliest.
    pub least: i64,
    /// The latest.
    pub most: i64,
}

impl Range {
    /// Every time.
    pub const ALL: Range = Range { least: i64::MIN, most: i64::MAX };

    /// Whether it holds no time.
    pub fn is_empty(self) -> bool {
        self.least > self.most
    }

    /// Whether it holds this time.
    pub fn holds(self, time: i64) -> bool {
        (self.least..=self.most).contains(&time)
    }
}

/// The values that a column may have in rows for which a predicate holds.
trait Domain: Sized {
    /// Every value, and `NULL`.
    fn all() -> Self;
    /// What a comparison of the column allows.
    fn of(comparison: &Predicate, column: &str) -> Option<Self>;
    /// The values that both allow.
    fn and(self, other: Self) -> Self;
    /// The values that one or the other allows.
    fn or(self, other: Self) -> Self;
}

/// Texts; any if `None`.
type Texts = Option<BTreeSet<String>>;

impl Domain for Texts {
    fn all() -> Texts {
        None
    }

    fn of(comparison: &Predicate, column: &str) -> Option<Texts> {
        match comparison {
            Predicate::OneOf { column: of, values } if of == column => Some(Some(values.clone())),
            _ => None,
        }
    }

    fn and(self, other: Texts) -> Texts {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.intersection(&other).cloned().collect()),
            (one, other) => one.or(other),
        }
    }

    fn or(self, other: Texts) -> Texts {
        Some(self?.union(&other?).cloned().collect())
    }
}

impl Domain for Range {
    fn all() -> Range {
        Range::ALL
    }

    fn of(comparison: &Predicate, column: &str) -> Option<Range> {
        match comparison {
            Predicate::Within { column: of, range } if of == column => Some(*range),
            _ => None,
        }
    }

    fn and(self, other: Range) -> Range {
        Range { least: self.least.max(other.least), most: self.most.min(other.most) }
    }

    fn or(self, other: Range) -> Range {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other,
            (_, true) => self,
            _ => Range { least: self.least.min(other.least), most: self.most.max(other.most) },
        }
    }
}

fn domain<D: Domain>(predicate: &Predicate, column: &str) -> D {
    match predicate {
        Predicate::And(all) => all.iter().fold(D::all(), |sum, part| sum.and(domain(part, column))),
        Predicate::Or(any) => {
            let parts = any.iter().map(|part| domain(part, column));
            parts.reduce(D::or).unwrap_or_else(D::all)
        }
        comparison => D::of(comparison, column).unwrap_or_else(D::all),
    }
}

/// The texts that `column` may have where `predicate` holds; `None` for any.
pub fn texts(predicate: &Predicate, column: &str) -> Option<BTreeSet<String>> {
    domain(predicate, column)
}

/// The times that `column` may have where `predicate` holds.
pub fn times(predicate: &Predicate, column: &str) -> Range {
    domain(predicate, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of(column: &str, values: &[&str]) -> Predicate {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Predicate::OneOf { column: column.into(), values }
    }

    fn within(least: i64, most: i64) -> Predicate {
        Predicate::Within { column: "t".into(), range: Range { least, most } }
    }

    fn set(values: &[&str]) -> Option<BTreeSet<String>> {
        Some(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn what_is_said_of_another_column_or_not_understood_allows_everything() {
        assert_eq!(texts(&one_of("a", &["x"]), "b"), None);
        assert_eq!(texts(&Predicate::Unknown, "a"), None);
        let either = Predicate::Or(vec![one_of("a", &["x"]), Predicate::Unknown]);
        assert_eq!(texts(&either, "a"), None);
        assert_eq!(times(&Predicate::Or(vec![within(1, 2), one_of("a", &["x"])]), "t"), Range::ALL);
    }

    #[test]
    fn and_narrows_and_or_widens() {
        let both = Predicate::And(vec![one_of("a", &["x", "y"]), one_of("a", &["y", "z"])]);
        assert_eq!(texts(&both, "a"), set(&["y"]));
        let either = Predicate::Or(vec![one_of("a", &["x"]), one_of("a", &["z"])]);
        assert_eq!(texts(&either, "a"), set(&["x", "z"]));
        let hull = Predicate::Or(vec![within(1, 2), within(8, 9), within(5, 4)]);
        assert_eq!(times(&hull, "t"), Range { least: 1, most: 9 });
        assert!(times(&Predicate::And(vec![within(1, 2), within(3, 4)]), "t").is_empty());
    }
}
