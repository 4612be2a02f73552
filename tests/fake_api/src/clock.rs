//! Time in the fake world: a fixed "now", and dates.

use crate::dice::mix;

/// 2026-11-01T00:00:00Z, the moment at which every answer is given.
pub(crate) const NOW: i64 = 1_793_491_200_000;

/// Milliseconds in an hour.
pub(crate) const HOUR: i64 = 3_600_000;

/// Milliseconds in a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A number that stands for a name.
pub(crate) fn salt(name: &str) -> u64 {
    name.bytes().fold(7, |salt, byte| mix(salt ^ u64::from(byte)))
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
    fn names_have_their_own_salt() {
        assert_ne!(salt("rewards"), salt("deals"));
    }
}
