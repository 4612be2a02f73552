//! `GET /links/partnership/{identifier}`: the links of one partnership, at `data.items`.

use super::{Ask, Endpoint, Items, keep, text_of};
use crate::envelope::Shape;
use crate::resources;

/// The links of one partnership, named by its key, its partner's key or email.
pub(crate) struct Links;

/// The key of the partnership in the pool that has this key, partner key or email.
fn in_pool(ask: &Ask<'_>, identifier: &str) -> Option<String> {
    let world = ask.world();
    let named = world
        .partnerships
        .iter()
        .find(|p| [&p.key, &p.partner_key, &p.email].into_iter().any(|name| name == identifier));
    named.map(|partnership| partnership.key.clone())
}

/// The same for the partnerships that are listed; those beyond the pool have no links.
fn listed(ask: &Ask<'_>, identifier: &str) -> Option<String> {
    let is = |item: &[u8], name| text_of(item, name).is_some_and(|text| text == identifier);
    let items = ask.listed(resources::named("partnerships").ok()?);
    let named = |item: &Vec<u8>| ["key", "partner_key", "email"].iter().any(|name| is(item, name));
    items.iter().find(|&item| named(item)).and_then(|item| text_of(item, "key"))
}

impl Endpoint for Links {
    fn pattern(&self) -> &'static str {
        "links/partnership/{identifier}"
    }

    fn knob(&self) -> &'static str {
        "links"
    }

    fn message(&self) -> &'static str {
        "Links retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Items)
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let identifier = ask.argument(0);
        let owner = in_pool(ask, identifier).or_else(|| listed(ask, identifier))?;
        Some(keep(self.all(ask), |link| link["partnership_key"] == owner.as_str()))
    }

    fn all(&self, ask: &Ask<'_>) -> Items {
        resources::named("links").map(|links| ask.listed(links)).unwrap_or_default()
    }
}
