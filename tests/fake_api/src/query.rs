//! Query strings: decoding and typed access.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// A decoded query string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

/// Decodes `%XX` in one path segment or knob value.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Decodes `%XX`, and `+` as a space, as in a form.
fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

impl Query {
    /// Decodes the text after the `?`.
    pub(crate) fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        });
        Query(pairs.collect())
    }

    /// The value of a parameter; the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The values of a list parameter, whether repeated or separated by commas.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let values = self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value);
        let values: Vec<String> =
            values.flat_map(|value| value.split(',')).map(str::to_owned).collect();
        (!values.is_empty()).then_some(values)
    }

    /// The value of an integer parameter.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, String> {
        self.get(name)
            .map(|value| value.parse().map_err(|_| format!("'{name}' must be an integer")))
            .transpose()
    }

    /// The value of a boolean parameter.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(format!("'{name}' must be a boolean")),
        }
    }

    /// These parameters alone.
    pub(crate) fn only(&self, names: &[&str]) -> Query {
        let kept = self.0.iter().filter(|(name, _)| names.contains(&name.as_str()));
        Query(kept.cloned().collect())
    }

    /// All parameters by name.
    pub(crate) fn to_map(&self) -> BTreeMap<String, String> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_like_a_form() {
        let query = Query::parse("a=1+2%2B&b=%C3%A9&c&k=x,y&k=z");
        assert_eq!(query.get("a"), Some("1 2+"));
        assert_eq!(query.get("b"), Some("é"));
        assert_eq!(query.get("c"), Some(""));
        assert_eq!(query.get("d"), None);
        assert_eq!(query.list("k").unwrap(), ["x", "y", "z"]);
    }

    #[test]
    fn parameters_can_be_left_out() {
        let query = Query::parse("a=1&b=2&a=3").only(&["a", "c"]);
        assert_eq!(query.list("a").unwrap(), ["1", "3"]);
        assert_eq!((query.get("b"), query.get("c")), (None, None));
    }

    #[test]
    fn integers_and_booleans_are_checked() {
        let query = Query::parse("a=-5&b=1.5&c=&d=true&e=yes");
        assert_eq!(query.integer("a"), Ok(Some(-5)));
        assert!(query.integer("b").is_err());
        assert!(query.integer("c").is_err());
        assert_eq!(query.integer("x"), Ok(None));
        assert_eq!(query.boolean("d"), Ok(Some(true)));
        assert!(query.boolean("e").is_err());
    }
}
