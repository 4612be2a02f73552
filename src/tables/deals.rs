use super::shared::{
    CREATED, CREATED_AT, CUSTOM_FIELDS, FIELD_DATA, FIELDS, KEY, META, TEAM, TEAM_MEMBER, UPDATED,
    UPDATED_AT,
};
use crate::schema::{Endpoint, Known, Narrows, Table, bigint, date, object, varchar};

pub(super) static TABLE: Table = Table {
    name: "deals",
    doc: "Deals that partners or the vendor registered, newest first.",
    vendor: Some(Endpoint::listing(
        "/deals",
        Known::InUse,
        &[
            KEY.narrows(Narrows::Item("/deals/{}")),
            CREATED_AT.narrows(CREATED),
            UPDATED_AT.narrows(UPDATED),
            varchar("account_name", "Name of the account the deal is with."),
            bigint(
                "amount",
                "Amount of the deal in minor units (cents); the API names no currency.",
            )
            .unit("minor units"),
            date("close_date", "Day on which the deal is expected to close."),
            varchar("contact_first_name", "First name of the contact."),
            varchar("contact_last_name", "Last name of the contact."),
            varchar("external_key", "Key of the deal in the vendor's own system.")
                .narrows(Narrows::Item("/deals/{}")),
            varchar("group_key", "Key of the group the deal belongs to."),
            varchar("partner_key", "Key of the partner the deal belongs to.")
                .narrows(Narrows::Value("partner_key")),
            varchar("lost_reason", "Why the deal was lost."),
            varchar("mold_key", "Key of the form template the deal was submitted with."),
            varchar("source", "Who registered the deal: partner or vendor."),
            varchar("stage", "Stage of the deal, one of the stages configured for its group."),
            object("team", "Team the deal belongs to.", &TEAM),
            object("team_member", "Team member who submitted the deal.", &TEAM_MEMBER),
            META,
            FIELD_DATA,
            FIELDS,
            CUSTOM_FIELDS,
        ],
    )),
    partner: None,
    example: "SELECT stage, count(*) AS deals, sum(amount) AS amount\n\
              FROM partnerstack_deals() GROUP BY ALL ORDER BY ALL",
};
