//! The JSON around the items, right and wrong.

use crate::json::{self, Object};
use crate::kinds::{Cursor, Envelope};
use crate::shelf::Item;

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
    pub(crate) items: Vec<Item>,
    pub(crate) has_more: bool,
    pub(crate) total: Option<usize>,
    pub(crate) message: &'static str,
}

/// An array of items.
pub(crate) fn array(items: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(array_len(items));
    write_array(&mut out, items);
    out
}

fn array_len(items: &[impl AsRef<[u8]>]) -> usize {
    2 + items.iter().map(|item| item.as_ref().len() + 1).sum::<usize>()
}

fn write_array(out: &mut Vec<u8>, items: &[impl AsRef<[u8]>]) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(item.as_ref());
    }
    out.push(b']');
}

/// A member of an answer.
#[derive(Clone, Copy)]
enum Value<'a> {
    /// There is no such member.
    Missing,
    /// This JSON text.
    Text(&'a str),
    /// An array of these items.
    Array(&'a [Item]),
    /// This JSON, such as one item alone.
    Item(&'a [u8]),
    /// An object with this item as its only member, if there is one.
    Nested(Option<&'a Item>),
}

impl Value<'_> {
    fn write(self, name: &'static str, object: &mut Object<'_>) {
        match self {
            Value::Missing => {}
            Value::Text(text) => object.raw(name, text.as_bytes()),
            Value::Item(item) => object.raw(name, item),
            Value::Array(items) => object.written(name, |out| write_array(out, items)),
            Value::Nested(item) => object.object(name, |object| {
                if let Some(item) = item {
                    object.raw("first", item);
                }
            }),
        }
    }
}

impl Page {
    /// The right body.
    pub(crate) fn body(&self) -> Vec<u8> {
        match (self.shape, self.items.first()) {
            (Shape::Object, Some(item)) => self.around(Value::Item(item)),
            _ => self.with_items(Value::Array(&self.items)),
        }
    }

    fn with_items(&self, items: Value<'_>) -> Vec<u8> {
        self.with(Value::Text(if self.has_more { "true" } else { "false" }), items)
    }

    fn with_has_more(&self, has_more: Value<'_>) -> Vec<u8> {
        self.with(has_more, Value::Array(&self.items))
    }

    fn with(&self, has_more: Value<'_>, items: Value<'_>) -> Vec<u8> {
        self.written(|object| match (self.shape, items) {
            (Shape::Array, Value::Missing) => object.object("data", |_| {}),
            (Shape::Array, items) => items.write("data", object),
            (Shape::Member(name), items) => {
                object.object("data", |object| items.write(name, object));
            }
            (Shape::Items | Shape::Object, items) => object.object("data", |object| {
                has_more.write("has_more", object);
                items.write("items", object);
                if let Some(total) = self.total {
                    object.int("total", total as i64);
                }
            }),
        })
    }

    fn around(&self, data: Value<'_>) -> Vec<u8> {
        self.written(|object| data.write("data", object))
    }

    /// The body that begins with these members.
    fn written(&self, fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
        let mut out = Vec::with_capacity(array_len(&self.items) + 256);
        Object::write(&mut out, false, |object| {
            fill(object);
            object.text("message", self.message);
            object.int("status", 200);
        });
        out
    }

    fn with_total(&self, total: usize) -> Page {
        Page { total: Some(total), ..self.clone() }
    }

    /// The body with other items.
    fn with_changed(&self, change: impl FnOnce(&mut Vec<Item>)) -> Vec<u8> {
        let mut items = self.items.clone();
        change(&mut items);
        self.with_items(Value::Array(&items))
    }

    /// The items with one more in second place.
    fn with_intruder(&self, intruder: Item) -> Vec<u8> {
        self.with_changed(|items| items.insert(items.len().min(1), intruder))
    }

    /// The deformed body.
    pub(crate) fn deformed(&self, how: Envelope) -> Vec<u8> {
        match how {
            Envelope::NoData => self.around(Value::Missing),
            Envelope::DataNull => self.around(Value::Text("null")),
            Envelope::DataArray => self.around(Value::Array(&self.items)),
            Envelope::NoItems => self.with_items(Value::Missing),
            Envelope::ItemsNull => self.with_items(Value::Text("null")),
            Envelope::ItemsObject => self.with_items(Value::Nested(self.items.first())),
            Envelope::ItemsTwice => {
                self.with_items(Value::Item(&[&array(&self.items)[..], b",\"items\":[]"].concat()))
            }
            Envelope::ItemNull => self.with_intruder("null".into()),
            Envelope::ItemText => self.with_intruder("\"text\"".into()),
            Envelope::ItemTwice => match self.items.last() {
                Some(last) => self.with_intruder(last.clone()),
                None => self.body(),
            },
            Envelope::ItemReplaced => self.with_changed(|items| {
                if let [_, second, third, _, ..] = &mut items[..] {
                    third.clone_from(second);
                }
            }),
            Envelope::MiddleKeyNull => self.with_changed(|items| {
                if let [_, second, _, ..] = &mut items[..] {
                    change_key(second, Some(serde_json::Value::Null));
                }
            }),
            Envelope::NoHasMore => self.with_has_more(Value::Missing),
            Envelope::HasMoreNull => self.with_has_more(Value::Text("null")),
            Envelope::HasMoreText => {
                self.with_has_more(Value::Text(&format!("\"{}\"", self.has_more)))
            }
            Envelope::HasMoreNumber => {
                self.with_has_more(Value::Text(if self.has_more { "1" } else { "0" }))
            }
            Envelope::HasMoreTwice => {
                let both = format!("{},\"has_more\":{}", self.has_more, !self.has_more);
                self.with_has_more(Value::Text(&both))
            }
            Envelope::TotalSmall => self.with_total(1).body(),
            Envelope::TotalLarge => self.with_total(1_000_000).body(),
            Envelope::TotalText => String::from_utf8_lossy(&self.with_total(12_345).body())
                .replace("\"total\":12345", "\"total\":\"many\"")
                .into_bytes(),
            Envelope::Error200 => json::error(500, "Something went wrong"),
            Envelope::ArrayRoot => array(&self.items),
            Envelope::StatusText => String::from_utf8_lossy(&self.body())
                .replace("\"status\":200}", "\"status\":\"2xx\"}")
                .into_bytes(),
        }
    }

    /// Makes the page lie, as far as it can do so alone.
    pub(crate) fn lie(&mut self, how: Cursor) {
        match how {
            Cursor::RepeatPage | Cursor::Overlap | Cursor::Overfull => {}
            Cursor::ReversePage => self.items.reverse(),
            Cursor::Stuck | Cursor::LastMore => self.has_more = true,
            Cursor::EmptyMore | Cursor::EmptyEnd => {
                self.has_more = how == Cursor::EmptyMore;
                self.items.clear();
            }
            Cursor::Keyless => self.change_last_key(None),
            Cursor::KeyNull => self.change_last_key(Some(serde_json::Value::Null)),
            Cursor::KeyNumber => self.change_last_key(Some(12_345.into())),
        }
    }

    fn change_last_key(&mut self, key: Option<serde_json::Value>) {
        if let Some(last) = self.items.last_mut() {
            change_key(last, key);
        }
    }
}

/// Gives an item this key, or none.
fn change_key(item: &mut Item, key: Option<serde_json::Value>) {
    let Ok(serde_json::Value::Object(mut members)) = serde_json::from_slice(item) else {
        return;
    };
    match key {
        Some(key) => members.insert("key".into(), key),
        None => members.remove("key"),
    };
    *item = serde_json::Value::Object(members).to_string().into();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let items = [r#"{"key":"a"}"#, r#"{"b":1,"key":"c"}"#].map(Item::from).into();
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
            (Envelope::ItemsTwice, r#"}],"items":[]"#),
            (Envelope::ItemTwice, r#"{"key":"a"},{"b":1,"key":"c"},{"b":1,"key":"c"}]"#),
            (Envelope::HasMoreTwice, r#""has_more":true,"has_more":false,"#),
            (Envelope::TotalSmall, r#""total":1}"#),
            (Envelope::TotalLarge, r#""total":1000000}"#),
            (Envelope::TotalText, r#""total":"many"}"#),
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
    fn items_in_the_middle_can_be_spoiled() {
        let items = ["a", "b", "c", "d"].map(|key| Item::from(format!(r#"{{"key":"{key}"}}"#)));
        let page = Page { items: items.into(), ..page() };
        let with = |how| text(page.deformed(how));
        assert!(with(Envelope::ItemReplaced).contains(r#"{"key":"b"},{"key":"b"},{"key":"d"}]"#));
        assert!(with(Envelope::MiddleKeyNull).contains(r#"[{"key":"a"},{"key":null},{"key":"c"}"#));
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
            assert_eq!(text(page.items[1].to_vec()), last);
        }
    }
}
