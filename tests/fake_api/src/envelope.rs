//! The JSON around the items, right and wrong.

use crate::faults::{Cursor, Envelope};
use crate::json::{self, write_text};

/// Where the items are in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An array at `data.items`, with `data.has_more`.
    Items,
    /// An array at `data`.
    Array,
    /// An array at this member of `data`.
    Member(&'static str),
    /// One item, at `data`.
    Object,
}

/// A page before it becomes text.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) shape: Shape,
    pub(crate) items: Vec<Vec<u8>>,
    pub(crate) has_more: bool,
    pub(crate) total: Option<usize>,
    pub(crate) message: &'static str,
}

/// An array of items.
pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"[".to_vec();
    out.extend(items.join(&b','));
    out.push(b']');
    out
}

fn object(members: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let mut out = b"{".to_vec();
    for (name, value) in members {
        if let Some(value) = value {
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(format!("\"{name}\":").as_bytes());
            out.extend_from_slice(value);
        }
    }
    out.push(b'}');
    out
}

/// A success body around `data`.
pub(crate) fn root(data: Option<&[u8]>, message: &str, status: &str) -> Vec<u8> {
    let mut text = Vec::new();
    write_text(&mut text, message, false);
    object(&[("data", data), ("message", Some(&text)), ("status", Some(status.as_bytes()))])
}

impl Page {
    /// The right body.
    pub(crate) fn body(&self) -> Vec<u8> {
        match (self.shape, self.items.first()) {
            (Shape::Object, Some(item)) => self.around(Some(item)),
            _ => self.with_items(Some(&array(&self.items))),
        }
    }

    fn with_items(&self, items: Option<&[u8]>) -> Vec<u8> {
        let has_more = self.has_more.to_string();
        self.with(Some(has_more.as_bytes()), items)
    }

    fn with_has_more(&self, has_more: Option<&str>) -> Vec<u8> {
        self.with(has_more.map(str::as_bytes), Some(&array(&self.items)))
    }

    fn with(&self, has_more: Option<&[u8]>, items: Option<&[u8]>) -> Vec<u8> {
        let total = self.total.map(|total| total.to_string());
        let total = total.as_ref().map(|total| total.as_bytes());
        let data = match self.shape {
            Shape::Array => items.unwrap_or(b"{}").to_vec(),
            Shape::Member(name) => object(&[(name, items)]),
            Shape::Items | Shape::Object => {
                object(&[("has_more", has_more), ("items", items), ("total", total)])
            }
        };
        self.around(Some(&data))
    }

    fn around(&self, data: Option<&[u8]>) -> Vec<u8> {
        root(data, self.message, "200")
    }

    /// The items with one more in second place.
    fn with_intruder(&self, intruder: &[u8]) -> Vec<u8> {
        let mut items = self.items.clone();
        items.insert(items.len().min(1), intruder.to_vec());
        self.with_items(Some(&array(&items)))
    }

    /// The deformed body.
    pub(crate) fn deformed(&self, how: Envelope) -> Vec<u8> {
        let items = array(&self.items);
        match how {
            Envelope::NoData => self.around(None),
            Envelope::DataNull => self.around(Some(b"null")),
            Envelope::DataArray => self.around(Some(&items)),
            Envelope::NoItems => self.with_items(None),
            Envelope::ItemsNull => self.with_items(Some(b"null")),
            Envelope::ItemsObject => {
                let first = self.items.first().map(Vec::as_slice);
                self.with_items(Some(&object(&[("first", first)])))
            }
            Envelope::ItemNull => self.with_intruder(b"null"),
            Envelope::ItemText => self.with_intruder(b"\"text\""),
            Envelope::NoHasMore => self.with_has_more(None),
            Envelope::HasMoreNull => self.with_has_more(Some("null")),
            Envelope::HasMoreText => self.with_has_more(Some(&format!("\"{}\"", self.has_more))),
            Envelope::HasMoreNumber => {
                self.with_has_more(Some(if self.has_more { "1" } else { "0" }))
            }
            Envelope::Error200 => json::error(500, "Something went wrong"),
            Envelope::ArrayRoot => items,
            Envelope::StatusText => String::from_utf8_lossy(&self.body())
                .replace("\"status\":200}", "\"status\":\"2xx\"}")
                .into_bytes(),
        }
    }

    /// Makes the page lie, as far as it can do so alone.
    pub(crate) fn lie(&mut self, how: Cursor) {
        match how {
            Cursor::RepeatPage => {}
            Cursor::Stuck | Cursor::LastMore => self.has_more = true,
            Cursor::EmptyMore => {
                self.has_more = true;
                self.items.clear();
            }
            Cursor::Keyless => self.change_last_key(None),
            Cursor::KeyNull => self.change_last_key(Some(serde_json::Value::Null)),
            Cursor::KeyNumber => self.change_last_key(Some(12_345.into())),
        }
    }

    fn change_last_key(&mut self, key: Option<serde_json::Value>) {
        let Some(last) = self.items.last_mut() else {
            return;
        };
        let Ok(serde_json::Value::Object(mut members)) = serde_json::from_slice(last) else {
            return;
        };
        match key {
            Some(key) => members.insert("key".into(), key),
            None => members.remove("key"),
        };
        *last = serde_json::Value::Object(members).to_string().into_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let items = vec![br#"{"key":"a"}"#.to_vec(), br#"{"b":1,"key":"c"}"#.to_vec()];
        Page { shape: Shape::Items, items, has_more: true, total: Some(7), message: "ok" }
    }

    fn text(body: Vec<u8>) -> String {
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn the_right_body_is_as_documented() {
        let expected = r#"{"data":{"has_more":true,"items":[{"key":"a"},{"b":1,"key":"c"}],"total":7},"message":"ok","status":200}"#;
        assert_eq!(text(page().body()), expected);
    }

    #[test]
    fn the_items_are_where_the_shape_says() {
        let data = |shape, items: usize| {
            let mut page = Page { shape, ..page() };
            page.items.truncate(items);
            text(page.body()).replace(r#","message":"ok","status":200}"#, "")
        };
        assert_eq!(data(Shape::Array, 1), r#"{"data":[{"key":"a"}]"#);
        assert_eq!(data(Shape::Array, 0), r#"{"data":[]"#);
        assert_eq!(data(Shape::Member("files"), 1), r#"{"data":{"files":[{"key":"a"}]}"#);
        assert_eq!(data(Shape::Object, 1), r#"{"data":{"key":"a"}"#);
    }

    #[test]
    fn deformed_bodies_are_deformed() {
        for (how, part) in [
            (Envelope::NoData, r#"{"message":"ok","status":200}"#),
            (Envelope::DataNull, r#""data":null"#),
            (Envelope::DataArray, r#""data":[{"key":"a"}"#),
            (Envelope::NoItems, r#""data":{"has_more":true,"total":7}"#),
            (Envelope::ItemsNull, r#""items":null"#),
            (Envelope::ItemsObject, r#""items":{"first":{"key":"a"}}"#),
            (Envelope::ItemNull, r#"{"key":"a"},null,{"#),
            (Envelope::ItemText, r#"{"key":"a"},"text",{"#),
            (Envelope::NoHasMore, r#""data":{"items":"#),
            (Envelope::HasMoreNull, r#""has_more":null"#),
            (Envelope::HasMoreText, r#""has_more":"true""#),
            (Envelope::HasMoreNumber, r#""has_more":1"#),
            (Envelope::Error200, r#"{"message":"Something went wrong","status":500}"#),
            (Envelope::ArrayRoot, r#"[{"key":"a"},"#),
            (Envelope::StatusText, r#""status":"2xx"}"#),
        ] {
            let body = text(page().deformed(how));
            assert!(body.contains(part), "{how:?}: {body}");
        }
    }

    #[test]
    fn the_last_key_can_be_spoiled() {
        for (how, last) in [
            (Cursor::Keyless, r#"{"b":1}"#),
            (Cursor::KeyNull, r#"{"b":1,"key":null}"#),
            (Cursor::KeyNumber, r#"{"b":1,"key":12345}"#),
        ] {
            let mut page = page();
            page.lie(how);
            assert_eq!(text(page.items[1].clone()), last);
        }
    }
}
