//! Texts that are hard to carry from one system to another, and keys of foreign systems.

use crate::clock::{NOW, compact_date};
use crate::dice::{Dice, base62, mix};

/// Descriptions: plain ones, and some with everything that breaks a naive reader.
pub(crate) const DESCRIPTIONS: &[&str] = &[
    "20% of $458.92",
    "Recurring commission for the Pro plan (month 3 of 12)",
    "Sign-up bonus",
    "Prime d'inscription — offre « été »",
    "Refund of a disputed charge",
    "She said \"thanks\"; then left",
    "Line one\nline two\r\nline three",
    "Tab\there, backslash \\ there, slash / everywhere",
    "Party 🎉 for the 👩‍👩‍👧 family, flag 🇨🇦",
    "報酬：初回購入",
    "مكافأة الشريك",
    "<b>not html</b> &amp; not an entity",
    "trailing space ",
    "",
    "null",
    "zero\u{200b}width and non\u{a0}breaking",
    "control \u{1} and \u{1f} and \u{7f}",
];

/// Reasons to decline a reward or to lose a deal.
pub(crate) const REASONS: &[&str] = &[
    "Self-referral",
    "Duplicate of another lead",
    "Customer asked for a refund, \"no questions asked\"",
    "Too expensive — chose a competitor",
    "Budget cut 😢",
];

/// First names.
pub(crate) const FIRST: &[&str] =
    &["Ada", "Björn", "Chloé", "Dmitri", "Emeka", "Fatima", "Grace", "Hiro", "Inès", "José"];

/// Last names.
pub(crate) const LAST: &[&str] =
    &["Lovelace", "O'Brien", "Müller", "Nguyễn", "van der Berg", "García", "Smith", "李", "Öz"];

/// Names of firms.
pub(crate) const FIRMS: &[&str] = &[
    "Acme Inc.",
    "Initech, LLC",
    "Café Soleil & Fils",
    "Umbrella \"Global\" Ltd",
    "東京ソフト株式会社",
    "Hooli",
    "Stark/Wayne",
    "100% Organic",
];

/// Currencies, the frequent ones several times; one has no minor unit.
pub(crate) const CURRENCIES: &[&str] =
    &["USD", "USD", "USD", "USD", "USD", "EUR", "EUR", "GBP", "CAD", "JPY"];

/// A key that stands for exactly one row: mostly with the prefix, now and then a foreign one.
pub(crate) fn row_key(prefix: &str, seed: u64, salt: u64, id: u32) -> String {
    let unique = mix(mix(seed ^ salt).wrapping_add(u64::from(id)));
    let mut dice = Dice::new(seed, salt ^ 0x006b_6579, u64::from(id));
    match dice.roll(100) {
        0..94 => format!("{prefix}{}{}", base62(unique), &base62(dice.bits())[..3]),
        94..96 => {
            let day = compact_date(NOW - dice.span(700) * crate::clock::DAY);
            format!("{unique}_101_1_{day}")
        }
        96..98 => format!("ch_3{}", base62(unique)),
        _ => odd_key(&mut dice, &base62(unique)),
    }
}

/// A key with characters that need care in a URL.
fn odd_key(dice: &mut Dice, unique: &str) -> String {
    const ODD: &[&str] = &[
        " ", "+", "/", "?", "&", "%", "#", "=", "é", "'", "\"", "%2F", "..", ";", ":", "@", "\\",
        "😀", ",",
    ];
    if dice.chance(20) {
        return format!("all +/?&%#=é'\"%2B {unique}");
    }
    format!("ord{}{unique}{}{}", dice.word(ODD), dice.word(ODD), dice.roll(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_are_unique_and_sometimes_odd() {
        let keys: Vec<String> = (0..20_000).map(|id| row_key("rwrd_", 1, 2, id)).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
        let plain = keys.iter().filter(|key| key.starts_with("rwrd_")).count();
        assert!((18_000..19_500).contains(&plain), "{plain}");
        for odd in [' ', '+', '/', '?', '&', '%', '#', '=', 'é', '"', '\''] {
            assert!(keys.iter().any(|key| key.contains(odd)), "{odd}");
        }
        assert!(keys.iter().all(|key| key.len() <= 255));
    }
}
