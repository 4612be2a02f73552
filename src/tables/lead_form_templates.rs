use super::shared::{CREATED_AT, UPDATED_AT, template};
use crate::schema::{Column, Endpoint, Known, Rows, Table};

pub(super) static TABLE: Table = Table {
    name: "lead_form_templates",
    doc: "Form templates that a lead can be submitted with.",
    vendor: Some(
        Endpoint::listing("/leads/form-templates", Known::Guessed, &COLUMNS)
            .rows(Rows::Undocumented),
    ),
    partner: None,
    example: "SELECT key, name FROM partnerstack_lead_form_templates(api := 'vendor')",
};

static COLUMNS: [Column; 9] = template(CREATED_AT, UPDATED_AT);
