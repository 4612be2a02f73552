//! Columns and objects that several resources have.

use crate::schema::{
    Column, Known, Narrows, Type, bigint, boolean, custom_fields, json, list, object, timestamp,
    varchar,
};

/// The bounds of `created_at` that most listings take.
pub(super) const CREATED: Narrows =
    Narrows::Between { least: "min_created", most: Some("max_created") };
/// The bounds of `updated_at` that some listings take.
pub(super) const UPDATED: Narrows =
    Narrows::Between { least: "min_updated", most: Some("max_updated") };

pub(super) const KEY: Column = varchar("key", "Key of the item, unique and opaque.");
pub(super) const CREATED_AT: Column = timestamp(
    "created_at",
    "When it was created; a business time, which may lie in the past or the future.",
);
pub(super) const UPDATED_AT: Column = timestamp("updated_at", "When it was last updated.");

pub(super) const ARCHIVED: Column = boolean("archived", "Whether it is archived.");
pub(super) const COMPANY: Column = object(
    "company",
    "Company whose programme it belongs to.",
    &[varchar("key", "Key of the company."), varchar("name", "Name of the company.")],
);
pub(super) const COMPANY_ID: Column = object(
    "company",
    "Company whose programme it belongs to.",
    &[
        bigint("id", "Number of the company."),
        varchar("key", "Key of the company."),
        varchar("name", "Name of the company."),
    ],
);

pub(super) const META: Column =
    json("meta", "Custom values in their oldest form, which PartnerStack deprecates.");
pub(super) const MDATA: Column =
    json("mdata", "Custom values that the vendor attached.").or("m_data");
pub(super) const FIELD_DATA: Column =
    json("field_data", "Custom values in an older form, which PartnerStack deprecates.");
pub(super) const FIELDS: Column =
    list("fields", "Custom and form fields with the submitted values.", &FIELD);

pub(super) const CUSTOM_FIELDS: Column = custom_fields(
    "custom_fields",
    "Custom values by machine name, from fields, mdata, field_data and meta; the first with a value counts.",
);

pub(super) static GROUP: [Column; 8] = [
    varchar("key", "Key of the group."),
    varchar("name", "Name of the group."),
    varchar("slug", "Name of the group as it stands in URLs."),
    boolean("archived", "Whether the group is archived."),
    boolean("default", "Whether new partners join this group by default."),
    json("features", "What is switched on for the group."),
    timestamp("created_at", "When the group was created."),
    timestamp("updated_at", "When the group was last updated."),
];

pub(super) static TEAM: [Column; 4] = [
    varchar("key", "Key of the team."),
    varchar("name", "Name of the team."),
    timestamp("created_at", "When the team was created."),
    timestamp("updated_at", "When the team was last updated."),
];

pub(super) static TEAM_MEMBER: [Column; 6] = [
    varchar("key", "Key of the team member."),
    varchar("email", "E-mail address of the team member."),
    varchar("first_name", "First name of the team member."),
    varchar("last_name", "Last name of the team member."),
    timestamp("created_at", "When the team member was created."),
    timestamp("updated_at", "When the team member was last updated."),
];

/// An element of `fields`: a custom or form field with the value that was submitted.
static FIELD: Type = Type::Struct(&[
    varchar("name", "Label of the field."),
    varchar("api_name", "Machine name of the field."),
    varchar("description", "Description of the field.").known(Known::Reported),
    varchar("help_text", "Help shown beside the field."),
    bigint("position", "Position of the field, counted from 0."),
    varchar("type", "Kind of the field, such as input, email or picklist."),
    boolean("required", "Whether a value must be given."),
    json("options", "Options of a picklist."),
    varchar("value", "The submitted value."),
    boolean("read_only", "Whether the field can only be read.").known(Known::Reported),
    varchar("field_key", "Key of the field."),
    varchar("internal_name", "Fixed internal name of the field."),
    varchar("external_type", "Name of the field in external systems."),
    boolean("hidden", "Whether the field is hidden."),
    varchar("placeholder_text", "Text shown while the field is empty."),
]);

/// The columns of a form template; filters on its times differ from listing to listing.
pub(super) const fn template(created_at: Column, updated_at: Column) -> [Column; 9] {
    [
        KEY,
        created_at,
        updated_at,
        varchar("name", "Name of the template."),
        varchar("title", "Title of the form."),
        varchar("description", "Description of the form."),
        varchar("type", "Kind of object that the form makes."),
        list("fields", "Fields of the form.", &TEMPLATE_FIELD),
        list("groups", "Groups that use the form.", &GROUP_TYPE),
    ]
}

static GROUP_TYPE: Type = Type::Struct(&GROUP);

static TEMPLATE_FIELD: Type = Type::Struct(&[
    varchar("name", "Label of the field."),
    varchar("api_name", "Machine name of the field."),
    varchar("description", "Description of the field."),
    varchar("help_text", "Help shown beside the field."),
    bigint("position", "Position of the field, counted from 0."),
    varchar("type", "Kind of the field, such as input, email or picklist."),
    boolean("required", "Whether a value must be given."),
    json("options", "Options of a picklist."),
    varchar("default_value", "Value that stands in the field at first."),
    varchar("maps_to", "What the field is mapped to."),
    boolean("protected", "Whether the field is protected."),
]);

/// An element of `offers`.
pub(super) static OFFER: Type = Type::Struct(&[
    varchar("base_rate", "Rate of the offer, a number or a text such as 10%."),
    varchar("currency", "Currency of the offer, as an ISO 4217 code."),
    varchar("description", "Description of the offer."),
    varchar("type", "Kind of the offer, such as revenue_share.").or("type_"),
]);
