//! Custom values: `fields`, and the flat maps that say the same in older spellings.

use crate::dice::Dice;
use crate::json::Object;

/// A field of a form, with values to pick from.
pub(super) struct Field {
    pub(super) api_name: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) words: &'static [&'static str],
}

/// The submitted values of one row.
pub(super) struct Custom {
    values: Vec<(&'static Field, Option<&'static str>)>,
    /// Whether the members that only the SDK knows are there.
    complete: bool,
}

impl Custom {
    /// Picks some of the fields, which are in the order of their API names.
    pub(super) fn new(fields: &'static [Field], dice: &mut Dice) -> Custom {
        let asked = if dice.chance(15) { 0 } else { 60 };
        let values = fields
            .iter()
            .filter_map(|field| {
                let word = Some(dice.word(field.words)).filter(|_| !dice.chance(20));
                dice.chance(asked).then_some((field, word))
            })
            .collect();
        Custom { values, complete: dice.chance(50) }
    }

    /// Writes the values as a map; those that are null are left out.
    pub(super) fn write_map(&self, name: &'static str, object: &mut Object<'_>) {
        object.object(name, |object| {
            for (field, value) in &self.values {
                if let Some(value) = value {
                    object.text(field.api_name, value);
                }
            }
        });
    }

    /// Writes the array `fields`.
    pub(super) fn write_fields(&self, object: &mut Object<'_>) {
        object.objects("fields", self.values.len(), |at, object| self.write_field(at, object));
    }

    fn write_field(&self, at: usize, object: &mut Object<'_>) {
        let (field, value) = self.values[at];
        object.text("api_name", field.api_name);
        object.opt_text("description", (at == 2).then_some("Shown to \"partners\" only"));
        if self.complete {
            object.opt_text("external_type", (at == 0).then_some("Text"));
            object.text("field_key", &format!("fld_{}", field.api_name));
        }
        object.opt_text("help_text", (at == 1).then_some("Où ? Combien ?"));
        if self.complete {
            object.boolean("hidden", at == 3);
            object.text("internal_name", &format!("_{}", field.api_name));
        }
        object.text("name", field.name);
        object.object("options", |object| {
            if field.kind == "picklist" {
                object.text("large", "Large (> 1000)");
                object.text("small", "Small");
            }
        });
        if self.complete {
            object.opt_text("placeholder_text", (at != 1).then_some("…"));
        }
        object.int("position", at as i64);
        object.boolean("read_only", at == 3);
        object.boolean("required", at == 0);
        object.text("type", field.kind);
        object.opt_text("value", value);
    }
}
