//! Settings: a value is taken or refused, and what is kept is taken again as it is.
//!
//! The first byte of the input picks the setting, the rest is the value.

use partnerstack::settings::{ENVIRONMENT, Environment, PUSHDOWN, Pushdown, SETTINGS, Values};

/// Checks a value of a setting.
pub fn check(bytes: &[u8]) {
    let Some((at, given)) = bytes.split_first() else { return };
    let setting = SETTINGS[usize::from(*at) % SETTINGS.len()];
    let given = String::from_utf8_lossy(given);
    let kept = match setting.check(&given) {
        Ok(kept) => kept,
        Err(error) => return assert!(error.to_string().contains(setting.name)),
    };
    assert_eq!(setting.check(&kept).ok().as_ref(), Some(&kept));
    let bounds = match setting.values {
        Values::Number(least, most) => Some((least, most)),
        Values::AtMost if kept != "none" => Some((1, u64::MAX)),
        _ => None,
    };
    if let Some((least, most)) = bounds {
        let number: u64 = kept.parse().expect("a number");
        assert!((least..=most).contains(&number));
    }
    if setting.name == PUSHDOWN.name {
        let is_none = Pushdown::from_value(&kept) == Pushdown::NONE;
        assert_eq!(is_none, kept == "none");
    }
    if setting.name == ENVIRONMENT.name {
        assert_eq!(Environment::from_value(&kept) == Environment::Any, kept == "any");
    }
}
