use super::shared::{CREATED_AT, UPDATED_AT, template};
use crate::schema::{Column, Endpoint, Known, Rows, Table, optional};

pub(super) static TABLE: Table = Table {
    name: "deal_form_templates",
    doc: "Form templates that a deal can be submitted with.",
    vendor: Some(
        Endpoint::listing("/deals/form-templates", Known::Guessed, &COLUMNS)
            .rows(Rows::Undocumented)
            .with(&[
                optional("group_key", "Only templates for this group."),
                optional("mold_key", "Only the template with this key."),
                optional("partner_key", "Only templates for this partner."),
            ]),
    ),
    partner: None,
    example: "SELECT key, name FROM partnerstack_deal_form_templates(api := 'vendor')",
};

static COLUMNS: [Column; 9] = template(CREATED_AT, UPDATED_AT);
