//! Which secret a query uses: the one it names, else the best for the account it names, else the best
//! for any. The environment is never asked; only `CREATE SECRET … PROVIDER env` does that.

use duckdb_neo::connection::Context;

use super::bridge::{self, Found};
use crate::api::credentials::{Credentials, SCOPE};
use crate::error::Error;

/// How a query chooses its secret.
#[derive(Debug, Default)]
pub(super) struct Choice {
    name: Option<String>,
    path: String,
}

impl Choice {
    /// From the parameters `secret` and `account`.
    pub(super) fn new(secret: Option<String>, account: Option<String>) -> Result<Choice, Error> {
        if secret.is_some() && account.is_some() {
            return Err(Error::secret_and_account());
        }
        Ok(Choice { name: secret, path: format!("{SCOPE}{}", account.unwrap_or_default()) })
    }

    /// The secret, or `None` if none is in scope. A name that is wrong is an error.
    pub(super) fn find(&self, context: &Context) -> Result<Option<Credentials>, Error> {
        let name = self.name.as_deref();
        if name == Some("") {
            return Err(Error::unknown_secret("", bridge::names(context)?));
        }
        match (bridge::find(context, name.unwrap_or_default(), &self.path)?, name) {
            (Some(Found::Ours(name, pairs)), _) => Ok(Some(Credentials::from_pairs(name, pairs))),
            (Some(Found::Other(name)), _) => Err(Error::other_type(&name, bridge::names(context)?)),
            (None, Some(name)) => Err(Error::unknown_secret(name, bridge::names(context)?)),
            (None, None) => Ok(None),
        }
    }

    /// As [`Choice::find`], where a query cannot do without.
    pub(super) fn require(&self, context: &Context) -> Result<Credentials, Error> {
        match self.find(context)? {
            Some(credentials) => Ok(credentials),
            None => Err(Error::no_secret(&self.path, bridge::names(context)?)),
        }
    }
}
