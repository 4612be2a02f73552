//! `GET /deals/{key}/files`: the files of a deal, at `data.deal_files`.

use super::{Ask, Endpoint, Items, item, text_of};
use crate::clock::salt;
use crate::dice::{Dice, base62};
use crate::envelope::Shape;
use crate::resources;

/// The files of a deal.
pub(crate) struct DealFiles;

const NAMES: &[&str] =
    &["contract.pdf", "Angebot (neu) – v2.docx", "notes \"final\".txt", "写真.png", "a/b?c=1.csv"];

/// One file: not every deal has one.
pub(super) struct File {
    pub(super) key: String,
    name: &'static str,
    field_key: Option<String>,
}

impl File {
    fn new(seed: u64, deal: &str, at: u64) -> File {
        let mut dice = Dice::new(seed, salt(deal) ^ salt("deal_files"), at);
        let key = format!("file_{}", base62(dice.bits()));
        let field_key = dice.chance(70).then(|| format!("fild_{}", base62(dice.bits())));
        File { key, name: dice.word(NAMES), field_key }
    }

    fn write(&self, deal: Option<&str>) -> Vec<u8> {
        item(|object| {
            if let Some(deal) = deal {
                object.text("deal_key", deal);
            }
            object.opt_text("field_key", self.field_key.as_deref());
            object.text("key", &self.key);
            object.text("name", self.name);
        })
    }
}

/// The files of a deal, at most three; None if there is no such deal.
pub(super) fn files(ask: &Ask<'_>, deal: &str) -> Option<Vec<File>> {
    ask.find(resources::named("deals").ok()?, deal)?;
    Some(files_of(ask.scenario.seed, deal))
}

fn files_of(seed: u64, deal: &str) -> Vec<File> {
    let count = Dice::new(seed, salt(deal), 0).roll(4);
    (0..count).map(|at| File::new(seed, deal, at)).collect()
}

impl Endpoint for DealFiles {
    fn pattern(&self) -> &'static str {
        "deals/{key}/files"
    }

    fn knob(&self) -> &'static str {
        "deal_files"
    }

    fn message(&self) -> &'static str {
        "Deal files retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Member("deal_files"))
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        Some(files(ask, ask.argument(0))?.iter().map(|file| file.write(None)).collect())
    }

    /// All files, each with the `deal_key` that an answer does not tell.
    fn all(&self, ask: &Ask<'_>) -> Items {
        let Ok(deals) = resources::named("deals") else {
            return Items::new();
        };
        let keys = ask.listed(deals).into_iter().filter_map(|deal| text_of(&deal, "key"));
        keys.flat_map(|key| {
            let files = files_of(ask.scenario.seed, &key);
            files.into_iter().map(move |file| file.write(Some(&key)))
        })
        .collect()
    }
}
