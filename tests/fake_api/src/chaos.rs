//! Faults by chance: `chaos=PERCENT` strikes each request for a page with that chance, by a fault that passes.
//! Which requests are struck, and by what, depends on nothing but the seed and the number of the request.

use crate::dice::Dice;
use crate::faults::{Asked, Fault, Record};
use crate::kinds::Kind;

/// Tells these dice from those that make rows.
const SALT: u64 = 0xC4A0_5000;

/// What another attempt does not meet again, but for `hang`, which would wait for a reader's patience to end.
const PASSING: &[&str] = &[
    "408",
    "429",
    "500",
    "502",
    "503",
    "504",
    "html503",
    "html200",
    "notjson",
    "empty",
    "cut",
    "cut1",
    "chunkcut",
    "reset",
    "badgzip",
    "badutf8",
    "no_data",
    "items_null",
    "no_has_more",
    "error_200",
];

/// How many of a hundred requests are struck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chaos(u64);

impl Chaos {
    /// So many of a hundred.
    pub(crate) fn percent(percent: u64) -> Result<Chaos, String> {
        if percent > 100 {
            return Err(format!("{percent} of a hundred"));
        }
        Ok(Chaos(percent))
    }

    /// The fault that strikes the request of this number, if one does.
    pub(crate) fn strikes(self, seed: u64, number: u64, asked: &Asked<'_>) -> Option<Kind> {
        let mut dice = Dice::new(seed, SALT, number);
        if !dice.chance(self.0) {
            return None;
        }
        let fault = Fault::parse(dice.word(PASSING)).ok()?;
        fault.strikes(&mut Record::default(), asked).then_some(fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'_> = Asked {
        url: "",
        page: 3,
        items: 10,
        last: false,
        single: false,
        redirected: false,
        host: "",
    };

    fn struck(percent: u64, seed: u64) -> Vec<Option<Kind>> {
        let chaos = Chaos::percent(percent).unwrap();
        (0..10_000).map(|number| chaos.strikes(seed, number, &ASKED)).collect()
    }

    #[test]
    fn so_many_of_a_hundred_are_struck() {
        for (percent, least, most) in
            [(0, 0, 0), (1, 70, 130), (50, 4800, 5200), (100, 10_000, 10_000)]
        {
            let count = struck(percent, 1).iter().flatten().count();
            assert!((least..=most).contains(&count), "{percent} %: {count}");
        }
        assert!(Chaos::percent(101).is_err());
    }

    #[test]
    fn the_seed_and_the_number_decide() {
        assert_eq!(struck(5, 1), struck(5, 1));
        assert_ne!(struck(5, 1), struck(5, 2));
    }

    #[test]
    fn every_kind_strikes() {
        let came = struck(5, 1);
        for name in PASSING {
            let fault = Fault::parse(name).unwrap();
            assert!(came.contains(&Some(fault.kind)), "{name}");
        }
    }
}
