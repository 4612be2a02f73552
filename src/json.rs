//! Walking JSON without building it: the parts of a document that say what to do with their members.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// What kind of JSON value stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

impl Found {
    /// The kind of the value that `json` is the text of.
    pub fn of(json: &str) -> Found {
        match json.as_bytes().first() {
            Some(b'{') => Found::Object,
            Some(b'[') => Found::Array,
            Some(b'"') => Found::String,
            Some(b't' | b'f') => Found::Boolean,
            Some(b'n') => Found::Null,
            _ => Found::Number,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Found::Null => "null",
            Found::Boolean => "a boolean",
            Found::Number => "a number",
            Found::String => "a string",
            Found::Array => "an array",
            Found::Object => "an object",
        })
    }
}

/// A part of a document. What it does not expect, it is told of, and the walk goes on.
pub trait Part<'de>: Sized {
    /// The value here is of this kind, and is passed over.
    fn other(self, found: Found);

    /// The value here is an object.
    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.other(Found::Object);
        Ok(())
    }

    /// The value here is an array.
    fn array<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        self.other(Found::Array);
        Ok(())
    }
}

/// Walks all of `json`, which must hold one value and nothing after it.
pub fn walk<'de>(json: &'de str, part: impl Part<'de>) -> serde_json::Result<()> {
    let mut deserializer = Deserializer::from_str(json);
    Walk::new(part).deserialize(&mut deserializer)?;
    deserializer.end()
}

/// The walk through one part, for serde.
pub struct Walk<'de, P>(P, PhantomData<&'de ()>);

impl<P> Walk<'_, P> {
    /// A walk through `part`.
    pub fn new(part: P) -> Self {
        Walk(part, PhantomData)
    }
}

impl<'de, P: Part<'de>> DeserializeSeed<'de> for Walk<'de, P> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

fn pass<'de, E>(part: impl Part<'de>, found: Found) -> Result<(), E> {
    part.other(found);
    Ok(())
}

impl<'de, P: Part<'de>> Visitor<'de> for Walk<'de, P> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        pass(self.0, Found::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        pass(self.0, Found::Boolean)
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        pass(self.0, Found::Number)
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        pass(self.0, Found::Number)
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        pass(self.0, Found::Number)
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        pass(self.0, Found::String)
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.0.object(members)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<(), A::Error> {
        self.0.array(elements)
    }
}

/// A member's name as bytes, for JSON can write names that no `str` holds.
pub struct Name<'de>(Cow<'de, [u8]>);

impl Name<'_> {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> de::Deserialize<'de> for Name<'de> {
    fn deserialize<D: de::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_bytes(Bytes).map(Name)
    }
}

/// The characters of a JSON string, escapes undone; half of a surrogate pair becomes U+FFFD.
pub fn unescape(json: &str) -> Option<String> {
    let mut text = String::new();
    unescape_into(json, &mut text).then_some(text)
}

/// Adds the characters of a JSON string to `text`; `false` if it is no string.
pub fn unescape_into(json: &str, text: &mut String) -> bool {
    let mut deserializer = Deserializer::from_str(json);
    de::Deserializer::deserialize_bytes(&mut deserializer, Characters(text)).is_ok()
}

struct Characters<'t>(&'t mut String);

impl<'de> Visitor<'de> for Characters<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<(), E> {
        for chunk in bytes.utf8_chunks() {
            self.0.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.0.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Ok(())
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Cow<'de, [u8]>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(bytes))
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(bytes.to_vec()))
    }
}
/// The member of this name, if `json` is an object that has it; of several the last.
pub fn member<'de>(json: &'de str, name: &[u8]) -> Option<&'de str> {
    struct Members<'n, 'de>(&'n [u8], &'n mut Option<&'de str>);
    impl<'de> Part<'de> for Members<'_, 'de> {
        fn other(self, _: Found) {}
        fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
            while let Some(name) = members.next_key::<Name<'de>>()? {
                let value = members.next_value::<&'de RawValue>()?;
                if name.bytes() == self.0 {
                    *self.1 = Some(value.get());
                }
            }
            Ok(())
        }
    }
    let mut found = None;
    walk(json, Members(name, &mut found)).ok()?;
    found
}
