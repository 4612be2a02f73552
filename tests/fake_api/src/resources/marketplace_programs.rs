//! `GET /marketplace/programs`: partners only. The programs that other rows refer to, and more.
//!
//! Q16: `type` or `type_`, rates as numbers or texts, countries as codes or names.

use super::{Resource, plain};
use crate::auth::Api;
use crate::dice::{Dice, base62};
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::world::World;

/// Programs that partners may join.
pub(crate) struct MarketplacePrograms;

const PATH: &str = "marketplace/programs";
const CATEGORIES: &[&str] =
    &["IT", "artificial-intelligence", "Marketing & Sales", "E-Commerce", "Santé"];
const COUNTRIES: &[&str] = &["CA", "Canada", "US", "United States", "de", "Côte d'Ivoire", ""];
const TYPES: &[&str] = &["revenue_share", "flat_fee", "per_lead"];
const RATES: &[&str] = &["10", "10%", "12.5", "$50.00", "up to 30 %", ""];
const TEXTS: &[&str] = &[
    "<p>Sell <b>more</b> &amp; earn 20&nbsp;%</p>",
    "Line one\nline two — naïve ☕",
    "She said \"join\"; we did",
    "",
];

/// What the dice say about the categories of one program.
fn categories(world: &World, id: u32) -> Option<Vec<String>> {
    let mut dice = plain::dice(world, PATH, 2, id);
    if dice.chance(8) {
        return None;
    }
    let chosen = CATEGORIES.iter().filter(|_| dice.chance(35));
    Some(chosen.map(|&category| category.to_owned()).collect())
}

/// A category as it stands in a URL.
fn slug(category: &str) -> String {
    let category = category.to_lowercase();
    let words = category.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

impl Resource for MarketplacePrograms {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Marketplace programs retrieved successfully"
    }

    fn default_count(&self) -> usize {
        80
    }

    fn serves(&self, api: Api) -> bool {
        api == Api::Partner
    }

    fn key(&self, world: &World, id: u32) -> String {
        world.company(id).key.clone()
    }

    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { world, query, .. } = context;
        filter.text(query, "category", move |row, value| {
            let wanted = |category: &String| category == value || slug(category) == value;
            categories(world, row.id).is_some_and(|list| list.iter().any(wanted))
        });
        Ok(())
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = plain::dice(world, PATH, 1, row.id);
        let ascii = dice.chance(50);
        Object::write(out, ascii, |object| write_program(&mut dice, world, row, object));
    }
}

fn write_program(dice: &mut Dice, world: &World, row: Row, object: &mut Object<'_>) {
    let company = world.company(row.id);
    match categories(world, row.id) {
        Some(categories) => object.texts("category", &categories),
        None => object.null("category"),
    }
    object.opt_text("country", (!dice.chance(10)).then(|| dice.word(COUNTRIES)));
    object.int("created_at", row.created_at);
    object.opt_text("description", (!dice.chance(10)).then(|| dice.word(TEXTS)));
    if dice.chance(85) {
        object.boolean("has_sub_id", dice.chance(50));
    }
    object.int("id", company.id);
    object.text("key", &company.key);
    let logo = format!("file_{}", base62(dice.bits()));
    object.opt_text("logo", (!dice.chance(20)).then_some(logo.as_str()));
    object.text("name", &company.name);
    let trailing = dice.chance(50);
    object.objects("offers", dice.index(4), |_, object| write_offer(dice, trailing, object));
    let promotions = dice.chance(80).then(|| dice.index(3));
    if let Some(count) = promotions {
        object.objects("promotions", count, |_, object| write_promotion(dice, trailing, object));
    }
    if dice.chance(70) {
        object.int("updated_at", MarketplacePrograms.updated_at(world, row));
    }
    let website = format!("https://www.example.com/{}?ref=é", row.id);
    object.opt_text("website", (!dice.chance(15)).then_some(website.as_str()));
}

/// The name of the type in one program.
fn type_name(trailing: bool) -> &'static str {
    if trailing { "type_" } else { "type" }
}

fn write_offer(dice: &mut Dice, trailing: bool, object: &mut Object<'_>) {
    match dice.roll(10) {
        0 => object.null("base_rate"),
        1..4 => object.int("base_rate", dice.span(60)),
        4 => object.number("base_rate", "12.5"),
        _ => object.text("base_rate", dice.word(RATES)),
    }
    object.opt_text("currency", dice.chance(80).then_some("USD"));
    object.opt_text("description", dice.chance(80).then(|| dice.word(TEXTS)));
    object.opt_text(type_name(trailing), (!dice.chance(10)).then(|| dice.word(TYPES)));
}

fn write_promotion(dice: &mut Dice, trailing: bool, object: &mut Object<'_>) {
    object.text("availability", if dice.chance(70) { "public" } else { "private" });
    object.text("key", &format!("promo_{}", base62(dice.bits())));
    object.opt_text(type_name(trailing), (!dice.chance(10)).then_some("coupon"));
    object.opt_text("value", (!dice.chance(10)).then(|| dice.word(RATES)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_companies_of_the_pool_are_programs() {
        let items = plain::items("marketplace_programs");
        for company in &World::get(1).companies {
            let item = items.iter().find(|item| item["key"] == company.key.as_str()).unwrap();
            assert_eq!(item["id"], company.id);
            assert_eq!(item["name"], company.name.as_str());
        }
        assert_eq!(items.len(), 80);
    }

    #[test]
    fn offers_clash() {
        let items = plain::items("marketplace_programs");
        let offers: Vec<&Value> =
            items.iter().filter_map(|item| item["offers"].as_array()).flatten().collect();
        let any = |test: &dyn Fn(&Value) -> bool| offers.iter().any(|offer| test(offer));
        assert!(any(&|offer| offer["base_rate"].is_i64()));
        assert!(any(&|offer| offer["base_rate"].is_f64()));
        assert!(any(&|offer| offer["base_rate"] == "10%"));
        assert!(any(&|offer| offer["base_rate"].is_null()));
        assert!(any(&|offer| offer.get("type").is_some()));
        assert!(any(&|offer| offer.get("type_").is_some()));
    }

    #[test]
    fn countries_and_categories_clash() {
        let items = plain::items("marketplace_programs");
        let any = |test: &dyn Fn(&Value) -> bool| items.iter().any(test);
        assert!(any(&|item| item["country"] == "CA") && any(&|item| item["country"] == "Canada"));
        assert!(any(&|item| item["country"].is_null()));
        assert!(any(&|item| item["category"].is_null()));
        assert!(any(&|item| item["category"].as_array().is_some_and(Vec::is_empty)));
        assert!(any(&|item| item.get("updated_at").is_none()));
        assert!(any(&|item| item.get("promotions").is_none()));
        assert_eq!(slug("Marketing & Sales"), "marketing-sales");
    }
}
