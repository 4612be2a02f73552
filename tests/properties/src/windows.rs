//! Windows: whatever happens meanwhile, an item that is there from the first to the last comes once, and one
//! that comes or goes at most once.
//!
//! The input is what the API is like, the times of its items, and what happens.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use partnerstack::windows::{Seen, Span, Windows};

const HOUR: i64 = 3_600_000;

/// A listing that changes: items by the order in which it sends them, newest first.
#[derive(Clone, Debug, Default)]
struct Api {
    items: BTreeMap<(i64, u32), bool>,
    counts_in: bool,
    refuses: bool,
}

impl Api {
    /// A page of up to 3 items, each its time and number, and whether more follow.
    fn page(&self, asked: Span, after: Option<(i64, u32)>) -> (Vec<(i64, u32)>, bool) {
        let slack = i64::from(!self.counts_in);
        let asked = Span {
            least: asked.least.map(|least| least + slack),
            most: asked.most.map(|most| most - slack),
        };
        let rest = self.items.keys().rev().filter(|(time, id)| {
            asked.holds(*time) && after.is_none_or(|after| (*time, *id) < after)
        });
        let mut page: Vec<_> = rest.copied().take(4).collect();
        let has_more = page.len() > 3;
        page.truncate(3);
        (page, has_more)
    }
}

/// What happens next, by a number that picks the one it happens to.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ask(usize),
    Answer(usize),
    Divide,
    Insert(i64),
    Delete(usize),
}

impl Step {
    fn of(u: &mut Unstructured<'_>) -> Result<Step> {
        let kind = u.int_in_range(0..=12)?;
        if kind >= 10 {
            return Ok(Step::Divide);
        }
        let number: u8 = u.arbitrary()?;
        Ok(match kind {
            0..=3 => Step::Ask(number.into()),
            4..=7 => Step::Answer(number.into()),
            8 => Step::Insert(i64::from(number) % 60),
            _ => Step::Delete(number.into()),
        })
    }
}

/// What was asked for, the items, and whether more follow.
type Answer = (Span, Vec<(i64, u32)>, bool);

#[derive(Clone, Debug, Default)]
struct Cursor {
    after: Option<(i64, u32)>,
    asked: Option<Answer>,
    is_done: bool,
}

struct Model {
    api: Api,
    windows: Windows,
    cursors: Vec<Cursor>,
    rows: BTreeMap<u32, usize>,
    inserted: u32,
}

impl Model {
    fn step(&mut self, step: Step) {
        match step {
            Step::Ask(at) => self.ask(at % self.cursors.len()),
            Step::Answer(at) => self.answer(at % self.cursors.len()),
            Step::Divide => {
                if self.windows.divide().is_some() {
                    self.cursors.push(Cursor::default());
                }
            }
            Step::Insert(time) => {
                self.inserted += 1;
                self.api.items.insert((time, 1_000 + self.inserted), false);
            }
            Step::Delete(at) if !self.api.items.is_empty() => {
                let at = at % self.api.items.len();
                let gone = *self.api.items.keys().nth(at).expect("an item");
                self.api.items.remove(&gone);
            }
            Step::Delete(_) => {}
        }
    }

    fn ask(&mut self, at: usize) {
        let cursor = &mut self.cursors[at];
        if cursor.is_done || cursor.asked.is_some() {
            return;
        }
        let Some(span) = self.windows.ask(at) else { return self.end(at) };
        let at_cursor = cursor.after.is_none_or(|(time, _)| span.holds(time));
        assert!(at_cursor, "a cursor is within its bounds");
        if self.api.refuses && at > 0 {
            assert!(self.windows.refused(), "only the first page of a window is refused");
            self.cursors[at].is_done = true;
            return;
        }
        let (page, has_more) = self.api.page(span, cursor.after);
        cursor.asked = Some((span, page, has_more));
    }

    fn end(&mut self, at: usize) {
        self.cursors[at].is_done = true;
        let last = self.cursors[at].after.map(|after| format!("{after:?}"));
        self.windows.done(at, last);
    }

    fn answer(&mut self, at: usize) {
        let cursor = &mut self.cursors[at];
        let Some((asked, page, has_more)) = cursor.asked.take() else { return };
        let span = self.windows.accept(at);
        for (_, id) in page.iter().filter(|(time, _)| span.holds(*time)) {
            *self.rows.entry(*id).or_default() += 1;
        }
        let times = page.iter().map(|(time, _)| *time);
        let times = times.clone().min().zip(times.max());
        self.windows.arrived(at, asked, Seen { items: page.len(), times }, has_more);
        cursor.after = page.last().copied().or(cursor.after);
        if !has_more {
            self.end(at);
        }
    }

    /// Lets every cursor come to its end.
    fn finish(&mut self) {
        while let Some(at) = self.cursors.iter().position(|cursor| !cursor.is_done) {
            self.ask(at);
            self.answer(at);
        }
    }
}

/// Checks a walk through a listing that changes.
pub fn check(bytes: &[u8]) {
    // What there are no bytes for is not checked.
    let _ = run(&mut Unstructured::new(bytes));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let (counts_in, refuses, is_open) = (u.arbitrary()?, u.ratio(1, 4)?, u.arbitrary()?);
    // Where the end is not known, pieces are hours long.
    let at = |time: i64| if is_open { time / 3 * HOUR + time % 3 } else { time };
    let count = u.int_in_range(0..=60)?;
    let item = |id| Ok(((at(i64::from(u.arbitrary::<u8>()?) % 60), id), true));
    let items = (0..count).map(item).collect::<Result<_>>()?;
    let api = Api { items, counts_in, refuses };
    let whole = Span { least: (!is_open).then_some(0), most: None };
    let windows = Windows::new(whole, Seen::default(), Seen::default(), 1, 16);
    let (cursors, rows) = (vec![Cursor::default()], BTreeMap::new());
    let mut model = Model { api, windows, cursors, rows, inserted: 0 };
    while !u.is_empty() {
        model.step(match Step::of(u)? {
            Step::Insert(time) => Step::Insert(at(time)),
            step => step,
        });
    }
    model.finish();
    assert!(model.windows.are_done());
    for (id, times) in &model.rows {
        assert_eq!(*times, 1, "item {id} came {times} times");
    }
    for ((_, id), _) in model.api.items.iter().filter(|(_, was_there)| **was_there) {
        assert!(model.rows.contains_key(id), "item {id} never came");
    }
    Ok(())
}
