//! Time in the fake world: a fixed "now" and the creation times of rows.

use crate::dice::{Dice, mix};

/// 2026-11-01T00:00:00Z, the moment at which every answer is given.
pub(crate) const NOW: i64 = 1_793_491_200_000;

/// Milliseconds in an hour.
pub(crate) const HOUR: i64 = 3_600_000;

/// Milliseconds in a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The rows lie in so many days before now.
const SPAN: i64 = 730 * DAY;

/// A number that stands for a name.
pub(crate) fn salt(name: &str) -> u64 {
    name.bytes().fold(7, |salt, byte| mix(salt ^ u64::from(byte)))
}

/// Creation times of rows 0 to `count` - 1, growing, denser towards now. Runs of two to five rows
/// share one time, and some times have no milliseconds.
pub(crate) fn times(seed: u64, name: &str, count: usize) -> Vec<i64> {
    let mut dice = Dice::new(seed, salt(name), u64::MAX);
    let mut times = Vec::with_capacity(count);
    while times.len() < count {
        let mut time = age_of(times.len(), count);
        if dice.chance(20) {
            time -= time % 1000;
        }
        let run = if dice.chance(40) { 2 + dice.index(4) } else { 1 };
        times.resize((times.len() + run).min(count), time);
    }
    times
}

fn age_of(id: usize, count: usize) -> i64 {
    let rest = 1.0 - (id as f64 + 0.5) / count as f64;
    NOW - (SPAN as f64 * rest * rest) as i64
}

/// A moment as `YYYYMMDD`.
pub(crate) fn compact_date(time: i64) -> String {
    let (year, month, day) = civil(time);
    format!("{year:04}{month:02}{day:02}")
}

/// A moment as `YYYY-MM-DD`.
pub(crate) fn date(time: i64) -> String {
    let (year, month, day) = civil(time);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a moment (proleptic Gregorian calendar).
fn civil(time: i64) -> (i64, i64, i64) {
    let days = time.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_the_first_of_november() {
        assert_eq!(date(NOW), "2026-11-01");
        assert_eq!(date(NOW - 1), "2026-10-31");
        assert_eq!(compact_date(0), "19700101");
        assert_eq!(date(951_782_400_000), "2000-02-29");
    }

    #[test]
    fn times_grow_and_stay_before_now() {
        let times = times(1, "x", 1000);
        assert_eq!(times.len(), 1000);
        assert!(times.is_sorted());
        assert!(times[0] >= NOW - SPAN - 1000 && times[999] <= NOW);
        assert!(times.iter().any(|time| time % 1000 == 0));
    }

    #[test]
    fn names_have_their_own_salt() {
        assert_ne!(salt("rewards"), salt("deals"));
    }
}
