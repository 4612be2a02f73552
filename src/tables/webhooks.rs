use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Narrows, Table, Type, list, varchar};

pub(super) static TABLE: Table = Table {
    name: "webhooks",
    doc: "Webhooks that the vendor set up.",
    vendor: Some(Endpoint::listing(
        "/webhooks",
        Known::Guessed,
        &[
            KEY.known(Known::Documented).narrows(Narrows::Item("/webhooks/{}")),
            CREATED_AT,
            UPDATED_AT,
            varchar("target", "URL that events are sent to.").known(Known::Reported),
            list("events", "Events that are sent, such as partnership.created.", &Type::Varchar)
                .known(Known::Reported),
        ],
    )),
    partner: None,
    example: "SELECT target, events FROM partnerstack_webhooks(api := 'vendor')",
};
