//! What a secret holds: the options of `CREATE SECRET`, their checks, and the keys once read.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;
use ring::hmac;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::schema::{Api, Table};

/// The secret type, and the scheme of its scopes.
pub const SECRET_TYPE: &str = "partnerstack";

/// What every path of an account starts with.
pub const SCOPE: &str = "partnerstack://";

/// The providers of the secret type; the first one is the default.
pub const PROVIDERS: [&str; 2] = ["config", "env"];

/// Where requests go unless the secret says otherwise.
pub const DEFAULT_BASE_URL: &str = "https://api.partnerstack.com/api/v2";

/// An option of `CREATE SECRET`.
#[derive(Debug)]
pub struct Parameter {
    /// The name, in lower case.
    pub name: &'static str,
    /// Whether it is a `BOOLEAN`; if not, it is a `VARCHAR`.
    pub is_boolean: bool,
    /// Whether `duckdb_secrets()` hides it.
    pub is_redacted: bool,
    /// The environment variable that provider `env` reads it from.
    pub variable: Option<&'static str>,
}

const fn text(name: &'static str, is_redacted: bool, variable: &'static str) -> Parameter {
    Parameter { name, is_boolean: false, is_redacted, variable: Some(variable) }
}

/// Every option; `secret_key` is another name for `private_key`.
pub static PARAMETERS: [Parameter; 7] = [
    text("api_key", true, "PARTNERSTACK_API_KEY"),
    text("public_key", false, "PARTNERSTACK_PUBLIC_KEY"),
    text("private_key", true, "PARTNERSTACK_PRIVATE_KEY"),
    Parameter { name: "secret_key", is_boolean: false, is_redacted: true, variable: None },
    text("base_url", false, "PARTNERSTACK_BASE_URL"),
    text("ca_cert_file", false, "PARTNERSTACK_CA_CERT_FILE"),
    Parameter { name: "allow_http", is_boolean: true, is_redacted: false, variable: None },
];

/// Text that is wiped when it is dropped, and that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<String>);

impl Key {
    /// Takes over `text`.
    pub fn new(text: String) -> Key {
        Key(Zeroizing::new(text))
    }

    /// The text itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What proves who is asking, to one of the two APIs.
#[derive(Clone, Debug)]
pub enum Grant {
    /// HTTP Basic, for the Vendor API.
    Basic {
        /// The user name.
        public: Key,
        /// The password.
        private: Key,
    },
    /// A bearer token, for the Partner API.
    Bearer(Key),
}

impl Grant {
    /// A text that tells `text` and these keys from any others, in hexadecimal digits. Neither can be had back
    /// from it.
    pub fn sign(&self, text: &str) -> String {
        let keys = match self {
            Grant::Basic { public, private } => {
                Zeroizing::new(format!("{}:{}", public.reveal(), private.reveal()))
            }
            Grant::Bearer(token) => Zeroizing::new(token.reveal().to_owned()),
        };
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, keys.as_bytes()), text.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The secret that a scan was given.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The name of the secret.
    pub secret: String,
    /// Where requests go, without a slash at the end.
    pub base_url: String,
    /// A file of certificates to trust.
    pub ca_cert_file: Option<String>,
    vendor: Option<Grant>,
    partner: Option<Grant>,
}

impl Credentials {
    /// Reads the pairs of the secret named `secret`, as [`create`] kept them.
    pub fn from_pairs(secret: String, pairs: Vec<(String, Key)>) -> Credentials {
        let mut options = Options(pairs);
        options.0.retain(|(_, value)| !value.reveal().is_empty());
        let vendor = match (options.take("public_key"), options.take("private_key")) {
            (Some(public), Some(private)) => Some(Grant::Basic { public, private }),
            _ => None,
        };
        let base_url = options.take("base_url");
        Credentials {
            secret,
            base_url: base_url.map_or(DEFAULT_BASE_URL.into(), |url| url.reveal().to_owned()),
            ca_cert_file: options.take("ca_cert_file").map(|path| path.reveal().to_owned()),
            vendor,
            partner: options.take("api_key").map(Grant::Bearer),
        }
    }

    /// The keys for `api`; an error if the secret has none.
    pub fn require(&self, api: Api) -> Result<&Grant, Error> {
        self.grant(api).ok_or_else(|| Error::no_grant(&self.secret, api))
    }

    /// The API to read `table` from: one that has it and that there are keys for, the Vendor API
    /// first; else any that there are keys for.
    pub fn api_for(&self, table: &Table) -> Api {
        let mut granted =
            [Api::Vendor, Api::Partner].into_iter().filter(|api| self.grant(*api).is_some());
        let first = granted.clone().next().unwrap_or(Api::Vendor);
        granted.find(|api| table.endpoint(*api).is_some()).unwrap_or(first)
    }

    fn grant(&self, api: Api) -> Option<&Grant> {
        match api {
            Api::Vendor => self.vendor.as_ref(),
            Api::Partner => self.partner.as_ref(),
        }
    }
}

/// What `CREATE SECRET` was given: options by name, `None` where the value was `NULL`.
pub struct Request<'a> {
    /// The provider, one of [`PROVIDERS`].
    pub provider: &'a str,
    /// Options as the user wrote them.
    pub options: Vec<(String, Option<Key>)>,
    /// The scopes, none if the secret is for every account.
    pub scopes: Vec<String>,
}

/// The pairs that a secret keeps, or why it is refused. `variable` reads the environment.
pub fn create(
    request: Request<'_>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(&'static str, Key)>, Error> {
    check_scopes(&request.scopes)?;
    let from_environment = request.provider.eq_ignore_ascii_case("env");
    let mut options = Options::given(request.options)?;
    if from_environment {
        options.fill_from(variable);
    }
    let allow_http = options.take("allow_http").is_some_and(|flag| flag.reveal() == "true");
    let mut kept = keys(&mut options, from_environment)?;
    if let Some(url) = options.take("base_url") {
        kept.push(("base_url", Key::new(base_url(url.reveal(), allow_http)?)));
    }
    kept.extend(options.take("ca_cert_file").map(|path| ("ca_cert_file", path)));
    if allow_http {
        kept.push(("allow_http", Key::new("true".into())));
    }
    Ok(kept)
}

struct Options(Vec<(String, Key)>);

impl Options {
    fn given(options: Vec<(String, Option<Key>)>) -> Result<Options, Error> {
        let mut given = Options(Vec::new());
        for (name, value) in options {
            let name = name.to_lowercase();
            let value = value.filter(|value| !value.reveal().is_empty());
            let value =
                value.ok_or_else(|| refuse(&name, "is empty; leave it out or give it a value"))?;
            check_text(&name, value.reveal())?;
            given.add(name, value)?;
        }
        Ok(given)
    }

    fn add(&mut self, name: String, value: Key) -> Result<(), Error> {
        let name = if name == "secret_key" { "private_key".into() } else { name };
        if self.0.iter().any(|(other, _)| *other == name) {
            return Err(refuse(
                "secret_key",
                "and PRIVATE_KEY are the same option; give one of them",
            ));
        }
        self.0.push((name, value));
        Ok(())
    }

    fn fill_from(&mut self, variable: impl Fn(&str) -> Option<String>) {
        for parameter in &PARAMETERS {
            let value = parameter.variable.and_then(&variable).filter(|value| !value.is_empty());
            let given = self.0.iter().any(|(name, _)| name == parameter.name);
            if let (Some(value), false) = (value, given) {
                self.0.push((parameter.name.into(), Key::new(value)));
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<Key> {
        let at = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

fn refuse(option: &str, why: &str) -> Error {
    Error::option(&option.to_uppercase(), why)
}

fn check_scopes(scopes: &[String]) -> Result<(), Error> {
    match scopes.iter().find(|scope| !scope.starts_with(SCOPE)) {
        Some(scope) => Err(refuse(
            "scope",
            &format!("must start with {SCOPE}, as in 'partnerstack://acme'; it is \"{scope}\""),
        )),
        None => Ok(()),
    }
}

fn check_text(name: &str, value: &str) -> Result<(), Error> {
    if value.chars().any(char::is_control) {
        return Err(refuse(name, "holds a control character, such as a line break"));
    }
    if value.trim() != value {
        return Err(refuse(name, "starts or ends with a blank"));
    }
    Ok(())
}

fn keys(options: &mut Options, from_environment: bool) -> Result<Vec<(&'static str, Key)>, Error> {
    let taken = ["api_key", "public_key", "private_key"].map(|name| (name, options.take(name)));
    for (name, key) in &taken {
        if let Some(key) = key {
            check_text(name, key.reveal())?;
        }
    }
    match &taken {
        [(_, None), (_, None), (_, None)] if from_environment => Err(Error::no_variables()),
        [(_, None), (_, None), (_, None)] => Err(Error::no_keys()),
        [_, (_, Some(_)), (_, None)] => {
            Err(refuse("private_key", "is missing; PUBLIC_KEY goes with it"))
        }
        [_, (_, None), (_, Some(_))] => {
            Err(refuse("public_key", "is missing; PRIVATE_KEY goes with it"))
        }
        [_, (_, Some(public)), _] if public.reveal().contains(':') => {
            Err(refuse("public_key", "holds a colon, which no user name may"))
        }
        _ => Ok(taken.into_iter().filter_map(|(name, key)| Some((name, key?))).collect()),
    }
}

fn base_url(text: &str, allow_http: bool) -> Result<String, Error> {
    let not_a_url =
        || refuse("base_url", &format!("must be an http or https URL, as in '{DEFAULT_BASE_URL}'"));
    check_text("base_url", text)?;
    let url = Url::parse(text).map_err(|_| not_a_url())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(not_a_url());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("base_url", "holds a user name; keys belong in the options for keys"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("base_url", "must end with its path, without ? or #"));
    }
    if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        return Err(refuse(
            "base_url",
            "would send the keys unencrypted; use https, or add ALLOW_HTTP true",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(
        provider: &str,
        options: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Result<String, String> {
        let options = options
            .iter()
            .map(|(name, value)| (name.to_string(), Some(Key::new(value.to_string()))));
        let request = Request { provider, options: options.collect(), scopes: vec![] };
        let variable = |name: &str| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
        };
        match create(request, variable) {
            Ok(pairs) => Ok(pairs
                .iter()
                .map(|(k, v)| format!("{k}={}", v.reveal()))
                .collect::<Vec<_>>()
                .join(" ")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn kept(options: &[(&str, &str)], expected: &str) {
        assert_eq!(made("config", options, &[]).as_deref(), Ok(expected));
    }

    fn refused(options: &[(&str, &str)], expected: &str) {
        let error = made("config", options, &[]).expect_err("it was accepted");
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn one_kind_of_keys_or_both() {
        kept(&[("API_KEY", "k")], "api_key=k");
        kept(&[("public_key", "p"), ("private_key", "s")], "public_key=p private_key=s");
        kept(&[("public_key", "p"), ("SECRET_KEY", "s")], "public_key=p private_key=s");
        kept(
            &[("private_key", "s"), ("public_key", "p"), ("api_key", "k")],
            "api_key=k public_key=p private_key=s",
        );
    }

    #[test]
    fn keys_that_cannot_work_are_refused_by_name() {
        refused(&[], "API_KEY");
        refused(&[("public_key", "p")], "PRIVATE_KEY is missing");
        refused(&[("secret_key", "s")], "PUBLIC_KEY is missing");
        refused(&[("api_key", "k"), ("public_key", "p")], "PRIVATE_KEY is missing");
        refused(&[("api_key", "")], "API_KEY is empty");
        refused(&[("api_key", "a\nb")], "API_KEY holds a control character");
        refused(&[("api_key", "a\0b")], "API_KEY holds a control character");
        refused(&[("api_key", " a")], "API_KEY starts or ends with a blank");
        refused(&[("public_key", "p:q"), ("private_key", "s")], "PUBLIC_KEY holds a colon");
        refused(&[("private_key", "a"), ("secret_key", "b")], "SECRET_KEY and PRIVATE_KEY");
    }

    #[test]
    fn a_base_url_is_https_or_loopback() {
        let url = |url: &str| made("config", &[("api_key", "k"), ("base_url", url)], &[]);
        assert_eq!(
            url("https://proxy.example/ps/"),
            Ok("api_key=k base_url=https://proxy.example/ps".into())
        );
        for loopback in ["http://localhost:8080/v2", "http://127.0.0.9/v2", "http://[::1]:1/v2"] {
            assert_eq!(url(loopback), Ok(format!("api_key=k base_url={loopback}")));
        }
        for (bad, why) in [
            ("", "BASE_URL is empty"),
            ("nonsense", "BASE_URL must be an http or https URL"),
            ("ftp://example.com", "BASE_URL must be an http or https URL"),
            ("https://me@example.com", "BASE_URL holds a user name"),
            ("https://me:pw@example.com", "BASE_URL holds a user name"),
            ("https://example.com/?a=1", "BASE_URL must end with its path"),
            ("http://example.com", "BASE_URL would send the keys unencrypted"),
            ("http://localhost.example.com", "BASE_URL would send the keys unencrypted"),
        ] {
            let error = url(bad).expect_err(bad);
            assert!(error.contains(why), "{bad}: {error}");
        }
    }

    #[test]
    fn plain_http_is_allowed_when_asked_for() {
        let options =
            [("api_key", "k"), ("base_url", "http://example.com"), ("allow_http", "true")];
        kept(&options, "api_key=k base_url=http://example.com allow_http=true");
        refused(
            &[("api_key", "k"), ("base_url", "http://example.com"), ("allow_http", "false")],
            "unencrypted",
        );
    }

    #[test]
    fn the_environment_fills_what_is_not_given() {
        let environment = [
            ("PARTNERSTACK_API_KEY", "from_env"),
            ("PARTNERSTACK_PUBLIC_KEY", ""),
            ("PARTNERSTACK_BASE_URL", "https://example.com/v2/"),
        ];
        let made = |options: &[(&str, &str)]| made("ENV", options, &environment);
        assert_eq!(made(&[]), Ok("api_key=from_env base_url=https://example.com/v2".into()));
        assert_eq!(
            made(&[("api_key", "given")]),
            Ok("api_key=given base_url=https://example.com/v2".into())
        );
    }

    #[test]
    fn without_variables_the_env_provider_names_them() {
        let error = made("env", &[], &[]).expect_err("nothing is set");
        assert!(error.contains("PARTNERSTACK_API_KEY"), "{error}");
    }

    #[test]
    fn scopes_are_accounts() {
        let scoped = |scope: &str| {
            let options = vec![("api_key".into(), Some(Key::new("k".into())))];
            create(Request { provider: "config", options, scopes: vec![scope.into()] }, |_| None)
        };
        assert!(scoped("partnerstack://eu").is_ok());
        assert!(scoped("s3://bucket").is_err());
    }

    #[test]
    fn a_signature_tells_keys_and_texts_apart() {
        let key = |text: &str| Key::new(text.to_owned());
        let pair = |public, private| Grant::Basic { public: key(public), private: key(private) };
        let all = [
            pair("a", "b").sign("x"),
            pair("a", "b").sign("y"),
            pair("ab", "").sign("x"),
            pair("a", "c").sign("x"),
            Grant::Bearer(key("ab")).sign("x"),
        ];
        assert!(all.iter().all(|signed| signed.len() == 64));
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), all.len());
        assert_eq!(all[0], pair("a", "b").sign("x"));
    }

    #[test]
    fn keys_do_not_show() {
        let pairs = vec![
            ("public_key".into(), Key::new("pk_1".into())),
            ("private_key".into(), Key::new("sk_2".into())),
            ("api_key".into(), Key::new("tok_3".into())),
        ];
        let credentials = Credentials::from_pairs("s".into(), pairs);
        let shown = format!("{credentials:?}");
        assert!(
            !shown.contains("pk_1") && !shown.contains("sk_2") && !shown.contains("tok_3"),
            "{shown}"
        );
    }
}
