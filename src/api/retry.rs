//! Again, or give up? A decision about the attempts so far; the caller does the waiting.

use std::time::{Duration, SystemTime};

/// The longest wait before the second attempt; before each further one it is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// No wait is longer, unless the server asks for it.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How often, and for how long, a request is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many times at most.
    pub retries: u32,
    /// No attempt begins later than this after the first.
    pub time: Duration,
}

/// The attempts at a request so far.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    /// How many were made.
    pub made: u32,
    /// How long ago the first began.
    pub since: Duration,
    /// How long the server asks to wait, if it does.
    pub asked: Option<Duration>,
}

impl Budget {
    /// How long to wait before the next attempt, or `None` to give up. `luck`, from 0 to 1, spreads the attempts
    /// of those that failed together.
    pub fn next(self, attempts: Attempts, luck: f64) -> Option<Duration> {
        let doubled = 1_u32.checked_shl(attempts.made.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
        let wait = longest.mul_f64(luck.clamp(0.0, 1.0)).max(attempts.asked.unwrap_or_default());
        let is_left = attempts.made <= self.retries
            && attempts.since.checked_add(wait).is_some_and(|begins| begins <= self.time);
        is_left.then_some(wait)
    }
}

/// How long a `Retry-After` header asks to wait, in seconds or until a date.
pub fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return header.parse().ok().map(Duration::from_secs);
    }
    let until = httpdate::parse_http_date(header).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    const BUDGET: Budget = Budget { retries: 5, time: Duration::from_secs(120) };

    fn after(made: u32, luck: f64) -> Option<Duration> {
        BUDGET.next(Attempts { made, since: Duration::ZERO, asked: None }, luck)
    }

    #[test]
    fn each_wait_may_be_twice_as_long_as_the_one_before() {
        let waits: Vec<_> = (1..).map_while(|made| after(made, 1.0)).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000].map(Duration::from_millis));
        assert_eq!(after(3, 0.0), Some(Duration::ZERO));
        assert_eq!(after(3, 0.5), Some(Duration::from_millis(500)));
        let patient = Budget { retries: u32::MAX, time: Duration::MAX };
        let attempts = Attempts { made: 1000, since: Duration::ZERO, asked: None };
        assert_eq!(patient.next(attempts, 1.0), Some(LONGEST_WAIT));
    }

    #[test]
    fn what_the_server_asks_for_is_heeded_within_the_time() {
        let asked = |seconds, since| {
            let (asked, since) = (Some(Duration::from_secs(seconds)), Duration::from_secs(since));
            BUDGET.next(Attempts { made: 1, since, asked }, 0.5)
        };
        assert_eq!(asked(60, 0), Some(Duration::from_secs(60)));
        assert_eq!(asked(0, 0), Some(Duration::from_millis(125)));
        assert_eq!(asked(60, 61), None);
        assert_eq!(asked(121, 0), None);
        assert_eq!(asked(u64::MAX, 1), None);
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_770);
        let cases = [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(7)),
            ("Sun Nov  6 08:49:37 1994", Some(7)),
            ("99999999999999999999", None),
            ("-7", None),
            ("7.5", None),
            ("soon", None),
            ("", None),
        ];
        for (header, seconds) in cases {
            assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs), "{header:?}");
        }
    }
}
