//! The way to the API: how long it may take to connect, through which proxy, and whose certificates are trusted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, NoProxy, blocking};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::api::client::{Client, follow_on_same_host, root_cause};
use crate::api::credentials::Key;
use crate::error::Error;

/// How many clients this process keeps, each with its connections and a thread.
const MOST_CLIENTS: usize = 8;

/// How connections are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Until there is a connection.
    pub connect: Duration,
    /// From one part of an answer to the next.
    pub idle: Duration,
    /// Through what; if there is none, the environment says.
    pub proxy: Option<Proxy>,
    /// Who signs certificates, apart from those whom the system and Mozilla trust.
    pub authority: Option<Authority>,
}

/// A proxy, as DuckDB's settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Its URL, or host and port. Some write a password into it.
    pub url: Key,
    /// The user to log in as, and the password; empty where there is none.
    pub login: (String, Key),
}

/// Certificates of authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// PEM text.
    pem: Vec<u8>,
}

impl Proxy {
    /// The proxy that DuckDB's setting `http_proxy` names. DuckDB fills that from `HTTP_PROXY`, which is not to
    /// come before what the environment says about this very kind of request.
    pub fn from_setting(
        url: String,
        user: String,
        password: String,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Proxy> {
        let of = |name: &str| {
            let value = variable(name).or_else(|| variable(&name.to_lowercase()));
            value.filter(|value| !value.is_empty())
        };
        let is_default = of("HTTP_PROXY").as_ref() == Some(&url);
        let is_told_otherwise =
            is_default && of("HTTPS_PROXY").or_else(|| of("ALL_PROXY")).is_some();
        let login = (user, Key::new(password));
        (!url.is_empty() && !is_told_otherwise).then(|| Proxy { url: Key::new(url), login })
    }

    fn build(&self) -> Result<reqwest::Proxy, Error> {
        let proxy = reqwest::Proxy::all(self.url.reveal()).map_err(|_| Error::proxy())?;
        let (user, password) = &self.login;
        let proxy = proxy.no_proxy(NoProxy::from_env());
        Ok(if user.is_empty() { proxy } else { proxy.basic_auth(user, password.reveal()) })
    }
}

impl Authority {
    /// Reads a file of certificates in PEM form.
    pub fn read(path: &str) -> Result<Authority, Error> {
        let failed = |why: String| Error::ca_cert_file(path, why);
        let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        match Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(Authority { pem }),
            _ => Err(failed("it has no certificate in PEM form".into())),
        }
    }
}

impl Route {
    /// The client for it, made at first use. The least used one makes way.
    pub fn client(&self) -> Result<Arc<Client>, Error> {
        static CLIENTS: Mutex<Vec<(Route, Arc<Client>)>> = Mutex::new(Vec::new());
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = clients.iter().position(|(route, _)| route == self);
        let entry = match known {
            Some(at) => clients.remove(at),
            None => (self.clone(), Arc::new(Client::new(self.build()?))),
        };
        let client = entry.1.clone();
        clients.insert(0, entry);
        clients.truncate(MOST_CLIENTS);
        Ok(client)
    }

    fn build(&self) -> Result<blocking::Client, Error> {
        // An error means that there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| Certificate::from_der(der).ok());
        let own = self.authority.iter().flat_map(|own| Certificate::from_pem_bundle(&own.pem));
        let mut client = blocking::Client::builder()
            .user_agent(concat!("duckdb-partnerstack/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(roots.chain(own.flatten()))
            .connect_timeout(self.connect)
            // Until an answer begins, and then for each read. The same on a request would be for all of it.
            .timeout(self.idle)
            .redirect(follow_on_same_host());
        if let Some(proxy) = &self.proxy {
            client = client.proxy(proxy.build()?);
        }
        client.build().map_err(|error| Error::client(root_cause(&error)))
    }
}
