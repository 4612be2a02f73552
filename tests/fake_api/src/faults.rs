//! What can go wrong on purpose: the fault kinds and the text that asks for them.

/// One kind of fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fault of the transport or of the HTTP answer.
    Wire(Wire),
    /// A deformed JSON body.
    Envelope(Envelope),
    /// A page that is not the one asked for, or a wrong continuation.
    Cursor(Cursor),
}

/// Faults of the transport or of the HTTP answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// This status with the documented JSON error body.
    Status(u16),
    /// An HTML page with this status.
    Html(u16),
    /// 200 and `application/json`, but no JSON.
    NotJson,
    /// 200 and an empty body.
    Empty,
    /// The connection closes after so many bytes of the body (default: half of it).
    Cut(Option<usize>),
    /// A chunked body that stops half-way.
    ChunkCut,
    /// The connection closes without an answer.
    Reset,
    /// No answer, ever.
    Hang,
    /// The body comes 1 KB at a time.
    Drip,
    /// Says gzip, sends garbage.
    BadGzip,
    /// A small gzip body that unpacks to 200 MB.
    GzipBomb,
    /// The body begins with a byte order mark.
    Bom,
    /// A 0xFF byte inside a string.
    BadUtf8,
    /// A redirect to the same server under another host name.
    RedirectOther,
    /// A redirect to the same URL with one more parameter.
    RedirectSame,
}

/// Deformed JSON bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// The member `data` is missing.
    NoData,
    /// `data` is null.
    DataNull,
    /// The items are at `data` itself.
    DataArray,
    /// `items` is missing.
    NoItems,
    /// `items` is null.
    ItemsNull,
    /// `items` is an object.
    ItemsObject,
    /// A null among the items.
    ItemNull,
    /// A string among the items.
    ItemText,
    /// `has_more` is missing.
    NoHasMore,
    /// `has_more` is null.
    HasMoreNull,
    /// `has_more` is "true" or "false".
    HasMoreText,
    /// `has_more` is 1 or 0.
    HasMoreNumber,
    /// An error body under HTTP 200.
    Error200,
    /// The body is the array of items.
    ArrayRoot,
    /// `status` is "2xx" (harmless).
    StatusText,
}

/// Pages that lie about the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// The page before is sent again.
    RepeatPage,
    /// The last page again and again, always with more to come.
    Stuck,
    /// No items, but more to come.
    EmptyMore,
    /// The last item has no key.
    Keyless,
    /// The last item's key is null.
    KeyNull,
    /// The last item's key is a number.
    KeyNumber,
    /// The last page promises one more.
    LastMore,
}

/// A fault with the pages it strikes and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) page: Option<usize>,
    pub(crate) times: Option<usize>,
}

/// What a fault needs to know about the page that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) page: usize,
    pub(crate) items: usize,
    pub(crate) last: bool,
    /// Something else than a listing with a cursor was asked for.
    pub(crate) single: bool,
    pub(crate) redirected: bool,
    pub(crate) host: &'a str,
}

impl Fault {
    /// Reads `KIND[@PAGE][xTIMES]`.
    pub(crate) fn parse(text: &str) -> Result<Fault, String> {
        let (rest, times) = split_times(text);
        let (kind, page) = match rest.split_once('@') {
            Some((kind, page)) => (kind, Some(positive(page)?)),
            None => (rest, None),
        };
        let times = times.map(positive).transpose()?;
        Ok(Fault { kind: parse_kind(kind)?, page, times })
    }

    /// Whether this fault strikes that page.
    pub(crate) fn strikes(&self, asked: &Asked<'_>) -> bool {
        self.page.is_none_or(|page| page == asked.page) && applies(&self.kind, asked)
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

fn parse_kind(text: &str) -> Result<Kind, String> {
    parse_wire(text)
        .map(Kind::Wire)
        .or_else(|| parse_envelope(text).map(Kind::Envelope))
        .or_else(|| parse_cursor(text).map(Kind::Cursor))
        .ok_or_else(|| format!("unknown fault '{text}'"))
}

fn parse_wire(text: &str) -> Option<Wire> {
    Some(match text {
        "html503" => Wire::Html(503),
        "html200" => Wire::Html(200),
        "notjson" => Wire::NotJson,
        "empty" => Wire::Empty,
        "cut" => Wire::Cut(None),
        "chunkcut" => Wire::ChunkCut,
        "reset" => Wire::Reset,
        "hang" => Wire::Hang,
        "drip" => Wire::Drip,
        "badgzip" => Wire::BadGzip,
        "gzipbomb" => Wire::GzipBomb,
        "bom" => Wire::Bom,
        "badutf8" => Wire::BadUtf8,
        "redirect_other" => Wire::RedirectOther,
        "redirect_same" => Wire::RedirectSame,
        _ => return parse_numbered(text),
    })
}

fn parse_numbered(text: &str) -> Option<Wire> {
    if let Some(bytes) = text.strip_prefix("cut") {
        return bytes.parse().ok().map(|bytes| Wire::Cut(Some(bytes)));
    }
    let status = text.parse().ok()?;
    (200..600).contains(&status).then_some(Wire::Status(status))
}

fn parse_envelope(text: &str) -> Option<Envelope> {
    Some(match text {
        "no_data" => Envelope::NoData,
        "data_null" => Envelope::DataNull,
        "data_array" => Envelope::DataArray,
        "no_items" => Envelope::NoItems,
        "items_null" => Envelope::ItemsNull,
        "items_object" => Envelope::ItemsObject,
        "item_null" => Envelope::ItemNull,
        "item_text" => Envelope::ItemText,
        "no_has_more" => Envelope::NoHasMore,
        "has_more_null" => Envelope::HasMoreNull,
        "has_more_text" => Envelope::HasMoreText,
        "has_more_number" => Envelope::HasMoreNumber,
        "error_200" => Envelope::Error200,
        "array_root" => Envelope::ArrayRoot,
        "status_text" => Envelope::StatusText,
        _ => return None,
    })
}

fn parse_cursor(text: &str) -> Option<Cursor> {
    Some(match text {
        "repeat_page" => Cursor::RepeatPage,
        "stuck" => Cursor::Stuck,
        "empty_more" => Cursor::EmptyMore,
        "keyless" => Cursor::Keyless,
        "key_null" => Cursor::KeyNull,
        "key_number" => Cursor::KeyNumber,
        "last_more" => Cursor::LastMore,
        _ => return None,
    })
}

/// A fault that would change nothing does not strike (and is not counted).
fn applies(kind: &Kind, asked: &Asked<'_>) -> bool {
    match kind {
        Kind::Wire(Wire::RedirectOther) => !asked.host.starts_with("localhost"),
        Kind::Wire(Wire::RedirectSame) => !asked.redirected,
        Kind::Wire(_) => true,
        Kind::Envelope(_) => true,
        Kind::Cursor(_) if asked.single => false,
        Kind::Cursor(Cursor::RepeatPage) => asked.page > 1,
        Kind::Cursor(Cursor::Stuck) => asked.last,
        Kind::Cursor(Cursor::EmptyMore) => true,
        Kind::Cursor(Cursor::LastMore) => asked.last && asked.items > 0,
        Kind::Cursor(Cursor::Keyless | Cursor::KeyNull | Cursor::KeyNumber) => asked.items > 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(kind: Wire, page: Option<usize>, times: Option<usize>) -> Fault {
        Fault { kind: Kind::Wire(kind), page, times }
    }

    #[test]
    fn kind_page_and_times_are_read() {
        assert_eq!(Fault::parse("503"), Ok(wire(Wire::Status(503), None, None)));
        assert_eq!(Fault::parse("503@2x1"), Ok(wire(Wire::Status(503), Some(2), Some(1))));
        assert_eq!(Fault::parse("resetx3"), Ok(wire(Wire::Reset, None, Some(3))));
        assert_eq!(Fault::parse("cut100@4"), Ok(wire(Wire::Cut(Some(100)), Some(4), None)));
        assert_eq!(Fault::parse("html503"), Ok(wire(Wire::Html(503), None, None)));
        assert_eq!(
            Fault::parse("has_more_text").unwrap().kind,
            Kind::Envelope(Envelope::HasMoreText)
        );
        assert_eq!(Fault::parse("stuck").unwrap().kind, Kind::Cursor(Cursor::Stuck));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "boom", "99", "600", "cutx", "cut-1", "503@", "503@0", "503x0", "503@a"] {
            assert!(Fault::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_strikes_only_where_it_changes_something() {
        let mut asked = Asked {
            page: 1,
            items: 10,
            last: false,
            single: false,
            redirected: false,
            host: "127.0.0.1:1",
        };
        let strikes = |text: &str, asked: &Asked<'_>| Fault::parse(text).unwrap().strikes(asked);
        assert!(strikes("503", &asked));
        assert!(!strikes("503@2", &asked));
        assert!(!strikes("repeat_page", &asked));
        assert!(!strikes("last_more", &asked));
        asked.last = true;
        asked.page = 2;
        assert!(strikes("repeat_page", &asked));
        assert!(strikes("last_more", &asked));
        asked.host = "localhost:1";
        assert!(!strikes("redirect_other", &asked));
    }
}
