//! How the creation times of rows lie in time.

use crate::clock::{DAY, NOW, salt};
use crate::dice::Dice;

/// The rows lie in so many days before now.
const SPAN: i64 = 730 * DAY;

/// How creation times lie in the two years before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Spread {
    /// Denser towards now. Runs of two to five rows share one time, and some times have no
    /// milliseconds.
    Uniform,
    /// Four fifths in the last five weeks, and months without any row before. More than half of
    /// the rows come in bursts: a few milliseconds one after the other, dozens of rows in each.
    Skewed,
}

/// The seasons of skewed rows: their percentage, and how many days ago they began and ended.
const SEASONS: [(f64, f64, f64); 5] = [
    (4.0, 730.0, 700.0),
    (1.0, 600.0, 599.0),
    (5.0, 480.0, 470.0),
    (10.0, 210.0, 180.0),
    (80.0, 36.0, 0.0),
];

impl Spread {
    /// Creation times of rows 0 to `count` - 1, growing.
    pub(crate) fn times(self, seed: u64, name: &str, count: usize) -> Vec<i64> {
        let dice = Dice::new(seed, salt(name), u64::MAX);
        match self {
            Spread::Uniform => uniform(dice, count),
            Spread::Skewed => skewed(dice, count),
        }
    }
}

fn uniform(mut dice: Dice, count: usize) -> Vec<i64> {
    let mut times = Vec::with_capacity(count);
    while times.len() < count {
        let rest = 1.0 - share(times.len(), count);
        let mut time = ago(SPAN as f64 * rest * rest);
        if dice.chance(20) {
            time -= time % 1000;
        }
        let run = if dice.chance(40) { 2 + dice.index(4) } else { 1 };
        times.resize((times.len() + run).min(count), time);
    }
    times
}

fn skewed(mut dice: Dice, count: usize) -> Vec<i64> {
    let mut times: Vec<i64> = Vec::with_capacity(count);
    while times.len() < count {
        let due = ago(season_age(share(times.len(), count)));
        let start = times.last().map_or(due, |&last| due.max(last));
        let bursts = if dice.chance(2) { 1 + dice.index(4) } else { 0 };
        if bursts == 0 {
            times.push(start);
        }
        // None at the very end: the next round tries again.
        for time in (start..NOW).take(bursts) {
            let run = 8 + dice.index(33);
            times.resize((times.len() + run).min(count), time);
        }
    }
    times
}

/// How much of all rows is in front of the middle of this one.
fn share(id: usize, count: usize) -> f64 {
    (id as f64 + 0.5) / count as f64
}

fn ago(age: f64) -> i64 {
    NOW - age as i64
}

/// The age of the row that has this share of all rows in front of it.
fn season_age(share: f64) -> f64 {
    let mut rest = 100.0 * share;
    for (percent, from, to) in SEASONS {
        if rest < percent {
            return DAY as f64 * (from + (to - from) * rest / percent);
        }
        rest -= percent;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(spread: Spread, count: usize) -> Vec<i64> {
        spread.times(1, "x", count)
    }

    #[test]
    fn times_grow_and_stay_before_now() {
        for spread in [Spread::Uniform, Spread::Skewed] {
            let times = times(spread, 1000);
            assert_eq!(times.len(), 1000);
            assert!(times.is_sorted());
            assert!(times[0] >= NOW - SPAN - 1000 && times[999] <= NOW);
        }
        assert!(times(Spread::Uniform, 1000).iter().any(|time| time % 1000 == 0));
    }

    #[test]
    fn most_skewed_rows_are_new() {
        for count in [1200, 100_000] {
            let times = times(Spread::Skewed, count);
            let since = |age: i64| times.iter().filter(|&&time| time > NOW - age).count();
            assert_eq!(times.len(), count);
            assert!(since(SPAN / 10) * 10 >= count * 7, "{}", since(SPAN / 10));
            assert!(since(SPAN / 20) * 10 >= count * 7, "{}", since(SPAN / 20));
            assert!(since(SPAN / 10) < count);
        }
    }

    #[test]
    fn skewed_rows_have_bursts_and_gaps() {
        let times = times(Spread::Skewed, 5000);
        let runs: Vec<&[i64]> = times.chunk_by(|a, b| a == b).collect();
        assert!(runs.iter().filter(|run| run.len() >= 24).count() > 10);
        assert!(runs.iter().all(|run| run.len() <= 48));
        let gaps = runs.windows(2).map(|pair| pair[1][0] - pair[0][0]);
        assert!(gaps.clone().filter(|&gap| gap > 60 * DAY).count() >= 4);
        assert!(gaps.filter(|&gap| gap == 1).count() > 10);
    }
}
