use super::shared::{
    ARCHIVED, COMPANY, CREATED, CREATED_AT, CUSTOM_FIELDS, FIELD_DATA, FIELDS, KEY, MDATA, META,
    UPDATED, UPDATED_AT,
};
use crate::schema::{Column, Endpoint, Known, Narrows, Table, Type, boolean, list, varchar};

pub(super) static TABLE: Table = Table {
    name: "customers",
    doc: "Customers whom partners brought.",
    vendor: Some(Endpoint::listing(
        "/customers",
        Known::InUse,
        &[
            KEY.narrows(Narrows::Item("/customers/{}")),
            CREATED_AT.narrows(CREATED),
            UPDATED_AT.narrows(UPDATED),
            CUSTOMER_KEY.narrows(Narrows::Item("/customers/{}")),
            PARTNERSHIP_KEY.narrows(Narrows::Value("partnership_key")),
            varchar("email", "E-mail address of the customer."),
            varchar("name", "Name of the customer; its key where no name is known."),
            varchar("partner_key", "Key of the partner who brought the customer.")
                .narrows(Narrows::Value("partner_key")),
            varchar("provider_key", "Key of the customer at the payment provider."),
            varchar("source_key", "Key of what brought the customer, such as a link."),
            varchar("source_type", "Kind of what brought the customer, such as link."),
            boolean("test", "Whether it was made with test keys or by a test partner."),
            varchar("external_key", "Key of the customer in the vendor's own system.")
                .known(Known::Reported),
            META,
            MDATA.known(Known::Reported),
            FIELD_DATA,
            FIELDS,
            CUSTOM_FIELDS,
        ],
    )),
    partner: Some(Endpoint::listing(
        "/customers",
        Known::Documented,
        &[
            KEY,
            CREATED_AT.narrows(CREATED),
            UPDATED_AT,
            CUSTOMER_KEY,
            PARTNERSHIP_KEY,
            ARCHIVED,
            COMPANY,
            varchar("country_iso", "Country of the customer, as an ISO 3166 code."),
            boolean("has_paid", "Whether the customer has paid anything."),
            varchar("shared_id", "Shared ID of the customer."),
            list("sub_ids", "Sub-IDs of the link that brought the customer.", &Type::Varchar),
        ],
    )),
    example: "SELECT date_trunc('month', created_at) AS month, count(*) AS customers\n\
              FROM partnerstack_customers() GROUP BY ALL ORDER BY ALL",
};

const CUSTOMER_KEY: Column = varchar("customer_key", "Key that the vendor chose for the customer.");
const PARTNERSHIP_KEY: Column =
    varchar("partnership_key", "Key of the partnership that brought the customer.");
