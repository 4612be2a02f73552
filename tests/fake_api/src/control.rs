//! The paths that begin with two underscores: what a test asks the fake itself.

use serde_json::json;

use crate::auth::Api;
use crate::endpoints::{self, Ask, Endpoint, Items};
use crate::envelope::array;
use crate::given;
use crate::kinds;
use crate::query::{Query, decode};
use crate::reply::Reply;
use crate::resources::{self, Resource};
use crate::scenario::Scenario;
use crate::shelf::Item;
use crate::state::State;

/// A control request.
pub(crate) struct Control<'a> {
    pub(crate) method: &'a str,
    /// The path behind the scenario, without the leading slash.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
    /// The connections that the server accepted so far.
    pub(crate) connections: usize,
}

/// Answers a control request.
pub(crate) fn answer(state: &State, control: &Control<'_>) -> Reply {
    try_answer(state, control).unwrap_or_else(|why| Reply::error(400, &why))
}

fn try_answer(state: &State, control: &Control<'_>) -> Result<Reply, String> {
    let scenario = state.scenario.as_ref();
    let parts: Vec<&str> = control.path.splitn(3, '/').collect();
    match (control.method, parts.as_slice()) {
        ("GET", ["__log"]) => Ok(value(&json!(state.requests()))),
        ("DELETE", ["__log"]) => {
            state.clear_log();
            Ok(done())
        }
        ("GET", ["__stats"]) => Ok(stats(state, control)),
        ("GET", ["__faults"]) => Ok(value(&json!(kinds::names().collect::<Vec<_>>()))),
        ("GET", ["__truth", name]) => truth(state, scenario?, name, control.query),
        (method, ["__items", name, rest @ ..]) => {
            change(state, scenario?, resources::named(name)?, method, rest, control)
        }
        _ => Err(format!("unknown control call {} {}", control.method, control.path)),
    }
}

fn value(value: &serde_json::Value) -> Reply {
    Reply::json(200, value.to_string().into_bytes())
}

fn done() -> Reply {
    value(&json!({"ok": true}))
}

fn stats(state: &State, control: &Control<'_>) -> Reply {
    value(&json!({
        "requests": state.request_count(),
        "max_in_flight": state.most_in_flight(),
        "connections": control.connections,
        "struck": state.struck(),
    }))
}

fn truth(state: &State, scenario: &Scenario, name: &str, query: &str) -> Result<Reply, String> {
    let query = Query::parse(query);
    let body = match endpoints::named(name) {
        Some(endpoint) => array(&endpoint_items(state, scenario, endpoint, &query)?),
        None => array(&resource_items(state, scenario, resources::named(name)?, &query)?),
    };
    Ok(Reply::json(200, body))
}

fn resource_items(
    state: &State,
    scenario: &Scenario,
    resource: &'static dyn Resource,
    query: &Query,
) -> Result<Vec<Item>, String> {
    let api = Api::named(query.get("api").unwrap_or("vendor")).ok_or("unknown api")?;
    if !resource.serves(api) {
        return Err(format!("this api has no {}", resource.path()));
    }
    Ok(state.listing(scenario, resource, api).items(query))
}

/// The items that a call with these parameters gets, or all there are if the query does not say
/// what stands in the path.
fn endpoint_items(
    state: &State,
    scenario: &Scenario,
    endpoint: &'static dyn Endpoint,
    query: &Query,
) -> Result<Items, String> {
    let names = endpoint.pattern().split(['{', '}']).skip(1).step_by(2);
    let arguments: Option<Vec<String>> =
        names.map(|name| query.get(name).map(str::to_owned)).collect();
    let api = Api::ALL.into_iter().find(|&api| endpoint.serves(api)).ok_or("no api has this")?;
    let arguments_or_none = arguments.as_deref().unwrap_or_default();
    let ask = Ask { state, scenario, api, query, arguments: arguments_or_none };
    match &arguments {
        Some(_) => endpoint.find(&ask).ok_or_else(|| "not found".to_owned()),
        None => Ok(endpoint.all(&ask)),
    }
}

fn change(
    state: &State,
    scenario: &Scenario,
    resource: &'static dyn Resource,
    method: &str,
    rest: &[&str],
    control: &Control<'_>,
) -> Result<Reply, String> {
    match (method, rest) {
        ("PUT", []) => state.replace(resource, given::read(control.body)?),
        ("POST", []) => {
            let at = Query::parse(control.query).integer("at")?.unwrap_or(0);
            let items = given::read(control.body)?;
            state.change(scenario, resource, |all| {
                let at = usize::try_from(at).unwrap_or(0).min(all.len());
                all.splice(at..at, items.iter().cloned());
            });
        }
        ("DELETE", [key]) => {
            let key = decode(key);
            state.change(scenario, resource, |all| all.retain(|item| !item.has_key(&key)));
        }
        _ => return Err("items know PUT, POST and DELETE with a key".into()),
    }
    Ok(done())
}
