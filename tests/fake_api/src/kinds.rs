//! The kinds of faults, and their names.

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fault of the transport or of the HTTP answer.
    Wire(Wire),
    /// A deformed JSON body.
    Envelope(Envelope),
    /// A page that is not the one asked for, or a wrong continuation.
    Cursor(Cursor),
    /// A right page, some of whose rows are deleted as soon as it is answered.
    Deletion(Deletion),
}

/// Faults of the transport or of the HTTP answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// This status with the documented JSON error body.
    Status(u16),
    /// An HTML page with this status.
    Html(u16),
    /// The right page with status 206.
    Partial,
    /// The right page, called HTML.
    HtmlType,
    /// 200 and `application/json`, but no JSON.
    NotJson,
    /// 200 and an empty body.
    Empty,
    /// The connection closes after this much of the body.
    Cut(Share),
    /// The body is chunked.
    Chunked,
    /// A chunked body that stops half-way.
    ChunkCut,
    /// A chunked body without the chunk that ends it.
    ChunkOpen,
    /// The connection closes without an answer.
    Reset,
    /// No answer, ever.
    Hang,
    /// Half of the body, and then nothing more, ever.
    HangBody,
    /// The body comes 1 KB at a time.
    Drip,
    /// The answer closes the connection, and says so.
    Close,
    /// The answer leaves the connection open, and the next request on it is not answered.
    Stale,
    /// The body is packed.
    Packed(Packed),
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
    /// A redirect to the very same URL.
    RedirectLoop,
    /// A redirect without a `Location`.
    RedirectNowhere,
    /// An answer that no HTTP library would send.
    ByHand(ByHand),
    /// An answer that shows the keys of the request.
    Echo(Echo),
}

/// How much of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// So many bytes.
    Bytes(usize),
    /// So many hundredths.
    Hundredths(usize),
}

impl Share {
    /// Half of it.
    pub(crate) const HALF: Share = Share::Hundredths(50);

    /// How many bytes that is of so many.
    pub(crate) fn of(self, bytes: usize) -> usize {
        match self {
            Share::Bytes(share) => share.min(bytes),
            Share::Hundredths(share) => bytes * share / 100,
        }
    }

    /// Reads `100` (bytes) or `0.37`.
    fn parse(text: &str) -> Option<Share> {
        match text.strip_prefix("0.") {
            None => text.parse().ok().map(Share::Bytes),
            Some(digits) if digits.len() == 2 => digits.parse().ok().map(Share::Hundredths),
            Some(_) => None,
        }
    }
}

/// What is said to be gzip, or is and is not said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packed {
    /// Right.
    Good,
    /// Right, in two members.
    Members,
    /// Right, without the header that says so.
    Unsaid,
    /// Garbage.
    Garbage,
    /// The second half is missing.
    Cut,
    /// The checksum and the length at its end are missing.
    NoTrailer,
    /// The checksum is wrong.
    WrongSum,
}

/// Answers written by hand. The connection closes behind them, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByHand {
    /// A body without a length, which the end of the connection ends.
    CloseDelimited,
    /// The same, but half of it.
    CloseDelimitedCut,
    /// A length that is ten bytes more than there are.
    LengthLong,
    /// A length that is ten bytes less than there are; the connection stays.
    LengthShort,
    /// The answer twice; the connection stays.
    Twice,
    /// The connection closes, though the answer says that it stays.
    Lapse,
    /// The connection is reset before the answer.
    Abort,
    /// The connection is reset inside the body.
    AbortBody,
    /// 100 and 103 before the answer.
    Interim,
    /// 100 and no answer.
    InterimOnly,
    /// 101, which nobody asked for.
    Switch,
    /// Half of the head, and then nothing more, ever.
    HangHead,
    /// No HTTP at all.
    NotHttp,
    /// A head of a megabyte.
    LongHead,
}

impl ByHand {
    /// Whether all rows of the page come.
    pub(crate) fn is_whole(self) -> bool {
        use ByHand::{CloseDelimited, Interim, Lapse, Twice};
        matches!(self, CloseDelimited | Interim | Lapse | Twice)
    }
}

/// Where an answer shows the keys of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// The `Authorization` header, in the message of a 401.
    Header,
    /// The same once more in base64, in the message of a 400.
    Base64,
    /// The keys, in the message of a 400.
    Keys,
    /// The private key so often that a message cut anywhere is cut inside it, in the message of a 400.
    Many,
    /// The keys in a 400, each character as a JSON escape.
    Escaped,
    /// The keys, percent-encoded, in the message of a 400.
    Percent,
    /// The keys in a page of HTML with 503.
    Html,
    /// A page of HTML with 200, which begins with the `Authorization` header.
    Html200,
    /// The keys in the message of a 200 without items.
    NoItems,
    /// The keys in the path of a redirect to another host.
    Location,
    /// The private key as the host that a redirect goes to.
    Host,
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
    /// `items` is there twice, the second time empty.
    ItemsTwice,
    /// A null among the items.
    ItemNull,
    /// A string among the items.
    ItemText,
    /// An item twice in a page.
    ItemTwice,
    /// An item twice in a page, in the place of another.
    ItemReplaced,
    /// The second item's key is null.
    MiddleKeyNull,
    /// `has_more` is missing.
    NoHasMore,
    /// `has_more` is null.
    HasMoreNull,
    /// `has_more` is "true" or "false".
    HasMoreText,
    /// `has_more` is 1 or 0.
    HasMoreNumber,
    /// `has_more` is there twice, the second time wrong.
    HasMoreTwice,
    /// `total` is 1.
    TotalSmall,
    /// `total` is a million.
    TotalLarge,
    /// `total` is a word.
    TotalText,
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
    /// The page before is sent again, the other way round.
    ReversePage,
    /// A page that begins three items too early.
    Overlap,
    /// Three items more than were asked for.
    Overfull,
    /// The last page again and again, always with more to come.
    Stuck,
    /// No items, but more to come.
    EmptyMore,
    /// No items and nothing more to come, though more was promised.
    EmptyEnd,
    /// The last item has no key.
    Keyless,
    /// The last item's key is null.
    KeyNull,
    /// The last item's key is a number.
    KeyNumber,
    /// The last page promises one more.
    LastMore,
}

/// Which rows of a page are deleted behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deletion {
    /// The last one, which is the cursor.
    Last,
    /// All of them.
    Page,
}

/// Every kind but those with a number in their name.
const NAMED: &[(&str, Kind)] = {
    use Kind::{Cursor as C, Deletion as D, Envelope as E, Wire as W};
    &[
        ("html503", W(Wire::Html(503))),
        ("html200", W(Wire::Html(200))),
        ("partial", W(Wire::Partial)),
        ("html_type", W(Wire::HtmlType)),
        ("notjson", W(Wire::NotJson)),
        ("empty", W(Wire::Empty)),
        ("cut", W(Wire::Cut(Share::HALF))),
        ("chunked", W(Wire::Chunked)),
        ("chunkcut", W(Wire::ChunkCut)),
        ("chunk_open", W(Wire::ChunkOpen)),
        ("reset", W(Wire::Reset)),
        ("hang", W(Wire::Hang)),
        ("hang_body", W(Wire::HangBody)),
        ("drip", W(Wire::Drip)),
        ("close", W(Wire::Close)),
        ("stale", W(Wire::Stale)),
        ("gzip", W(Wire::Packed(Packed::Good))),
        ("gzip_members", W(Wire::Packed(Packed::Members))),
        ("gzip_unsaid", W(Wire::Packed(Packed::Unsaid))),
        ("badgzip", W(Wire::Packed(Packed::Garbage))),
        ("gzip_cut", W(Wire::Packed(Packed::Cut))),
        ("gzip_no_trailer", W(Wire::Packed(Packed::NoTrailer))),
        ("gzip_wrong_sum", W(Wire::Packed(Packed::WrongSum))),
        ("gzipbomb", W(Wire::GzipBomb)),
        ("bom", W(Wire::Bom)),
        ("badutf8", W(Wire::BadUtf8)),
        ("redirect_other", W(Wire::RedirectOther)),
        ("redirect_same", W(Wire::RedirectSame)),
        ("redirect_loop", W(Wire::RedirectLoop)),
        ("redirect_nowhere", W(Wire::RedirectNowhere)),
        ("close_delimited", W(Wire::ByHand(ByHand::CloseDelimited))),
        ("close_delimited_cut", W(Wire::ByHand(ByHand::CloseDelimitedCut))),
        ("length_long", W(Wire::ByHand(ByHand::LengthLong))),
        ("length_short", W(Wire::ByHand(ByHand::LengthShort))),
        ("twice", W(Wire::ByHand(ByHand::Twice))),
        ("lapse", W(Wire::ByHand(ByHand::Lapse))),
        ("abort", W(Wire::ByHand(ByHand::Abort))),
        ("abort_body", W(Wire::ByHand(ByHand::AbortBody))),
        ("interim", W(Wire::ByHand(ByHand::Interim))),
        ("interim_only", W(Wire::ByHand(ByHand::InterimOnly))),
        ("switch", W(Wire::ByHand(ByHand::Switch))),
        ("hang_head", W(Wire::ByHand(ByHand::HangHead))),
        ("nothttp", W(Wire::ByHand(ByHand::NotHttp))),
        ("long_head", W(Wire::ByHand(ByHand::LongHead))),
        ("echo_header", W(Wire::Echo(Echo::Header))),
        ("echo_base64", W(Wire::Echo(Echo::Base64))),
        ("echo_keys", W(Wire::Echo(Echo::Keys))),
        ("echo_many", W(Wire::Echo(Echo::Many))),
        ("echo_escaped", W(Wire::Echo(Echo::Escaped))),
        ("echo_percent", W(Wire::Echo(Echo::Percent))),
        ("echo_html", W(Wire::Echo(Echo::Html))),
        ("echo_html200", W(Wire::Echo(Echo::Html200))),
        ("echo_no_items", W(Wire::Echo(Echo::NoItems))),
        ("echo_location", W(Wire::Echo(Echo::Location))),
        ("echo_host", W(Wire::Echo(Echo::Host))),
        ("no_data", E(Envelope::NoData)),
        ("data_null", E(Envelope::DataNull)),
        ("data_array", E(Envelope::DataArray)),
        ("no_items", E(Envelope::NoItems)),
        ("items_null", E(Envelope::ItemsNull)),
        ("items_object", E(Envelope::ItemsObject)),
        ("items_twice", E(Envelope::ItemsTwice)),
        ("item_null", E(Envelope::ItemNull)),
        ("item_text", E(Envelope::ItemText)),
        ("item_twice", E(Envelope::ItemTwice)),
        ("item_replaced", E(Envelope::ItemReplaced)),
        ("middle_key_null", E(Envelope::MiddleKeyNull)),
        ("no_has_more", E(Envelope::NoHasMore)),
        ("has_more_null", E(Envelope::HasMoreNull)),
        ("has_more_text", E(Envelope::HasMoreText)),
        ("has_more_number", E(Envelope::HasMoreNumber)),
        ("has_more_twice", E(Envelope::HasMoreTwice)),
        ("total_small", E(Envelope::TotalSmall)),
        ("total_large", E(Envelope::TotalLarge)),
        ("total_text", E(Envelope::TotalText)),
        ("error_200", E(Envelope::Error200)),
        ("array_root", E(Envelope::ArrayRoot)),
        ("status_text", E(Envelope::StatusText)),
        ("repeat_page", C(Cursor::RepeatPage)),
        ("reverse_page", C(Cursor::ReversePage)),
        ("overlap", C(Cursor::Overlap)),
        ("overfull", C(Cursor::Overfull)),
        ("stuck", C(Cursor::Stuck)),
        ("empty_more", C(Cursor::EmptyMore)),
        ("empty_end", C(Cursor::EmptyEnd)),
        ("keyless", C(Cursor::Keyless)),
        ("key_null", C(Cursor::KeyNull)),
        ("key_number", C(Cursor::KeyNumber)),
        ("last_more", C(Cursor::LastMore)),
        ("delete_last", D(Deletion::Last)),
        ("delete_page", D(Deletion::Page)),
    ]
};

/// The names of all kinds but those with a number.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, _)| *name)
}

/// The kind with this name: a word, a status, or `cut` and how much is left.
pub(crate) fn named(name: &str) -> Result<Kind, String> {
    let found = NAMED.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    found
        .or_else(|| numbered(name).map(Kind::Wire))
        .ok_or_else(|| format!("unknown fault '{name}'"))
}

fn numbered(name: &str) -> Option<Wire> {
    if let Some(share) = name.strip_prefix("cut") {
        return Share::parse(share).map(Wire::Cut);
    }
    let status = name.parse().ok()?;
    (200..600).contains(&status).then_some(Wire::Status(status))
}
