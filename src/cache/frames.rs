//! The form of an entry: frames, each with a digest of itself and of all before it.
//!
//! ```text
//!   frame   length (4 bytes) ── SHA-256 (32 bytes) ── a line of JSON ── a body
//!   entry   what was asked ── a page ── a page ── … ── how many pages, items and rows there were
//! ```
//!
//! So an entry that is cut short, changed, or put together from others is known for it.

use std::io::{self, Read, Write};

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use serde_json::Value;

use super::Summary;

/// The first words of all digests. An entry of another form is no entry.
const FORM: &[u8] = b"partnerstack cache 1";

fn digest() -> Context {
    let mut digest = Context::new(&SHA256);
    digest.update(FORM);
    digest
}

/// Writes frames.
pub(super) struct Writer<W> {
    pub(super) into: W,
    digest: Context,
}

/// Reads frames.
pub(super) struct Reader<R> {
    from: R,
    digest: Context,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(into: W) -> Writer<W> {
        Writer { into, digest: digest() }
    }

    pub(super) fn write(&mut self, head: &Value, body: &str) -> io::Result<()> {
        let head = format!("{head}\n");
        let length = u32::try_from(head.len() + body.len()).map_err(io::Error::other)?;
        let length = length.to_le_bytes();
        self.digest.update(&length);
        self.digest.update(head.as_bytes());
        self.digest.update(body.as_bytes());
        self.into.write_all(&length)?;
        self.into.write_all(self.digest.clone().finish().as_ref())?;
        self.into.write_all(head.as_bytes())?;
        self.into.write_all(body.as_bytes())
    }
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Reader<R> {
        Reader { from, digest: digest() }
    }

    /// The next frame; none at the end, and where it is not as it was written.
    pub(super) fn next(&mut self) -> Option<(Value, String)> {
        let (mut length, mut expected) = ([0; 4], [0; SHA256_OUTPUT_LEN]);
        self.from.read_exact(&mut length).ok()?;
        self.from.read_exact(&mut expected).ok()?;
        let mut bytes = Vec::new();
        let most = u32::from_le_bytes(length).into();
        self.from.by_ref().take(most).read_to_end(&mut bytes).ok()?;
        self.digest.update(&length);
        self.digest.update(&bytes);
        if self.digest.clone().finish().as_ref() != expected {
            return None;
        }
        let mut text = String::from_utf8(bytes).ok()?;
        let body = text.split_off(text.find('\n')? + 1);
        Some((serde_json::from_str(&text).ok()?, body))
    }
}

/// Reads an entry to its end, and sums it up if it is whole.
pub(super) fn check(from: impl Read) -> Option<Summary> {
    let mut frames = Reader::new(from);
    let (Value::Object(mut summary), _) = frames.next()? else { return None };
    for pages in 0_u64.. {
        let (Value::Object(head), _) = frames.next()? else { return None };
        if let Some(all) = head.get("pages").map(Value::as_u64) {
            summary.extend(head);
            let is_end = frames.from.read(&mut [0]).ok()? == 0;
            return Some(summary).filter(|_| all == Some(pages) && is_end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        for (head, body) in [
            (json!({"stored_at": 1}), ""),
            (json!({"kept": "10"}), "{\"data\":\n[1,2]}"),
            (json!({"kept": "1"}), "{}"),
            (json!({"pages": 2, "items": 3, "rows": 2}), ""),
        ] {
            writer.write(&head, body).expect("memory");
        }
        writer.into
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = entry();
        let summary = check(&bytes[..]).map(Value::Object);
        assert_eq!(summary, Some(json!({"stored_at": 1, "pages": 2, "items": 3, "rows": 2})));
        let mut frames = Reader::new(&bytes[..]);
        frames.next();
        assert_eq!(frames.next(), Some((json!({"kept": "10"}), "{\"data\":\n[1,2]}".to_owned())));
    }

    #[test]
    fn an_entry_that_was_cut_short_or_goes_on_is_none() {
        let bytes = entry();
        assert!((0..bytes.len()).all(|end| check(&bytes[..end]).is_none()));
        assert!(check(&[&bytes[..], b"x"].concat()[..]).is_none());
    }

    proptest! {
        #[test]
        fn an_entry_with_a_changed_byte_is_none(at in any::<prop::sample::Index>(), by in 1_u8..) {
            let mut bytes = entry();
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            prop_assert!(check(&bytes[..]).is_none());
        }
    }
}
