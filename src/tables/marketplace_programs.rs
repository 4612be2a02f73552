use super::shared::{CREATED, CREATED_AT, KEY, OFFER, UPDATED_AT};
use crate::schema::{Column, Endpoint, Known, Table, Type, bigint, boolean, list, varchar};

pub(super) static TABLE: Table = Table {
    name: "marketplace_programs",
    doc: "Programmes in PartnerStack's marketplace, which a partner may join.",
    vendor: None,
    partner: Some(Endpoint::listing("/marketplace/programs", Known::InUse, COLUMNS)),
    example: "SELECT name, website, offers[1].base_rate AS rate\n\
              FROM partnerstack_marketplace_programs(api := 'partner') LIMIT 10",
};

static PROMOTION: Type = Type::Struct(&[
    varchar("availability", "Who may use the promotion, such as public."),
    varchar("key", "Key of the promotion."),
    varchar("type", "Kind of the promotion.").or("type_"),
    varchar("value", "Value of the promotion."),
]);

pub(super) static COLUMNS: &[Column] = &[
    KEY,
    CREATED_AT.narrows(CREATED),
    UPDATED_AT.known(Known::Reported),
    bigint("id", "Number of the programme."),
    varchar("name", "Name of the programme."),
    varchar("website", "Website of the company."),
    list("category", "Categories of the programme.", &Type::Varchar),
    varchar("country", "Country of the company, as an ISO 3166 code or by name."),
    varchar("description", "Description of the programme, possibly with HTML."),
    boolean("has_sub_id", "Whether links may carry sub-IDs."),
    varchar("logo", "Key of the file with the logo, which is no URL."),
    list("offers", "Offers of the programme.", &OFFER),
    list("promotions", "Promotions of the programme.", &PROMOTION),
];
