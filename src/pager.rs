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
//! it to the rest of the rows. Where the API does not know the cursor any more, because its item was deleted
//! meanwhile, the cursor is put back to an earlier item, and what comes again is known by its key.

use std::collections::{HashSet, VecDeque};

use crate::error::Paging;

/// How many keys are remembered to put the cursor back to: those of a page.
const REMEMBERED: usize = 250;

/// How many times as far the cursor is put back each time.
const STRIDE: usize = 16;

/// Where a walk through a listing stands.
#[derive(Debug)]
pub struct Pager {
    state: State,
    /// The keys that pages ended with.
    ends: HashSet<String>,
    /// The keys of the items that came last, in their order, without a gap.
    latest: VecDeque<String>,
    /// Whether those are all items so far.
    are_all: bool,
    /// How many of them lie behind the cursor.
    back: usize,
    /// How many lay behind it at most since something new came.
    farthest: usize,
    /// How many items the largest page had.
    largest: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// More was promised behind the cursor, or is only looked for.
    After {
        is_promised: bool,
    },
    Done,
}

/// A page as the pager sees it.
#[derive(Debug)]
pub struct Came<'p> {
    /// The keys of its items, where they have one.
    pub keys: Vec<Option<&'p str>>,
    /// Whether those are texts, as documented. What once was a number may be a text when it comes again.
    pub are_texts: bool,
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
        Pager {
            state: State::Start,
            ends: HashSet::new(),
            latest: VecDeque::new(),
            are_all: true,
            back: 0,
            farthest: 0,
            largest: 0,
        }
    }

    /// Behind the item with this key, to look whether there is anything.
    pub fn after(key: String) -> Pager {
        Pager {
            state: State::After { is_promised: false },
            ends: HashSet::from([key.clone()]),
            latest: VecDeque::from([key]),
            are_all: false,
            ..Pager::new()
        }
    }

    /// What to ask for now.
    pub fn next(&self) -> Next<'_> {
        match self.state {
            State::Start => Next::First,
            State::After { .. } => {
                let at = self.latest.len().checked_sub(1 + self.back);
                at.map_or(Next::First, |at| Next::After(&self.latest[at]))
            }
            State::Done => Next::Nothing,
        }
    }

    /// Whether it goes on from an item that came before.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state, State::After { .. })
    }

    /// Whether an empty last page would contradict what the one before promised.
    pub fn expects_items(&self) -> bool {
        self.state == State::After { is_promised: true }
    }

    /// Puts the cursor back to an earlier item, and says whether there is one.
    pub fn put_back(&mut self) -> bool {
        let most = self.latest.len() - usize::from(!self.are_all);
        let back = (self.farthest * STRIDE).max(1).min(most);
        let is_back = self.is_under_way() && back > self.farthest;
        if is_back {
            (self.back, self.farthest) = (back, back);
        }
        is_back
    }

    /// The keys of the items that came already and are asked for again.
    pub fn asked_again(&self) -> impl Iterator<Item = &str> {
        self.latest.iter().skip(self.latest.len() - self.back).map(String::as_str)
    }

    /// Goes on past a page.
    pub fn advance(&mut self, page: &Came<'_>) -> Result<(), Paging> {
        let again: HashSet<&str> = self.asked_again().collect();
        let mut known: HashSet<&str> = self.latest.iter().map(String::as_str).collect();
        let new = page.keys.iter().flatten().filter(|key| !again.contains(**key));
        let new: Vec<&str> = new.copied().collect();
        if let Some(key) = new.iter().find(|key| self.ends.contains(**key) || !known.insert(key)) {
            return Err(Paging::Repeated((*key).to_owned()));
        }
        if !page.has_more {
            self.state = State::Done;
            return Ok(());
        }
        let last = page.keys.last().ok_or(Paging::NothingBeforeMore)?;
        let last = (*last).ok_or(Paging::NoKeyBeforeMore)?;
        if new.is_empty() {
            return self.go_on_after(last, page.keys.len() < self.largest);
        }
        if again.contains(last) {
            return Err(Paging::Repeated(last.to_owned()));
        }
        self.remember(page);
        self.largest = self.largest.max(page.keys.len());
        self.ends.insert(last.to_owned());
        self.state = State::After { is_promised: true };
        (self.back, self.farthest) = (0, 0);
        Ok(())
    }

    /// Goes on past a page of nothing but items that came already. If it had room for more, and ends with the last
    /// of them, then that is still there, and nothing was behind it; so the promise of more does not count.
    fn go_on_after(&mut self, key: &str, has_room: bool) -> Result<(), Paging> {
        let behind = self.latest.iter().rev().position(|latest| latest == key);
        self.back = behind
            .filter(|behind| *behind < self.back)
            .ok_or_else(|| Paging::Repeated(key.to_owned()))?;
        let is_promised = !(has_room && self.back == 0);
        self.state = State::After { is_promised };
        Ok(())
    }

    /// Remembers the keys of a page. An item without one cannot be known again, so nothing before it is asked for
    /// again.
    fn remember(&mut self, page: &Came<'_>) {
        let again: HashSet<String> = self.asked_again().map(str::to_owned).collect();
        for key in &page.keys {
            match key {
                Some(key) if again.contains(*key) => {}
                Some(key) => self.latest.push_back((*key).to_owned()),
                None => {
                    self.latest.clear();
                    self.are_all = false;
                }
            }
        }
        if !page.are_texts {
            self.latest.drain(..self.latest.len() - 1);
            self.are_all = false;
        }
        let most = self.latest.len().saturating_sub(REMEMBERED);
        self.are_all &= most == 0;
        self.latest.drain(..most);
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

    fn page<'p>(keys: &[&'p str], has_more: bool) -> Came<'p> {
        Came { keys: keys.iter().map(|key| Some(*key)).collect(), are_texts: true, has_more }
    }

    fn at(pages: &[&[&str]]) -> Pager {
        let mut pager = Pager::new();
        pages.iter().for_each(|keys| pager.advance(&page(keys, true)).expect("goes on"));
        pager
    }

    #[test]
    fn it_follows_the_last_key_until_there_is_no_more() {
        let mut pager = Pager::new();
        assert_eq!(pager.next(), Next::First);
        pager.advance(&page(&["a", "b"], true)).expect("goes on");
        assert_eq!(pager.next(), Next::After("b"));
        pager.advance(&page(&["c", "d"], true)).expect("goes on");
        assert_eq!(pager.next(), Next::After("d"));
        pager.advance(&page(&["e"], false)).expect("ends");
        assert_eq!(pager.next(), Next::Nothing);
    }

    #[test]
    fn a_listing_may_be_empty() {
        let mut pager = Pager::new();
        assert!(!pager.expects_items());
        pager.advance(&page(&[], false)).expect("ends");
        assert_eq!(pager.next(), Next::Nothing);
    }

    #[test]
    fn the_last_item_needs_no_key() {
        let keyless = Came { keys: vec![None], are_texts: true, has_more: false };
        Pager::new().advance(&keyless).expect("ends");
    }

    #[test]
    fn more_without_a_new_key_is_an_error() {
        let failed =
            |keys: &[&str]| at(&[&["a", "b"], &["c", "d"]]).advance(&page(keys, true)).err();
        let repeated = |key: &str| Some(Paging::Repeated(key.into()));
        assert_eq!(failed(&[]), Some(Paging::NothingBeforeMore));
        assert_eq!(failed(&["c", "d"]), repeated("c"));
        assert_eq!(failed(&["a", "b"]), repeated("a"));
        assert_eq!(failed(&["e", "b"]), repeated("b"));
        assert_eq!(failed(&["d", "e"]), repeated("d"), "the cursor itself");
        assert_eq!(failed(&["e", "e"]), repeated("e"), "twice on a page");
        let keyless = Came { keys: vec![Some("e"), None], are_texts: true, has_more: true };
        assert_eq!(Pager::new().advance(&keyless), Err(Paging::NoKeyBeforeMore));
    }

    #[test]
    fn the_cursor_is_put_back_in_strides_and_then_to_the_start() {
        let keys: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut pager = at(&[&keys]);
        let mut tried = vec![];
        while pager.put_back() {
            tried.push(format!("{:?}", pager.next()));
        }
        assert_eq!(tried, [r#"After("38")"#, r#"After("23")"#, "First"]);
        assert_eq!(pager.asked_again().count(), 40);
    }

    #[test]
    fn what_comes_again_is_no_repetition() {
        let mut pager = at(&[&["a", "b"], &["c", "d"]]);
        assert!(pager.put_back());
        assert_eq!(
            (pager.next(), pager.asked_again().collect::<Vec<_>>()),
            (Next::After("c"), vec!["d"])
        );
        pager.advance(&page(&["d"], true)).expect("goes on");
        assert_eq!(pager.next(), Next::After("d"));
        pager.advance(&page(&["e"], true)).expect("goes on");
        assert_eq!((pager.next(), pager.asked_again().count()), (Next::After("e"), 0));
    }

    #[test]
    fn an_item_that_is_there_again_with_nothing_behind_it_is_the_last() {
        let mut pager = at(&[&["a", "b", "c"]]);
        assert!(pager.expects_items() && pager.put_back());
        pager.advance(&page(&["c"], true)).expect("goes on");
        assert!(!pager.expects_items() && pager.next() == Next::After("c"));
        let mut full = at(&[&["a"], &["b"]]);
        assert!(full.put_back());
        full.advance(&page(&["b"], true)).expect("goes on");
        assert!(full.expects_items(), "more may have been cut off");
    }

    #[test]
    fn what_cannot_be_known_again_is_not_asked_for_again() {
        for (keys, are_texts) in
            [([Some("a"), None, Some("b")], true), ([Some("a"), Some("b"), Some("3")], false)]
        {
            let mut pager = Pager::new();
            pager
                .advance(&Came { keys: keys.to_vec(), are_texts, has_more: true })
                .expect("goes on");
            assert!(!pager.put_back());
        }
    }

    #[test]
    fn where_nothing_was_promised_nothing_is_missed() {
        let mut pager = Pager::after("a".into());
        assert!(!pager.expects_items() && !pager.put_back());
        pager.advance(&page(&[], false)).expect("ends");
    }
}
