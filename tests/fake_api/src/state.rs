//! What the server remembers of one scenario.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::auth::Api;
use crate::churn;
use crate::faults::{Asked, Record};
use crate::given::Given;
use crate::kinds::Kind;
use crate::listing::Listing;
use crate::log::LogEntry;
use crate::resources::Resource;
use crate::scenario::Scenario;
use crate::table::Table;

type Replaced = HashMap<(&'static str, Api), Arc<Vec<Given>>>;

/// The state of one scenario string.
pub(crate) struct State {
    /// The parsed scenario, or what is wrong with it.
    pub(crate) scenario: Result<Scenario, String>,
    log: Mutex<Vec<LogEntry>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    /// What each fault has done.
    faults: Mutex<Vec<Record>>,
    /// How many requests chaos might have struck.
    exposed: AtomicU64,
    /// When the last requests came, for the rate limit.
    recent: Mutex<VecDeque<Instant>>,
    replaced: Mutex<Replaced>,
    /// Held while rows change, so that no change undoes another.
    changing: Mutex<()>,
    /// How often rows came and went.
    rounds: AtomicUsize,
}

/// A request that is being served; the drop ends it.
pub(crate) struct InFlight {
    state: Arc<State>,
    /// How many there are with this one.
    pub(crate) count: usize,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.state.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// The fresh state of a scenario.
    pub(crate) fn new(text: &str) -> State {
        let scenario = Scenario::parse(text);
        let faults = scenario.as_ref().map_or(0, |scenario| scenario.faults.len());
        State {
            scenario,
            log: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            faults: Mutex::new(vec![Record::default(); faults]),
            exposed: AtomicU64::new(0),
            recent: Mutex::default(),
            replaced: Mutex::default(),
            changing: Mutex::default(),
            rounds: AtomicUsize::new(0),
        }
    }

    /// Counts a request in.
    pub(crate) fn enter(self: &Arc<State>) -> InFlight {
        let count = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(count, Ordering::SeqCst);
        InFlight { state: self.clone(), count }
    }

    /// The largest number of requests that were served at the same time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    /// How long every answer waits, if it does.
    pub(crate) fn latency(&self) -> Option<Duration> {
        let latency = self.scenario.as_ref().map(|scenario| scenario.latency).ok();
        latency.filter(|latency| !latency.is_zero())
    }

    /// Writes a request down and numbers it.
    pub(crate) fn record(&self, mut entry: LogEntry) {
        let mut log = lock(&self.log);
        entry.n = log.len() + 1;
        log.push(entry);
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<LogEntry> {
        lock(&self.log).clone()
    }

    /// The number of requests so far.
    pub(crate) fn request_count(&self) -> usize {
        lock(&self.log).len()
    }

    /// Forgets the requests so far.
    pub(crate) fn clear_log(&self) {
        lock(&self.log).clear();
        self.most_in_flight.store(self.in_flight.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// The first fault that strikes this page and has not struck often enough, or else what chaos brings.
    pub(crate) fn pick_fault(&self, scenario: &Scenario, asked: &Asked<'_>) -> Option<Kind> {
        let mut records = lock(&self.faults);
        let mut faults = scenario.faults.iter().zip(records.iter_mut());
        let struck =
            faults.find_map(|(fault, record)| fault.strikes(record, asked).then_some(fault));
        struck.map(|fault| fault.kind).or_else(|| {
            let number = self.exposed.fetch_add(1, Ordering::Relaxed);
            scenario.chaos.strikes(scenario.seed, number, asked)
        })
    }

    /// How often faults struck.
    pub(crate) fn struck(&self) -> usize {
        lock(&self.faults).iter().map(|record| record.struck).sum()
    }

    /// Whether the rate limit lets one more request pass.
    pub(crate) fn admit(&self, scenario: &Scenario) -> bool {
        let Some((most, window)) = scenario.rate else {
            return true;
        };
        let now = Instant::now();
        let mut recent = lock(&self.recent);
        while recent.front().is_some_and(|&then| now - then >= window) {
            recent.pop_front();
        }
        if recent.len() >= most {
            return false;
        }
        recent.push_back(now);
        true
    }

    /// The rows of a resource as they are now.
    pub(crate) fn listing(
        &self,
        scenario: &Scenario,
        resource: &'static dyn Resource,
        api: Api,
    ) -> Listing {
        if let Some(items) = lock(&self.replaced).get(&(resource.path(), api)) {
            return Listing::Given(items.clone());
        }
        let asked = scenario.counts.get(resource.path()).copied();
        let count = asked.unwrap_or_else(|| resource.default_count());
        Listing::Generated(Table::get(resource, count, scenario.seed, scenario.spread), api)
    }

    /// Replaces the rows of a resource in both APIs.
    pub(crate) fn replace(&self, resource: &'static dyn Resource, items: Vec<Given>) {
        let _alone = lock(&self.changing);
        let items = Arc::new(items);
        let mut replaced = lock(&self.replaced);
        for api in Api::ALL {
            replaced.insert((resource.path(), api), items.clone());
        }
    }

    /// Changes the rows of a resource in both APIs, one after the other.
    pub(crate) fn change(
        &self,
        scenario: &Scenario,
        resource: &'static dyn Resource,
        change: impl Fn(&mut Vec<Given>),
    ) {
        let _alone = lock(&self.changing);
        for api in Api::ALL.into_iter().filter(|&api| resource.serves(api)) {
            let mut items = self.listing(scenario, resource, api).materialise();
            change(&mut items);
            lock(&self.replaced).insert((resource.path(), api), Arc::new(items));
        }
    }

    /// Lets rows of a resource come and go, if the scenario has it so.
    pub(crate) fn churn(&self, scenario: &Scenario, resource: &'static dyn Resource) {
        if scenario.churn > 0 {
            let round = self.rounds.fetch_add(1, Ordering::SeqCst);
            self.change(scenario, resource, |rows| {
                churn::turn(rows, scenario.churn, scenario.seed, round);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(page: usize) -> Asked<'static> {
        let (items, last, single, redirected) = (10, false, false, false);
        Asked { url: "", page, items, last, single, redirected, host: "" }
    }

    #[test]
    fn a_fault_strikes_as_often_as_it_should() {
        let state = State::new("fault=503@2x1,fault=drip@3");
        let scenario = state.scenario.clone().unwrap();
        let strikes = |page| state.pick_fault(&scenario, &asked(page)).is_some();
        assert!(!strikes(1) && strikes(2) && !strikes(2) && strikes(3) && strikes(3));
        assert_eq!(state.struck(), 3);
    }

    #[test]
    fn chaos_counts_requests() {
        let state = State::new("chaos=50,fault=503@2");
        let scenario = state.scenario.clone().unwrap();
        let picked: Vec<_> = (0..20).map(|_| state.pick_fault(&scenario, &asked(1))).collect();
        let alone: Vec<_> = (0..20).map(|n| scenario.chaos.strikes(1, n, &asked(1))).collect();
        assert_eq!(picked, alone);
        assert!(alone.iter().any(Option::is_some) && alone.iter().any(Option::is_none));
    }

    #[test]
    fn the_rate_limit_counts_requests_in_a_window() {
        let state = State::new("rate=2:60000");
        let scenario = state.scenario.clone().unwrap();
        assert!(state.admit(&scenario) && state.admit(&scenario) && !state.admit(&scenario));
    }

    #[test]
    fn requests_in_flight_are_counted() {
        let state = Arc::new(State::new(""));
        let first = state.enter();
        let second = state.enter();
        assert_eq!((first.count, second.count), (1, 2));
        drop((first, second));
        assert_eq!(state.enter().count, 1);
        assert_eq!(state.most_in_flight(), 2);
    }
}
