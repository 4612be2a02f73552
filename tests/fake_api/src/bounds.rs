//! Time bounds of a request: `min_created`, `max_created` and their like.

use crate::query::Query;
use crate::scenario::Bounds;

/// A lower and an upper bound on one time field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeBounds {
    min: Option<i64>,
    max: Option<i64>,
    mode: Bounds,
}

impl TimeBounds {
    /// Reads `min_<field>` and `max_<field>`.
    pub(crate) fn read(query: &Query, field: &str, mode: Bounds) -> Result<TimeBounds, String> {
        let min = query.integer(&format!("min_{field}"))?;
        let max = query.integer(&format!("max_{field}"))?;
        if mode == Bounds::Refused && (min.is_some() || max.is_some()) {
            return Err(format!("'min_{field}' and 'max_{field}' are not allowed"));
        }
        Ok(TimeBounds { min, max, mode })
    }

    /// Whether there is anything to check.
    pub(crate) fn is_set(&self) -> bool {
        self.mode != Bounds::Ignored && (self.min.is_some() || self.max.is_some())
    }

    /// Whether the time satisfies the lower bound.
    pub(crate) fn low(&self, time: i64) -> bool {
        self.min.is_none_or(|min| match self.mode {
            Bounds::Inclusive => time >= min,
            Bounds::Exclusive => time > min,
            Bounds::Seconds => time.div_euclid(1000) >= min.div_euclid(1000),
            Bounds::Ignored | Bounds::Refused => true,
        })
    }

    /// Whether the time satisfies the upper bound.
    pub(crate) fn high(&self, time: i64) -> bool {
        self.max.is_none_or(|max| match self.mode {
            Bounds::Inclusive => time <= max,
            Bounds::Exclusive => time < max,
            Bounds::Seconds => time.div_euclid(1000) <= max.div_euclid(1000),
            Bounds::Ignored | Bounds::Refused => true,
        })
    }

    /// Whether the time satisfies both bounds.
    pub(crate) fn hold(&self, time: i64) -> bool {
        self.low(time) && self.high(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(mode: Bounds, query: &str) -> Vec<i64> {
        let bounds = TimeBounds::read(&Query::parse(query), "created", mode).unwrap();
        [999, 1000, 1001, 1500, 1999, 2000, 2001].into_iter().filter(|&t| bounds.hold(t)).collect()
    }

    #[test]
    fn each_mode_keeps_its_rows() {
        let query = "min_created=1001&max_created=2000";
        assert_eq!(kept(Bounds::Inclusive, query), [1001, 1500, 1999, 2000]);
        assert_eq!(kept(Bounds::Exclusive, query), [1500, 1999]);
        assert_eq!(kept(Bounds::Seconds, query), [1000, 1001, 1500, 1999, 2000, 2001]);
        assert_eq!(kept(Bounds::Ignored, query).len(), 7);
    }

    #[test]
    fn either_bound_may_be_missing() {
        assert_eq!(kept(Bounds::Inclusive, "min_created=2000"), [2000, 2001]);
        assert_eq!(kept(Bounds::Exclusive, "max_created=1000"), [999]);
        assert_eq!(kept(Bounds::Inclusive, "").len(), 7);
    }

    #[test]
    fn bounds_can_be_refused() {
        let read = |query| TimeBounds::read(&Query::parse(query), "created", Bounds::Refused);
        assert!(read("min_created=1").is_err() && read("max_created=1").is_err());
        assert!(read("limit=1").is_ok());
    }

    #[test]
    fn a_bound_must_be_an_integer() {
        let query = Query::parse("min_created=2026-01-01");
        assert!(TimeBounds::read(&query, "created", Bounds::Inclusive).is_err());
    }
}
