//! Items that a test gives, kept byte for byte.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::shelf::Item;

/// One given item.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    raw: Box<RawValue>,
    key: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) updated_at: Option<i64>,
}

impl Given {
    /// Takes an item and looks for its key and its times.
    pub(crate) fn new(raw: Box<RawValue>) -> Given {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(raw.get()).unwrap_or_default();
        let text = |name| members.get(name).map(|value| value.get());
        let key = text("key").and_then(key_text);
        let created_at = text("created_at").and_then(|text| text.parse().ok());
        let updated_at = text("updated_at").and_then(|text| text.parse().ok());
        Given { key, created_at, updated_at, raw }
    }

    /// Takes the bytes of an item, if they are JSON.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Given> {
        serde_json::from_slice(bytes).ok().map(Given::new)
    }

    /// The bytes of the item.
    pub(crate) fn bytes(&self) -> Item {
        Item::copy_from_slice(self.raw.get().as_bytes())
    }

    /// The same item created a moment later, with this key.
    pub(crate) fn newer(&self, key: &str) -> Option<Given> {
        let mut members: BTreeMap<String, Value> = serde_json::from_str(self.raw.get()).ok()?;
        members.insert("key".into(), key.into());
        members.insert("created_at".into(), (self.created_at? + 1).into());
        Given::from_bytes(&serde_json::to_vec(&members).ok()?)
    }

    /// Whether both items have the same key.
    pub(crate) fn is_same(&self, other: &Given) -> bool {
        self.key.is_some() && self.key == other.key
    }

    /// Whether the item has this key.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }
}

/// The text of a string, or the digits of a number.
fn key_text(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'-' | b'0'..=b'9' => Some(json.to_owned()),
        _ => None,
    }
}

/// Reads a JSON array, or one item alone.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Given>, String> {
    let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let raws: Vec<Box<RawValue>> = match start {
        Some(b'[') => serde_json::from_slice(body).map_err(|why| why.to_string())?,
        _ => vec![serde_json::from_slice(body).map_err(|why| why.to_string())?],
    };
    Ok(raws.into_iter().map(Given::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept() {
        let items = read(br#"[ {"b" : 1.50, "key":"a/b","created_at":5} , 7,{"key":12}]"#).unwrap();
        assert_eq!(items[0].bytes(), r#"{"b" : 1.50, "key":"a/b","created_at":5}"#);
        assert!(items[0].has_key("a/b"));
        assert_eq!(items[0].created_at, Some(5));
        assert_eq!(items[1].bytes(), "7");
        assert!(items[2].has_key("12"));
    }

    #[test]
    fn one_item_needs_no_array() {
        assert_eq!(read(br#" {"key":"x"}"#).unwrap().len(), 1);
        assert!(read(b"[1,").is_err());
    }
}
