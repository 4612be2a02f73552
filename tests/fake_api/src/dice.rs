//! Random numbers that depend on nothing but a seed and an index.

/// A stream of random numbers.
pub(crate) struct Dice(u64);

/// Mixes 64 bits; different inputs give different outputs.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    /// The stream of one row: `salt` tells the resource and the purpose.
    pub(crate) fn new(seed: u64, salt: u64, id: u64) -> Dice {
        Dice(mix(mix(seed).wrapping_add(salt)).wrapping_add(mix(id)))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 to `sides` - 1.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.bits() % sides
    }

    /// Like `roll`, as an index.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.roll(len as u64) as usize
    }

    /// Like `roll`, signed.
    pub(crate) fn span(&mut self, sides: i64) -> i64 {
        self.roll(sides.unsigned_abs()) as i64
    }

    /// True in `percent` of the cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }

    /// One of the given words.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        words[self.index(words.len())]
    }

    /// One of the given values.
    pub(crate) fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.index(values.len())]
    }
}

/// Eleven letters and digits that stand for exactly one number.
pub(crate) fn base62(mut value: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::with_capacity(11);
    for _ in 0..11 {
        text.push(char::from(DIGITS[(value % 62) as usize]));
        value /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed, 1, 2);
            (0..10).map(|_| dice.roll(1000)).collect::<Vec<_>>()
        };
        assert_eq!(rolls(1), rolls(1));
        assert_ne!(rolls(1), rolls(2));
    }

    #[test]
    fn base62_is_fixed_width() {
        assert_eq!(base62(0), "00000000000");
        assert_eq!(base62(u64::MAX).len(), 11);
    }
}
