//! The log of API requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One API request, as it was seen on arrival, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The number of the request in its scenario, from 1.
    pub n: usize,
    /// The HTTP method.
    pub method: String,
    /// The path without the scenario, not decoded.
    pub path: String,
    /// The query string without the `?`, not decoded.
    pub query: String,
    /// The decoded parameters; the last one of a name counts.
    pub params: BTreeMap<String, String>,
    /// The status of the answer; 0 if there is none.
    pub status: u16,
    /// The scheme of the `Authorization` header: `basic`, `bearer`, `other` or `none`.
    pub auth: String,
    /// The page of the walk that the request asks for, from 1; 0 if it is no page.
    pub page: usize,
    /// The number of rows in the answer.
    pub items: usize,
    /// The requests of this scenario that were being served, with this one.
    pub in_flight: usize,
    /// The request headers, those with secrets left out.
    pub headers: BTreeMap<String, String>,
}

impl LogEntry {
    /// The decoded value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// The value of a request header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Headers that never go into the log.
const SECRET: &[&str] = &["authorization", "cookie", "proxy-authorization"];

/// The headers that may be logged.
pub(crate) fn loggable(headers: &hyper::HeaderMap) -> BTreeMap<String, String> {
    let open = headers.iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
    open.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out() {
        let mut headers = hyper::HeaderMap::new();
        headers.insert("authorization", "Bearer x".parse().unwrap());
        headers.insert("accept", "a/b".parse().unwrap());
        assert_eq!(loggable(&headers), BTreeMap::from([("accept".into(), "a/b".into())]));
    }
}
