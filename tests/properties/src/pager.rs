//! The pager: whatever pages come, it ends or errs, and asks for no page twice; and whatever is deleted or inserted
//! meanwhile, what is there from the first to the last comes once.
//!
//! The first byte of the input says which of the two, the rest is the pages, or the listing and what happens to it.

use std::collections::{BTreeMap, HashSet};

use arbitrary::{Result, Unstructured};
use partnerstack::pager::{Came, Next, Pager};

/// Checks a walk.
pub fn check(bytes: &[u8]) {
    let u = &mut Unstructured::new(bytes);
    // What there are no bytes for is not checked.
    let _ = match u.arbitrary() {
        Ok(true) => any_pages(u),
        _ => changing_listing(u),
    };
}

/// Pages that need not have to do with each other.
fn any_pages(u: &mut Unstructured<'_>) -> Result<()> {
    let is_tail = u.arbitrary()?;
    let mut pager = if is_tail { Pager::after("0".to_owned()) } else { Pager::new() };
    let mut asked = HashSet::new();
    while !u.is_empty() {
        let cursor = match pager.next() {
            Next::Nothing => return Ok(()),
            Next::First => None,
            Next::After(key) => Some(key.to_owned()),
        };
        assert!(asked.insert(cursor.clone()), "{cursor:?} is asked for twice");
        let (has_more, are_texts) = (u.ratio(15, 16)?, u.arbitrary()?);
        let key = |u: &mut Unstructured<'_>| Ok(Some(u.arbitrary::<u8>()?).filter(|key| *key > 0));
        let keys: Vec<Option<u8>> =
            (0..u.int_in_range(0..=3)?).map(|_| key(u)).collect::<Result<_>>()?;
        let keys: Vec<_> = keys.iter().map(|key| key.map(|key| key.to_string())).collect();
        let keys: Vec<_> = keys.iter().map(Option::as_deref).collect();
        let last = keys.last().copied().flatten();
        let went = pager.advance(&Came { keys: keys.clone(), are_texts, has_more });
        match (went, has_more) {
            (Err(_), _) => return Ok(()),
            (Ok(()), true) => assert_eq!(last.map(Next::After), Some(pager.next())),
            (Ok(()), false) => assert_eq!(pager.next(), Next::Nothing),
        }
    }
    Ok(())
}

/// What an API does about a cursor that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unknown {
    Refused,
    Empty,
    FromTheStart,
}

#[derive(Clone, Debug)]
struct Item {
    number: usize,
    key: Option<String>,
    was_there: bool,
}

/// A listing in the order in which it is sent, with the places of items that were deleted.
struct Listing {
    items: Vec<Option<Item>>,
    /// The number of the item that has no key.
    keyless: Option<usize>,
    unknown: Unknown,
    page_size: usize,
    inserted: usize,
    deleted: usize,
}

impl Listing {
    fn of(u: &mut Unstructured<'_>) -> Result<Listing> {
        let unknown = *u.choose(&[Unknown::Refused, Unknown::Empty, Unknown::FromTheStart])?;
        let page_size = *u.choose(&[1, 2, 3, 7, 40, 250])?;
        // Most often few, as many take long.
        let most = *u.choose(&[10, 10, 60, 600])?;
        let count = u.int_in_range(0..=most)?;
        let keyless = if u.ratio(1, 4)? { Some(u.int_in_range(0..=600)?) } else { None };
        let item = |number| {
            let key = Some(format!("k{number}")).filter(|_| keyless != Some(number));
            Some(Item { number, key, was_there: true })
        };
        let items = (0..count).map(item).collect();
        Ok(Listing { items, keyless, unknown, page_size, inserted: 0, deleted: 0 })
    }

    fn place_of(&self, key: &str) -> Option<usize> {
        let is_it = |item: &Option<Item>| {
            item.as_ref().is_some_and(|item| item.key.as_deref() == Some(key))
        };
        self.items.iter().position(is_it)
    }

    /// Lets something happen to the items before the cursor, or to any, or nothing.
    fn change(&mut self, u: &mut Unstructured<'_>, cursor: Option<&str>) -> Result<()> {
        let place = cursor.and_then(|key| self.place_of(key));
        match u.int_in_range(0..=7)? {
            0 => self.delete(place, 1),
            1 => self.delete(place, u.int_in_range(1..=40)?),
            2 => self.delete(Some(u.int_in_range(0..=600)?), 1),
            3 => {
                let place = u.int_in_range(0..=self.items.len())?;
                let number = 1_000 + self.inserted;
                let key = Some(format!("k{number}"));
                self.items.insert(place, Some(Item { number, key, was_there: false }));
                self.inserted += 1;
            }
            _ => {}
        }
        Ok(())
    }

    /// Deletes so many items up to a place.
    fn delete(&mut self, last: Option<usize>, count: usize) {
        let Some(last) = last.filter(|last| *last < self.items.len()) else { return };
        for item in &mut self.items[(last + 1).saturating_sub(count)..=last] {
            self.deleted += usize::from(item.take().is_some());
        }
    }

    /// A page, and whether more follows; nothing if the cursor is refused.
    fn page(&self, next: &Next<'_>) -> Option<(Vec<Item>, bool)> {
        let from = match next {
            Next::First | Next::Nothing => 0,
            Next::After(key) => match (self.place_of(key), self.unknown) {
                (Some(place), _) => place + 1,
                (None, Unknown::FromTheStart) => 0,
                (None, Unknown::Empty) => self.items.len(),
                (None, Unknown::Refused) => return None,
            },
        };
        let mut left = self.items[from..].iter().flatten();
        let page = left.by_ref().take(self.page_size).cloned().collect();
        Some((page, left.next().is_some()))
    }
}

/// A listing that changes between requests.
fn changing_listing(u: &mut Unstructured<'_>) -> Result<()> {
    let mut listing = Listing::of(u)?;
    let (mut pager, mut came) = (Pager::new(), BTreeMap::<usize, usize>::new());
    for requests in 0.. {
        assert!(requests < 20_000, "the walk does not end");
        let cursor = match pager.next() {
            Next::Nothing => break,
            Next::First => None,
            Next::After(key) => Some(key.to_owned()),
        };
        if !u.is_empty() {
            listing.change(u, cursor.as_deref())?;
        }
        let page = listing.page(&pager.next());
        let page = page
            .filter(|(items, has_more)| !pager.expects_items() || !items.is_empty() || *has_more);
        let Some((items, has_more)) = page else {
            if pager.put_back() {
                continue;
            }
            must_be_hopeless(&listing);
            return Ok(());
        };
        let again: HashSet<String> = pager.asked_again().map(str::to_owned).collect();
        let keys = items.iter().map(|item| item.key.as_deref()).collect();
        if pager.advance(&Came { keys, are_texts: true, has_more }).is_err() {
            must_be_hopeless(&listing);
            return Ok(());
        }
        let is_new = |item: &&Item| item.key.as_ref().is_none_or(|key| !again.contains(key));
        items.iter().filter(is_new).for_each(|item| *came.entry(item.number).or_default() += 1);
    }
    for (number, times) in &came {
        // An item without a key is not known again where an API starts anew and does not say so.
        let may_double =
            listing.unknown == Unknown::FromTheStart && listing.keyless == Some(*number);
        assert!(*times == 1 || may_double, "item {number} came {times} times");
    }
    for item in listing.items.iter().flatten().filter(|item| item.was_there) {
        assert!(came.contains_key(&item.number), "item {} never came", item.number);
    }
    Ok(())
}

/// That one item was deleted is no reason to fail, where an API says that it does not know it.
fn must_be_hopeless(listing: &Listing) {
    let has_keys = listing.items.iter().flatten().all(|item| item.key.is_some());
    let is_told = listing.unknown != Unknown::FromTheStart;
    assert!(!has_keys || !is_told || listing.inserted > 0 || listing.deleted > 1);
}
