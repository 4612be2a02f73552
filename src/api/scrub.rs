//! Keys are taken out of what somebody else wrote, however they are spelled there.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use crate::api::credentials::Grant;

/// What stands in place of a key.
const REDACTED: &str = "[redacted]";

/// So many characters of a key are a part of it, and fewer say nothing.
const SHORTEST_PART: usize = 6;

/// So many characters behind what is shown are looked at, as a key may begin before them.
const LONGEST_KEY: usize = 16_384;

/// How often a spelling is looked behind: base64 of base64, for one.
const MOST_LAYERS: usize = 3;

/// The start of `text`, on one line and without the keys of `grant`.
pub fn scrubbed(grant: &Grant, text: &str, length: usize) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let line: String = line.take(length + LONGEST_KEY).collect();
    scrub(grant, &line).chars().take(length).collect::<String>().trim().to_owned()
}

/// `text` without the keys of `grant`.
pub fn scrub(grant: &Grant, text: &str) -> String {
    let keys = secrets(grant);
    let plain = keys.iter().fold(text.to_owned(), |text, key| without(&text, key));
    let mut clean = String::with_capacity(plain.len());
    for word in plain.split_inclusive(|c: char| !is_of_a_word(c)) {
        let end = word.trim_end_matches(|c: char| !is_of_a_word(c)).len();
        let hides = hides(&word[..end], &keys, MOST_LAYERS);
        clean.push_str(if hides { REDACTED } else { &word[..end] });
        clean.push_str(&word[end..]);
    }
    clean
}

/// The texts that must not show, the longest first, so that none is left of one that holds another.
fn secrets(grant: &Grant) -> Vec<String> {
    let mut secrets = match grant {
        Grant::Basic { public, private } => {
            let pair = format!("{}:{}", public.reveal(), private.reveal());
            let token = base64::engine::general_purpose::STANDARD.encode(&pair);
            vec![
                token.trim_end_matches('=').to_owned(),
                pair,
                private.reveal().into(),
                public.reveal().into(),
            ]
        }
        Grant::Bearer(token) => vec![token.reveal().to_owned()],
    };
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// `text` without `secret`, in any case of letters.
fn without(text: &str, secret: &str) -> String {
    // Lower case of ASCII letters alone, so that places stay the same.
    let (lower, secret_lower) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in lower.match_indices(&secret_lower) {
        clean.push_str(&text[from..at]);
        clean.push_str(REDACTED);
        from = at + found.len();
    }
    clean + &text[from..]
}

/// Whether a character may belong to a percent-encoded or base64 text.
fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "%+/=_-.~".contains(c)
}

/// Whether a word is a spelling of something with a secret in it, or of a part of one.
fn hides(word: &str, secrets: &[String], layers: usize) -> bool {
    if layers == 0 || word.len() < SHORTEST_PART {
        return false;
    }
    let lower = word.to_ascii_lowercase();
    let mut secrets_lower = secrets.iter().map(|secret| secret.to_ascii_lowercase());
    if secrets_lower.any(|secret| lower.contains(&secret) || secret.contains(&lower)) {
        return true;
    }
    let deeper = |text: String| text != word && hides(&text, secrets, layers - 1);
    let percent = percent_decode_str(word).decode_utf8_lossy().into_owned();
    deeper(percent) || from_base64(word).into_iter().any(deeper)
}

/// What a word may be the base64 of: it may have lost its start or end.
fn from_base64(word: &str) -> Vec<String> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engines = [&STANDARD, &URL_SAFE].map(|alphabet| GeneralPurpose::new(alphabet, config));
    let word = word.trim_end_matches('=').as_bytes();
    let mut found = Vec::new();
    for start in 0..word.len().min(4) {
        // A last character that is alone holds less than a byte.
        let part = &word[start..];
        let part = if part.len() % 4 == 1 { &part[..part.len() - 1] } else { part };
        let decoded = engines.iter().filter_map(|engine| engine.decode(part).ok());
        found.extend(decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::credentials::Key;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use proptest::prelude::*;

    fn basic() -> Grant {
        let key = |text: &str| Key::new(text.into());
        Grant::Basic { public: key("pk_Live+1/2"), private: key("sk_Live=3&4") }
    }

    #[test]
    fn keys_are_found_in_every_spelling() {
        let token = BASE64.encode("pk_Live+1/2:sk_Live=3&4");
        for text in [
            "sk_Live=3&4".into(),
            "SK_LIVE=3&4 and pk_live+1/2".into(),
            format!("Basic {token}"),
            "https://x.example/?a=sk_Live%3D3%264&b=1".into(),
            BASE64.encode(format!("Authorization: Basic {token}")),
            BASE64.encode("sk_Live=3&4"),
            format!("(x{})", BASE64.encode("sk_Live=3&4")),
            "%73k_Live%3D3%264".into(),
            "a redirect to sk_live".into(),
        ] {
            let clean = scrub(&basic(), &text);
            assert!(clean.contains(REDACTED), "{text}: {clean}");
            assert!(!clean.to_lowercase().contains("live"), "{text}: {clean}");
        }
    }

    #[test]
    fn other_words_stay_as_they_are() {
        let text = "No such deal: deal_LwK3vGmX9Qabcdefgh (see https://docs.example/a%20b). aGVsbG8gd29ybGQhISE=";
        assert_eq!(scrub(&basic(), text), text);
        assert_eq!(scrubbed(&basic(), "a\nb sk_Live=3&4 c", 15), "a b [redacted]");
    }

    proptest! {
        #[test]
        fn any_text_is_scrubbed(text in ".*", before in ".{0,9}") {
            scrub(&basic(), &text);
            let clean = scrub(&Grant::Bearer(Key::new("tok_123456".into())), &format!("{before}tok_123456{text}"));
            prop_assert!(!clean.contains("tok_123456"));
        }
    }
}
