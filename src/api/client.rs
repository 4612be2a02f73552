//! One GET request: URL, headers, time limits, and what its failures mean.

use std::error::Error as _;
use std::io::{self, Read as _};
use std::iter::successors;
use std::time::{Duration, Instant, SystemTime};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::blocking::{self, Response};
use reqwest::header::{ACCEPT, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use rustls::CertificateError;
use serde_json::Value;

use crate::api::credentials::Grant;
use crate::api::retry::retry_after;
use crate::api::scrub::{scrub, scrubbed};
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
    /// Until its end.
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

/// An HTTP client, with its connections and TLS sessions.
#[derive(Debug)]
pub struct Client(blocking::Client);

impl Client {
    /// One that makes its requests with `client`.
    pub fn new(client: blocking::Client) -> Client {
        Client(client)
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
            let host = scrub(&account.grant, &redirect_host(&response));
            return Err(Error::redirect(place.clone(), host));
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
    Error::not_json(place.clone(), at, scrubbed(&account.grant, body, 40))
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

/// Follows a few redirects, none of them to where keys must not go.
pub fn follow_on_same_host() -> Policy {
    Policy::custom(|attempt| {
        let first = attempt.previous().first();
        let is_same = first.is_some_and(|first| first.origin() == attempt.url().origin());
        if is_same && attempt.previous().len() <= MOST_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn redirect_host(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| response.url().join(location).ok());
    target.as_ref().and_then(Url::host_str).unwrap_or("unknown").to_owned()
}

fn refused(account: &Account, place: &Place, status: StatusCode, body: &[u8]) -> Error {
    let message = scrubbed(&account.grant, &message(body), 300);
    Error::status(place.clone(), status.as_u16(), message, &account.secret, &account.base_url)
}

/// What an error body says, if it is JSON that says something.
fn message(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = ["message", "error", "detail"].iter().find_map(|name| body.get(name)?.as_str());
    text.unwrap_or_default().to_owned()
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
    if let Some(why) = causes(error).find_map(refused_certificate) {
        return Transport::Untrusted(why);
    }
    match error {
        error if error.is_connect() => Transport::Unreachable(root_cause(error)),
        error if error.is_timeout() => Transport::TimedOut,
        error => Transport::BrokenOff(root_cause(error)),
    }
}

/// What caused an error, and what caused that.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    successors(error.source(), |&cause| cause.source())
}

/// The innermost cause, which names no URL.
pub fn root_cause(error: &reqwest::Error) -> String {
    let cause = causes(error).last();
    cause.map_or_else(|| "the request could not be made".into(), ToString::to_string)
}

/// Why a certificate was refused, if that is the cause, however deep it is wrapped.
fn refused_certificate(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(wrapped) = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return refused_certificate(wrapped);
    }
    let rustls::Error::InvalidCertificate(why) = cause.downcast_ref()? else { return None };
    Some(match why {
        CertificateError::UnknownIssuer => "nobody who is trusted has issued it".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".into()
        }
        other => other.to_string(),
    })
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
        assert_eq!(message(br#"{"message": "No such", "status": 404}"#), "No such");
        assert_eq!(message(br#"{"detail": "Gone"}"#), "Gone");
        assert_eq!(message(b"<html>"), "");
        assert_eq!(message(br#"{"message": 7}"#), "");
    }
}
