//! Retries: `Retry-After` is a number of seconds, a date or nothing, and attempts come to an end.
//!
//! The input is the attempts so far, the time now, and the header.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arbitrary::{Result, Unstructured};
use jiff::fmt::rfc2822;
use partnerstack::api::retry::{Attempts, Budget, retry_after};

/// Checks a header, and the decision that follows from it.
pub fn check(bytes: &[u8]) {
    // What there are no bytes for is not checked.
    let _ = run(&mut Unstructured::new(bytes));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let (made, retries, luck) = (u.arbitrary::<u8>()?, u.arbitrary::<u8>()?, u.arbitrary::<u8>()?);
    let (time, since, now) = (u.arbitrary::<u16>()?, u.arbitrary::<u16>()?, u.arbitrary::<u32>()?);
    let text = String::from_utf8_lossy(u.bytes(u.len())?);
    let now = UNIX_EPOCH + Duration::from_secs(now.into());
    let asked = retry_after(&text, now);
    header(&text, now, asked);
    let budget = Budget { retries: retries.into(), time: Duration::from_secs(time.into()) };
    let since = Duration::from_millis(since.into());
    let attempts = Attempts { made: made.into(), since, asked };
    let luck = f64::from(luck) / 127.0 - 0.5;
    if let Some(wait) = budget.next(attempts, luck) {
        assert!(made <= retries && since + wait <= budget.time);
        assert!(asked.is_none_or(|asked| wait >= asked));
        assert!(wait <= Duration::from_secs(30).max(asked.unwrap_or_default()));
    }
    Ok(())
}

/// Seconds are read as they are, as far as they can be counted, and a date as another reader of dates does.
fn header(header: &str, now: SystemTime, asked: Option<Duration>) {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(asked, header.parse().ok().map(Duration::from_secs), "{header}");
        return;
    }
    let is_fixed_date = header.len() == 29 && header.ends_with(" GMT");
    if let (true, Some(asked), Ok(until)) = (is_fixed_date, asked, rfc2822::parse(header)) {
        let until = SystemTime::from(until.timestamp());
        assert_eq!(asked, until.duration_since(now).unwrap_or_default(), "{header}");
    }
}
