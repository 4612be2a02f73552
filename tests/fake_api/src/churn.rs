//! Rows that come and go while a listing is read.

use crate::clock::salt;
use crate::dice::Dice;
use crate::given::Given;

/// Puts `count` new rows in front of the others and deletes as many of all; the same round of the
/// same seed does the same.
pub(crate) fn turn(rows: &mut Vec<Given>, count: usize, seed: u64, round: usize) {
    let mut dice = Dice::new(seed, salt("churn"), round as u64);
    for number in 0..count {
        let key = format!("new_{round}_{number}");
        if let Some(new) = rows.first().and_then(|newest| newest.newer(&key)) {
            rows.insert(0, new);
        }
    }
    for _ in 0..count.min(rows.len()) {
        rows.remove(dice.index(rows.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    #[test]
    fn as_many_come_as_go() {
        let rows = || {
            let rows = (0..50).map(|n| format!(r#"{{"key":"k{n}","created_at":{}}}"#, 1000 - n));
            given::read(format!("[{}]", rows.collect::<Vec<_>>().join(",")).as_bytes()).unwrap()
        };
        let after = |round| {
            let mut rows = rows();
            turn(&mut rows, 3, 1, round);
            rows.iter().map(Given::bytes).collect::<Vec<_>>()
        };
        let old = rows().iter().map(Given::bytes).collect::<Vec<_>>();
        assert_eq!(after(1), after(1));
        assert_ne!(after(1), after(2));
        assert_eq!(after(1).len(), 50);
        assert!((44..=50).contains(&after(1).iter().filter(|row| old.contains(row)).count()));
    }
}
