//! The first path segment: comma-separated `knob=value` pairs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::auth::Credentials;
use crate::chaos::Chaos;
use crate::endpoints;
use crate::envelope::Shape;
use crate::faults::Fault;
use crate::paging::Limits;
use crate::query::decode;
use crate::resources;
use crate::spread::Spread;

/// Whether `data.total` is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Total {
    Always,
    Never,
    /// As seen on the real service, per resource.
    Facts,
}

/// How `min_` and `max_` time bounds are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    Inclusive,
    Exclusive,
    /// Both sides truncated to seconds, then inclusive.
    Seconds,
    Ignored,
    /// A request that has a bound is answered 400.
    Refused,
}

/// What comes of a cursor that is the key of no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownCursor {
    /// An error with this status.
    Status(u16),
    /// A page without items, and nothing more to come.
    Empty,
}

/// How the fake behaves under one scenario string.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) counts: BTreeMap<&'static str, usize>,
    pub(crate) seed: u64,
    /// `spread=uniform|skewed`: how the creation times of generated rows lie in time. Uniform is
    /// denser towards now, with small ties; skewed is mostly of late, with bursts and gaps.
    pub(crate) spread: Spread,
    pub(crate) latency: Duration,
    pub(crate) total: Total,
    pub(crate) bounds: Bounds,
    /// `filters=applied|ignored`: whether listings are filtered by values at all.
    pub(crate) ignore_filters: bool,
    pub(crate) hide_scheduled: bool,
    /// `deny=NAME`: this resource or endpoint answers 403.
    pub(crate) deny: Vec<String>,
    /// `shape=items|array`: how endpoints answer whose envelope nobody knows.
    pub(crate) shape: Shape,
    /// `links=flat|none`: whether there is a flat listing of all links.
    pub(crate) flat_links: bool,
    /// `program=found|404`: whether a marketplace program can be read by its key.
    pub(crate) find_program: bool,
    pub(crate) rate: Option<(usize, Duration)>,
    /// `retry_after=TEXT`: the header that goes with 429 and 503.
    pub(crate) retry_after: Option<String>,
    /// `unknown_cursor=400|404|empty`: what comes of a cursor that is the key of no row.
    pub(crate) unknown_cursor: UnknownCursor,
    /// `churn=N`: before each request for a listing N rows come and N go.
    pub(crate) churn: usize,
    pub(crate) gzip: bool,
    pub(crate) limits: Limits,
    pub(crate) credentials: Credentials,
    /// `elsewhere=HOST`: the other host that redirects go to.
    pub(crate) elsewhere: Option<String>,
    pub(crate) faults: Vec<Fault>,
    /// `chaos=PERCENT`: how many of a hundred requests are struck by a fault that passes.
    pub(crate) chaos: Chaos,
}

impl Default for Scenario {
    fn default() -> Scenario {
        Scenario {
            counts: BTreeMap::new(),
            seed: 1,
            spread: Spread::Uniform,
            latency: Duration::ZERO,
            total: Total::Facts,
            bounds: Bounds::Inclusive,
            ignore_filters: false,
            hide_scheduled: false,
            deny: Vec::new(),
            shape: Shape::Items,
            flat_links: false,
            find_program: false,
            rate: None,
            retry_after: None,
            unknown_cursor: UnknownCursor::Status(400),
            churn: 0,
            gzip: false,
            limits: Limits::Checked,
            credentials: Credentials::default(),
            elsewhere: None,
            faults: Vec::new(),
            chaos: Chaos::default(),
        }
    }
}

/// More rows than this are refused, as a slip of the pen.
const MOST_ROWS: usize = 20_000_000;

impl Scenario {
    /// Reads a scenario; an unknown knob or a bad value is an error.
    pub(crate) fn parse(text: &str) -> Result<Scenario, String> {
        let mut scenario = Scenario::default();
        if text.is_empty() {
            return Ok(scenario);
        }
        for pair in text.split(',') {
            let (knob, value) =
                pair.split_once('=').ok_or_else(|| format!("'{pair}' is not knob=value"))?;
            let value = decode(value);
            scenario.set(knob, &value).map_err(|why| format!("knob '{knob}': {why}"))?;
        }
        Ok(scenario)
    }

    fn set(&mut self, knob: &str, value: &str) -> Result<(), String> {
        match knob {
            "id" => {}
            "seed" => self.seed = number(value)?,
            "spread" => self.spread = spread(value)?,
            "latency" => self.latency = Duration::from_millis(number(value)?),
            "total" => self.total = total(value)?,
            "bounds" => self.bounds = bounds(value)?,
            "filters" => self.ignore_filters = either(value, "ignored", "applied")?,
            "scheduled" => self.hide_scheduled = either(value, "hidden", "listed")?,
            "deny" => self.deny.push(denied(value)?),
            "shape" => self.shape = shape(value)?,
            "links" => self.flat_links = either(value, "flat", "none")?,
            "program" => self.find_program = either(value, "found", "404")?,
            "rate" => self.rate = Some(rate(value)?),
            "retry_after" => self.retry_after = Some(value.to_owned()),
            "unknown_cursor" => self.unknown_cursor = unknown_cursor(value)?,
            "churn" => self.churn = number(value)?,
            "gzip" => self.gzip = either(value, "on", "off")?,
            "limit" => self.limits = limits(value)?,
            "keys" => self.credentials.any = either(value, "any", "given")?,
            "elsewhere" => self.elsewhere = Some(value.to_owned()),
            "public_key" => self.credentials.public_key = value.to_owned(),
            "private_key" => self.credentials.private_key = value.to_owned(),
            "api_key" => self.credentials.api_key = value.to_owned(),
            "fault" => self.faults.push(Fault::parse(value)?),
            "chaos" => self.chaos = Chaos::percent(number(value)?)?,
            name => self.set_count(name, value)?,
        }
        Ok(())
    }

    fn set_count(&mut self, name: &str, value: &str) -> Result<(), String> {
        let resource = resources::named(name).map_err(|_| "unknown knob".to_owned())?;
        let count: usize = number(value)?;
        if count > MOST_ROWS {
            return Err(format!("more than {MOST_ROWS} rows"));
        }
        self.counts.insert(resource.path(), count);
        Ok(())
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("'{text}' is not a number"))
}

/// True for the first word, false for the second.
fn either(text: &str, yes: &str, no: &str) -> Result<bool, String> {
    if text == yes {
        Ok(true)
    } else if text == no {
        Ok(false)
    } else {
        Err(format!("'{text}' is neither '{yes}' nor '{no}'"))
    }
}

fn total(text: &str) -> Result<Total, String> {
    match text {
        "always" => Ok(Total::Always),
        "never" => Ok(Total::Never),
        "facts" => Ok(Total::Facts),
        _ => Err(format!("'{text}' is not always, never or facts")),
    }
}

fn bounds(text: &str) -> Result<Bounds, String> {
    match text {
        "inclusive" => Ok(Bounds::Inclusive),
        "exclusive" => Ok(Bounds::Exclusive),
        "seconds" => Ok(Bounds::Seconds),
        "ignored" => Ok(Bounds::Ignored),
        "refused" => Ok(Bounds::Refused),
        _ => Err(format!("'{text}' is not inclusive, exclusive, seconds, ignored or refused")),
    }
}

/// The name of a resource or of an endpoint.
fn denied(name: &str) -> Result<String, String> {
    match endpoints::named(name) {
        Some(endpoint) => Ok(endpoint.knob().to_owned()),
        None => Ok(resources::named(name)?.knob()),
    }
}

fn shape(text: &str) -> Result<Shape, String> {
    match either(text, "items", "array")? {
        true => Ok(Shape::Items),
        false => Ok(Shape::Array),
    }
}

fn spread(text: &str) -> Result<Spread, String> {
    match either(text, "skewed", "uniform")? {
        true => Ok(Spread::Skewed),
        false => Ok(Spread::Uniform),
    }
}

fn limits(text: &str) -> Result<Limits, String> {
    match text {
        "400" => Ok(Limits::Checked),
        "clamp" => Ok(Limits::Clamped),
        "ignored" => Ok(Limits::Ignored),
        _ => Err(format!("'{text}' is not 400, clamp or ignored")),
    }
}

fn unknown_cursor(text: &str) -> Result<UnknownCursor, String> {
    match text {
        "400" => Ok(UnknownCursor::Status(400)),
        "404" => Ok(UnknownCursor::Status(404)),
        "empty" => Ok(UnknownCursor::Empty),
        _ => Err(format!("'{text}' is not 400, 404 or empty")),
    }
}

fn rate(text: &str) -> Result<(usize, Duration), String> {
    let (requests, window) = text.split_once(['/', ':']).ok_or("not N/MS or N:MS")?;
    Ok((number(requests)?, Duration::from_millis(number(window)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_scenario_is_the_default() {
        let scenario = Scenario::parse("").unwrap();
        assert!(scenario.counts.is_empty());
        assert_eq!((scenario.seed, scenario.spread), (1, Spread::Uniform));
        assert_eq!(scenario.bounds, Bounds::Inclusive);
        assert!(scenario.limits == Limits::Checked && !scenario.gzip && !scenario.hide_scheduled);
        assert!(!scenario.ignore_filters);
    }

    #[test]
    fn every_knob_is_read() {
        let scenario = Scenario::parse(
            "id=t1,rewards=1000,deals=5,seed=7,spread=skewed,latency=20,total=always,bounds=seconds,\
             filters=ignored,scheduled=hidden,deny=deals,rate=5%2F1000,retry_after=2,unknown_cursor=empty,churn=4,gzip=on,limit=clamp,\
             deny=deal_files,shape=array,links=flat,program=found,public_key=a%2Cb,private_key=p%20q,api_key=k,\
             keys=any,elsewhere=a.example%3A1,fault=503@2x1,fault=drip,chaos=3",
        )
        .unwrap();
        assert_eq!(scenario.counts["rewards"], 1000);
        assert_eq!(scenario.counts["deals"], 5);
        assert_eq!((scenario.seed, scenario.spread), (7, Spread::Skewed));
        assert_eq!(scenario.latency, Duration::from_millis(20));
        assert_eq!(scenario.total, Total::Always);
        assert_eq!(scenario.bounds, Bounds::Seconds);
        assert!(scenario.hide_scheduled && scenario.gzip && scenario.limits == Limits::Clamped);
        assert!(scenario.ignore_filters);
        assert_eq!(scenario.deny, ["deals", "deal_files"]);
        assert!(scenario.shape == Shape::Array && scenario.flat_links && scenario.find_program);
        assert_eq!(scenario.rate, Some((5, Duration::from_secs(1))));
        assert_eq!(scenario.retry_after.as_deref(), Some("2"));
        assert_eq!(scenario.unknown_cursor, UnknownCursor::Empty);
        assert_eq!(scenario.churn, 4);
        assert_eq!(scenario.credentials.public_key, "a,b");
        assert_eq!(scenario.credentials.private_key, "p q");
        assert_eq!(scenario.credentials.api_key, "k");
        assert!(scenario.credentials.any);
        assert_eq!(scenario.elsewhere.as_deref(), Some("a.example:1"));
        assert_eq!(scenario.faults.len(), 2);
        assert_eq!(Ok(scenario.chaos), Chaos::percent(3));
    }

    #[test]
    fn typos_are_errors() {
        for text in [
            "reward=1",
            "rewards=x",
            "rewards=-1",
            "rewards",
            "rewards=1,",
            "total=yes",
            "bounds=closed",
            "filters=off",
            "fault=boom",
            "chaos=101",
            "rate=5",
            "deny=nothing",
            "spread=even",
            "gzip=1",
            "limit=250",
            "links=5",
            "program=yes",
            "unknown_cursor=410",
            "churn=some",
            "keys=none",
            "shape=object",
            "rewards=99999999999",
        ] {
            assert!(Scenario::parse(text).is_err(), "{text}");
        }
    }
}
