//! A small JSON writer: objects go straight into a byte buffer, names in alphabetical order.

use std::io::Write;

/// An open JSON object.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    last: &'static str,
    ascii: bool,
}

impl<'a> Object<'a> {
    /// Writes one object; with `ascii` every other character is written as `\uXXXX`.
    pub(crate) fn write(out: &mut Vec<u8>, ascii: bool, fill: impl FnOnce(&mut Object<'_>)) {
        out.push(b'{');
        let mut object = Object { out, last: "", ascii };
        fill(&mut object);
        object.out.push(b'}');
    }

    fn name(&mut self, name: &'static str) {
        debug_assert!(name > self.last, "{name} after {}", self.last);
        if !self.last.is_empty() {
            self.out.push(b',');
        }
        self.last = name;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A member that is JSON already.
    pub(crate) fn raw(&mut self, name: &'static str, value: &[u8]) {
        self.written(name, |out| out.extend_from_slice(value));
    }

    /// A member that writes itself.
    pub(crate) fn written(&mut self, name: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        self.name(name);
        write(self.out);
    }

    /// A null member.
    pub(crate) fn null(&mut self, name: &'static str) {
        self.raw(name, b"null");
    }

    /// An integer member.
    pub(crate) fn int(&mut self, name: &'static str, value: i64) {
        self.written(name, |out| drop(serde_json::to_writer(out, &value)));
    }

    /// An integer member or null.
    pub(crate) fn opt_int(&mut self, name: &'static str, value: Option<i64>) {
        match value {
            Some(value) => self.int(name, value),
            None => self.null(name),
        }
    }

    /// A number member, written as it is.
    pub(crate) fn number(&mut self, name: &'static str, digits: &str) {
        self.raw(name, digits.as_bytes());
    }

    /// A boolean member.
    pub(crate) fn boolean(&mut self, name: &'static str, value: bool) {
        self.raw(name, if value { b"true" } else { b"false" });
    }

    /// A string member.
    pub(crate) fn text(&mut self, name: &'static str, value: &str) {
        self.name(name);
        write_text(self.out, value, self.ascii);
    }

    /// A string member or null.
    pub(crate) fn opt_text(&mut self, name: &'static str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// A nested object.
    pub(crate) fn object(&mut self, name: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        Object::write(self.out, self.ascii, fill);
    }

    /// A nested object or null.
    pub(crate) fn opt_object<T>(
        &mut self,
        name: &'static str,
        value: Option<T>,
        fill: impl FnOnce(T, &mut Object<'_>),
    ) {
        match value {
            Some(value) => self.object(name, |object| fill(value, object)),
            None => self.null(name),
        }
    }

    /// An array of strings.
    pub(crate) fn texts(&mut self, name: &'static str, values: &[String]) {
        self.name(name);
        self.out.push(b'[');
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            write_text(self.out, value, self.ascii);
        }
        self.out.push(b']');
    }

    /// An array of `count` objects.
    pub(crate) fn objects(
        &mut self,
        name: &'static str,
        count: usize,
        mut fill: impl FnMut(usize, &mut Object<'_>),
    ) {
        self.name(name);
        self.out.push(b'[');
        for at in 0..count {
            if at > 0 {
                self.out.push(b',');
            }
            Object::write(self.out, self.ascii, |object| fill(at, object));
        }
        self.out.push(b']');
    }
}

/// Writes a JSON string.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str, ascii: bool) {
    // `all` would stop in the middle, and that is slower than to look at many bytes at once.
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    let start = out.len();
    let _ = serde_json::to_writer(&mut *out, text);
    if !ascii || text.is_ascii() {
        return;
    }
    let written = String::from_utf8_lossy(&out[start..]).into_owned();
    out.truncate(start);
    for c in written.chars() {
        write_char(out, c);
    }
}

/// Whether JSON writes this byte as it is, with and without `ascii`.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

fn write_char(out: &mut Vec<u8>, c: char) {
    if c.is_ascii() {
        out.push(c as u8);
        return;
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// The documented error body.
pub(crate) fn error(status: u16, message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    Object::write(&mut out, false, |object| {
        object.text("message", message);
        object.int("status", i64::from(status));
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_text_reads_back_as_the_same_text() {
        let text = "a\"b\\c\n😀 é";
        for ascii in [false, true] {
            let mut out = Vec::new();
            write_text(&mut out, text, ascii);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            assert_eq!(out.is_ascii(), ascii);
        }
    }

    #[test]
    fn an_error_has_message_and_status() {
        assert_eq!(error(404, "Not Found"), br#"{"message":"Not Found","status":404}"#);
    }
}
