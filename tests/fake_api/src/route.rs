//! Which resource or endpoint a path leads to.

use crate::auth::Api;
use crate::endpoints::{self, Endpoint};
use crate::query::decode;
use crate::resources::{self, Resource};
use crate::scenario::Scenario;

/// Where the listings and most endpoints are.
pub(crate) const ROOT: &str = "/api/v2/";

/// What a path leads to.
pub(crate) enum Target {
    /// A listing.
    List(&'static dyn Resource),
    /// One object of a listing, by key.
    Single(&'static dyn Resource, String),
    /// An endpoint with what its path says in the places of the `{names}`.
    Endpoint(&'static dyn Endpoint, Vec<String>),
}

impl Target {
    /// Whether this API has it.
    pub(crate) fn serves(&self, api: Api) -> bool {
        match self {
            Target::List(resource) => resource.serves(api),
            Target::Single(resource, _) => resource.serves_single(api),
            Target::Endpoint(endpoint, _) => endpoint.serves(api),
        }
    }

    /// The name that `deny=` knows it by.
    pub(crate) fn knob(&self) -> String {
        match self {
            Target::List(resource) | Target::Single(resource, _) => resource.knob(),
            Target::Endpoint(endpoint, _) => endpoint.knob().to_owned(),
        }
    }

    /// The text of `message` in an answer.
    pub(crate) fn message(&self) -> &'static str {
        match self {
            Target::List(resource) | Target::Single(resource, _) => resource.message(),
            Target::Endpoint(endpoint, _) => endpoint.message(),
        }
    }
}

/// A pattern that fits a path.
struct Fit {
    /// Whether each segment is spelled out in the pattern.
    literal: Vec<bool>,
    /// The others, decoded.
    arguments: Vec<String>,
}

/// Compares a path with a pattern such as `deals/{key}/files`.
fn fit(pattern: &str, path: &str) -> Option<Fit> {
    let mut fit = Fit { literal: Vec::new(), arguments: Vec::new() };
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        let segment = segments.next()?;
        let literal = !part.starts_with('{');
        match literal {
            true if segment != part => return None,
            true => {}
            false if segment.is_empty() => return None,
            false => fit.arguments.push(decode(segment)),
        }
        fit.literal.push(literal);
    }
    segments.next().is_none().then_some(fit)
}

type Candidate = (Vec<bool>, Target);

fn listings(scenario: &Scenario, path: &str) -> Vec<Candidate> {
    let Some(path) = path.strip_prefix(ROOT) else {
        return Vec::new();
    };
    let list = |resource: &'static dyn Resource| {
        fit(resource.path(), path).map(|fit| (fit.literal, Target::List(resource)))
    };
    let single = |resource: &'static dyn Resource| {
        let pattern = format!("{}/{{key}}", resource.path());
        let mut fit = fit(&pattern, path).filter(|_| resource.has_single())?;
        Some((fit.literal, Target::Single(resource, fit.arguments.pop()?)))
    };
    let existing = resources::ALL.iter().copied().filter(|resource| resource.exists(scenario));
    existing.flat_map(|resource| list(resource).into_iter().chain(single(resource))).collect()
}

fn irregular(path: &str) -> impl Iterator<Item = Candidate> {
    endpoints::ALL.iter().copied().filter_map(move |endpoint| {
        let fit = fit(endpoint.pattern(), path.strip_prefix(endpoint.root())?)?;
        Some((fit.literal, Target::Endpoint(endpoint, fit.arguments)))
    })
}

/// What a path leads to: what is spelled out wins over what is a key, an endpoint over a listing.
pub(crate) fn route(scenario: &Scenario, path: &str) -> Option<Target> {
    let candidates = listings(scenario, path).into_iter().chain(irregular(path));
    candidates.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, target)| target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_pattern() {
        let arguments = |pattern, path| fit(pattern, path).map(|fit| fit.arguments);
        assert_eq!(arguments("deals", "deals"), Some(vec![]));
        assert_eq!(arguments("deals/{key}", "deals/a%2Fb"), Some(vec!["a/b".to_owned()]));
        assert_eq!(arguments("a/{x}/b/{y}", "a/1/b/2"), Some(vec!["1".into(), "2".into()]));
        for path in ["deals", "deals/", "deals/a/b", "deals//", "leads/a"] {
            assert_eq!(arguments("deals/{key}", path), None, "{path}");
        }
    }

    #[test]
    fn what_is_spelled_out_wins() {
        let knob = |path: &str| route(&Scenario::default(), path).map(|target| target.knob());
        assert_eq!(knob("/api/v2/deals").as_deref(), Some("deals"));
        assert_eq!(knob("/api/v2/deals/form-template").as_deref(), Some("deals"));
        assert_eq!(knob("/api/v2/deals/form-templates").as_deref(), Some("deal_form_templates"));
        assert_eq!(knob("/api/v2/deals/x/files").as_deref(), Some("deal_files"));
        assert_eq!(knob("/api/deals/x/file/y").as_deref(), Some("deal_file"));
        for path in ["/api/deals", "/api/v2/deals/x/file/y", "/api/v2/partners", "/api/v2/"] {
            assert_eq!(knob(path), None, "{path}");
        }
    }
}
