//! What can go wrong, and the sentence a person reads about it: what failed, on what, what to do next.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::schema::{Api, Table};
use crate::tables::TABLES;

/// An error of this extension. Its text never holds a key.
#[derive(Clone, Debug)]
pub struct Error(Box<Kind>);

/// The kind of exception DuckDB raises for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `Binder Error`: the query is not one this table can answer.
    Binder,
    /// `Invalid Input Error`: a value is out of range or of the wrong form.
    InvalidInput,
    /// `Invalid Configuration Error`: no secret, or not the one that is needed.
    Configuration,
    /// `Permission Error`: PartnerStack refused the keys.
    Permission,
    /// `HTTP Error`: PartnerStack answered with another failure.
    Http,
    /// `IO Error`: no answer came, or one that cannot be trusted.
    Io,
    /// `INTERRUPT Error`: the user stopped the query.
    Interrupt,
}

/// The page of a listing that a request asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path under the base URL, such as `/rewards`.
    pub path: String,
    /// Which page of the walk it was, counted from 1.
    pub page: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {} of GET {}", self.page, self.path)
    }
}

/// How an answer failed to arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// No connection came about, for this reason.
    Unreachable(String),
    /// The server's certificate was refused, for this reason.
    Untrusted(String),
    /// The time for an answer was over.
    TimedOut,
    /// The connection ended before the answer did, for this reason.
    BrokenOff(String),
}

/// How the pages of a listing contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// More is promised after a page without items.
    NothingBeforeMore,
    /// More is promised after an item without a key.
    NoKeyBeforeMore,
    /// The page has an item with a key that came before.
    Repeated(String),
    /// More was promised, and nothing came.
    NothingAfterAll,
}

#[derive(Clone, Debug)]
enum Kind {
    Option {
        name: String,
        why: String,
    },
    NoKeys,
    NoVariables,
    NoSecret {
        path: String,
        existing: Vec<String>,
    },
    UnknownSecret {
        name: String,
        existing: Vec<String>,
    },
    OtherType {
        name: String,
        existing: Vec<String>,
    },
    NoGrant {
        secret: String,
        api: Api,
    },
    NotInApi {
        table: &'static str,
        api: Api,
        other: Api,
    },
    UnknownApi(String),
    UnknownTable(String),
    SecretAndAccount,
    PageSize(i64),
    Path(String),
    Setting {
        name: &'static str,
        takes: String,
        given: String,
    },
    NoKeysGiven,
    TooManyKeys {
        given: usize,
        most: usize,
    },
    TooManyRequests {
        path: String,
        made: u64,
        needed: u64,
        most: u64,
    },
    Params {
        name: String,
    },
    Secrets(String),
    Status {
        place: Place,
        status: u16,
        message: String,
        secret: String,
        base_url: String,
        retry_after: Option<Duration>,
    },
    Instead {
        place: Place,
        sentence: &'static str,
    },
    MissingParameter {
        table: &'static str,
        name: &'static str,
    },
    Redirect {
        place: Place,
        host: String,
    },
    Transport {
        place: Place,
        base_url: String,
        how: Transport,
    },
    TooLarge {
        place: Place,
        most: u64,
    },
    NotJson {
        place: Place,
        at: usize,
        start: String,
    },
    Shape {
        place: Place,
        what: String,
    },
    Paging {
        place: Place,
        how: Paging,
    },
    Untimed {
        path: String,
        member: &'static str,
    },
    Lost {
        last: Error,
    },
    Tried {
        last: Error,
        attempts: u32,
        over: Duration,
    },
    Interrupted,
    Panicked {
        callback: &'static str,
        message: String,
    },
    Client(String),
    CaCertFile {
        path: String,
        why: String,
    },
    Proxy,
    Target(String),
    NoCopy(&'static str),
    NotCached {
        path: String,
        pushed: String,
        secret: String,
    },
    CacheDirectory {
        directory: String,
        why: String,
    },
    CacheChanged(String),
    Offline(String),
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Error {
        Error(Box::new(kind))
    }
}

/// Making errors, each from the facts its sentence needs.
impl Error {
    /// An option of `CREATE SECRET` is refused; `why` goes on after its name.
    pub fn option(name: &str, why: &str) -> Error {
        Kind::Option { name: name.into(), why: why.into() }.into()
    }

    /// `CREATE SECRET` was given no keys.
    pub fn no_keys() -> Error {
        Kind::NoKeys.into()
    }

    /// Provider `env` found no keys.
    pub fn no_variables() -> Error {
        Kind::NoVariables.into()
    }

    /// No secret is in scope for `path`, though these of the type exist.
    pub fn no_secret(path: &str, existing: Vec<String>) -> Error {
        Kind::NoSecret { path: path.into(), existing }.into()
    }

    /// There is no secret of that name.
    pub fn unknown_secret(name: &str, existing: Vec<String>) -> Error {
        Kind::UnknownSecret { name: name.into(), existing }.into()
    }

    /// The secret of that name is of another type.
    pub fn other_type(name: &str, existing: Vec<String>) -> Error {
        Kind::OtherType { name: name.into(), existing }.into()
    }

    /// The secret lacks the keys for `api`.
    pub fn no_grant(secret: &str, api: Api) -> Error {
        Kind::NoGrant { secret: secret.into(), api }.into()
    }

    /// `api` does not have the resource of `table`.
    pub fn not_in_api(table: &Table, api: Api) -> Error {
        let other = table.endpoints().map(|(other, _)| other).find(|other| *other != api);
        Kind::NotInApi { table: table.name, api, other: other.unwrap_or(api) }.into()
    }

    /// The parameter `api` names no API.
    pub fn unknown_api(word: &str) -> Error {
        Kind::UnknownApi(word.into()).into()
    }

    /// There is no table of that name.
    pub fn unknown_table(name: &str) -> Error {
        Kind::UnknownTable(name.into()).into()
    }

    /// The parameters `secret` and `account` were given together.
    pub fn secret_and_account() -> Error {
        Kind::SecretAndAccount.into()
    }

    /// The parameter `page_size` is out of range.
    pub fn page_size(given: i64) -> Error {
        Kind::PageSize(given).into()
    }

    /// The parameter `path` is none.
    pub fn path(given: &str) -> Error {
        Kind::Path(given.into()).into()
    }

    /// A setting is given a value that it does not take.
    pub fn setting(name: &'static str, takes: String, given: &str) -> Error {
        Kind::Setting { name, takes, given: given.into() }.into()
    }

    /// The parameter `keys` is `NULL`.
    pub fn no_keys_given() -> Error {
        Kind::NoKeysGiven.into()
    }

    /// The parameter `keys` has more keys than the setting allows.
    pub fn too_many_keys(given: usize, most: usize) -> Error {
        Kind::TooManyKeys { given, most }.into()
    }

    /// The query has made `made` requests, needs `needed` as far as can be told, and may make `most`.
    pub fn too_many_requests(path: &str, made: u64, needed: u64, most: u64) -> Error {
        Kind::TooManyRequests { path: path.into(), made, needed, most }.into()
    }

    /// The parameter `params` has a query parameter that would break paging, or none at all.
    pub fn params(name: &str) -> Error {
        Kind::Params { name: name.into() }.into()
    }

    /// DuckDB could not look up secrets, and said why.
    pub fn secrets(message: String) -> Error {
        Kind::Secrets(message).into()
    }

    /// PartnerStack answered with a status other than 200.
    pub fn status(
        place: Place,
        status: u16,
        message: String,
        secret: &str,
        base_url: &str,
    ) -> Error {
        let (secret, base_url) = (secret.into(), base_url.into());
        Kind::Status { place, status, message, secret, base_url, retry_after: None }.into()
    }

    /// The same, where the answer asks to wait before the next request.
    pub fn after(mut self, wait: Option<Duration>) -> Error {
        if let Kind::Status { retry_after, .. } = &mut *self.0 {
            *retry_after = wait;
        }
        self
    }

    /// The API does not have the resource; `sentence` says where its data is.
    pub fn instead(place: Place, sentence: &'static str) -> Error {
        Kind::Instead { place, sentence }.into()
    }

    /// A parameter must be given.
    pub fn missing_parameter(table: &Table, name: &'static str) -> Error {
        Kind::MissingParameter { table: table.name, name }.into()
    }

    /// The answer sends us to another host.
    pub fn redirect(place: Place, host: String) -> Error {
        Kind::Redirect { place, host }.into()
    }

    /// No whole answer came.
    pub fn transport(place: Place, base_url: &str, how: Transport) -> Error {
        Kind::Transport { place, base_url: base_url.into(), how }.into()
    }

    /// The answer has more than this number of bytes.
    pub fn too_large(place: Place, most: u64) -> Error {
        Kind::TooLarge { place, most }.into()
    }

    /// The answer is not JSON from byte `at` on.
    pub fn not_json(place: Place, at: usize, start: String) -> Error {
        Kind::NotJson { place, at, start }.into()
    }

    /// The answer is JSON, but not a page.
    pub fn shape(place: Place, what: String) -> Error {
        Kind::Shape { place, what }.into()
    }

    /// The pages contradict each other.
    pub fn paging(place: Place, how: Paging) -> Error {
        Kind::Paging { place, how }.into()
    }

    /// The same error came `attempts` times in `over`.
    pub fn tried(self, attempts: u32, over: Duration) -> Error {
        if attempts < 2 { self } else { Kind::Tried { last: self, attempts, over }.into() }
    }

    /// It came of asking to go on after an item, which may be why.
    pub fn lost(self) -> Error {
        Kind::Lost { last: self }.into()
    }

    /// Items lack the time by which several cursors share a listing.
    pub fn untimed(path: &str, member: &'static str) -> Error {
        Kind::Untimed { path: path.into(), member }.into()
    }

    /// The user stopped the query.
    pub fn interrupted() -> Error {
        Kind::Interrupted.into()
    }

    /// A defect of this extension, which it noticed itself.
    pub fn panicked(callback: &'static str, message: String) -> Error {
        Kind::Panicked { callback, message }.into()
    }

    /// A defect of this extension, caught as a panic.
    pub fn from_panic(callback: &'static str, panic: &(dyn Any + Send)) -> Error {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Error::panicked(callback, text.to_owned())
    }

    /// The file of certificates is not of use.
    pub fn ca_cert_file(path: &str, why: String) -> Error {
        Kind::CaCertFile { path: path.into(), why }.into()
    }

    /// The parameter `target` names no table.
    pub fn target(given: &str) -> Error {
        Kind::Target(given.into()).into()
    }

    /// A resource cannot be copied.
    pub fn no_copy(table: &Table) -> Error {
        Kind::NoCopy(table.name).into()
    }

    /// DuckDB's setting names no proxy.
    pub fn proxy() -> Error {
        Kind::Proxy.into()
    }

    /// Only the cache may answer, and it has nothing of what is asked.
    pub fn not_cached(path: &str, pushed: &str, secret: &str) -> Error {
        Kind::NotCached { path: path.into(), pushed: pushed.into(), secret: secret.into() }.into()
    }

    /// A fresh answer is wanted, and only the cache may answer.
    pub fn offline(path: &str) -> Error {
        Kind::Offline(path.into()).into()
    }

    /// Nothing can be kept in the directory of the cache.
    pub fn cache_directory(directory: &Path, why: &io::Error) -> Error {
        Kind::CacheDirectory { directory: directory.display().to_string(), why: why.to_string() }
            .into()
    }

    /// An entry of the cache is not any more what it was when it was found.
    pub fn cache_changed(path: &str) -> Error {
        Kind::CacheChanged(path.into()).into()
    }

    /// The HTTP client could not be made.
    pub fn client(message: String) -> Error {
        Kind::Client(message).into()
    }
}

impl Error {
    /// The kind of exception DuckDB raises for it.
    pub fn class(&self) -> Class {
        match &*self.0 {
            Kind::NotInApi { .. }
            | Kind::UnknownApi(_)
            | Kind::UnknownTable(_)
            | Kind::Target(_)
            | Kind::NoCopy(_)
            | Kind::SecretAndAccount
            | Kind::MissingParameter { .. } => Class::Binder,
            Kind::Option { .. }
            | Kind::NoKeys
            | Kind::NoVariables
            | Kind::PageSize(_)
            | Kind::Path(_)
            | Kind::Setting { .. }
            | Kind::NoKeysGiven
            | Kind::TooManyKeys { .. }
            | Kind::TooManyRequests { .. }
            | Kind::Params { .. } => Class::InvalidInput,
            Kind::NoSecret { .. }
            | Kind::UnknownSecret { .. }
            | Kind::OtherType { .. }
            | Kind::NoGrant { .. }
            | Kind::Secrets(_)
            | Kind::CaCertFile { .. }
            | Kind::Proxy
            | Kind::CacheDirectory { .. } => Class::Configuration,
            Kind::Status { status: 401 | 403, .. } => Class::Permission,
            Kind::Status { .. } | Kind::Redirect { .. } | Kind::Instead { .. } => Class::Http,
            Kind::Tried { last, .. } | Kind::Lost { last } => last.class(),
            Kind::Interrupted => Class::Interrupt,
            _ => Class::Io,
        }
    }

    /// Whether PartnerStack has nothing at the path.
    pub fn is_not_found(&self) -> bool {
        self.status_code() == Some(404)
    }

    /// Whether the API may not know the item that the request is to go on after.
    pub fn may_be_about_the_cursor(&self) -> bool {
        matches!(self.status_code(), Some(400 | 404 | 410 | 422))
    }

    /// The status that the API answered with, where the error is about that.
    pub fn status_code(&self) -> Option<u16> {
        match &*self.0 {
            Kind::Status { status, .. } => Some(*status),
            Kind::Tried { last, .. } => last.status_code(),
            _ => None,
        }
    }

    /// How long the answer asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.0 {
            Kind::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the API took the request for a wrong one.
    pub fn is_refusal(&self) -> bool {
        matches!(self.status_code(), Some(400 | 422))
    }

    /// Whether the API refused what stands in the path, or answered with something else than an item.
    pub fn is_no_item(&self) -> bool {
        match &*self.0 {
            Kind::Tried { last, .. } => last.is_no_item(),
            Kind::Shape { .. } => true,
            _ => self.is_refusal(),
        }
    }

    /// Whether the same request may well succeed when it is made again.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502..=504),
            Kind::Transport { how: Transport::Untrusted(_), .. } => false,
            Kind::Transport { .. } | Kind::NotJson { .. } | Kind::Shape { .. } => true,
            _ => false,
        }
    }
}

/// The statement that makes a secret, for copying.
const CREATE: &str = "CREATE SECRET (TYPE partnerstack, PUBLIC_KEY 'pk_…', PRIVATE_KEY 'sk_…'); \
                      for the Partner API, CREATE SECRET (TYPE partnerstack, API_KEY '…');";

/// Where keys are found.
const KEYS_ARE: &str = "Vendor keys are under Settings > Integrations > PartnerStack API Keys, a \
                        partner's key is under Settings > API";

fn names(existing: &[String]) -> String {
    let quoted: Vec<String> = existing.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

fn choose(existing: &[String]) -> String {
    match existing {
        [] => format!("There is no partnerstack secret; create one with: {CREATE}"),
        [only] => format!("The only partnerstack secret is \"{only}\"."),
        _ => format!("The partnerstack secrets are {}.", names(existing)),
    }
}

fn options_for(api: Api) -> &'static str {
    match api {
        Api::Vendor => "PUBLIC_KEY and PRIVATE_KEY",
        Api::Partner => "API_KEY",
    }
}

/// The nearest name of a table, if one is near.
fn did_you_mean(name: &str) -> String {
    let distance = |table: &&Table| strsim::damerau_levenshtein(table.name, &name.to_lowercase());
    let nearest = TABLES.iter().copied().min_by_key(distance);
    let near = nearest.filter(|table| distance(table) <= 2 + name.len() / 4);
    near.map_or_else(String::new, |table| format!(" Did you mean \"{}\"?", table.name))
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" It said: \"{message}\".") }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Option { name, why } => write!(f, "{name} {why}."),
            Kind::NoKeys => write!(
                f,
                "A partnerstack secret needs PUBLIC_KEY and PRIVATE_KEY (Vendor API), API_KEY \
                 (Partner API), or all three. {KEYS_ARE}."
            ),
            Kind::NoVariables => write!(
                f,
                "Provider env found no keys. Set PARTNERSTACK_PUBLIC_KEY and \
                 PARTNERSTACK_PRIVATE_KEY (Vendor API) or PARTNERSTACK_API_KEY (Partner API) \
                 before DuckDB starts."
            ),
            Kind::NoSecret { path, existing } if existing.is_empty() => {
                write!(
                    f,
                    "No partnerstack secret for \"{path}\" was found. Create one with: {CREATE}"
                )
            }
            Kind::NoSecret { path, existing } => write!(
                f,
                "No partnerstack secret covers \"{path}\", though there are secrets with other \
                 scopes: {}. Name one, as in secret := '{}', or its scope, as in account := '…'.",
                names(existing),
                existing[0]
            ),
            Kind::UnknownSecret { name, existing } => {
                write!(f, "There is no secret named \"{name}\". {}", choose(existing))
            }
            Kind::OtherType { name, existing } => {
                write!(f, "The secret \"{name}\" is not of type partnerstack. {}", choose(existing))
            }
            Kind::NoGrant { secret, api } => write!(
                f,
                "The secret \"{secret}\" has no keys for the {api}. Create it again with {}: \
                 CREATE OR REPLACE SECRET \"{secret}\" (TYPE partnerstack, …);",
                options_for(*api)
            ),
            Kind::NotInApi { table, api, other } => write!(
                f,
                "partnerstack_{table}: the {api} has no {table}; the {other} has. Write api := \
                 '{}', with a secret that holds {}.",
                other.word(),
                options_for(*other)
            ),
            Kind::UnknownApi(word) => {
                write!(f, "\"api\" must be 'vendor' or 'partner', got '{word}'.")
            }
            Kind::UnknownTable(name) => write!(
                f,
                "PartnerStack has no table \"{name}\".{} The tables are {}.",
                did_you_mean(name),
                TABLES.iter().map(|table| table.name).collect::<Vec<_>>().join(", ")
            ),
            Kind::SecretAndAccount => write!(
                f,
                "\"secret\" names a secret and \"account\" a scope to find one by; give one of them."
            ),
            Kind::PageSize(given) => {
                write!(f, "\"page_size\" must be between 1 and 250, got {given}.")
            }
            Kind::Path(given) => write!(
                f,
                "\"path\" must be a path under the base URL, without ? and #, as in '/groups', got \
                 '{given}'."
            ),
            Kind::Setting { name, takes, given } => {
                write!(f, "\"{name}\" must be {takes}, got '{given}'.")
            }
            Kind::NoKeysGiven => f.write_str(
                "\"keys\" is NULL, which is neither some keys nor all. If there may be none, write keys := \
                 coalesce(getvariable('ks'), []); for every item leave \"keys\" out.",
            ),
            Kind::TooManyKeys { given, most } => write!(
                f,
                "\"keys\" has {given} keys, each of which is a request, and partnerstack_max_keys allows \
                 {most}. SET partnerstack_max_keys = {given}, or leave \"keys\" out and join with the table."
            ),
            Kind::TooManyRequests { path, made, needed, most } => write!(
                f,
                "The query needs {estimate}, but partnerstack_max_requests_per_query allows {most}. Narrow it by a \
                 filter, or SET partnerstack_max_requests_per_query = {set};",
                estimate = if needed > made {
                    format!("about {needed} requests, those for {path} among them")
                } else {
                    format!("more requests for {path} than it has made")
                },
                set = needed.max(&(most * 2)),
            ),
            Kind::Params { name } => write!(
                f,
                "\"params\" must not have the query parameter '{name}': paging depends on it. page_size := 100 \
                 sets how many items a request asks for."
            ),
            Kind::Secrets(message) => write!(f, "DuckDB could not look up secrets: {message}"),
            Kind::Status { place, status, message, secret, base_url, retry_after } => {
                let wait = retry_after.map(|wait| format!(" It asks to wait {} s.", wait.as_secs()));
                let said = said(message) + &wait.unwrap_or_default();
                write_status(f, place, *status, &said, secret, base_url)
            }
            Kind::Instead { place, sentence } => {
                write!(
                    f,
                    "PartnerStack has nothing at {} (status 404 for {place}). {sentence}",
                    place.path
                )
            }
            Kind::MissingParameter { table, name } => write!(
                f,
                "partnerstack_{table} needs \"{name}\", as in partnerstack_{table}({name} := '…')."
            ),
            Kind::Redirect { place, host } => write!(
                f,
                "PartnerStack answered {place} with a redirect to another host, \"{host}\", \
                 where keys are not sent. Check BASE_URL of the secret."
            ),
            Kind::Transport { place, base_url, how } => write_transport(f, place, base_url, how),
            Kind::TooLarge { place, most } => {
                let most = most / 1_000_000;
                write!(
                    f,
                    "The answer to {place} has more than {most} MB. If it is to be so large: \
                     SET partnerstack_max_response_size = {};",
                    most * 4
                )
            }
            Kind::NotJson { place, at, start } => write!(
                f,
                "The answer to {place} is not JSON (at byte {at}); it starts with \"{start}\". \
                 Check BASE_URL of the secret, and any proxy in between."
            ),
            Kind::Shape { place, what } => write!(
                f,
                "The answer to {place} is not a page of items: {what}. The query stops rather \
                 than return part of the rows."
            ),
            Kind::Paging { place, how } => write_paging(f, place, how),
            Kind::Untimed { path, member } => write!(
                f,
                "Items of GET {path} without a time in \"{member}\" stand among others, so that several cursors \
                 may miss some. SET partnerstack_max_connections = 1 to read all of them by one."
            ),
            Kind::Lost { last } => write!(
                f,
                "{last} The item that it was to go on after may have been deleted meanwhile: run the query again."
            ),
            Kind::Tried { last, attempts, over } => {
                write!(f, "{last} (Tried {attempts} times in {:.1} s.)", over.as_secs_f64())
            }
            Kind::Interrupted => write!(f, "Interrupted!"),
            Kind::Panicked { callback, message } => write!(
                f,
                "The partnerstack extension failed in {callback}: {message}. This is a defect; \
                 please report it with the query."
            ),
            Kind::CaCertFile { path, why } => write!(
                f,
                "The certificates in \"{path}\" are not of use: {why}. The file is named by CA_CERT_FILE of the \
                 secret, or by DuckDB's setting ca_cert_file."
            ),
            Kind::Target(given) => write!(
                f,
                "\"target\" must be the name of a table, as in 'rewards' or 'ps.main.\"my rewards\"', got '{given}'."
            ),
            Kind::NoCopy(table) => write!(
                f,
                "No copy of \"{table}\" can be kept: it has no keys to tell rows by, or is not read as a whole. CREATE \
                 TABLE … AS FROM partnerstack_{table}(…) makes one for once."
            ),
            Kind::Proxy => f.write_str(
                "DuckDB's setting http_proxy names no proxy. SET http_proxy = 'proxy.example:8080', and \
                 http_proxy_username and http_proxy_password where it asks for them; or RESET http_proxy.",
            ),
            Kind::NotCached { path, pushed, secret } => write!(
                f,
                "The cache has no answer to GET {path}{asked} for secret \"{secret}\", and partnerstack_offline lets \
                 nothing else answer. SET partnerstack_offline = false and partnerstack_cache_ttl = '1 hour', and run \
                 the query once to its end.",
                asked = if pushed.is_empty() { String::new() } else { format!(" with {pushed}") },
            ),
            Kind::Offline(path) => write!(
                f,
                "GET {path} is to be asked afresh, and partnerstack_offline lets nothing but the cache answer. SET \
                 partnerstack_offline = false."
            ),
            Kind::CacheDirectory { directory, why } => write!(
                f,
                "Nothing can be kept in \"{directory}\": {why}. SET partnerstack_cache_directory to another directory, \
                 or RESET it to keep answers in memory."
            ),
            Kind::CacheChanged(path) => write!(
                f,
                "What the cache had of GET {path} changed while it was read. Run the query again."
            ),
            Kind::Client(message) => {
                write!(
                    f,
                    "The partnerstack extension could not start its network client: {message}"
                )
            }
        }
    }
}

fn write_status(
    f: &mut fmt::Formatter<'_>,
    place: &Place,
    status: u16,
    said: &str,
    secret: &str,
    base_url: &str,
) -> fmt::Result {
    match status {
        401 => write!(
            f,
            "PartnerStack rejected the keys of secret \"{secret}\" (status 401 for {place}).{said} \
             Vendor API and Partner API keys differ, and so do test and production keys. \
             {KEYS_ARE}. Then: CREATE OR REPLACE SECRET \"{secret}\" (TYPE partnerstack, …);"
        ),
        403 => write!(
            f,
            "PartnerStack does not let secret \"{secret}\" read {} (status 403 for {place}).{said} \
             Some resources, such as leads and deals, depend on the subscription.",
            place.path
        ),
        404 => write!(
            f,
            "PartnerStack has nothing at {} (status 404 for {place}).{said} Check BASE_URL of \
             secret \"{secret}\", which is \"{base_url}\".",
            place.path
        ),
        407 => write!(
            f,
            "The proxy on the way to \"{base_url}\" asks who you are (status 407 for {place}).{said} SET \
             http_proxy, http_proxy_username and http_proxy_password."
        ),
        429 => write!(
            f,
            "PartnerStack is asked too often (status 429 for {place}).{said} Wait a minute, then \
             run the query again, or ask less: SET partnerstack_rate_limit = 10;"
        ),
        500.. => write!(
            f,
            "PartnerStack failed (status {status} for {place}).{said} Run the query again later."
        ),
        _ => write!(f, "PartnerStack answered {place} with status {status}.{said}"),
    }
}

fn write_transport(
    f: &mut fmt::Formatter<'_>,
    place: &Place,
    base_url: &str,
    how: &Transport,
) -> fmt::Result {
    match how {
        Transport::Unreachable(why) => write!(
            f,
            "No connection to \"{base_url}\" for {place}: {why}. Check the network, the proxy \
             settings and BASE_URL of the secret."
        ),
        Transport::Untrusted(why) => write!(
            f,
            "The certificate of \"{base_url}\" is not trusted: {why}. If a proxy or authority of your own has \
             issued it, name the file with its certificate: CREATE OR REPLACE SECRET … (TYPE partnerstack, …, \
             CA_CERT_FILE '/path/ca.pem'); there is no way to leave the check out."
        ),
        Transport::TimedOut => {
            write!(f, "\"{base_url}\" did not answer {place} in time. Run the query again later.")
        }
        Transport::BrokenOff(why) => write!(
            f,
            "The answer to {place} from \"{base_url}\" broke off: {why}. The query stops rather \
             than return part of the rows."
        ),
    }
}

fn write_paging(f: &mut fmt::Formatter<'_>, place: &Place, how: &Paging) -> fmt::Result {
    match how {
        Paging::NothingBeforeMore => {
            write!(f, "PartnerStack says that more rows follow {place}, but that page is empty")
        }
        Paging::NoKeyBeforeMore => write!(
            f,
            "PartnerStack says that more rows follow {place}, but its last item has no \"key\" to \
             continue after"
        ),
        Paging::Repeated(key) => write!(
            f,
            "PartnerStack repeats itself: {place} has the key \"{key}\", which came before"
        ),
        Paging::NothingAfterAll => {
            write!(f, "PartnerStack says that more rows follow, but {place} is empty")
        }
    }?;
    write!(f, ". The query stops rather than return part of the rows.")
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { path: "/rewards".into(), page: 3 }
    }

    fn table(name: &str) -> &'static Table {
        crate::tables::find(name).expect("a table")
    }

    fn every_error() -> Vec<Error> {
        let two = || vec!["eu".to_owned(), "us".to_owned()];
        let status = |code| Error::status(place(), code, "Nope".into(), "ps", "https://x.example");
        let transport = |how| Error::transport(place(), "https://x.example", how);
        let paging = |how| Error::paging(place(), how);
        vec![
            Error::option("API_KEY", "is empty"),
            Error::no_keys(),
            Error::no_variables(),
            Error::no_secret("partnerstack://", vec![]),
            Error::no_secret("partnerstack://acme", two()),
            Error::unknown_secret("sp", vec![]),
            Error::unknown_secret("sp", vec!["ps".into()]),
            Error::other_type("web", two()),
            Error::no_grant("ps", Api::Partner),
            Error::not_in_api(table("deals"), Api::Partner),
            Error::unknown_api("both"),
            Error::unknown_table("Reward"),
            Error::secret_and_account(),
            Error::page_size(500),
            Error::path("/groups?x=1"),
            Error::setting("partnerstack_environment", "'any' or 'test'".into(), "staging"),
            Error::no_keys_given(),
            Error::too_many_keys(5000, 1000),
            Error::too_many_requests("/rewards", 1, 400, 50),
            Error::too_many_requests("/rewards", 50, 50, 50),
            Error::params("starting_after"),
            Error::secrets("disk on fire".into()),
            status(400),
            status(401),
            status(403),
            status(404),
            status(429),
            status(503).tried(3, Duration::from_millis(520)),
            Error::instead(place(), "The data is elsewhere."),
            Error::missing_parameter(table("deals"), "deal_key"),
            Error::redirect(place(), "evil.example".into()),
            transport(Transport::Unreachable("connection refused".into())),
            transport(Transport::Untrusted("it has expired".into())),
            transport(Transport::TimedOut),
            Error::too_large(place(), 64_000_000),
            status(429).after(Some(Duration::from_secs(30))),
            transport(Transport::BrokenOff("end of file".into())),
            Error::not_json(place(), 0, "<html>".into()),
            Error::shape(place(), "\"data.items\" is missing".into()),
            paging(Paging::NothingBeforeMore),
            paging(Paging::NoKeyBeforeMore),
            paging(Paging::Repeated("rwrd_1".into())),
            paging(Paging::NothingAfterAll).lost(),
            status(404).lost(),
            Error::untimed("/rewards", "created_at"),
            Error::interrupted(),
            Error::panicked("exec", "index out of bounds".into()),
            Error::client("no certificates".into()),
            Error::ca_cert_file("/tmp/ca.pem", "it has no certificate in PEM form".into()),
            Error::proxy(),
            Error::target("a;b"),
            Error::no_copy(table("deal_files")),
            Error::not_cached("/rewards", "status=paid", "ps"),
            Error::cache_directory(Path::new("/root"), &io::ErrorKind::PermissionDenied.into()),
            Error::cache_changed("/rewards"),
            Error::offline("/rewards"),
            status(407),
        ]
    }

    #[test]
    fn every_sentence_is_as_reviewed() {
        let written: Vec<String> =
            every_error().iter().map(|error| format!("{:?}: {error}\n", error.class())).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/errors.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, written.join("\n")).expect("errors.txt is written");
        }
        let reviewed = std::fs::read_to_string(path).expect("tests/errors.txt is there");
        assert_eq!(written.join("\n"), reviewed, "review the change, then run with UPDATE=1");
    }

    #[test]
    fn none_starts_as_the_runner_of_duckdb_swallows() {
        for error in every_error() {
            let text = error.to_string();
            assert!(!text.contains("HTTP ") && !text.contains("Unable to connect"), "{text}");
        }
    }

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        let transient = |code| {
            Error::status(place(), code, String::new(), "ps", "https://x.example").is_transient()
        };
        for code in [408, 429, 500, 502, 503, 504] {
            assert!(transient(code), "{code}");
        }
        for code in [400, 401, 403, 404, 501] {
            assert!(!transient(code), "{code}");
        }
    }
}
