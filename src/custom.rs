//! The custom values of an item, which the API spreads over several members.
//!
//! `fields` is a list of objects with `api_name` and `value`; the others are plain maps. A key counts
//! where it first has a value, in the order of `CUSTOM_MEMBERS`.

use serde::de::{MapAccess, SeqAccess};
use serde_json::value::RawValue;

use crate::cells::{Cells, Unescaped};
use crate::decode::varchar;
use crate::json::{Found, Name, Part, unescape, walk};

/// The entries so far, in the order in which their keys came.
type Entries<'de> = Vec<(String, Option<&'de str>)>;

/// Adds to `cells`, a list of entries, a row with what the members hold.
pub fn push<'de>(
    cells: &mut Cells,
    members: impl IntoIterator<Item = &'de str>,
    text: &mut Unescaped,
) {
    let mut entries = Entries::new();
    for json in members {
        // What is not of the expected shape stays in its own column.
        let _ = walk(json, Member(&mut entries));
    }
    let Cells::List { lengths, elements } = cells else { return cells.push_null() };
    let Cells::Struct { present, fields } = &mut **elements else { return };
    let [Cells::Text(keys), Cells::Text(values)] = fields.as_mut_slice() else { return };
    lengths.push(Some(entries.len()));
    for (key, value) in entries {
        present.push(true);
        keys.push(Some(text.keep(&key)));
        values.push(value.and_then(|json| varchar(json, text)));
    }
}

fn add<'de>(entries: &mut Entries<'de>, key: String, json: &'de str) {
    let value = Some(json).filter(|json| Found::of(json) != Found::Null);
    match entries.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known = known.or(value),
        None => entries.push((key, value)),
    }
}

/// A member: a map of values, or a list of fields.
struct Member<'e, 'de>(&'e mut Entries<'de>);

impl<'de> Part<'de> for Member<'_, 'de> {
    fn other(self, _: Found) {}

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry::<Name<'de>, &'de RawValue>()? {
            add(self.0, String::from_utf8_lossy(name.bytes()).into_owned(), value.get());
        }
        Ok(())
    }

    fn array<A: SeqAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(field) = fields.next_element::<&'de RawValue>()? {
            let mut found = Field::default();
            let _ = walk(field.get(), &mut found);
            if let (Some(key), Some(value)) = (found.key(), found.value) {
                add(self.0, key, value);
            }
        }
        Ok(())
    }
}

/// A field of a form: what it is called, and its value.
#[derive(Default)]
struct Field<'de> {
    names: [Option<String>; 3],
    value: Option<&'de str>,
}

impl Field<'_> {
    fn key(&mut self) -> Option<String> {
        self.names.iter_mut().find_map(Option::take)
    }
}

impl<'de> Part<'de> for &mut Field<'de> {
    fn other(self, _: Found) {}

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry::<Name<'de>, &'de RawValue>()? {
            match name.bytes() {
                b"api_name" => self.names[0] = unescape(value.get()),
                b"field_key" => self.names[1] = unescape(value.get()),
                b"name" => self.names[2] = unescape(value.get()),
                b"value" => self.value = Some(value.get()),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Text;
    use crate::schema::Type;

    fn merged(members: &[&str]) -> String {
        let body = members.join(" ");
        let mut text = Unescaped::of(&body);
        let mut at = 0;
        let slices = members.iter().map(|member| {
            let slice = &body[at..at + member.len()];
            at += member.len() + 1;
            slice
        });
        let mut cells = Cells::new(&Type::CustomFields);
        push(&mut cells, slices, &mut text);
        let Cells::List { lengths, elements } = cells else { panic!("a list") };
        let Cells::Struct { fields, .. } = *elements else { panic!("entries") };
        let [Cells::Text(keys), Cells::Text(values)] = fields.as_slice() else { panic!("texts") };
        assert_eq!(lengths, [Some(keys.len())]);
        let text = Text::new(body.clone(), text);
        let show = |span: &Option<_>| span.map_or("NULL", |span| text.get(span)).to_owned();
        let entries = keys.iter().zip(values).map(|(key, value)| show(key) + "=" + &show(value));
        entries.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_first_member_with_a_value_counts() {
        let fields = r#"[{"api_name":"a","value":"1"},{"api_name":"b","value":null}]"#;
        assert_eq!(merged(&[fields, r#"{"a":2,"b":"x\u0021","c":[1]}"#]), "a=1 b=x! c=[1]");
        assert_eq!(merged(&[r#"{"a":null}"#, r#"{"a":true}"#, "{}"]), "a=true");
    }

    #[test]
    fn a_field_without_a_machine_name_goes_by_another() {
        assert_eq!(
            merged(&[r#"[{"name":"N","value":1},{"field_key":"k","name":"M","value":2}]"#]),
            "N=1 k=2"
        );
        assert_eq!(merged(&[r#"[{"value":1},7,null,{"api_name":"x"}]"#]), "");
    }

    #[test]
    fn other_shapes_hold_nothing() {
        assert_eq!(merged(&["null", "7", r#""text""#, "[]", "{}"]), "");
        assert_eq!(merged(&[]), "");
    }
}
