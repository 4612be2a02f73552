use super::shared::{CREATED_AT, KEY, TEMPLATE, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table};

pub(super) static TABLE: Table = Table {
    name: "lead_form_templates",
    doc: "Form templates that a lead can be submitted with.",
    vendor: Some(
        Endpoint::listing(
            "/leads/form-templates",
            Known::Guessed,
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
        .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, name FROM partnerstack_lead_form_templates(api := 'vendor')",
};
