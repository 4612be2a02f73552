//! The shape of an answer: where in it the items are, and what is odd about it.

use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::Reader;
use crate::decode::bigint;
use crate::json::{Found, Name, Part, Walk, member, unescape, walk};
use crate::schema::Rows;

/// The whole answer: `{"data": {"items": […], "has_more": …, "total": …}, "message": …}`.
pub(super) struct Envelope<'r, 'c>(pub(super) &'r mut Reader<'c>);

impl<'de> Part<'de> for Envelope<'_, '_> {
    fn other(self, found: Found) {
        self.0.odd(format!("it is {found}"));
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if name.bytes() == b"data" && std::mem::replace(&mut self.0.is_data_told, true) {
                self.0.odd("\"data\" is there twice".into());
            }
            match name.bytes() {
                b"data" if matches!(self.0.place, Rows::One | Rows::Anywhere) => {
                    let data = members.next_value::<&'de RawValue>()?.get();
                    self.0.object_or_list(data).map_err(serde::de::Error::custom)?;
                }
                b"data" => members.next_value_seed(Walk::new(Data(self.0)))?,
                b"message" => {
                    self.0.message = unescape(members.next_value::<&'de RawValue>()?.get());
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Data<'r, 'c>(&'r mut Reader<'c>);

impl<'de> Part<'de> for Data<'_, '_> {
    fn other(self, found: Found) {
        self.0.odd(format!("\"data\" is {found}"));
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let items = match self.0.place {
            Rows::Array => return Passed(self).object(members),
            Rows::At(member) => member.as_bytes(),
            _ => b"items",
        };
        while let Some(name) = members.next_key::<Name<'de>>()? {
            match name.bytes() {
                name if name == items => members.next_value_seed(Walk::new(Items(self.0)))?,
                b"has_more" => self.0.set_has_more(members.next_value::<&'de RawValue>()?.get()),
                b"total" => {
                    let total = bigint(members.next_value::<&'de RawValue>()?.get());
                    self.0.total = total.and_then(|total| total.try_into().ok());
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn array<A: SeqAccess<'de>>(self, elements: A) -> Result<(), A::Error> {
        match self.0.place {
            Rows::Array | Rows::Undocumented | Rows::Anywhere => {
                self.0.has_more = Some(false);
                Items(self.0).array(elements)
            }
            _ => Passed(self).array(elements),
        }
    }
}

/// A part that is passed over, whatever it is.
struct Passed<P>(P);

impl<'de, P: Part<'de>> Part<'de> for Passed<P> {
    fn other(self, found: Found) {
        self.0.other(found);
    }
}

impl<'c> Reader<'c> {
    /// Reads `data` where it may be an object that is the one row.
    fn object_or_list(&mut self, data: &str) -> serde_json::Result<()> {
        let is_list = match Found::of(data) {
            Found::Array => true,
            Found::Object => member(data, b"items").is_some(),
            _ => false,
        };
        if is_list && self.place == Rows::Anywhere {
            return walk(data, Data(self));
        }
        self.has_items = true;
        self.has_more = Some(false);
        walk(data, Item(self, Some(data)))
    }
}

impl Reader<'_> {
    /// Only `true` and `false` count: on this flag hangs whether rows are missing.
    fn set_has_more(&mut self, json: &str) {
        if std::mem::replace(&mut self.is_more_told, true) {
            self.odd("\"data.has_more\" is there twice".into());
        }
        match json {
            "true" => self.has_more = Some(true),
            "false" => self.has_more = Some(false),
            _ => self.odd(format!("\"data.has_more\" is {}", Found::of(json))),
        }
    }
}

struct Items<'r, 'c>(&'r mut Reader<'c>);

impl<'de> Part<'de> for Items<'_, '_> {
    fn other(self, found: Found) {
        self.0.odd(format!("\"{}\" is {found}", self.0.name()));
    }

    fn array<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if std::mem::replace(&mut self.0.has_items, true) {
            self.0.odd(format!("\"{}\" is there twice", self.0.name()));
        }
        if let Rows::At(_) = self.0.place {
            self.0.has_more.get_or_insert(false);
        }
        if self.0.raw.is_none() {
            while items.next_element_seed(Walk::new(Item(self.0, None)))?.is_some() {}
            return Ok(());
        }
        while let Some(item) = items.next_element::<&'de RawValue>()? {
            let part = Item(self.0, Some(item.get()));
            walk(item.get(), part).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

struct Item<'r, 'c, 'de>(&'r mut Reader<'c>, Option<&'de str>);

impl<'de> Part<'de> for Item<'_, '_, 'de> {
    fn other(self, found: Found) {
        let item = self.0.items + 1;
        self.0.odd(format!("item {item} of \"{}\" is {found}", self.0.name()));
    }

    fn object<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.0.add(self.1, members)
    }
}
