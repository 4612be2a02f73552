use super::shared::{CREATED, CREATED_AT, KEY, TEMPLATE, UPDATED, UPDATED_AT};
use crate::schema::{Endpoint, Known, Table, optional};

pub(super) static TABLE: Table = Table {
    name: "form_templates",
    doc: "Form templates: the forms that partners and customers fill in.",
    vendor: Some(
        Endpoint::listing(
            "/form-templates",
            Known::InUse,
            &[
                KEY,
                CREATED_AT.narrows(CREATED),
                UPDATED_AT.narrows(UPDATED),
                TEMPLATE.name,
                TEMPLATE.title,
                TEMPLATE.description,
                TEMPLATE.ty,
                TEMPLATE.fields,
                TEMPLATE.groups,
            ],
        )
        .with(&[optional("target_type", "Only templates for objects of this type.")]),
    ),
    partner: None,
    example: "SELECT key, name, type, len(fields) AS fields FROM partnerstack_form_templates(api := 'vendor')",
};
