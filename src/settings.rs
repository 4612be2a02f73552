//! The settings, each with its name, its default and what it is for.

use std::fmt;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use crate::error::Error;
use crate::schema::Narrows;

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
    pub values: Values,
}

/// The values that a setting may have.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of `alone`, or several of `several` with commas between them.
    Several {
        /// Words that stand alone.
        alone: &'static [&'static str],
        /// Words of which there may be several.
        several: &'static [&'static str],
    },
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// A whole number from 1, or the word `none` for no bound.
    AtMost,
    /// A length of time, as an `INTERVAL` is written, or the word `off`.
    Time,
    /// Any text.
    Text,
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Values::OneOf(words) => write!(f, "'{}'", words.join("' or '")),
            Values::Several { alone, several } => {
                let (alone, several) = (alone.join("' or '"), several.join("', '"));
                write!(f, "'{alone}', or some of '{several}' with commas between them")
            }
            Values::Number(least, most) => write!(f, "a whole number from {least} to {most}"),
            Values::AtMost => f.write_str("a whole number from 1, or 'none'"),
            Values::Time => f.write_str("a time such as INTERVAL '1 hour', or 'off'"),
            Values::Text => f.write_str("a text"),
        }
    }
}

/// Which rows are wanted where test and production rows are mixed.
pub static ENVIRONMENT: Setting = Setting {
    name: "partnerstack_environment",
    doc: "Rows that tables with a column \"test\" return: 'any', 'production' or 'test'.",
    default: "any",
    values: Values::OneOf(&["any", "production", "test"]),
};

/// Which filters narrow the requests.
pub static PUSHDOWN: Setting = Setting {
    name: "partnerstack_pushdown",
    doc: "Filters that narrow the requests: 'all', 'none', or some of 'times', 'values' and 'keys' with \
          commas between them.",
    default: "all",
    values: Values::Several { alone: &["all", "none"], several: &["times", "values", "keys"] },
};

/// How many items may be asked for one by one.
pub static MAX_KEYS: Setting = Setting {
    name: "partnerstack_max_keys",
    doc: "How many keys the parameter \"keys\" may have, each of which is a request.",
    default: "1000",
    values: Values::Number(1, 1_000_000),
};

/// How many requests a scan makes at once.
pub static MAX_CONNECTIONS: Setting = Setting {
    name: "partnerstack_max_connections",
    doc: "How many requests a scan makes at once, each on a connection of its own.",
    default: "4",
    values: Values::Number(1, 32),
};

/// How much a query may ask.
pub static MAX_REQUESTS: Setting = Setting {
    name: "partnerstack_max_requests_per_query",
    doc: "How many requests a query may make, all of its scans together. One that would make more ends before it does, \
          where that can be told. 'none' for no bound.",
    default: "none",
    values: Values::AtMost,
};

/// How much is remembered of what was asked.
pub static HISTORY: Setting = Setting {
    name: "partnerstack_history",
    doc: "How many requests, and how many scans, partnerstack_requests() and partnerstack_scans() remember.",
    default: "10000",
    values: Values::Number(0, 10_000_000),
};

/// How often a request is made again.
pub static MAX_RETRIES: Setting = Setting {
    name: "partnerstack_max_retries",
    doc: "How many times a request is made again after a fault that may pass.",
    default: "5",
    values: Values::Number(0, 100),
};

/// For how long a request is made again.
pub static RETRY_TIMEOUT: Setting = Setting {
    name: "partnerstack_retry_timeout",
    doc: "For how many seconds from its first attempt a request is made again.",
    default: "120",
    values: Values::Number(0, 86_400),
};

/// How fast an account is asked.
pub static RATE_LIMIT: Setting = Setting {
    name: "partnerstack_rate_limit",
    doc: "How many requests a second an account is asked by this process, but for bursts of twenty \
          seconds' worth.",
    default: "40",
    values: Values::Number(1, 10_000),
};

/// How long a connection may take.
pub static CONNECT_TIMEOUT: Setting = Setting {
    name: "partnerstack_connect_timeout",
    doc: "How many seconds it may take to connect.",
    default: "10",
    values: Values::Number(1, 3_600),
};

/// How long an answer may pause.
pub static READ_TIMEOUT: Setting = Setting {
    name: "partnerstack_read_timeout",
    doc: "How many seconds may pass before an answer begins, and from one part of it to the next.",
    default: "30",
    values: Values::Number(1, 3_600),
};

/// How long an answer may take.
pub static RESPONSE_TIMEOUT: Setting = Setting {
    name: "partnerstack_response_timeout",
    doc: "How many seconds a whole answer may take.",
    default: "120",
    values: Values::Number(1, 86_400),
};

/// How large an answer may be.
pub static MAX_RESPONSE_SIZE: Setting = Setting {
    name: "partnerstack_max_response_size",
    doc: "How many megabytes an answer may have, unpacked.",
    default: "64",
    values: Values::Number(1, 4_000),
};

/// For how long an answer is of use.
pub static CACHE_TTL: Setting = Setting {
    name: "partnerstack_cache_ttl",
    doc: "How old an answer may be that is kept and used again, as in INTERVAL '1 hour'; 'off' for none.",
    default: "off",
    values: Values::Time,
};

/// Where answers are kept.
pub static CACHE_DIRECTORY: Setting = Setting {
    name: "partnerstack_cache_directory",
    doc: "Directory to keep answers in, in files that you alone can read; empty to keep them in memory.",
    default: "",
    values: Values::Text,
};

/// How much memory answers may take.
pub static CACHE_MEMORY: Setting = Setting {
    name: "partnerstack_cache_memory",
    doc: "How many megabytes the answers in memory may have, those of the whole process together.",
    default: "256",
    values: Values::Number(0, 1_000_000),
};

/// Whether PartnerStack is left alone.
pub static OFFLINE: Setting = Setting {
    name: "partnerstack_offline",
    doc: "Whether the cache alone answers, however old it is, and no request is made.",
    default: "false",
    values: Values::OneOf(&["false", "true"]),
};

/// Every setting.
pub static SETTINGS: [&Setting; 17] = [
    &CACHE_DIRECTORY,
    &CACHE_MEMORY,
    &CACHE_TTL,
    &CONNECT_TIMEOUT,
    &ENVIRONMENT,
    &HISTORY,
    &MAX_CONNECTIONS,
    &MAX_KEYS,
    &MAX_REQUESTS,
    &MAX_RESPONSE_SIZE,
    &MAX_RETRIES,
    &OFFLINE,
    &PUSHDOWN,
    &RATE_LIMIT,
    &READ_TIMEOUT,
    &RESPONSE_TIMEOUT,
    &RETRY_TIMEOUT,
];

impl Setting {
    /// The value as it is kept; an error if it is none that the setting takes.
    pub fn check(&self, given: &str) -> Result<String, Error> {
        if matches!(self.values, Values::Text) {
            return Ok(given.to_owned());
        }
        let given = given.trim().to_ascii_lowercase();
        let is_taken = match self.values {
            Values::OneOf(words) => words.contains(&given.as_str()),
            Values::Several { alone, several } => {
                let are_known = || given.split(',').all(|word| several.contains(&word.trim()));
                alone.contains(&given.as_str()) || are_known()
            }
            Values::Number(least, most) => {
                given.parse().is_ok_and(|number: u64| (least..=most).contains(&number))
            }
            Values::AtMost => given == "none" || given.parse().is_ok_and(|number: u64| number > 0),
            Values::Time => given == "off" || time(&given).is_some(),
            Values::Text => true,
        };
        if is_taken {
            Ok(given)
        } else {
            Err(Error::setting(self.name, self.values.to_string(), &given))
        }
    }
}

/// The time that an `INTERVAL` is, with thirty days for a month as where DuckDB compares them; none if it is not
/// a time or not a positive one.
pub fn time(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    let months = i32::from(span.get_years()) * 12 + span.get_months();
    let days = span.get_days().checked_add(months.checked_mul(30)?)?;
    let span = span.years(0).months(0).try_days(days).ok()?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(time).ok().filter(|time| !time.is_zero())
}

/// The kinds of narrowing that are switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushdown {
    times: bool,
    values: bool,
    keys: bool,
}

impl Pushdown {
    /// Every kind.
    pub const ALL: Pushdown = Pushdown { times: true, values: true, keys: true };
    /// No kind.
    pub const NONE: Pushdown = Pushdown { times: false, values: false, keys: false };

    /// From a value of [`PUSHDOWN`].
    pub fn from_value(value: &str) -> Pushdown {
        let has = |kind| value == "all" || value.split(',').any(|word| word.trim() == kind);
        Pushdown { times: has("times"), values: has("values"), keys: has("keys") }
    }

    /// Whether this narrowing is switched on.
    pub fn allows(self, narrows: Narrows) -> bool {
        match narrows {
            Narrows::Between { .. } => self.times,
            Narrows::Value(_) | Narrows::State { .. } => self.values,
            Narrows::Item(_) => self.keys,
        }
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

    /// Whether rows are to be marked as a test, where that matters.
    pub fn is_test(self) -> Option<bool> {
        match self {
            Environment::Any => None,
            Environment::Production => Some(false),
            Environment::Test => Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_one_of_the_values() {
        for setting in SETTINGS {
            assert_eq!(setting.check(setting.default).ok().as_deref(), Some(setting.default));
        }
    }

    #[test]
    fn a_value_is_known_in_any_case() {
        assert_eq!(ENVIRONMENT.check("Test").ok().as_deref(), Some("test"));
        assert!(ENVIRONMENT.check("staging").is_err());
    }

    #[test]
    fn kinds_of_narrowing_are_switched_on_one_by_one() {
        let kinds = PUSHDOWN.check("Times, keys").map(|value| Pushdown::from_value(&value));
        assert_eq!(kinds.ok(), Some(Pushdown { times: true, values: false, keys: true }));
        assert_eq!(Pushdown::from_value("all"), Pushdown::ALL);
        assert_eq!(Pushdown::from_value("none"), Pushdown::NONE);
        for wrong in ["", "all,times", "times,", "filters"] {
            assert!(PUSHDOWN.check(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_bound_may_be_none() {
        let checked = |given| MAX_REQUESTS.check(given).ok();
        assert_eq!(
            (checked("None").as_deref(), checked("7").as_deref()),
            (Some("none"), Some("7"))
        );
        assert!(checked("0").is_none() && checked("all").is_none() && checked("").is_none());
    }

    #[test]
    fn a_time_is_what_an_interval_says() {
        const HOUR: u64 = 3600;
        for (text, seconds) in [
            ("1 hour", HOUR),
            ("01:30:00", HOUR * 3 / 2),
            ("2 days 02:00:00", 50 * HOUR),
            ("1 week", 7 * 24 * HOUR),
            ("1 year 1 month 1 day 00:00:01", (13 * 30 + 1) * 24 * HOUR + 1),
        ] {
            assert_eq!(time(text), Some(Duration::from_secs(seconds)), "{text}");
            assert!(CACHE_TTL.check(text).is_ok(), "{text}");
        }
        assert_eq!(time("00:00:00.000001"), Some(Duration::from_micros(1)));
        assert_eq!(CACHE_TTL.check("OFF").ok().as_deref(), Some("off"));
        for wrong in ["", "3600", "soon", "00:00:00", "-01:00:00", "19998 years 239976 months"] {
            assert!(CACHE_TTL.check(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_number_is_within_its_limits() {
        assert!(MAX_KEYS.check("5000").is_ok());
        for wrong in ["0", "-1", "many", "1.5"] {
            assert!(MAX_KEYS.check(wrong).is_err(), "{wrong}");
        }
    }
}
