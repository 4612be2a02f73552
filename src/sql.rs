//! Names and texts as SQL writes them.

/// A name in quotes.
pub fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in quotes.
pub fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The parts of a qualified name, such as `ps.main."my table"`; `None` if it is none.
pub fn parts(qualified: &str) -> Option<Vec<String>> {
    let (mut parts, mut rest) = (Vec::new(), qualified.trim());
    loop {
        let (part, after) = if rest.starts_with('"') { in_quotes(rest)? } else { plain(rest) };
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match after.trim_start().strip_prefix('.') {
            Some(next) => rest = next.trim_start(),
            None => return after.trim().is_empty().then_some(parts),
        }
    }
}

fn plain(text: &str) -> (String, &str) {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

fn in_quotes(text: &str) -> Option<(String, &str)> {
    let (mut part, mut rest) = (String::new(), text.strip_prefix('"')?);
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return Some((part, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!((name(r#"a"b"#), text("it's")), (r#""a""b""#.into(), "'it''s'".into()));
    }

    #[test]
    fn a_qualified_name_has_parts() {
        let of = |text| parts(text).map(|parts| parts.join("|"));
        assert_eq!(of("rewards").as_deref(), Some("rewards"));
        assert_eq!(
            of(" ps . main.\"my \"\"own\"\" table\" ").as_deref(),
            Some("ps|main|my \"own\" table")
        );
        for wrong in ["", ".", "a.", ".a", "a b", "a;b", "\"a", "a..b", "\"\""] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
