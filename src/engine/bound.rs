//! A table as a query bound it: what is asked of it, and with which filters.

use std::env;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use duckdb_neo::connection::Context;

use super::arguments::Own;
use super::filters::Hint;
use super::secret::Choice;
use super::{Failure, Instance, bridge, cache, settings};
use crate::api::client::{Account, Limits};
use crate::api::credentials::Credentials;
use crate::api::retry::Budget;
use crate::api::route::{Authority, Proxy, Route};
use crate::history::Subject;
use crate::listing::{Journal, Listing};
use crate::plan::{MOST_ITEMS, May, Plan};
use crate::predicate::Predicate;
use crate::schema::{Api, Column, Effect, Endpoint, Table, Values};
use crate::settings::{
    CONNECT_TIMEOUT, ENVIRONMENT, Environment, HISTORY, MAX_CONNECTIONS, MAX_REQUESTS,
    MAX_RESPONSE_SIZE, MAX_RETRIES, PUSHDOWN, Pushdown, RATE_LIMIT, READ_TIMEOUT, RESPONSE_TIMEOUT,
    RETRY_TIMEOUT, Setting,
};
use crate::sieve::{Condition, Is};

type Result<T> = std::result::Result<T, Failure>;

/// What a query asks of a table.
pub(super) struct Bound {
    pub table: &'static Table,
    pub api: Api,
    pub endpoint: &'static Endpoint,
    pub choice: Choice,
    pub own: Own,
    pub extra: Vec<(String, String)>,
    pub page_size: usize,
    pub is_fresh: bool,
    pub hints: Mutex<Vec<Hint>>,
}

/// How a bound table is going to be read.
pub(super) struct Planned {
    /// The requests.
    pub plan: Plan,
    /// The filters that add nothing to them.
    pub residual: String,
}

impl Bound {
    /// Remembers filters that every wanted row satisfies. DuckDB offers some of them more than once.
    pub(super) fn hint(&self, offered: Vec<Hint>) {
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        for hint in offered {
            if hints
                .iter()
                .all(|known| known.predicate != hint.predicate || known.text != hint.text)
            {
                hints.push(hint);
            }
        }
    }

    /// Plans the requests with what is known so far.
    pub(super) fn plan(&self, context: &Context) -> Result<Planned> {
        let pushdown = Pushdown::from_value(&settings::get(context, &PUSHDOWN)?);
        let hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        let is_given = |name: &str| self.own.given.iter().any(|(given, _)| given.name == name);
        let flags = self.endpoint.parameters.iter().filter(|p| p.values == Values::On);
        let off: Vec<_> = flags.filter(|flag| !is_given(flag.name)).collect();
        let sent: Vec<&str> = self.extra.iter().map(|(name, _)| name.as_str()).collect();
        let may = May {
            pushdown,
            ask_for_items: off.is_empty() && sent.is_empty(),
            most_items: MOST_ITEMS.max(self.own.keys),
            sent: &sent,
            never: off.iter().find_map(|flag| match flag.effect {
                Effect::SecondReading(second) => Some((second.parameter, second.value)),
                _ => None,
            }),
        };
        let given = self.own.conditions.iter().map(Predicate::from);
        let offered = hints.iter().map(|hint| hint.predicate.clone());
        let plan = Plan::new(self.endpoint, &Predicate::And(given.chain(offered).collect()), &may);
        let adds_nothing =
            |hint: &&Hint| Plan::new(self.endpoint, &hint.predicate, &may) == Plan::whole();
        let residual = hints.iter().filter(adds_nothing).map(|hint| hint.text.clone());
        Ok(Planned { plan, residual: residual.collect::<Vec<_>>().join(" AND ") })
    }

    /// What a scan is to read.
    pub(super) fn listing(
        &self,
        context: &Context,
        columns: Vec<&'static Column>,
        instance: &Instance,
    ) -> Result<Listing> {
        let credentials = self.choice.require(context)?;
        let Planned { plan, residual } = self.plan(context)?;
        let mut conditions = self.own.conditions.clone();
        conditions.extend(self.environment(context)?);
        let subject = Subject {
            table: self.table.name,
            api: self.api.word(),
            account: credentials.secret.clone(),
            pushed: plan.to_string(),
            residual,
        };
        let most = settings::number(context, &HISTORY)?;
        let max_requests = settings::number(context, &MAX_REQUESTS)? as u64;
        Ok(Listing {
            account: Account {
                secret: credentials.secret.clone(),
                base_url: credentials.base_url.clone(),
                grant: credentials.require(self.api)?.clone(),
            },
            endpoint: self.endpoint,
            arguments: self.own.given.clone(),
            extra: self.extra.clone(),
            columns,
            page_size: self.page_size,
            connections: settings::number(context, &MAX_CONNECTIONS)?,
            budget: budget(context)?,
            route: route(context, &credentials)?,
            limits: limits(context)?,
            rate: settings::number(context, &RATE_LIMIT)? as f64,
            divides: self.endpoint.created_bounds().filter(|bounds| self.may_divide(bounds)),
            conditions,
            plan,
            cache: cache::policy(context, self.is_fresh)?,
            allowance: instance.allowances.of(bridge::query(context), max_requests),
            journal: Journal { history: instance.history.clone(), subject, most },
        })
    }

    /// Whether the query leaves the bounds on time, and the order, to the scan.
    fn may_divide(&self, bounds: &(&str, &str)) -> bool {
        let is_taken = |name: &str| name == bounds.0 || name == bounds.1 || name == "order_by";
        self.extra.iter().all(|(name, _)| !is_taken(name))
    }

    /// Which rows are wanted, where the table tells test rows from others.
    fn environment(&self, context: &Context) -> Result<Option<Condition>> {
        let column = self.endpoint.columns.iter().find(|column| column.name == "test");
        let value = settings::get(context, &ENVIRONMENT)?;
        let is_test = Environment::from_value(&value).is_test();
        Ok(column.zip(is_test).map(|(column, is_test)| Condition {
            column: column.name.to_owned(),
            is: Is::True(is_test),
        }))
    }
}

fn budget(context: &Context) -> Result<Budget> {
    Ok(Budget {
        retries: settings::number(context, &MAX_RETRIES)? as u32,
        time: seconds(context, &RETRY_TIMEOUT)?,
    })
}

fn route(context: &Context, credentials: &Credentials) -> Result<Route> {
    let text = |name| settings::core(context, name);
    let authority = match &credentials.ca_cert_file {
        Some(path) => path.clone(),
        None => text("ca_cert_file")?,
    };
    Ok(Route {
        connect: seconds(context, &CONNECT_TIMEOUT)?,
        idle: seconds(context, &READ_TIMEOUT)?,
        proxy: Proxy::from_setting(
            text("http_proxy")?,
            text("http_proxy_username")?,
            text("http_proxy_password")?,
            |name| env::var(name).ok(),
        ),
        authority: match authority.as_str() {
            "" => None,
            path => Some(Authority::read(path)?),
        },
    })
}

fn limits(context: &Context) -> Result<Limits> {
    Ok(Limits {
        whole: seconds(context, &RESPONSE_TIMEOUT)?,
        bytes: settings::number(context, &MAX_RESPONSE_SIZE)? as u64 * 1_000_000,
    })
}

fn seconds(context: &Context, setting: &Setting) -> Result<Duration> {
    Ok(Duration::from_secs(settings::number(context, setting)? as u64))
}
