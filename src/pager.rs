//! Which page comes next. The cursor is the `key` of the last item, and nothing else is trusted.
//!
//! ```text
//!            advance(more, key)            advance(more, key)
//!   Start ───────────────────────▶ After ─────────────────────┐
//!     │                            │  ▲                       │
//!     │ advance(no more)           │  └───────────────────────┘
//!     ▼                            ▼ advance(no more)
//!    Done ◀────────────────────────┘
//! ```
//!
//! Any page that promises more without saying after which new key is an error: there is no way from
//! it to the rest of the rows.

use std::collections::HashSet;

use crate::error::Paging;

/// Where a walk through a listing stands.
#[derive(Debug)]
pub struct Pager {
    state: State,
    seen: HashSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Start,
    After(String),
    Done,
}

/// How a page ended.
#[derive(Debug)]
pub struct End<'p> {
    /// How many items it had.
    pub items: usize,
    /// The key of its last item, if that has one.
    pub last_key: Option<&'p str>,
    /// Whether the API says that more follow.
    pub has_more: bool,
}

/// The page to ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'p> {
    /// The first one.
    First,
    /// The one after the item with this key.
    After(&'p str),
    /// None: the listing is at its end.
    Nothing,
}

impl Pager {
    /// At the start of a listing.
    pub fn new() -> Pager {
        Pager { state: State::Start, seen: HashSet::new() }
    }

    /// Behind the item with this key.
    pub fn after(key: String) -> Pager {
        Pager { state: State::After(key.clone()), seen: HashSet::from([key]) }
    }

    /// What to ask for now.
    pub fn next(&self) -> Next<'_> {
        match &self.state {
            State::Start => Next::First,
            State::After(key) => Next::After(key),
            State::Done => Next::Nothing,
        }
    }

    /// Goes on past a page that ended so.
    pub fn advance(&mut self, end: End<'_>) -> Result<(), Paging> {
        self.state = match end {
            End { has_more: false, .. } => State::Done,
            End { items: 0, .. } => return Err(Paging::NothingBeforeMore),
            End { last_key: None, .. } => return Err(Paging::NoKeyBeforeMore),
            End { last_key: Some(key), .. } => {
                if !self.seen.insert(key.to_owned()) {
                    return Err(Paging::Repeated(key.to_owned()));
                }
                State::After(key.to_owned())
            }
        };
        Ok(())
    }
}

impl Default for Pager {
    fn default() -> Pager {
        Pager::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn more(key: &str) -> End<'_> {
        End { items: 2, last_key: Some(key), has_more: true }
    }

    #[test]
    fn it_follows_the_last_key_until_there_is_no_more() {
        let mut pager = Pager::new();
        assert_eq!(pager.next(), Next::First);
        pager.advance(more("b")).expect("goes on");
        assert_eq!(pager.next(), Next::After("b"));
        pager.advance(more("d")).expect("goes on");
        assert_eq!(pager.next(), Next::After("d"));
        pager.advance(End { items: 1, last_key: Some("e"), has_more: false }).expect("ends");
        assert_eq!(pager.next(), Next::Nothing);
    }

    #[test]
    fn a_listing_may_be_empty_and_may_end_with_an_empty_page() {
        let empty = || End { items: 0, last_key: None, has_more: false };
        let mut pager = Pager::new();
        pager.advance(empty()).expect("ends");
        assert_eq!(pager.next(), Next::Nothing);
        let mut pager = Pager::new();
        pager.advance(more("a")).expect("goes on");
        pager.advance(empty()).expect("ends");
        assert_eq!(pager.next(), Next::Nothing);
    }

    #[test]
    fn the_last_item_needs_no_key() {
        let mut pager = Pager::new();
        pager.advance(End { items: 1, last_key: None, has_more: false }).expect("ends");
    }

    #[test]
    fn more_without_a_new_key_is_an_error() {
        let failed = |pages: Vec<End<'_>>| {
            let mut pager = Pager::new();
            pages.into_iter().find_map(|end| pager.advance(end).err())
        };
        let keyless = || End { items: 2, last_key: None, has_more: true };
        let empty = || End { items: 0, last_key: None, has_more: true };
        assert_eq!(failed(vec![keyless()]), Some(Paging::NoKeyBeforeMore));
        assert_eq!(failed(vec![more("a"), empty()]), Some(Paging::NothingBeforeMore));
        let repeated = Some(Paging::Repeated("a".into()));
        assert_eq!(failed(vec![more("a"), more("a")]), repeated);
        assert_eq!(failed(vec![more("a"), more("b"), more("a")]), repeated);
    }
}
