//! The settings, each with its name, its default and what it is for.

use crate::error::Error;

/// A setting with a text for its value.
#[derive(Debug)]
pub struct Setting {
    /// The name.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub doc: &'static str,
    /// The value it has at first.
    pub default: &'static str,
    /// The values it may have.
    pub values: &'static [&'static str],
}

/// Which rows are wanted where test and production rows are mixed.
pub static ENVIRONMENT: Setting = Setting {
    name: "partnerstack_environment",
    doc: "Rows that tables with a column \"test\" return: 'any', 'production' or 'test'.",
    default: "any",
    values: &["any", "production", "test"],
};

/// Every setting.
pub static SETTINGS: [&Setting; 1] = [&ENVIRONMENT];

impl Setting {
    /// The value as it is written in `values`; an error if it is none of them.
    pub fn check(&self, given: &str) -> Result<&'static str, Error> {
        let known = self.values.iter().find(|value| value.eq_ignore_ascii_case(given));
        known.copied().ok_or_else(|| Error::setting(self.name, self.values, given))
    }
}

/// Which rows of a table with a column `test` are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// All of them.
    #[default]
    Any,
    /// Those that are not marked as a test.
    Production,
    /// Those that are.
    Test,
}

impl Environment {
    /// From a value of [`ENVIRONMENT`].
    pub fn from_value(value: &str) -> Environment {
        match value {
            "production" => Environment::Production,
            "test" => Environment::Test,
            _ => Environment::Any,
        }
    }

    /// Whether a row is wanted, by its flag.
    pub fn wants(self, is_test: bool) -> bool {
        match self {
            Environment::Any => true,
            Environment::Production => !is_test,
            Environment::Test => is_test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_one_of_the_values() {
        for setting in SETTINGS {
            assert!(setting.check(setting.default).is_ok(), "{}", setting.name);
        }
    }

    #[test]
    fn a_value_is_known_in_any_case() {
        assert_eq!(ENVIRONMENT.check("Test").ok(), Some("test"));
        assert!(ENVIRONMENT.check("staging").is_err());
    }
}
