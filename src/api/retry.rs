//! Again, or give up? A decision about the attempts so far; the caller does the waiting.

use std::time::Duration;

/// How long to wait before the next attempt, or `None` to give up.
///
/// `attempts` counts the attempts made. Two quick ones follow the first, for faults that pass.
pub fn next_attempt(attempts: u32) -> Option<Duration> {
    match attempts {
        1 => Some(Duration::from_millis(100)),
        2 => Some(Duration::from_millis(400)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_more_attempts_each_after_a_longer_wait() {
        let waits: Vec<_> = (1..).map_while(next_attempt).collect();
        assert_eq!(waits.len(), 2);
        assert!(waits[0] < waits[1]);
    }
}
