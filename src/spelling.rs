//! Which of two spellings of a path an API answers to; learned once, and kept for the process.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::schema::Endpoint;

static OTHERWISE: LazyLock<Mutex<HashSet<(String, &'static str)>>> = LazyLock::new(Mutex::default);

/// The spellings of an endpoint's path at `base_url`, the likelier one first.
pub fn paths(base_url: &str, endpoint: &Endpoint) -> (&'static str, Option<&'static str>) {
    let known = (base_url.to_owned(), endpoint.path);
    match endpoint.other_path {
        Some(other)
            if OTHERWISE.lock().unwrap_or_else(PoisonError::into_inner).contains(&known) =>
        {
            (other, Some(endpoint.path))
        }
        other => (endpoint.path, other),
    }
}

/// Notes that the endpoint answered to its other spelling.
pub fn learn(base_url: &str, endpoint: &Endpoint) {
    let known = (base_url.to_owned(), endpoint.path);
    OTHERWISE.lock().unwrap_or_else(PoisonError::into_inner).insert(known);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Known;

    #[test]
    fn a_spelling_is_learned_for_one_base_url() {
        let endpoint = Endpoint::listing("/a_b", Known::Guessed, &[]).or("/a-b");
        assert_eq!(paths("https://one.example", &endpoint), ("/a_b", Some("/a-b")));
        learn("https://one.example", &endpoint);
        assert_eq!(paths("https://one.example", &endpoint), ("/a-b", Some("/a_b")));
        assert_eq!(paths("https://two.example", &endpoint), ("/a_b", Some("/a-b")));
    }
}
