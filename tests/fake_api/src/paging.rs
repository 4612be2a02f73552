//! Which rows a page holds.

use crate::query::Query;

/// The largest page.
const MOST: i64 = 250;

/// The page size when the request does not say.
const DEFAULT: i64 = 10;

/// Where the walk stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// At the first row.
    Start,
    /// Behind the row with this key.
    After(String),
    /// In front of the row with this key.
    Before(String),
}

/// What becomes of a `limit` outside 1..250.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limits {
    /// It is refused.
    Checked,
    /// The nearest allowed one is taken.
    Clamped,
    /// Every `limit` is ignored: a page holds as many items as there are.
    Ignored,
}

/// Page size and cursor of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) limit: usize,
    pub(crate) cursor: Cursor,
}

impl Paging {
    /// Reads `limit`, `starting_after` and `ending_before`.
    pub(crate) fn read(query: &Query, limits: Limits) -> Result<Paging, String> {
        let limit = query.integer("limit")?.unwrap_or(DEFAULT);
        if limits == Limits::Checked && !(1..=MOST).contains(&limit) {
            return Err(format!("'limit' must be between 1 and {MOST}"));
        }
        let cursor = match (query.get("starting_after"), query.get("ending_before")) {
            (Some(_), Some(_)) => {
                return Err("'starting_after' and 'ending_before' are mutually exclusive".into());
            }
            (Some(key), None) => Cursor::After(key.to_owned()),
            (None, Some(key)) => Cursor::Before(key.to_owned()),
            (None, None) => Cursor::Start,
        };
        let limit = if limits == Limits::Ignored { i64::MAX } else { limit.clamp(1, MOST) };
        Ok(Paging { limit: limit as usize, cursor })
    }

    /// Everything on one page.
    pub(crate) fn whole() -> Paging {
        Paging { limit: usize::MAX, cursor: Cursor::Start }
    }
}

/// A run of rows out of `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) has_more: bool,
}

impl Slice {
    /// The page that begins with row `start`.
    pub(crate) fn from(start: usize, limit: usize, total: usize) -> Slice {
        let start = start.min(total);
        let end = start.saturating_add(limit).min(total);
        Slice { start, end, has_more: end < total }
    }

    /// The page that ends just before row `end`; more means more in front of it.
    pub(crate) fn until(end: usize, limit: usize) -> Slice {
        let start = end.saturating_sub(limit);
        Slice { start, end, has_more: start > 0 }
    }

    /// The last page of a walk in steps of `limit`.
    pub(crate) fn last(limit: usize, total: usize) -> Slice {
        Slice::from(total.saturating_sub(1) / limit * limit, limit, total)
    }

    /// The number of this page in a walk, from 1.
    pub(crate) fn page(&self, limit: usize) -> usize {
        self.start / limit + 1
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, limits: Limits) -> Result<Paging, String> {
        Paging::read(&Query::parse(query), limits)
    }

    #[test]
    fn the_limit_is_checked_clamped_or_ignored() {
        assert!(read("limit=1", Limits::Ignored).unwrap().limit > 1_000_000);
        assert_eq!(read("", Limits::Checked).unwrap().limit, 10);
        assert_eq!(read("limit=250", Limits::Checked).unwrap().limit, 250);
        for bad in ["limit=0", "limit=251", "limit=-1", "limit=x", "limit="] {
            assert!(read(bad, Limits::Checked).is_err(), "{bad}");
        }
        assert_eq!(read("limit=0", Limits::Clamped).unwrap().limit, 1);
        assert_eq!(read("limit=1000", Limits::Clamped).unwrap().limit, 250);
    }

    #[test]
    fn one_cursor_at_most() {
        assert_eq!(
            read("starting_after=a%2Fb", Limits::Checked).unwrap().cursor,
            Cursor::After("a/b".into())
        );
        assert_eq!(
            read("ending_before=x", Limits::Checked).unwrap().cursor,
            Cursor::Before("x".into())
        );
        assert!(read("starting_after=a&ending_before=b", Limits::Checked).is_err());
    }

    #[test]
    fn slices_cover_everything_once() {
        let mut start = 0;
        let mut seen = 0;
        loop {
            let slice = Slice::from(start, 10, 25);
            seen += slice.len();
            if !slice.has_more {
                break;
            }
            start = slice.end;
        }
        assert_eq!((seen, start), (25, 20));
        assert_eq!(Slice::from(25, 10, 25), Slice { start: 25, end: 25, has_more: false });
    }

    #[test]
    fn backward_pages_end_before_the_cursor() {
        assert_eq!(Slice::until(25, 10), Slice { start: 15, end: 25, has_more: true });
        assert_eq!(Slice::until(5, 10), Slice { start: 0, end: 5, has_more: false });
    }

    #[test]
    fn the_last_page_is_aligned() {
        assert_eq!(Slice::last(10, 25).start, 20);
        assert_eq!(Slice::last(10, 20).start, 10);
        assert_eq!(Slice::last(10, 0).len(), 0);
        assert_eq!(Slice::last(10, 25).page(10), 3);
    }
}
