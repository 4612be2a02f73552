//! What a scan is to read: whom to ask, for what, and which items become rows.

use std::sync::Arc;

use crate::allowance::Allowance;
use crate::api::client::{Account, Limits, encoded};
use crate::api::retry::Budget;
use crate::api::route::Route;
use crate::cache::{Policy, Question};
use crate::error::Error;
use crate::history::{History, Recorder, Subject};
use crate::plan::Plan;
use crate::schema::{Column, Effect, Endpoint, Parameter, SecondReading};
use crate::sieve::Condition;

/// What to read.
#[derive(Debug)]
pub struct Listing {
    /// Whom to ask.
    pub account: Account,
    /// What is asked.
    pub endpoint: &'static Endpoint,
    /// The values of its parameters; texts in place of flags, none for what was not given.
    pub arguments: Vec<(&'static Parameter, String)>,
    /// Further query parameters.
    pub extra: Vec<(String, String)>,
    /// The columns that the query uses.
    pub columns: Vec<&'static Column>,
    /// How many items to ask for at a time, 1 to 250.
    pub page_size: usize,
    /// How many requests may be made at once.
    pub connections: usize,
    /// How often, and for how long, a request is made again.
    pub budget: Budget,
    /// How connections are made.
    pub route: Route,
    /// How long an answer may take, and how large it may be.
    pub limits: Limits,
    /// How many requests the query may make.
    pub allowance: Arc<Allowance>,
    /// How many requests a second may be made.
    pub rate: f64,
    /// The query parameters that divide it by time, where it may be divided.
    pub divides: Option<(&'static str, &'static str)>,
    /// What items satisfy to become rows.
    pub conditions: Vec<Condition>,
    /// The requests that bring them.
    pub plan: Plan,
    /// When the cache answers, and what is kept in it.
    pub cache: Policy,
    /// Where to note what is asked.
    pub journal: Journal,
}

/// Where a scan notes what it asks.
#[derive(Debug)]
pub struct Journal {
    /// The history of the database.
    pub history: Arc<History>,
    /// What the scan is.
    pub subject: Subject,
    /// How much the history remembers.
    pub most: usize,
}

impl Journal {
    /// Opens the scan's place in the history.
    pub fn begin(&self) -> Recorder {
        self.history.begin(self.subject.clone(), self.most)
    }
}

impl Listing {
    /// Whether every item of the endpoint becomes a row.
    pub fn is_whole(&self) -> bool {
        self.conditions.is_empty() && self.extra.is_empty() && self.plan == Plan::whole()
    }

    /// What the scan asks. Two scans with the same fingerprint have the same rows to read, at any time.
    pub fn question(&self) -> Question {
        let Account { secret, base_url, grant } = &self.account;
        let Subject { table, api, pushed, .. } = &self.journal.subject;
        let arguments: Vec<_> =
            self.arguments.iter().map(|(parameter, value)| (parameter.name, value)).collect();
        let asked = (base_url, api, table, arguments, &self.extra, self.page_size);
        let asked = format!("{:?}", (asked, &self.conditions, &self.plan));
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Question {
            fingerprint: grant.sign(&asked),
            account: secret.clone(),
            table,
            api,
            path: self.path(self.endpoint.path),
            parameters: self.query().into_iter().map(owned).collect(),
            pushed: pushed.clone(),
        }
    }

    /// How many requests are needed for so many items of a listing.
    pub fn pages(&self, items: u64) -> u64 {
        items.div_ceil(self.page_size as u64)
    }

    /// An error if the query may not make so many requests more.
    pub fn afford(&self, requests: u64) -> Result<(), Error> {
        let (made, most) = (self.allowance.made(), self.allowance.most());
        let needed = made.saturating_add(requests);
        if needed <= most {
            return Ok(());
        }
        let path = self.path(self.endpoint.path);
        Err(Error::too_many_requests(&path, made, needed, most))
    }

    /// A path of the endpoint with the arguments that stand in it; or the own path of an argument.
    pub fn path(&self, template: &str) -> String {
        let own = self.arguments.iter().find_map(|(parameter, _)| match parameter.effect {
            Effect::OwnPath(path) => Some(path),
            _ => None,
        });
        self.filled_in(own.unwrap_or(template))
    }

    fn filled_in(&self, template: &str) -> String {
        self.arguments.iter().fold(template.to_owned(), |path, (parameter, value)| {
            let mark = format!("{{{}}}", parameter.name);
            match parameter.effect {
                Effect::InPath | Effect::OwnPath(_) => path.replace(&mark, &encoded(value)),
                // The slash keeps the value from becoming part of the host.
                Effect::Path => path.replace(&mark, &format!("/{}", value.trim_start_matches('/'))),
                _ => path,
            }
        })
    }

    /// The arguments that are sent as query parameters, but for those that `extra` sends.
    pub fn query(&self) -> Vec<(&str, &str)> {
        let is_extra = |name: &str| self.extra.iter().any(|(extra, _)| extra == name);
        let own = self.arguments.iter().filter_map(|(parameter, value)| match parameter.effect {
            Effect::Query(name) if !is_extra(name) => Some((name, value.as_str())),
            _ => None,
        });
        own.chain(self.extra.iter().map(|(name, value)| (&**name, &**value))).collect()
    }

    /// How the listing is read a second time, if it is.
    pub fn second_reading(&self) -> Option<SecondReading> {
        self.arguments.iter().find_map(|(parameter, _)| match parameter.effect {
            Effect::SecondReading(second) => Some(second),
            _ => None,
        })
    }

    /// The value that stands in the path.
    pub fn key(&self) -> Option<&str> {
        let in_path = self.arguments.iter().find(|(p, _)| p.effect == Effect::InPath);
        in_path.map(|(_, value)| value.as_str())
    }

    /// The argument that has a path of its own: its name, which is a column's too, and its value.
    pub fn owner(&self) -> Option<(&'static str, &str)> {
        let is_own = |parameter: &Parameter| matches!(parameter.effect, Effect::OwnPath(_));
        let own = self.arguments.iter().find(|(parameter, _)| is_own(parameter));
        own.map(|(parameter, value)| (parameter.name, value.as_str()))
    }
}
