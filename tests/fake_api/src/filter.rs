//! The rows that a request selects.

use crate::auth::Api;
use crate::query::Query;
use crate::table::Row;
use crate::world::World;

/// What a resource needs to know to read its own filter parameters.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) api: Api,
    pub(crate) world: &'a World,
    pub(crate) query: &'a Query,
    pub(crate) hide_scheduled: bool,
}

type Test<'a> = Box<dyn FnMut(Row) -> bool + 'a>;

/// Tests that a row must pass, with a text that tells one filter from another.
#[derive(Default)]
pub(crate) struct Filter<'a> {
    signature: String,
    tests: Vec<Test<'a>>,
}

impl<'a> Filter<'a> {
    /// Adds a test; `name` and `value` must determine it.
    pub(crate) fn add(&mut self, name: &str, value: &str, test: impl FnMut(Row) -> bool + 'a) {
        self.sign(name, value);
        self.tests.push(Box::new(test));
    }

    /// Adds something to the signature alone.
    pub(crate) fn sign(&mut self, name: &str, value: &str) {
        self.signature.push_str(&format!("{name}={value:?};"));
    }

    /// Adds a test on a text parameter, if the request has it.
    pub(crate) fn text(
        &mut self,
        query: &'a Query,
        name: &str,
        mut test: impl FnMut(Row, &str) -> bool + 'a,
    ) {
        if let Some(value) = query.get(name) {
            self.add(name, value, move |row| test(row, value));
        }
    }

    /// Adds a test on a boolean parameter, if the request has it.
    pub(crate) fn boolean(
        &mut self,
        query: &'a Query,
        name: &str,
        mut test: impl FnMut(Row, bool) -> bool + 'a,
    ) -> Result<(), String> {
        if let Some(value) = query.boolean(name)? {
            self.add(name, &value.to_string(), move |row| test(row, value));
        }
        Ok(())
    }

    /// Whether every row passes.
    pub(crate) fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// The text that tells this filter from another.
    pub(crate) fn signature(&self) -> String {
        self.signature.clone()
    }

    /// Whether a row passes.
    pub(crate) fn keeps(&mut self, row: Row) -> bool {
        self.tests.iter_mut().all(|test| test(row))
    }
}
