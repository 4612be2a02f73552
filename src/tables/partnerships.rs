use super::shared::{
    COMPANY_ID, CREATED, CREATED_AT, CUSTOM_FIELDS, FIELD_DATA, FIELDS, GROUP, KEY, MDATA, META,
    OFFER, TEAM, UPDATED, UPDATED_AT,
};
use crate::schema::{
    Column, Endpoint, Known, Narrows, Parameter, Table, Type, boolean, json, list, object, on,
    timestamp, varchar,
};

pub(super) static TABLE: Table = Table {
    name: "partnerships",
    doc: "Partnerships: the partners of a vendor's programme, or the programmes a partner joined.",
    vendor: Some(
        Endpoint::listing(
            "/partnerships",
            Known::InUse,
            &[
                KEY.narrows(Narrows::Item("/partnerships/{}")),
                CREATED_AT.narrows(CREATED),
                UPDATED_AT.narrows(UPDATED),
                CLAIMED,
                object("group", "Group of the partner.", &GROUP),
                object("team", "Team of the partner.", &TEAM),
                varchar("partner_key", "Key of the partner, chosen when the partner signed up.")
                    .narrows(Narrows::Item("/partnerships/{}")),
                varchar("email", "E-mail address of the partner.")
                    .narrows(Narrows::State { parameter: "email", values: &[] }),
                varchar("first_name", "First name of the partner."),
                varchar("last_name", "Last name of the partner."),
                timestamp("joined_at", "When the partner joined the programme."),
                varchar("approved_status", "Whether the partner is approved, pending or declined.")
                    .narrows(Narrows::State {
                        parameter: "approved_status",
                        values: &["approved", "pending", "declined"],
                    }),
                object(
                    "manager",
                    "Who looks after the partner.",
                    &[
                        varchar("manager_email", "E-mail address of the manager.").or("email"),
                        varchar("manager_name", "Name of the manager.").or("name"),
                    ],
                ),
                json(
                    "stats",
                    "Counters by upper-case name, such as CUSTOMER_COUNT; money is in cents.",
                ),
                list("tags", "Tags of the partner.", &Type::Varchar),
                object(
                    "address",
                    "Address of the partner.",
                    &[varchar("country", "Country, as an ISO 3166 code or by name.")],
                ),
                object(
                    "tier",
                    "Tier of the partner.",
                    &[varchar("key", "Key of the tier."), varchar("name", "Name of the tier.")],
                ),
                META,
                MDATA.known(Known::Reported),
                FIELD_DATA,
                FIELDS,
                CUSTOM_FIELDS,
            ],
        )
        .with(&[INCLUDE_ARCHIVED]),
    ),
    partner: Some(
        Endpoint::listing(
            "/partnerships",
            Known::InUse,
            &[
                KEY,
                CREATED_AT,
                UPDATED_AT,
                CLAIMED,
                COMPANY_ID,
                boolean("has_sub_id", "Whether links may carry sub-IDs."),
                boolean("is_archived", "Whether the partnership is archived."),
                list("offers", "Offers of the programme.", &OFFER),
                varchar("status", "Status of the partnership, such as active."),
                json("link", "Link of the partner."),
                json("group", "Group of the partner.").known(Known::Reported),
                json("team", "Team of the partner."),
            ],
        )
        .with(&[
            INCLUDE_ARCHIVED,
            on("include_offers", "Whether the offers of each programme are fetched."),
        ]),
    ),
    example: "SELECT approved_status, \"group\".name AS partner_group, count(*) AS partners\n\
              FROM partnerstack_partnerships(api := 'vendor') GROUP BY ALL ORDER BY ALL",
};

const CLAIMED: Column = boolean("claimed", "Whether the partner has claimed the account.");

const INCLUDE_ARCHIVED: Parameter =
    on("include_archived", "Whether archived partnerships are fetched too.");
