use super::shared::KEY;
use crate::schema::{Effect, Endpoint, Known, Missing, Parameter, Rows, Table, Values, varchar};

pub(super) static TABLE: Table = Table {
    name: "links",
    doc: "Links of partnerships.",
    vendor: Some(
        Endpoint::listing(
            "/links",
            Known::InUse, &[
                KEY,
                varchar("dest", "URL that the link leads to."),
                varchar("url", "URL of the link itself."),
                varchar("partnership", "Whose link it is: the key of the partnership, or what was asked for.")
                    .or("partnership_key"),
            ],
        )
        .rows(Rows::Undocumented)
        .with(&[Parameter {
            name: "partnership",
            doc: "Key, partner key or e-mail address of the partnership; every partnership is asked \
                  for its links if left out.",
            values: Values::Optional,
            effect: Effect::OwnPath("/links/partnership/{partnership}"),
        }])
        .missing(Missing::EachOf {
            listing: "/partnerships",
            query: ("include_archived", "true"),
            path: "/links/partnership/{key}",
        }),
    ),
    partner: None,
    example: "SELECT url, dest FROM partnerstack_links(partnership := 'ada@example.com', api := 'vendor')",
};
