use super::shared::{CREATED_AT, KEY, TEMPLATE, UPDATED_AT};
use crate::schema::{Endpoint, Table, optional};

pub(super) static TABLE: Table = Table {
    name: "form_templates",
    doc: "Form templates: the forms that partners and customers fill in.",
    vendor: Some(
        Endpoint::listing(
            "/form-templates",
            &[
                KEY,
                CREATED_AT,
                UPDATED_AT,
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
