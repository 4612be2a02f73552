//! `GET /disti_listings/categories`: a taxonomy for reference, without keys and times.

use super::{Ask, Endpoint, Items, item};
use crate::envelope::Shape;

/// The categories of distributed listings.
pub(crate) struct Categories;

const ALL: &[(&str, &str, Option<&str>)] = &[
    ("analytics", "Analytics", Some("Data & AI")),
    ("crm", "CRM", Some("Sales")),
    ("e-mail", "E-mail/\"Collaboration\"", Some("Productivity")),
    ("securite", "Sécurité", None),
    ("storage", "Storage 📦", Some("Infrastructure")),
];

impl Endpoint for Categories {
    fn pattern(&self) -> &'static str {
        "disti_listings/categories"
    }

    fn knob(&self) -> &'static str {
        "disti_listing_categories"
    }

    fn message(&self) -> &'static str {
        "Categories retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        None
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        Some(self.all(ask))
    }

    fn all(&self, _ask: &Ask<'_>) -> Items {
        let category = |&(slug, name, line): &(&str, &str, Option<&str>)| {
            item(|object| {
                object.text("id", &format!("{:08x}", crate::clock::salt(slug) >> 32));
                object.text("name", name);
                object.opt_text("productLine", line);
                object.text("slug", slug);
            })
        };
        ALL.iter().map(category).collect()
    }
}
