//! Rendered items, kept so that a second reading costs a copy.

use std::mem::size_of;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Bytes;

/// An item as JSON text.
pub(crate) type Item = Bytes;

/// All that is kept anywhere takes at most so many bytes; then nothing more is kept.
const MOST_BYTES: usize = 2 << 30;

/// So many slots are made at once.
const BLOCK: usize = 1024;

/// About the size of an item.
const ITEM: usize = 1024;

type Slot = OnceLock<Item>;
type Block = OnceLock<Option<Box<[Slot]>>>;

/// Items by their position. What is rendered at a position must never change.
pub(crate) struct Shelf {
    blocks: Box<[Block]>,
}

impl Shelf {
    /// A shelf with so many positions.
    pub(crate) fn new(len: usize) -> Shelf {
        Shelf { blocks: (0..len.div_ceil(BLOCK)).map(|_| Block::new()).collect() }
    }

    /// The items at these positions; those that are not kept are rendered.
    pub(crate) fn items(
        &self,
        positions: &[usize],
        render: impl FnMut(usize, &mut Vec<u8>),
    ) -> Vec<Item> {
        let kept: Vec<Option<Item>> =
            positions.iter().map(|&at| self.slot(at).and_then(OnceLock::get).cloned()).collect();
        let missing = positions.iter().zip(&kept).filter(|(_, kept)| kept.is_none());
        let missing: Vec<usize> = missing.map(|(&at, _)| at).collect();
        let fresh = rendered(&missing, render);
        self.keep(&missing, &fresh);
        let mut fresh = fresh.into_iter();
        kept.into_iter().filter_map(|item| item.or_else(|| fresh.next())).collect()
    }

    fn keep(&self, positions: &[usize], items: &[Item]) {
        if !reserve(items.iter().map(Item::len).sum()) {
            return;
        }
        for (&at, item) in positions.iter().zip(items) {
            if let Some(slot) = self.slot(at) {
                slot.get_or_init(|| item.clone());
            }
        }
    }

    fn slot(&self, position: usize) -> Option<&Slot> {
        let block = self.blocks[position / BLOCK].get_or_init(|| {
            reserve(BLOCK * size_of::<Slot>()).then(|| (0..BLOCK).map(|_| Slot::new()).collect())
        });
        block.as_ref().map(|slots| &slots[position % BLOCK])
    }
}

/// Renders items into one piece of memory: a million small ones would cost more than the rendering.
pub(crate) fn rendered(
    positions: &[usize],
    mut render: impl FnMut(usize, &mut Vec<u8>),
) -> Vec<Item> {
    let mut out = Vec::with_capacity(positions.len() * ITEM);
    let mut ranges: Vec<Range<usize>> = Vec::with_capacity(positions.len());
    for &at in positions {
        let start = out.len();
        render(at, &mut out);
        ranges.push(start..out.len());
    }
    let all = Bytes::from(out.into_boxed_slice());
    ranges.into_iter().map(|range| all.slice(range)).collect()
}

/// Whether so many bytes more may be kept; then they count.
pub(crate) fn reserve(bytes: usize) -> bool {
    static KEPT: AtomicUsize = AtomicUsize::new(0);
    let more = |kept: usize| kept.checked_add(bytes).filter(|&kept| kept <= MOST_BYTES);
    KEPT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_rendered_once() {
        let shelf = Shelf::new(BLOCK + 1);
        let mut asked = Vec::new();
        let mut read = |positions: &[usize]| {
            let items = shelf.items(positions, |at, out| {
                asked.push(at);
                out.extend_from_slice(at.to_string().as_bytes());
            });
            let expected: Vec<String> = positions.iter().map(usize::to_string).collect();
            assert_eq!(items, expected);
        };
        read(&[1, BLOCK - 1]);
        read(&[BLOCK, 1, 0, BLOCK - 1]);
        read(&[0, 1, BLOCK]);
        assert_eq!(asked, [1, BLOCK - 1, BLOCK, 0]);
    }

    #[test]
    fn there_is_a_limit_to_what_is_kept() {
        assert!(reserve(1));
        assert!(!reserve(MOST_BYTES) && !reserve(usize::MAX));
    }
}
