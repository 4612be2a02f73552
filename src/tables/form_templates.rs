use super::shared::{CREATED, CREATED_AT, UPDATED, UPDATED_AT, template};
use crate::schema::{Column, Endpoint, Known, Table, optional};

pub(super) static TABLE: Table = Table {
    name: "form_templates",
    doc: "Form templates: the forms that partners and customers fill in.",
    vendor: Some(
        Endpoint::listing("/form-templates", Known::InUse, &COLUMNS)
            .with(&[optional("target_type", "Only templates for objects of this type.")]),
    ),
    partner: None,
    example: "SELECT key, name, type, len(fields) AS fields FROM partnerstack_form_templates(api := 'vendor')",
};

static COLUMNS: [Column; 9] = template(CREATED_AT.narrows(CREATED), UPDATED_AT.narrows(UPDATED));
