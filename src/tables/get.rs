use crate::schema::{Effect, Endpoint, Known, Parameter, Rows, Table, Values};

pub(super) static TABLE: Table = Table {
    name: "get",
    doc: "Whatever the API has at a path: a row for each item of a list, or one for an object.",
    vendor: Some(ENDPOINT),
    partner: Some(ENDPOINT),
    example: "SELECT raw FROM partnerstack_get(path := '/groups', api := 'vendor') LIMIT 10",
};

const ENDPOINT: Endpoint =
    Endpoint::listing("{path}", Known::Guessed, &[]).rows(Rows::Anywhere).with(&[Parameter {
        name: "path",
        doc: "Path under the base URL, such as '/groups'.",
        values: Values::Required,
        effect: Effect::Path,
    }]);
