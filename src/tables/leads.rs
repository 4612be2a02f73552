use super::shared::{
    CREATED, CREATED_AT, CUSTOM_FIELDS, FIELD_DATA, FIELDS, KEY, META, UPDATED, UPDATED_AT,
};
use crate::schema::{Endpoint, Known, Narrows, Table, bigint, boolean, varchar};

pub(super) static TABLE: Table = Table {
    name: "leads",
    doc: "Leads that partners submitted.",
    vendor: Some(Endpoint::listing(
        "/leads",
        Known::InUse,
        &[
            KEY.narrows(Narrows::Item("/leads/{}")),
            CREATED_AT.narrows(CREATED),
            UPDATED_AT.narrows(UPDATED),
            bigint("amount", "Amount of the lead in minor units (cents).").unit("minor units"),
            boolean("approved", "Whether the lead is approved."),
            varchar(
                "external_key",
                "Key of the lead in the vendor's own system, often an e-mail address.",
            ),
            varchar("group_key", "Key of the group the lead belongs to."),
            varchar("partner_key", "Key of the partner the lead belongs to.")
                .narrows(Narrows::Value("partner_key")),
            varchar("mold_key", "Key of the form template the lead was submitted with."),
            varchar("status", "Status of the lead, one of the stages configured for its group."),
            META,
            FIELD_DATA,
            FIELDS,
            CUSTOM_FIELDS,
        ],
    )),
    partner: None,
    example: "SELECT status, count(*) AS leads FROM partnerstack_leads(api := 'vendor') GROUP BY ALL ORDER BY ALL",
};
