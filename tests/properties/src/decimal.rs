//! Numbers written in decimal, read without rounding.

/// The whole number that `text` writes, if it is one of 64 bits.
pub fn whole(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [before, after].concat();
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_end_matches('0');
    // What an exponent of more digits makes of it is either 0 or no number of 64 bits.
    let exponent = exponent_of(exponent)?.clamp(-1_000_000, 1_000_000);
    let zeros = exponent - after.len() as i64 + (digits.len() - significant.len()) as i64;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = usize::try_from(zeros).ok().filter(|zeros| significant.len() + zeros < 20)?;
    let magnitude: i128 = format!("{significant}{}", "0".repeat(zeros)).parse().ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let size = digits.parse().unwrap_or(i64::MAX);
    is_number.then_some(if text.starts_with('-') { -size } else { size })
}

/// Whether `text` is written without an exponent, and without a fraction but of zeros.
pub fn is_plain(text: &str) -> bool {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    !text.contains(['e', 'E']) && fraction.bytes().all(|digit| digit == b'0')
}

/// The whole number that a float makes of `text`, as far as floats tell whole numbers apart.
pub fn rounded(text: &str) -> Option<i64> {
    let float: f64 = text.parse().ok()?;
    (float.fract() == 0.0 && float.abs() < (1_u64 << 53) as f64).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, number) in [
            ("0", Some(0)),
            ("-0.0e9", Some(0)),
            ("1.50e1", Some(15)),
            ("1500e-2", Some(15)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("0.92233720368547758070e19", Some(i64::MAX)),
            ("1e-1", None),
            ("1e99999999999999999999", None),
            ("0e99999999999999999999", Some(0)),
            ("0.99999999999999999999", None),
            ("5.", Some(5)),
            ("", None),
            (".", None),
            ("1e", None),
            ("inf", None),
        ] {
            assert_eq!(whole(text), number, "{text}");
        }
    }
}
