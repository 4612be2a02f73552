//! The words a table is declared in.
//!
//! A table is data: where its rows come from and what its columns are called, typed and mean. Binding,
//! decoding, documentation and checks follow from the declaration.

use std::fmt;

mod column;

pub use column::*;

/// Which of PartnerStack's two APIs answers. Several paths exist in both, with different items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The API of a company that runs a programme: HTTP Basic with a public and a private key.
    Vendor,
    /// The API of a partner in such programmes: a bearer token.
    Partner,
}

impl Api {
    /// The word that users write: `api := 'vendor'`.
    pub fn word(self) -> &'static str {
        match self {
            Api::Vendor => "vendor",
            Api::Partner => "partner",
        }
    }

    /// The API that `word` names, in any case of letters.
    pub fn from_word(word: &str) -> Option<Api> {
        [Api::Vendor, Api::Partner].into_iter().find(|api| api.word().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Api::Vendor => "Vendor API",
            Api::Partner => "Partner API",
        })
    }
}

/// A table function, `partnerstack_<name>()`.
#[derive(Debug)]
pub struct Table {
    /// The resource, as PartnerStack calls it.
    pub name: &'static str,
    /// What a row is, in a sentence.
    pub doc: &'static str,
    /// Where the Vendor API has it, if it does.
    pub vendor: Option<Endpoint>,
    /// Where the Partner API has it, if it does.
    pub partner: Option<Endpoint>,
    /// A query that shows what the table is good for.
    pub example: &'static str,
}

impl Table {
    /// The endpoint in `api`, if the resource exists there.
    pub fn endpoint(&self, api: Api) -> Option<&Endpoint> {
        match api {
            Api::Vendor => self.vendor.as_ref(),
            Api::Partner => self.partner.as_ref(),
        }
    }

    /// The parameters of its own and those that follow from its columns, each once.
    pub fn parameters(&self) -> Vec<&'static Parameter> {
        let own = self.endpoints().flat_map(|(_, endpoint)| endpoint.parameters);
        let mut found: Vec<&'static Parameter> = Vec::new();
        for parameter in own.chain(DERIVED.iter().filter(|parameter| self.takes(parameter.effect)))
        {
            if found.iter().all(|other| other.name != parameter.name) {
                found.push(parameter);
            }
        }
        found
    }

    /// Those of them that count in one API.
    pub fn parameters_in(&self, endpoint: &Endpoint) -> Vec<&'static Parameter> {
        let is_own = |name| endpoint.parameters.iter().any(|own| own.name == name);
        let is_derived = |name| DERIVED.iter().any(|derived| derived.name == name);
        let mut parameters = self.parameters();
        parameters.retain(|parameter| is_own(parameter.name) || is_derived(parameter.name));
        parameters
    }

    /// Whether its columns call for a parameter with this effect.
    fn takes(&self, effect: Effect) -> bool {
        let mut columns = self.endpoints().flat_map(|(_, endpoint)| {
            endpoint.columns.iter().filter_map(|column| Some((column, endpoint.narrowing(column)?)))
        });
        match effect {
            Effect::From(name) | Effect::Until(name) => {
                columns.any(|(column, _)| column.name == name)
            }
            Effect::Keys => columns.any(|(_, narrows)| matches!(narrows, Narrows::Item(_))),
            _ => false,
        }
    }

    /// Every API that has the resource, with its endpoint.
    pub fn endpoints(&self) -> impl Iterator<Item = (Api, &Endpoint)> {
        [Api::Vendor, Api::Partner]
            .into_iter()
            .filter_map(|api| self.endpoint(api).map(|endpoint| (api, endpoint)))
    }
}

/// One path of one API, and what its items hold.
#[derive(Debug)]
pub struct Endpoint {
    /// The path under the base URL, such as `/rewards`; `{name}` stands for a parameter.
    pub path: &'static str,
    /// Another spelling of the path, where it is not known which one is right.
    pub other_path: Option<&'static str>,
    /// The columns, without the last one, [`RAW`], which every endpoint has.
    pub columns: &'static [Column],
    /// Where in an answer the rows are.
    pub rows: Rows,
    /// The parameters of the function that only this table has.
    pub parameters: &'static [Parameter],
    /// What a status 404 means.
    pub missing: Missing,
    /// How well it and its columns are known.
    pub known: Known,
}

/// Where in an answer the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// At `data.items`, page by page, with `data.has_more`.
    Pages,
    /// Not documented: pages, or an array at `data` that is all there is.
    Undocumented,
    /// At `data`, an array that is all there is.
    Array,
    /// At this member of `data`, an array that is all there is.
    At(&'static str),
    /// At `data`, one object.
    One,
    /// Wherever they are: pages, an array or an object at `data`.
    Anywhere,
}

impl Rows {
    /// Whether answers come in pages.
    pub fn is_paged(self) -> bool {
        matches!(self, Rows::Pages | Rows::Undocumented | Rows::Anywhere)
    }
}

/// What a status 404 means for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An error.
    Error,
    /// No row: what was asked for by its key is not there.
    NoRow,
    /// The listing at this path is searched for the key that stands in the path.
    SearchIn(&'static str),
    /// What each item of one listing has is read at a path of its own.
    EachOf {
        /// The path of that listing.
        listing: &'static str,
        /// What it is asked with.
        query: (&'static str, &'static str),
        /// The path for each item; `{key}` stands for its key.
        path: &'static str,
    },
    /// An error with this sentence, which says where the data is instead.
    Instead(&'static str),
}

/// A parameter that only one table has.
#[derive(Debug)]
pub struct Parameter {
    /// The name in SQL.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub doc: &'static str,
    /// The values it takes.
    pub values: Values,
    /// What it does to the requests.
    pub effect: Effect,
}

/// What a parameter does to the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Its value stands in the path, percent-encoded.
    InPath,
    /// Its value is the path.
    Path,
    /// Where it is given, this is the path, with its value in it, and a status 404 means no row.
    OwnPath(&'static str),
    /// Its value is sent as this query parameter.
    Query(&'static str),
    /// The listing is read a second time, for rows that the first reading leaves out.
    SecondReading(SecondReading),
    /// Only rows whose time in this column is the value or later.
    From(&'static str),
    /// Only rows whose time in this column is before the value.
    Until(&'static str),
    /// Only rows with these keys.
    Keys,
}

/// A second reading with a query parameter and its value; rows of the first reading whose `member` has
/// that value come only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondReading {
    /// The member of an item that the query parameter stands for.
    pub member: &'static str,
    /// The query parameter.
    pub parameter: &'static str,
    /// Its value, and the member's.
    pub value: &'static str,
}

/// The parameters that follow from the columns of a table.
static DERIVED: [Parameter; 5] = [
    moment("created_after", "Only rows created at this time or later.", Effect::From("created_at")),
    moment("created_before", "Only rows created before this time.", Effect::Until("created_at")),
    moment(
        "updated_after",
        "Only rows last updated at this time or later.",
        Effect::From("updated_at"),
    ),
    moment(
        "updated_before",
        "Only rows last updated before this time.",
        Effect::Until("updated_at"),
    ),
    Parameter {
        name: "keys",
        doc: "Keys of the rows to fetch, one by one where the API lets one; every row if left out.",
        values: Values::Keys,
        effect: Effect::Keys,
    },
];

const fn moment(name: &'static str, doc: &'static str, effect: Effect) -> Parameter {
    Parameter { name, doc, values: Values::Moment, effect }
}

/// The values that a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// A text that must be given.
    Required,
    /// A text that may be given.
    Optional,
    /// A flag, on unless it is switched off; sent as `true` when it is on.
    On,
    /// A time that may be given.
    Moment,
    /// A list of texts; [`EVERY_KEY`] alone if left out.
    Keys,
}

impl Values {
    /// The SQL type, and the default as SQL writes it.
    pub fn sql(self) -> (&'static str, Option<&'static str>) {
        match self {
            Values::Required | Values::Optional => ("VARCHAR", None),
            Values::On => ("BOOLEAN", Some("true")),
            Values::Moment => ("TIMESTAMP WITH TIME ZONE", None),
            Values::Keys => ("VARCHAR[]", Some("['*']")),
        }
    }
}

/// The member by whose times a listing is ordered.
pub const CREATED_AT: &str = "created_at";

/// What stands for every key in a parameter with keys.
pub const EVERY_KEY: &str = "*";

impl Endpoint {
    /// A listing in pages.
    pub const fn listing(path: &'static str, known: Known, columns: &'static [Column]) -> Endpoint {
        Endpoint {
            path,
            known,
            other_path: None,
            columns,
            rows: Rows::Pages,
            parameters: &[],
            missing: Missing::Error,
        }
    }

    /// The same, with its rows elsewhere.
    pub const fn rows(mut self, rows: Rows) -> Endpoint {
        self.rows = rows;
        self
    }

    /// The same, with parameters.
    pub const fn with(mut self, parameters: &'static [Parameter]) -> Endpoint {
        self.parameters = parameters;
        self
    }

    /// The same, whose path may be spelled otherwise.
    pub const fn or(mut self, path: &'static str) -> Endpoint {
        self.other_path = Some(path);
        self
    }

    /// The same, where a status 404 means something else than an error.
    pub const fn missing(mut self, missing: Missing) -> Endpoint {
        self.missing = missing;
        self
    }

    /// The query parameters that bound the times in [`CREATED_AT`], if there are both.
    pub fn created_bounds(&self) -> Option<(&'static str, &'static str)> {
        let column = self.columns.iter().find(|column| column.name == CREATED_AT)?;
        match self.narrowing(column)? {
            Narrows::Between { least, most } => Some((least, most?)),
            _ => None,
        }
    }

    /// What a filter on `column` does to the requests; nothing where there are no pages to narrow.
    pub fn narrowing(&self, column: &Column) -> Option<Narrows> {
        column.narrows.filter(|_| self.rows.is_paged())
    }

    /// Every column that users see, [`RAW`] last.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain([&RAW])
    }
}

/// A parameter that stands in the path, and must be given.
pub const fn in_path(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, doc, values: Values::Required, effect: Effect::InPath }
}

/// A parameter that is sent to the API under its own name when it is given.
pub const fn optional(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, doc, values: Values::Optional, effect: Effect::Query(name) }
}

/// A flag that is on unless it is switched off, and is sent to the API under its own name.
pub const fn on(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, doc, values: Values::On, effect: Effect::Query(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_is_named_in_any_case() {
        assert_eq!(Api::from_word("Partner"), Some(Api::Partner));
        assert_eq!(Api::from_word("vendors"), None);
    }
}
