//! How many rounds of requests several cursors take, as if every request took equally long.

use super::*;

const PAGE: usize = 250;
const DAY: f64 = 86_400_000.0;

/// How many days old an item is, by a number between 0 and 1.
type Age = fn(f64) -> f64;

/// A listing: the times of its items, newest first.
struct Listing(Vec<i64>);

impl Listing {
    /// What a request finds from an index on, and the index behind that; none if no more follow.
    fn page(&self, asked: Span, after: Option<usize>) -> (Seen, Option<usize>) {
        let first = self.0.partition_point(|time| asked.most.is_some_and(|most| *time > most));
        let end = self.0.partition_point(|time| asked.least.is_none_or(|least| *time >= least));
        let start = after.unwrap_or(first).max(first);
        let next = (start + PAGE).min(end).max(start);
        let items = &self.0[start..next];
        let times = items.last().copied().zip(items.first().copied());
        (Seen { items: items.len(), times }, (next < end).then_some(next))
    }
}

/// The rounds and the requests that so many cursors take, the first two pages by one of them. Idle ones look
/// for work whenever an answer came, also before the window that it is for is known to be done.
fn walk(listing: &Listing, count: usize) -> (usize, usize) {
    let (first, next) = listing.page(Span::ALL, None);
    let (second, next) = listing.page(Span::ALL, next);
    let mut windows = Windows::new(Span::ALL, first.and(second), second, PAGE, count);
    let mut cursors = vec![(0, next)];
    cursors.extend(new(&mut windows, count - 1));
    let (mut rounds, mut requests) = (2, 2);
    while !cursors.is_empty() {
        let asked: Vec<_> = cursors.iter().map(|(window, _)| windows.ask(*window)).collect();
        let (mut idle, mut going) = (count - cursors.len(), Vec::new());
        for ((window, after), asked) in cursors.into_iter().zip(asked) {
            let next = asked.and_then(|asked| {
                let (seen, next) = listing.page(asked, after);
                requests += 1;
                windows.accept(window);
                windows.arrived(window, asked, seen, next.is_some());
                next
            });
            let found = new(&mut windows, idle);
            idle -= found.len();
            going.extend(found);
            match next {
                Some(next) => going.push((window, Some(next))),
                None => {
                    windows.done(window, None);
                    idle += 1;
                }
            }
        }
        going.extend(new(&mut windows, idle));
        cursors = going;
        rounds += 1;
    }
    (rounds, requests)
}

/// New windows, no more than this.
fn new(windows: &mut Windows, most: usize) -> Vec<(usize, Option<usize>)> {
    std::iter::from_fn(|| windows.divide()).take(most).map(|window| (window, None)).collect()
}

/// So many pages of items, as old as `age` makes them.
fn listing(pages: usize, age: Age) -> Listing {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut times: Vec<_> = (0..pages * PAGE).map(|_| (age(random()) * DAY) as i64).collect();
    times.sort_unstable();
    Listing(times.into_iter().map(|age| -age).collect())
}

/// One cursor takes a hundred rounds. The fewest that are possible are 27 with 4 cursors and 9 with 16.
#[test]
fn cursors_share_the_work_evenly_however_the_items_are_spread() {
    let spreads: [(&str, Age); 12] = [
        ("even over seven hours", |at| 0.28 * at),
        ("even over a year", |at| 365.0 * at),
        ("even over eight years", |at| 2920.0 * at),
        ("more and more", |at| 730.0 * at * at),
        ("fewer and fewer", |at| 730.0 * at.sqrt()),
        ("mostly recent", |at| if at < 0.8 { 36.0 * at } else { 3650.0 * (at - 0.8) }),
        ("partly in the future", |at| if at < 0.06 { -1500.0 * at } else { 730.0 * at * at }),
        ("a few in the future", |at| if at < 0.02 { -4500.0 * at } else { 730.0 * at * at }),
        ("recent, and seasons before", |at| match at {
            at if at < 0.8 => 36.0 * at,
            at if at < 0.9 => 150.0 + 300.0 * (at - 0.8),
            at => 560.0 + 900.0 * (at - 0.9),
        }),
        ("with a gap", |at| if at < 0.3 { 100.0 * at } else { 400.0 + 300.0 * at }),
        ("in bursts each day", |at| (365.0 * at).floor() + 0.001 * at),
        ("many at a time", |at| (7300.0 * at).floor() / 20.0),
    ];
    for (spread, age) in spreads {
        let listing = listing(100, age);
        assert_eq!(walk(&listing, 1), (100, 100), "{spread}");
        let ((four, with_four), (sixteen, with_sixteen)) = (walk(&listing, 4), walk(&listing, 16));
        assert!(four <= 30 && with_four <= 112, "{spread}: {four} rounds, {with_four} requests");
        let is_good = sixteen <= 11 && with_sixteen <= 130;
        assert!(is_good, "{spread}: {sixteen} rounds, {with_sixteen} requests");
    }
}

/// Items of one moment cannot be divided, but what lies behind them is not searched for ever either.
#[test]
fn items_of_one_moment_are_left_to_one_cursor() {
    let listing = listing(100, |at| if at < 0.4 { 30.0 } else { 365.0 * at });
    let (rounds, requests) = walk(&listing, 4);
    assert!(rounds <= 45 && requests <= 130, "{rounds} rounds, {requests} requests");
}

/// No more than one wasted request a cursor, and as much again for what they share.
#[test]
fn a_short_listing_is_soon_at_its_end() {
    for pages in 3..10 {
        let (rounds, requests) = walk(&listing(pages, |at| 365.0 * at), 16);
        assert!(rounds <= 6 && requests <= pages + 32, "{pages}: {rounds} rounds, {requests}");
    }
}
