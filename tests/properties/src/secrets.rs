//! Secrets: options are taken or refused, and no key is in what is said about them.
//!
//! Every key in the input is marked, so that any trace of one is found.

use arbitrary::{Arbitrary, Result, Unstructured};
use partnerstack::api::credentials::{Credentials, Grant, Key, PARAMETERS, Request, create};
use partnerstack::api::scrub::{scrub, scrubbed};
use partnerstack::schema::Api;

/// What is in every key and nowhere else.
const MARK: &str = "§key§";

#[derive(Debug)]
struct Input {
    provider: String,
    options: Vec<(String, Option<String>)>,
    environment: Vec<(&'static str, String)>,
    scopes: Vec<String>,
    /// What stands around a key in an answer, and how much of that is quoted.
    before: String,
    after: String,
    length: u8,
}

impl Input {
    fn of(u: &mut Unstructured<'_>) -> Result<Input> {
        let provider = (*u.choose(&["config", "env", "ENV"])?).to_owned();
        let mut input = Input {
            provider,
            options: Vec::new(),
            environment: Vec::new(),
            scopes: Vec::new(),
            before: unmarked(u)?,
            after: unmarked(u)?,
            length: u.arbitrary()?,
        };
        for parameter in &PARAMETERS {
            if u.arbitrary()? {
                let name = spelled(u, parameter.name)?;
                let given = if u.ratio(1, 8)? { None } else { Some(value(u, parameter.name)?) };
                input.options.push((name, given));
            }
            if let Some(variable) = parameter.variable.filter(|_| u.arbitrary().unwrap_or(false)) {
                input.environment.push((variable, value(u, parameter.name)?));
            }
        }
        if u.ratio(1, 4)? {
            input.scopes.push(scope(u)?);
        }
        Ok(input)
    }
}

fn unmarked(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(<&str>::arbitrary(u)?.replace('§', ""))
}

fn spelled(u: &mut Unstructured<'_>, name: &str) -> Result<String> {
    Ok(if u.arbitrary()? { name.to_owned() } else { name.to_uppercase() })
}

fn scope(u: &mut Unstructured<'_>) -> Result<String> {
    let start = u.choose(&["partnerstack://", ""])?;
    Ok(format!("{start}{}", unmarked(u)?))
}

/// A value of an option. Keys are marked; so is what a URL holds in place of a user name.
fn value(u: &mut Unstructured<'_>, name: &str) -> Result<String> {
    let (before, after) =
        if u.arbitrary()? { (unmarked(u)?, unmarked(u)?) } else { (String::new(), String::new()) };
    let value = match name {
        "base_url" => {
            let scheme = u.choose(&["https://", "http://", "ftp://", "", "https://§key§@"])?;
            let host =
                u.choose(&["api.example.com", "127.0.0.1:8080", "localhost", "[::1]", ""])?;
            format!("{scheme}{host}{before}")
        }
        "ca_cert_file" => format!("/etc/{before}.pem"),
        "allow_http" => (*u.choose(&["true", "false", "maybe"])?).to_owned(),
        _ if u.ratio(1, 8)? => String::new(),
        _ => format!("{before}{MARK}{after}"),
    };
    Ok(value)
}

fn keep_quiet(said: &str) {
    assert!(!said.contains('§'), "{said}");
}

/// Checks what is said where a secret is made, where it is refused, and where it is used.
pub fn check(bytes: &[u8]) {
    let Ok(input) = Input::of(&mut Unstructured::new(bytes)) else { return };
    let options =
        input.options.iter().map(|(name, value)| (name.clone(), value.clone().map(Key::new)));
    let request = Request {
        provider: &input.provider,
        options: options.collect(),
        scopes: input.scopes.clone(),
    };
    let variable = |name: &str| {
        let found = input.environment.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| value.clone())
    };
    let pairs = match create(request, variable) {
        Ok(pairs) => pairs,
        Err(error) => return keep_quiet(&format!("{error} {error:?}")),
    };
    keep_quiet(&format!("{pairs:?}"));
    let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    used(&Credentials::from_pairs("a_secret".into(), pairs), &input);
}

/// An API that sends a key back is quoted without it.
fn used(credentials: &Credentials, input: &Input) {
    keep_quiet(&format!("{credentials:?}"));
    for api in [Api::Vendor, Api::Partner] {
        let grant = match credentials.require(api) {
            Ok(grant) => grant,
            Err(error) => {
                keep_quiet(&format!("{error} {error:?}"));
                continue;
            }
        };
        let keys = match grant {
            Grant::Basic { public, private } => vec![public, private],
            Grant::Bearer(token) => vec![token],
        };
        for key in keys {
            let answer = [&input.before, key.reveal(), &input.after].concat();
            keep_quiet(&scrub(grant, &answer));
            keep_quiet(&scrubbed(grant, &answer, input.length.into()));
        }
    }
}
