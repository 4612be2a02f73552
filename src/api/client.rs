//! One GET request: URL, headers, time limits, and what its failures mean.

use std::collections::HashMap;
use std::error::Error as _;
use std::io::{self, Read as _};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::blocking::{self, Response};
use reqwest::header::{ACCEPT, LOCATION, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{StatusCode, Url};
use serde_json::Value;

use crate::api::credentials::Grant;
use crate::api::retry::retry_after;
use crate::error::{Error, Place, Transport};

/// How much of a body is read at a time.
const PIECE: usize = 64 * 1024;

const MOST_REDIRECTS: usize = 5;

/// What stands as itself in a URL; all else is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whom to ask, and as whom.
#[derive(Debug)]
pub struct Account {
    /// The name of the secret, for errors.
    pub secret: String,
    /// What every path follows on.
    pub base_url: String,
    /// The keys.
    pub grant: Grant,
}

/// How long an answer may take, and how large it may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// From one part of the answer to the next.
    pub idle: Duration,
    /// For all of it.
    pub whole: Duration,
    /// Its bytes, unpacked.
    pub bytes: u64,
}

/// A good answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status, 200 to 299.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// The clients of this process, by how long they wait to connect, and for the next part of an answer.
type Clients = Mutex<HashMap<(Duration, Duration), Arc<Client>>>;

/// An HTTP client, with its connections and TLS sessions.
#[derive(Debug)]
pub struct Client(blocking::Client);

impl Client {
    /// The one client of this process for such limits, made at first use.
    pub fn shared(limits: &Limits) -> Result<Arc<Client>, Error> {
        static SHARED: LazyLock<Clients> = LazyLock::new(Mutex::default);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (limits.connect, limits.idle);
        if let Some(client) = shared.get(&key) {
            return Ok(client.clone());
        }
        let client = Arc::new(Client::new(limits)?);
        shared.insert(key, client.clone());
        Ok(client)
    }

    fn new(limits: &Limits) -> Result<Client, Error> {
        // An error means that there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = blocking::Client::builder()
            .user_agent(concat!("duckdb-partnerstack/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            // Until an answer begins, and then for each read. The same on a request would be for all of it.
            .timeout(limits.idle)
            .redirect(Policy::custom(follow_on_same_host))
            .build();
        client.map(Client).map_err(|error| Error::client(root_cause(&error)))
    }

    /// The answer to `GET path?query`.
    pub fn get(
        &self,
        account: &Account,
        place: &Place,
        query: &[(String, String)],
        limits: &Limits,
    ) -> Result<Answer, Error> {
        let begun = Instant::now();
        let failed = |how| Error::transport(place.clone(), &account.base_url, how);
        let request = self.0.get(url(&account.base_url, &place.path, query));
        let request = match &account.grant {
            Grant::Basic { public, private } => {
                request.basic_auth(public.reveal(), Some(private.reveal()))
            }
            Grant::Bearer(token) => request.bearer_auth(token.reveal()),
        };
        let request = request.header(ACCEPT, "application/json");
        let response = request.send().map_err(|error| failed(transport(&error)))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Error::redirect(place.clone(), redirect_host(&response)));
        }
        let wait = response.headers().get(RETRY_AFTER).and_then(|header| header.to_str().ok());
        let wait = wait.and_then(|header| retry_after(header, SystemTime::now()));
        let body = read(response, limits, begun).map_err(|unread| match unread {
            Unread::TooLarge => Error::too_large(place.clone(), limits.bytes),
            Unread::Failed(how) => failed(how),
        })?;
        if !status.is_success() {
            return Err(refused(account, place, status, &body).after(wait));
        }
        let body = String::from_utf8(body).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            not_json(account, place, at, &String::from_utf8_lossy(error.as_bytes()))
        })?;
        Ok(Answer { status: status.as_u16(), body })
    }
}

/// The error for a body that is not JSON from byte `at` on.
pub fn not_json(account: &Account, place: &Place, at: usize, body: &str) -> Error {
    Error::not_json(place.clone(), at, account.grant.scrub(&excerpt(body, 40)))
}

fn url(base_url: &str, path: &str, query: &[(String, String)]) -> String {
    let mut url = format!("{base_url}{path}");
    for (index, (name, value)) in query.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(&encoded(name));
        url.push('=');
        url.push_str(&encoded(value));
    }
    url
}

/// A value as it may stand in a path or a query.
pub fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

fn follow_on_same_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let same =
        attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if same && attempt.previous().len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

fn redirect_host(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| response.url().join(location).ok());
    target.as_ref().and_then(Url::host_str).unwrap_or("unknown").to_owned()
}

fn refused(account: &Account, place: &Place, status: StatusCode, body: &[u8]) -> Error {
    let message = account.grant.scrub(&message(body));
    Error::status(place.clone(), status.as_u16(), message, &account.secret, &account.base_url)
}

/// What an error body says, if it is JSON that says something.
fn message(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = ["message", "error", "detail"].iter().find_map(|name| body.get(name)?.as_str());
    excerpt(text.unwrap_or_default(), 300)
}

/// The start of `text`, on one line.
fn excerpt(text: &str, length: usize) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let start: String = line.take(length).collect();
    start.trim().to_owned()
}

/// Why a body was not read to its end.
enum Unread {
    TooLarge,
    Failed(Transport),
}

/// Reads a body, for as long as it comes in time and is not too large.
fn read(mut response: Response, limits: &Limits, begun: Instant) -> Result<Vec<u8>, Unread> {
    let (mut body, mut piece) = (Vec::new(), vec![0; PIECE]);
    loop {
        let read = response.read(&mut piece).map_err(|error| Unread::Failed(broken_off(&error)))?;
        body.extend_from_slice(&piece[..read]);
        if body.len() as u64 > limits.bytes {
            return Err(Unread::TooLarge);
        }
        if read == 0 {
            return Ok(body);
        }
        if begun.elapsed() > limits.whole {
            return Err(Unread::Failed(Transport::TimedOut));
        }
    }
}

/// Why a read failed: as the client says, where it is the cause.
fn broken_off(error: &io::Error) -> Transport {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    cause.map_or_else(|| Transport::BrokenOff(error.to_string()), transport)
}

fn transport(error: &reqwest::Error) -> Transport {
    match error {
        error if error.is_connect() => Transport::Unreachable(root_cause(error)),
        error if error.is_timeout() => Transport::TimedOut,
        error => Transport::BrokenOff(root_cause(error)),
    }
}

/// The innermost cause, which names no URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "the request could not be made".into(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_percent_encoded() {
        let query = [("limit", "250"), ("starting_after", "a b+c/d?e&f%g#h=é'")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            url("https://x.example/v2", "/rewards", &query),
            "https://x.example/v2/rewards?limit=250&starting_after=\
             a%20b%2Bc%2Fd%3Fe%26f%25g%23h%3D%C3%A9%27"
        );
    }

    #[test]
    fn a_message_is_found_where_the_api_puts_it() {
        assert_eq!(message(br#"{"message": "No\nsuch", "status": 404}"#), "No such");
        assert_eq!(message(br#"{"detail": "Gone"}"#), "Gone");
        assert_eq!(message(b"<html>"), "");
        assert_eq!(message(br#"{"message": 7}"#), "");
    }
}
