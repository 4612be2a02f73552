//! A page of rows, column by column: what `decode` writes and `engine` copies into vectors.

use crate::schema::Type;

/// The values of one column, or of one field of a nested object.
#[derive(Debug)]
pub enum Cells {
    /// `VARCHAR` and `JSON`, as places in the page's [`Text`].
    Text(Vec<Option<Span>>),
    /// `BIGINT` as it is; `TIMESTAMP WITH TIME ZONE` as microseconds since 1970 in UTC.
    Integers(Vec<Option<i64>>),
    /// `BOOLEAN`.
    Booleans(Vec<Option<bool>>),
    /// `DATE`, as days since 1970-01-01.
    Days(Vec<Option<i32>>),
    /// `STRUCT`: whether there is an object, and the fields; each field is as long as `present`.
    Struct {
        /// `false` for `NULL`.
        present: Vec<bool>,
        /// One for every field, in the order of the type.
        fields: Vec<Cells>,
    },
    /// `LIST`: the number of elements of each row, and all elements after one another. A `MAP` is a
    /// list of entries, each a struct of key and value.
    List {
        /// `None` for `NULL`.
        lengths: Vec<Option<usize>>,
        /// The elements.
        elements: Box<Cells>,
    },
}

impl Cells {
    /// No rows yet, for values of type `ty`.
    pub fn new(ty: &Type) -> Cells {
        match ty {
            Type::Varchar | Type::Json => Cells::Text(Vec::new()),
            Type::Bigint | Type::Timestamp => Cells::Integers(Vec::new()),
            Type::Boolean => Cells::Booleans(Vec::new()),
            Type::Date => Cells::Days(Vec::new()),
            Type::Struct(fields) => Cells::Struct {
                present: Vec::new(),
                fields: fields.iter().map(|field| Cells::new(&field.ty)).collect(),
            },
            Type::List(element) => {
                Cells::List { lengths: Vec::new(), elements: Box::new(Cells::new(element)) }
            }
            Type::Map | Type::CustomFields => {
                let fields = vec![Cells::Text(Vec::new()), Cells::Text(Vec::new())];
                let entries = Cells::Struct { present: Vec::new(), fields };
                Cells::List { lengths: Vec::new(), elements: Box::new(entries) }
            }
        }
    }

    /// Adds a row without a value.
    pub fn push_null(&mut self) {
        match self {
            Cells::Text(cells) => cells.push(None),
            Cells::Integers(cells) => cells.push(None),
            Cells::Booleans(cells) => cells.push(None),
            Cells::Days(cells) => cells.push(None),
            Cells::Struct { present, fields } => {
                present.push(false);
                fields.iter_mut().for_each(Cells::push_null);
            }
            Cells::List { lengths, .. } => lengths.push(None),
        }
    }
}

/// A place in a [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// A body has no more than 4 GB.
    fn new(start: usize, len: usize) -> Span {
        Span { start: start as u32, len: len as u32 }
    }
}

/// The characters of a page: its body as it came, and after it the strings that had escapes.
#[derive(Debug, Default)]
pub struct Text {
    body: String,
    unescaped: String,
}

impl Text {
    /// Joins a body to the strings that [`Unescaped`] collected from it.
    pub fn new(body: String, unescaped: Unescaped) -> Text {
        Text { body, unescaped: unescaped.text }
    }

    /// The body as it came.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The characters at `span`.
    pub fn get(&self, span: Span) -> &str {
        let (start, len) = (span.start as usize, span.len as usize);
        match start.checked_sub(self.body.len()) {
            None => &self.body[start..start + len],
            Some(start) => &self.unescaped[start..start + len],
        }
    }
}

/// Collects, while a body is being read, the strings that do not stand in it as they are.
#[derive(Debug)]
pub struct Unescaped {
    body_start: usize,
    body_len: usize,
    text: String,
}

impl Unescaped {
    /// For the strings of `body`.
    pub fn of(body: &str) -> Unescaped {
        Unescaped { body_start: body.as_ptr() as usize, body_len: body.len(), text: String::new() }
    }

    /// The place of `part`, a slice of the body.
    pub fn slice(&self, part: &str) -> Span {
        Span::new(part.as_ptr() as usize - self.body_start, part.len())
    }

    /// Keeps `text`, and says where.
    pub fn keep(&mut self, text: &str) -> Span {
        self.keep_written(|kept| kept.push_str(text))
    }

    /// Keeps what is added to the text, and says where.
    pub fn keep_written(&mut self, write: impl FnOnce(&mut String)) -> Span {
        let start = self.text.len();
        write(&mut self.text);
        Span::new(self.body_len + start, self.text.len() - start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_body_and_what_was_unescaped() {
        let body = String::from(r#"["plain","a\nb"]"#);
        let mut unescaped = Unescaped::of(&body);
        let plain = unescaped.slice(&body[2..7]);
        let escaped = unescaped.keep("a\nb");
        let text = Text::new(body, unescaped);
        assert_eq!((text.get(plain), text.get(escaped)), ("plain", "a\nb"));
    }
}
