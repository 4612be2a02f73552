//! `GET /product_book` and `GET /product_book/{key}`: vendors only, with an underscore (Q13). The
//! fields are made up around the search that is known to exist.

use super::{Resource, plain};
use crate::auth::Api;
use crate::clock::salt;
use crate::dice::Dice;
use crate::filter::{Context, Filter};
use crate::json::Object;
use crate::table::Row;
use crate::texts::{DESCRIPTIONS, row_key};
use crate::world::World;

/// Product books: lists of what can be sold.
pub(crate) struct ProductBook;

const PATH: &str = "product_book";
const NAMES: &[&str] = &["Price list 2026", "Catalogue d'été", "Enterprise & \"Plus\"", "価格表"];

/// What the dice say about one product book.
struct Book {
    name: &'static str,
    description: Option<&'static str>,
    rest: Dice,
}

impl Book {
    fn new(world: &World, id: u32) -> Book {
        let mut dice = plain::dice(world, PATH, 1, id);
        let description = (!dice.chance(20)).then(|| dice.word(DESCRIPTIONS));
        Book { name: dice.word(NAMES), description, rest: dice }
    }

    fn mentions(&self, words: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&words.to_lowercase());
        has(self.name) || self.description.is_some_and(has)
    }
}

impl Resource for ProductBook {
    fn path(&self) -> &'static str {
        PATH
    }

    fn message(&self) -> &'static str {
        "Product books retrieved successfully"
    }

    fn default_count(&self) -> usize {
        40
    }

    fn has_single(&self) -> bool {
        true
    }

    fn has_created_bounds(&self, _api: Api) -> bool {
        false
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("book_", world.seed, salt(PATH), id)
    }

    /// The search exists; its name is that of the rewards.
    fn filter<'a>(&self, context: Context<'a>, filter: &mut Filter<'a>) -> Result<(), String> {
        let Context { world, query, .. } = context;
        filter.text(query, "keywords", move |row, words| Book::new(world, row.id).mentions(words));
        Ok(())
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut book = Book::new(world, row.id);
        let ascii = book.rest.chance(50);
        Object::write(out, ascii, |object| {
            object.int("created_at", row.created_at);
            if book.description.is_some() || book.rest.chance(50) {
                object.opt_text("description", book.description);
            }
            object.text("key", &self.key(world, row.id));
            object.text("name", book.name);
            object.int("updated_at", self.updated_at(world, row));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_searched_in_both_texts() {
        let mut dice = Dice::new(1, 1, 1);
        let rest = Dice::new(1, 1, dice.bits());
        let book = Book { name: "Price list", description: Some("Été — offre"), rest };
        assert!(book.mentions("LIST") && book.mentions("été") && !book.mentions("bonus"));
    }

    #[test]
    fn descriptions_may_be_missing() {
        let items = plain::items(PATH);
        assert!(items.iter().any(|item| item["description"].is_null()));
        assert!(items.iter().any(|item| item["description"].is_string()));
    }
}
