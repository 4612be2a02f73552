//! What can go wrong on purpose: which fault strikes which request, and how often.

use crate::kinds::{self, Cursor, Deletion, Kind, Wire};

/// The requests that a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// All of them.
    Any,
    /// Those for the page with this number in its walk.
    Page(usize),
    /// Those for the last page of a walk.
    Last,
    /// The one with this number among those that it could strike, from 1. A request that is made
    /// again keeps its number.
    Request(usize),
}

/// A fault with the requests it strikes and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) target: Target,
    pub(crate) times: Option<usize>,
}

/// What a fault needs to know about the page that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Path and query.
    pub(crate) url: &'a str,
    pub(crate) page: usize,
    pub(crate) items: usize,
    pub(crate) last: bool,
    /// Something else than a listing with a cursor was asked for.
    pub(crate) single: bool,
    pub(crate) redirected: bool,
    pub(crate) host: &'a str,
}

/// What a fault has done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// How often it struck.
    pub(crate) struck: usize,
    /// The requests that it could strike, where they are counted.
    met: Vec<String>,
}

impl Fault {
    /// Reads `KIND[@PAGE|@last|:REQUEST][xTIMES]`.
    pub(crate) fn parse(text: &str) -> Result<Fault, String> {
        let (rest, times) = split_times(text);
        let times = times.map(positive).transpose()?;
        let (kind, target) = match (rest.split_once('@'), rest.split_once(':')) {
            (Some((kind, "last")), _) => (kind, Target::Last),
            (Some((kind, page)), _) => (kind, Target::Page(positive(page)?)),
            (None, Some((kind, request))) => (kind, Target::Request(positive(request)?)),
            (None, None) => (rest, Target::Any),
        };
        Ok(Fault { kind: kinds::named(kind)?, target, times })
    }

    /// Whether this fault strikes that request; if so, it is counted.
    pub(crate) fn strikes(&self, record: &mut Record, asked: &Asked<'_>) -> bool {
        let strikes = applies(&self.kind, asked)
            && match self.target {
                Target::Any => true,
                Target::Page(page) => page == asked.page,
                Target::Last => asked.last,
                Target::Request(number) => record.number(asked.url) == number,
            }
            && self.times.is_none_or(|times| record.struck < times);
        record.struck += usize::from(strikes);
        strikes
    }
}

impl Record {
    /// The number of a request, from 1; a new one gets the next.
    fn number(&mut self, url: &str) -> usize {
        let known = self.met.iter().position(|met| met == url);
        let at = known.unwrap_or_else(|| {
            self.met.push(url.to_owned());
            self.met.len() - 1
        });
        at + 1
    }
}

fn split_times(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once('x') {
        Some((rest, times)) if !times.is_empty() && times.bytes().all(|b| b.is_ascii_digit()) => {
            (rest, Some(times))
        }
        _ => (text, None),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("'{text}' is not a positive number")),
    }
}

/// A fault that would change nothing does not strike (and is not counted).
fn applies(kind: &Kind, asked: &Asked<'_>) -> bool {
    let &Asked { page, items, last, single, .. } = asked;
    match kind {
        Kind::Wire(Wire::RedirectOther) => !asked.host.starts_with("localhost"),
        Kind::Wire(Wire::RedirectSame) => !asked.redirected,
        Kind::Wire(_) | Kind::Envelope(_) => true,
        Kind::Cursor(_) | Kind::Deletion(_) if single => false,
        Kind::Cursor(Cursor::RepeatPage | Cursor::ReversePage) => page > 1,
        // An empty first page is an empty listing.
        Kind::Cursor(Cursor::Overlap | Cursor::EmptyEnd) => page > 1 && items > 0,
        Kind::Cursor(Cursor::Stuck) => last,
        Kind::Cursor(Cursor::EmptyMore) => true,
        Kind::Cursor(Cursor::LastMore) => last && items > 0,
        Kind::Cursor(Cursor::Keyless | Cursor::KeyNull | Cursor::KeyNumber) => items > 0,
        // Behind the last page nothing is asked for.
        Kind::Cursor(Cursor::Overfull) | Kind::Deletion(Deletion::Last | Deletion::Page) => !last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Share;

    fn wire(kind: Wire, target: Target, times: Option<usize>) -> Fault {
        Fault { kind: Kind::Wire(kind), target, times }
    }

    const ASKED: Asked<'static> = Asked {
        url: "/deals",
        page: 1,
        items: 10,
        last: false,
        single: false,
        redirected: false,
        host: "127.0.0.1:1",
    };

    #[test]
    fn kind_target_and_times_are_read() {
        let status = Wire::Status(503);
        for (text, fault) in [
            ("503", wire(status, Target::Any, None)),
            ("503@2x1", wire(status, Target::Page(2), Some(1))),
            ("503@lastx2", wire(status, Target::Last, Some(2))),
            ("503:7x1", wire(status, Target::Request(7), Some(1))),
            ("resetx3", wire(Wire::Reset, Target::Any, Some(3))),
            ("cut100@4", wire(Wire::Cut(Share::Bytes(100)), Target::Page(4), None)),
            ("cut0.37x1", wire(Wire::Cut(Share::Hundredths(37)), Target::Any, Some(1))),
            ("html503", wire(Wire::Html(503), Target::Any, None)),
        ] {
            assert_eq!(Fault::parse(text), Ok(fault), "{text}");
        }
    }

    #[test]
    fn every_name_is_read_with_a_target_and_times() {
        for name in kinds::names() {
            let fault = Fault::parse(&format!("{name}@2x1")).unwrap();
            assert_eq!((fault.kind, fault.times), (kinds::named(name).unwrap(), Some(1)));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "", "boom", "99", "600", "cutx", "cut0.5", "cut-1", "503@", "503@0", "503x0", "503@a",
            "503:", "503:0", "503:last", "503@1:2",
        ] {
            assert!(Fault::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_strikes_only_where_it_changes_something() {
        let mut asked = ASKED;
        let strikes = |text: &str, asked: &Asked<'_>| {
            Fault::parse(text).unwrap().strikes(&mut Record::default(), asked)
        };
        assert!(strikes("503", &asked) && strikes("overfull", &asked));
        assert!(!strikes("503@2", &asked) && !strikes("503@last", &asked));
        assert!(!strikes("repeat_page", &asked) && !strikes("last_more", &asked));
        (asked.last, asked.page) = (true, 2);
        assert!(strikes("repeat_page", &asked) && strikes("last_more", &asked));
        assert!(strikes("503@last", &asked) && !strikes("delete_last", &asked));
        asked.host = "localhost:1";
        assert!(!strikes("redirect_other", &asked));
    }

    #[test]
    fn a_request_keeps_its_number() {
        let strikes = |text: &str, urls: &[&'static str]| -> Vec<bool> {
            let (fault, mut record) = (Fault::parse(text).unwrap(), Record::default());
            let ask = |url| fault.strikes(&mut record, &Asked { url, ..ASKED });
            urls.iter().copied().map(ask).collect()
        };
        let urls = ["/a", "/b", "/a", "/b", "/c"];
        assert_eq!(strikes("503:2", &urls), [false, true, false, true, false]);
        assert_eq!(strikes("503:2x1", &urls), [false, true, false, false, false]);
        assert_eq!(strikes("503:4", &urls), [false; 5]);
    }
}
