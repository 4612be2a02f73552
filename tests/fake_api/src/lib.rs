//! A fake PartnerStack API for the tests, the demo and the benchmarks.
//!
//! The first path segment of a URL is the scenario, comma-separated `knob=value` pairs:
//! `http://127.0.0.1:PORT/rewards=1000,latency=20,fault=503@2x1/api/v2/rewards`. Every scenario
//! string has a state of its own. See `scenario.rs`, `faults.rs`, `kinds.rs` and `chaos.rs` for the knobs.

mod api;
mod auth;
mod body;
mod bounds;
mod by_hand;
mod chaos;
mod churn;
mod clock;
mod control;
mod dice;
mod echo;
mod endpoints;
mod envelope;
mod faults;
mod filter;
mod given;
mod json;
mod kinds;
mod listing;
mod log;
mod packed;
mod paging;
mod query;
mod reply;
mod resources;
mod route;
mod scenario;
mod server;
mod shelf;
mod socket;
mod spoiled_gzip;
mod spread;
mod state;
mod table;
mod texts;
mod wire;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

pub use crate::log::LogEntry;

use crate::server::App;

/// A running server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    app: Arc<App>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port or no thread can be had.
    pub fn start() -> Server {
        Server::try_start(0).expect("the fake API needs a port")
    }

    /// Starts a server on this port of 127.0.0.1; 0 is a free one.
    ///
    /// # Errors
    /// If the port or the threads cannot be had.
    pub fn try_start(port: u16) -> std::io::Result<Server> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let app = Arc::new(App::default());
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(server::accept(listener, app.clone()));
        Ok(Server { address, app, runtime: Some(runtime) })
    }

    /// The URL of the server, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of the API under a scenario (a `/` in it may be written as it is).
    pub fn scenario(&self, scenario: &str) -> String {
        match scenario {
            "" => format!("{}/api/v2", self.url()),
            _ => format!("{}/{}/api/v2", self.url(), segment(scenario)),
        }
    }

    /// The API requests of a scenario so far.
    pub fn requests(&self, scenario: &str) -> Vec<LogEntry> {
        self.app.state(&segment(scenario)).requests()
    }

    /// Forgets the API requests of a scenario so far.
    pub fn clear_log(&self, scenario: &str) {
        self.app.state(&segment(scenario)).clear_log();
    }

    /// The largest number of API requests of a scenario that were served at the same time.
    pub fn max_in_flight(&self, scenario: &str) -> usize {
        self.app.state(&segment(scenario)).most_in_flight()
    }

    /// The connections that the server accepted so far, whatever the scenario.
    pub fn connections(&self) -> usize {
        self.app.connections()
    }

    /// Replaces the items of a resource by the elements of a JSON array, byte for byte.
    ///
    /// # Errors
    /// If the resource is unknown or the text is no JSON.
    pub fn put_items(&self, scenario: &str, resource: &str, items: &str) -> Result<(), String> {
        let items = given::read(items.as_bytes())?;
        self.app.state(&segment(scenario)).replace(resources::named(resource)?, items);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A scenario as one path segment.
fn segment(scenario: &str) -> String {
    scenario.replace('/', "%2F")
}
