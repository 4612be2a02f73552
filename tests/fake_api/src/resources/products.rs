//! `GET /products` and `GET /products/{key or external key}`: vendors only. The fields are made
//! up around the filters that are known to exist.

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::salt;
use crate::dice::{Dice, base62};
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::row_key;
use crate::world::{Customer, Partnership, World};

/// Products that customers have.
pub(crate) struct Products;

const PATH: &str = "products";
const NAMES: &[&str] = &["Pro, yearly", "Pro (monthly)", "Ünlimited \"Plus\"", "Add-on 🚀", ""];

/// How an external key begins; the internal id follows.
const EXTERNAL: &str = "sku/";

/// What the dice say about one product.
struct Product<'a> {
    customer: Option<&'a Customer>,
    partnership: &'a Partnership,
    click: Option<String>,
    rest: Dice,
}

impl<'a> Product<'a> {
    fn new(world: &'a World, id: u32) -> Product<'a> {
        let mut dice = plain::dice(world, PATH, 1, id);
        Product {
            customer: (!dice.chance(10)).then(|| dice.pick(&world.customers)),
            partnership: dice.pick(&world.partnerships),
            click: dice.chance(60).then(|| format!("xid-{}", base62(dice.bits()))),
            rest: dice,
        }
    }
}

/// One row in four has no external key.
fn external_key(id: u32) -> Option<String> {
    (!id.is_multiple_of(4)).then(|| format!("{EXTERNAL}{id}"))
}

impl Resource for Products {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Products retrieved successfully"
    }

    fn default_count(&self) -> usize {
        200
    }

    fn has_single(&self) -> bool {
        true
    }

    fn key_of(&self, world: &World, identifier: &str) -> Option<String> {
        let id = identifier.strip_prefix(EXTERNAL)?.parse().ok()?;
        external_key(id).filter(|key| key == identifier).map(|_| self.key(world, id))
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("prod_", world.seed, salt(PATH), id)
    }

    /// The filters exist; their names are guesses.
    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { world, query, .. } = context;
        let product = move |row: Row| Product::new(world, row.id);
        filter.text(query, "customer_key", move |row, value| {
            product(row).customer.is_some_and(|customer| customer.key == value)
        });
        filter
            .text(query, "stack_key", move |row, value| product(row).partnership.team.key == value);
        filter.text(query, "click_xid", move |row, value| {
            product(row).click.as_deref() == Some(value)
        });
        Ok(())
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut product = Product::new(world, row.id);
        let ascii = product.rest.chance(50);
        Object::write(out, ascii, |object| {
            if product.click.is_some() || product.rest.chance(50) {
                object.opt_text("click_xid", product.click.as_deref());
            }
            object.int("created_at", row.created_at);
            object.opt_text("customer_key", product.customer.map(|it| it.key.as_str()));
            object.opt_text("external_key", external_key(row.id).as_deref());
            object.text("key", &self.key(world, row.id));
            object.opt_text("name", (!product.rest.chance(5)).then(|| product.rest.word(NAMES)));
            object.text("stack_key", &product.partnership.team.key);
            object.int("updated_at", self.updated_at(world, row));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_key_stands_for_a_key() {
        let world = World::get(1);
        assert_eq!(Products.key_of(&world, "sku/5"), Some(Products.key(&world, 5)));
        for unknown in ["sku/4", "sku/05", "sku/", "5", ""] {
            assert_eq!(Products.key_of(&world, unknown), None, "{unknown}");
        }
    }

    #[test]
    fn customers_and_clicks_may_be_missing() {
        let items = plain::items(PATH);
        assert!(items.iter().any(|item| item["customer_key"].is_null()));
        assert!(items.iter().any(|item| item.get("click_xid").is_none()));
        assert!(items.iter().any(|item| item["external_key"].is_null()));
    }
}
