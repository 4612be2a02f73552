//! `GET /deals/form-templates` and `GET /leads/form-templates`: the form templates that apply to
//! a deal or a lead, as an array at `data`.

use serde_json::Value;

use super::{Ask, Endpoint, Items, keep};
use crate::envelope::Shape;
use crate::resources;

/// The form templates of one type of object.
pub(crate) struct FormTemplates {
    pub(crate) pattern: &'static str,
    pub(crate) knob: &'static str,
    /// The `type` of the templates.
    pub(crate) target: &'static str,
}

/// Those for deals.
pub(crate) static DEALS: FormTemplates =
    FormTemplates { pattern: "deals/form-templates", knob: "deal_form_templates", target: "deal" };

/// Those for leads.
pub(crate) static LEADS: FormTemplates =
    FormTemplates { pattern: "leads/form-templates", knob: "lead_form_templates", target: "lead" };

/// The groups that `group_key` and `partner_key` ask for.
fn groups_asked(ask: &Ask<'_>) -> Vec<String> {
    let world = ask.world();
    let of_partner = ask.query.get("partner_key").map(|partner| {
        let partnership = world.partnerships.iter().find(|p| p.partner_key == partner);
        partnership.map_or_else(String::new, |found| world.group_of(found).key.clone())
    });
    let group = ask.query.get("group_key").map(str::to_owned);
    group.into_iter().chain(of_partner).collect()
}

/// Whether a template is for this group: those without groups are for all.
fn is_for(template: &Value, group: &str) -> bool {
    let groups = template["groups"].as_array().map_or(&[][..], Vec::as_slice);
    groups.is_empty() || groups.iter().any(|g| g["key"] == group)
}

impl Endpoint for FormTemplates {
    fn pattern(&self) -> &'static str {
        self.pattern
    }

    fn knob(&self) -> &'static str {
        self.knob
    }

    fn message(&self) -> &'static str {
        "Form templates retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Array)
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let templates = ask.listed(resources::named("form_templates").ok()?);
        let groups = groups_asked(ask);
        let mold = ask.query.get("mold_key");
        Some(keep(templates, |template| {
            template["type"] == self.target
                && mold.is_none_or(|mold| template["key"] == mold)
                && groups.iter().all(|group| is_for(template, group))
        }))
    }

    fn all(&self, ask: &Ask<'_>) -> Items {
        self.find(ask).unwrap_or_default()
    }
}
