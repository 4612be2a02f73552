//! Columns: what they are called, typed and mean, how well they are known, and what a filter on them asks for.

use std::fmt;

/// A column of a table, or a field of a nested object. Its name is the item's member of that name.
#[derive(Debug)]
pub struct Column {
    /// The name, the API's own.
    pub name: &'static str,
    /// Another name that the API may use for the same member.
    pub other_name: Option<&'static str>,
    /// The SQL type.
    pub ty: Type,
    /// What it says, in a sentence.
    pub doc: &'static str,
    /// What its value is counted in.
    pub unit: Option<&'static str>,
    /// How well it is known, where that differs from its endpoint.
    pub known: Option<Known>,
    /// What a filter on it does to the requests.
    pub narrows: Option<Narrows>,
}

impl Column {
    /// The same column, which the API may also call `name`.
    pub const fn or(mut self, name: &'static str) -> Column {
        self.other_name = Some(name);
        self
    }

    /// The same, counted in `unit`.
    pub const fn unit(mut self, unit: &'static str) -> Column {
        self.unit = Some(unit);
        self
    }

    /// The same, known better or worse than its endpoint.
    pub const fn known(mut self, known: Known) -> Column {
        self.known = Some(known);
        self
    }

    /// The same, where a filter narrows the requests.
    pub const fn narrows(mut self, narrows: Narrows) -> Column {
        self.narrows = Some(narrows);
        self
    }

    /// What its value is counted in, as far as the type does not say it.
    pub fn unit_text(&self) -> Option<&'static str> {
        self.unit.or(match self.ty {
            Type::Timestamp => Some("UTC, to the millisecond"),
            Type::Date => Some("day"),
            _ => None,
        })
    }
}

/// How it is known that the API has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// From PartnerStack's own documentation.
    Documented,
    /// From several clients that read it, or from answers that were seen.
    InUse,
    /// From one source.
    Reported,
    /// From its likeness to others.
    Guessed,
}

impl Known {
    /// The word that users read.
    pub fn word(self) -> &'static str {
        match self {
            Known::Documented => "documented",
            Known::InUse => "in use",
            Known::Reported => "reported",
            Known::Guessed => "guessed",
        }
    }
}

/// What a filter on a column does to the requests. It never decides which rows there are: DuckDB applies
/// the filter to what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrows {
    /// Times from and to, as milliseconds since 1970, by these query parameters.
    Between {
        /// The parameter for the earliest time.
        least: &'static str,
        /// The parameter for the latest time, if there is one.
        most: Option<&'static str>,
    },
    /// One value, by this query parameter; each of several values by a listing of its own, since an item
    /// hardly ever changes it.
    Value(&'static str),
    /// One value of those that the parameter takes, by this query parameter. Never several: an item that
    /// goes from one value to another meanwhile could be missed by both listings.
    State {
        /// The parameter.
        parameter: &'static str,
        /// The values it takes; any if there are none.
        values: &'static [&'static str],
    },
    /// One value or several, by a request for each item; `{}` stands for the value.
    Item(&'static str),
}

impl fmt::Display for Narrows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Narrows::Between { least, most: Some(most) } => write!(f, "{least}, {most}"),
            Narrows::Between { least: parameter, most: None }
            | Narrows::Value(parameter)
            | Narrows::State { parameter, .. } => f.write_str(parameter),
            Narrows::Item(path) => write!(f, "GET {path}"),
        }
    }
}

/// The place of the column that a member belongs to, and whether it bears the column's first name.
pub fn slot<'c>(
    columns: impl IntoIterator<Item = &'c Column>,
    member: &[u8],
) -> Option<(usize, bool)> {
    columns.into_iter().enumerate().find_map(|(at, column)| {
        let is_first = column.name.as_bytes() == member;
        let is_other = column.other_name.is_some_and(|name| name.as_bytes() == member);
        (is_first || is_other).then_some((at, is_first))
    })
}

/// Visits a column and the fields below it, each with its whole name, such as `customer.key`; `[]` stands
/// for the elements of a list.
pub fn visit<'c>(column: &'c Column, prefix: &str, each: &mut impl FnMut(&str, &'c Column)) {
    let name = format!("{prefix}{}", column.name);
    each(&name, column);
    let (ty, prefix) = match &column.ty {
        Type::List(element) => (*element, format!("{name}[].")),
        ty => (ty, format!("{name}.")),
    };
    if let Type::Struct(fields) = ty {
        fields.iter().for_each(|field| visit(field, &prefix, each));
    }
}

/// The SQL type of a column, and with it how a JSON value is read.
#[derive(Debug)]
pub enum Type {
    /// `VARCHAR`: text.
    Varchar,
    /// `BIGINT`: a whole number of 64 bits.
    Bigint,
    /// `BOOLEAN`.
    Boolean,
    /// `TIMESTAMP WITH TIME ZONE`, from milliseconds since 1970 in UTC.
    Timestamp,
    /// `DATE`, from `YYYY-MM-DD`.
    Date,
    /// `JSON`: the value's own text.
    Json,
    /// `STRUCT`: an object of known shape.
    Struct(&'static [Column]),
    /// A list of values.
    List(&'static Type),
    /// `MAP(VARCHAR, VARCHAR)`: an object whose members are texts.
    Map,
    /// `MAP(VARCHAR, VARCHAR)`: the custom values of an item, merged from the members in
    /// [`CUSTOM_MEMBERS`].
    CustomFields,
}

/// The members in which an item may have custom values, the one that counts most first.
pub const CUSTOM_MEMBERS: [&str; 5] = ["fields", "mdata", "m_data", "field_data", "meta"];

impl Type {
    /// The type as SQL writes it.
    pub fn sql(&self) -> String {
        match self {
            Type::Varchar => "VARCHAR".into(),
            Type::Bigint => "BIGINT".into(),
            Type::Boolean => "BOOLEAN".into(),
            Type::Timestamp => "TIMESTAMP WITH TIME ZONE".into(),
            Type::Date => "DATE".into(),
            Type::Json => "JSON".into(),
            Type::Struct(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|f| format!("\"{}\" {}", f.name, f.ty.sql())).collect();
                format!("STRUCT({})", fields.join(", "))
            }
            Type::List(element) => format!("{}[]", element.sql()),
            Type::Map | Type::CustomFields => "MAP(VARCHAR, VARCHAR)".into(),
        }
    }
}

/// The last column of every table: the item as it came.
pub static RAW: Column = json("raw", "The whole item, byte for byte as the API sent it.");

const fn column(name: &'static str, ty: Type, doc: &'static str) -> Column {
    Column { name, other_name: None, ty, doc, unit: None, known: None, narrows: None }
}

/// A text column.
pub const fn varchar(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Varchar, doc)
}

/// A column of whole numbers.
pub const fn bigint(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Bigint, doc)
}

/// A column of flags.
pub const fn boolean(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Boolean, doc)
}

/// A column of moments.
pub const fn timestamp(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Timestamp, doc)
}

/// A column of days.
pub const fn date(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Date, doc)
}

/// A column of JSON values without a known shape.
pub const fn json(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Json, doc)
}

/// A column of objects of known shape.
pub const fn object(name: &'static str, doc: &'static str, fields: &'static [Column]) -> Column {
    column(name, Type::Struct(fields), doc)
}

/// A column of objects whose members are texts.
pub const fn map(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::Map, doc)
}

/// The column of custom values.
pub const fn custom_fields(name: &'static str, doc: &'static str) -> Column {
    column(name, Type::CustomFields, doc)
}

/// A column of lists.
pub const fn list(name: &'static str, doc: &'static str, element: &'static Type) -> Column {
    column(name, Type::List(element), doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_sql() {
        static INNER: [Column; 2] = [varchar("key", "K."), timestamp("at", "T.")];
        static OBJECT: Type = Type::Struct(&INNER);
        let ty = Type::List(&OBJECT);
        assert_eq!(ty.sql(), r#"STRUCT("key" VARCHAR, "at" TIMESTAMP WITH TIME ZONE)[]"#);
    }
}
