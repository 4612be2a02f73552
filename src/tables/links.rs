use super::shared::KEY;
use crate::schema::{Endpoint, Missing, Rows, Table, in_path, varchar};

pub(super) static TABLE: Table = Table {
    name: "links",
    doc: "Links of a partnership.",
    vendor: Some(
        Endpoint::listing(
            "/links/partnership/{partnership}",
            &[
                KEY,
                varchar("dest", "URL that the link leads to."),
                varchar("url", "URL of the link itself."),
            ],
        )
        .rows(Rows::Undocumented)
        .with(&[in_path("partnership", "Key, partner key or e-mail address of the partnership.")])
        .missing(Missing::NoRow),
    ),
    partner: None,
    example: "SELECT url, dest FROM partnerstack_links(partnership := 'ada@example.com', api := 'vendor')",
};
