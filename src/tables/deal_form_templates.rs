use super::shared::{CREATED_AT, KEY, TEMPLATE, UPDATED_AT};
use crate::schema::{Endpoint, Known, Rows, Table, optional};

pub(super) static TABLE: Table = Table {
    name: "deal_form_templates",
    doc: "Form templates that a deal can be submitted with.",
    vendor: Some(
        Endpoint::listing(
            "/deals/form-templates",
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
