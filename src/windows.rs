//! A listing divided among several cursors, by the times at which its items were created.
//!
//! A cursor is serial, but the bounds on time are not. Each window has a cursor of its own and walks from
//! its newest item to its oldest. Nobody knows beforehand how the items are spread, so windows are divided as
//! they are walked:
//!
//! ```text
//!   newest                                                        oldest
//!   ├── walked ──▶┊─────────── left ───────────────────────────────────┤   one window, its cursor at ▶
//!   ├── walked ──▶┊──── left ──────────┤├───────── a new window ───────┤   divided: it keeps its cursor
//! ```
//!
//! Together the windows hold every time once, so that an item belongs to exactly one of them, whatever the
//! order in which the API sends items and whether or not it counts its bounds in. A window gives away only
//! times before that of every item that it has seen.

/// Milliseconds in an hour.
const HOUR: f64 = 3_600_000.0;

/// How many milliseconds a listing is guessed to reach back: three years.
const GUESSED_AGE: i64 = 94_608_000_000;

/// How many pages the first piece of a listing has whose end is not known, times the number of cursors.
const PAGES_AT_FIRST: usize = 128;

/// How much larger each piece of it is than the one before.
const GROWTH: f64 = 1.2;

/// How many pieces of it are asked for at most before one of them is seen.
const MOST_GUESSES: i32 = 8;

/// Times from `least` to `most`, in milliseconds since 1970 in UTC, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The earliest; none if it is open.
    pub least: Option<i64>,
    /// The latest; none if it is open.
    pub most: Option<i64>,
}

impl Span {
    /// Every time.
    pub const ALL: Span = Span { least: None, most: None };
    /// No time.
    pub const NONE: Span = Span { least: Some(1), most: Some(0) };

    /// Whether it holds this time.
    pub fn holds(self, time: i64) -> bool {
        self.least.is_none_or(|least| least <= time) && self.most.is_none_or(|most| time <= most)
    }

    /// Whether it holds no time.
    pub fn is_empty(self) -> bool {
        self.least.zip(self.most).is_some_and(|(least, most)| least > most)
    }

    /// The same, a millisecond wider on both sides: what to ask for, as nobody knows whether the API counts
    /// its bounds in.
    pub fn widened(self) -> Span {
        Span { least: self.least.map(|least| least - 1), most: self.most.map(|most| most + 1) }
    }
}

/// What a page held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// How many items it had.
    pub items: usize,
    /// The times of the oldest and the newest of them.
    pub times: Option<(i64, i64)>,
}

impl Seen {
    /// Both together.
    pub fn and(self, other: Seen) -> Seen {
        let times = match (self.times, other.times) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        Seen { items: self.items + other.items, times }
    }

    /// How densely the items lie, in items a millisecond. Those of one moment could stand for a second.
    fn density(self) -> Option<f64> {
        self.times.map(|(oldest, newest)| self.items as f64 / (newest - oldest).max(1000) as f64)
    }
}

#[derive(Debug)]
struct Window {
    span: Span,
    /// What all of its pages held, and the last one.
    seen: Seen,
    last: Seen,
    /// How densely items are thought to lie, in items a millisecond.
    density: Option<f64>,
    /// Whether more follows behind its last page.
    has_more: bool,
    /// How many windows that nothing was seen of lie between it and what was seen, itself counted.
    guesses: i32,
    /// The key of its last item that has a time, once it is walked to its end.
    end: Option<Option<String>>,
}

/// What the API does with bounds on time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bounds {
    /// It is not known yet whether it takes them.
    Unknown,
    /// It takes them.
    Taken,
    /// It takes them, and sends other items all the same.
    Ignored,
    /// It refuses a request that has them.
    Refused,
}

/// The windows of a listing.
#[derive(Debug)]
pub struct Windows {
    windows: Vec<Window>,
    page_size: usize,
    /// How many items the first piece of a listing has whose end is not known.
    first_piece: usize,
    /// The times of all of them together.
    whole: Span,
    /// What the API is seen to do with bounds.
    bounds: Bounds,
    /// Whether it is still to be seen what lies behind the oldest item.
    is_tail_due: bool,
}

impl Windows {
    /// One window, the first, of which `seen` has been walked, and `last` in its last page; for so many cursors.
    pub fn new(span: Span, seen: Seen, last: Seen, page_size: usize, cursors: usize) -> Windows {
        let windows = vec![Window::new(span, seen, last)];
        let is_tail_due = span == Span::ALL;
        let first_piece = page_size * (PAGES_AT_FIRST / cursors).max(2);
        Windows {
            windows,
            page_size,
            first_piece,
            whole: span,
            bounds: Bounds::Unknown,
            is_tail_due,
        }
    }

    /// The times that a window has now. The first has all of them until it is known that the API takes
    /// bounds, as what it gave away may come back.
    fn span(&self, window: usize) -> Span {
        match (window, self.bounds) {
            (0, Bounds::Unknown | Bounds::Refused) => self.whole,
            _ => self.windows.get(window).map_or(Span::NONE, |window| window.span),
        }
    }

    /// The times to ask for on behalf of a window; none if it has none left. They hold the item that its
    /// cursor is at, even if that is another window's by now.
    pub fn ask(&self, window: usize) -> Option<Span> {
        let span = Some(self.span(window)).filter(|span| !span.is_empty())?;
        let (oldest, newest) = self.windows[window].last.times.unwrap_or((i64::MAX, i64::MIN));
        let least = span.least.map(|least| least.min(oldest));
        let most = span.most.map(|most| most.max(newest));
        Some(Span { least, most }.widened())
    }

    /// Takes note of a good answer to a window's request, and tells the times that the window has now.
    pub fn accept(&mut self, window: usize) -> Span {
        if window > 0 && self.bounds == Bounds::Unknown {
            self.bounds = Bounds::Taken;
            self.settle();
        }
        self.span(window)
    }

    /// What the first window saw before bounds were known to be taken is its own, also where it had given
    /// those times away.
    fn settle(&mut self) {
        let Some((first, others)) = self.windows.split_first_mut() else { return };
        let Some((oldest, _)) = first.seen.times else { return };
        first.span.least = first.span.least.map(|least| least.min(oldest));
        for other in others {
            other.span.most = other.span.most.map(|most| most.min(oldest - 1));
        }
    }

    /// Notes a page of a window, which had been asked for with the bounds of `asked`, and whether more follows.
    pub fn arrived(&mut self, window: usize, asked: Span, page: Seen, has_more: bool) {
        let is_within =
            page.times.is_none_or(|(oldest, newest)| asked.holds(oldest) && asked.holds(newest));
        if self.bounds == Bounds::Taken && !is_within {
            self.bounds = Bounds::Ignored;
        }
        if let Some(window) = self.windows.get_mut(window) {
            window.seen = window.seen.and(page);
            window.last = page;
            window.density = page.density().or(window.density);
            window.has_more = has_more;
        }
    }

    /// Notes that the API refused the request of a new window, and says whether that is because of its
    /// bounds. The first window then has all times again.
    pub fn refused(&mut self) -> bool {
        if self.bounds == Bounds::Unknown {
            self.bounds = Bounds::Refused;
            self.windows.truncate(1);
            self.windows[0].span = self.whole;
        }
        self.bounds == Bounds::Refused
    }

    /// Notes that a window was walked to its end, and the key of its last item that has a time.
    pub fn done(&mut self, window: usize, last_timed: Option<String>) {
        if let Some(window) = self.windows.get_mut(window) {
            window.end = Some(last_timed);
        }
    }

    /// Whether every window was.
    pub fn are_done(&self) -> bool {
        self.windows.iter().all(|window| window.end.is_some())
    }

    /// The key of the oldest item of all, once, as soon as it is known.
    ///
    /// Items without a time belong to no window. In the order of the listing they come first, and were seen
    /// before it was divided, or last: behind that item, where no bound on time hides them.
    pub fn tail(&mut self) -> Option<String> {
        let times = self.windows.iter().filter_map(|window| Some((window.seen.times?.0, window)));
        let (time, oldest) = times.min_by_key(|(time, _)| *time).filter(|_| self.is_tail_due)?;
        let key = oldest.end.clone()??;
        let is_below = |window: &&Window| window.span.most.is_some_and(|most| most < time);
        if !self.windows.iter().filter(is_below).all(|window| window.end.is_some()) {
            return None;
        }
        self.is_tail_due = false;
        Some(key)
    }

    /// Divides the window that has most left, and returns the new one; none if that is not worth a request.
    pub fn divide(&mut self) -> Option<usize> {
        if matches!(self.bounds, Bounds::Ignored | Bounds::Refused) {
            return None;
        }
        let piece = self.piece();
        let left = |window: &Window| window.left(piece).map_or(0.0, |left| left.items);
        let busiest = self.windows.iter_mut().max_by(|a, b| left(a).total_cmp(&left(b)))?;
        let worth = 2.0 * self.page_size as f64;
        let Left { until, .. } = busiest.left(piece).filter(|left| left.items >= worth)?;
        let span = Span { least: busiest.span.least, most: Some(until) };
        busiest.span.least = Some(until + 1);
        let density = busiest.density;
        let guesses = if busiest.seen.items > 0 { 1 } else { busiest.guesses + 1 };
        self.windows.push(Window {
            density,
            guesses,
            ..Window::new(span, Seen::default(), Seen::default())
        });
        Some(self.windows.len() - 1)
    }

    /// The next piece of the window that is open below.
    fn piece(&self) -> Piece {
        let growth = GROWTH.powf(self.windows.len() as f64 - 1.0);
        let seen = self.windows.iter().filter_map(|window| window.seen.times);
        let (oldest, newest) = seen.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or_default();
        let is_below = |window: &&Window| window.span.most.is_some_and(|most| most < oldest);
        let is_end_near = self.windows.iter().filter(is_below).any(Window::is_empty);
        Piece {
            items: self.first_piece as f64 * growth,
            millis: HOUR * growth,
            guessed: if is_end_near { i64::MAX } else { newest - GUESSED_AGE },
        }
    }
}

/// How much of a window that is open below stays with it when it is divided: so many items, as far as can be
/// told, but no less than so many milliseconds.
#[derive(Clone, Copy)]
struct Piece {
    items: f64,
    millis: f64,
    /// Where the listing is guessed to end. Once a window that is older than every item so far turned out to
    /// be empty, it is not guessed any more.
    guessed: i64,
}

/// What is left of a window: how many items, as far as can be told, and until when to give it away.
struct Left {
    items: f64,
    until: i64,
}

impl Window {
    fn new(span: Span, seen: Seen, last: Seen) -> Window {
        Window { span, seen, last, density: last.density(), has_more: true, guesses: 0, end: None }
    }

    /// Whether it was walked to its end, and no item was met.
    fn is_empty(&self) -> bool {
        !self.has_more && self.seen.items == 0
    }

    /// Nothing for a window that is at its end, or of which nothing is known.
    fn left(&self, piece: Piece) -> Option<Left> {
        let density = self.density.filter(|_| self.has_more && self.end.is_none())?;
        let below_seen = self.seen.times.map(|(oldest, _)| oldest - 1);
        let from = below_seen.into_iter().chain(self.span.most).min()?;
        let Some(least) = self.span.least else {
            let kept = (piece.items / density).max(piece.millis);
            let is_worth_it = self.guesses < MOST_GUESSES && from > piece.guessed;
            let left = Left { items: f64::MAX, until: from.saturating_sub(kept as i64) };
            return Some(left).filter(|_| self.seen.items > 0 || is_worth_it);
        };
        let rest = from - least;
        // Where nothing was seen yet, the density is that of another window.
        let trust = if self.seen.items > 0 { 1.0 } else { 0.7_f64.powi(self.guesses) };
        let items = trust * density * rest as f64;
        (rest > 0).then_some(Left { items, until: least + rest / 2 })
    }
}

#[cfg(test)]
mod rounds;

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(items: usize, oldest: i64, newest: i64) -> Seen {
        Seen { items, times: Some((oldest, newest)) }
    }

    #[test]
    fn the_older_half_of_what_is_left_is_given_away() {
        let span = Span { least: Some(0), most: None };
        let mut windows =
            Windows::new(span, seen(500, 10_001, 20_000), seen(250, 10_001, 15_000), 250, 4);
        assert_eq!(windows.divide(), Some(1));
        assert_eq!(windows.ask(1), Some(Span { least: Some(-1), most: Some(5_001) }));
        assert_eq!(windows.span(0), span, "until it is known that bounds are taken");
        assert_eq!(windows.accept(1), Span { least: Some(0), most: Some(5_000) });
        assert_eq!(windows.span(0), Span { least: Some(5_001), most: None });
        assert_eq!(
            windows.divide(),
            None,
            "a page is left of the one, and nothing known of the other"
        );
    }

    #[test]
    fn nothing_is_divided_once_bounds_are_not_heeded() {
        let mut windows =
            Windows::new(Span::ALL, seen(500, 10_000, 20_000), seen(250, 10_000, 15_000), 250, 4);
        let new = windows.divide().expect("a window");
        let asked = windows.ask(new).expect("times");
        windows.accept(new);
        windows.arrived(new, asked, seen(250, 15_000, 20_000), true);
        assert_eq!(windows.divide(), None);
    }

    #[test]
    fn what_was_given_away_comes_back_if_bounds_are_refused() {
        let span = Span { least: Some(-10_000), most: None };
        let mut windows =
            Windows::new(span, seen(500, 10_000, 20_000), seen(250, 10_000, 15_000), 250, 4);
        let new = windows.divide().expect("a window");
        assert_eq!(windows.ask(0), Some(span.widened()));
        assert!(windows.refused() && windows.refused());
        assert_eq!((windows.span(0), windows.ask(new)), (span, None));
        assert_eq!(windows.divide(), None);
    }

    #[test]
    fn what_is_refused_once_bounds_are_taken_is_an_error() {
        let mut windows =
            Windows::new(Span::ALL, seen(500, 10_000, 20_000), seen(250, 10_000, 15_000), 250, 4);
        let new = windows.divide().expect("a window");
        windows.accept(new);
        assert!(!windows.refused());
    }

    #[test]
    fn what_the_first_saw_meanwhile_stays_its_own() {
        let span = Span { least: Some(0), most: None };
        let mut windows =
            Windows::new(span, seen(500, 10_001, 20_000), seen(250, 10_001, 15_000), 250, 4);
        windows.divide();
        windows.arrived(0, span, seen(250, 3_000, 10_000), true);
        assert_eq!(windows.accept(1), Span { least: Some(0), most: Some(2_999) });
        assert_eq!(windows.span(0), Span { least: Some(3_000), most: None });
    }

    #[test]
    fn what_is_done_is_not_divided() {
        let mut windows =
            Windows::new(Span::ALL, seen(500, 10_000, 20_000), seen(250, 10_000, 15_000), 250, 4);
        windows.done(0, None);
        assert!(windows.are_done() && windows.divide().is_none());
    }

    #[test]
    fn the_oldest_item_is_told_once_it_is_known() {
        let mut windows =
            Windows::new(Span::ALL, seen(500, 10_000, 20_000), seen(250, 10_000, 15_000), 250, 4);
        let below = windows.divide().expect("a window");
        windows.done(0, Some("a".into()));
        assert_eq!(windows.tail(), None, "something may be older");
        windows.done(below, None);
        assert_eq!((windows.tail().as_deref(), windows.tail()), (Some("a"), None));
        let bounded = Span { least: Some(0), most: None };
        let mut windows = Windows::new(bounded, seen(1, 5, 5), seen(1, 5, 5), 250, 4);
        windows.done(0, Some("a".into()));
        assert_eq!(windows.tail(), None, "a filter on the time leaves items without one out");
    }
}
