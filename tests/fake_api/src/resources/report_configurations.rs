//! `GET /vendor_report_configuration/list`: saved reports, their definitions only; vendors only.

use super::Resource;
use crate::auth::Api;
use crate::clock::{DAY, NOW, salt};
use crate::dice::Dice;
use crate::json::Object;
use crate::table::Row;
use crate::texts::row_key;
use crate::world::World;

/// The definitions of saved reports.
pub(crate) struct ReportConfigurations;

const PATH: &str = "vendor_report_configuration/list";
const NAMES: &[&str] = &[
    "Clicks by partner",
    "Monthly \"MRR\" report",
    "Récompenses dues",
    "収益レポート",
    "50% / 50%",
];
const TYPES: &[&str] = &["partnerships", "transactions", "rewards", "clicks"];
const COLUMNS: &[&str] = &["partner_key", "group", "amount", "created_at"];

impl Resource for ReportConfigurations {
    fn path(&self) -> &'static str {
        PATH
    }

    fn knob(&self) -> String {
        "vendor_report_configurations".to_owned()
    }

    fn message(&self) -> &'static str {
        "Vendor report configurations retrieved successfully"
    }

    fn default_count(&self) -> usize {
        12
    }

    fn updated_at(&self, world: &World, row: Row) -> i64 {
        let mut dice = Dice::new(world.seed, salt(PATH), u64::from(row.id));
        (row.created_at + dice.span(60 * DAY)).min(NOW).max(row.created_at)
    }

    fn key(&self, world: &World, id: u32) -> String {
        row_key("vrc_", world.seed, salt(PATH), id)
    }

    fn write(&self, _api: Api, world: &World, row: Row, out: &mut Vec<u8>) {
        let mut dice = Dice::new(world.seed, salt(PATH) ^ 1, u64::from(row.id));
        let columns = COLUMNS[..dice.index(COLUMNS.len() + 1)].iter();
        let columns: Vec<String> = columns.map(|&column| column.to_owned()).collect();
        Object::write(out, false, |object| {
            object.texts("columns", &columns);
            object.int("created_at", row.created_at);
            object.text("key", &self.key(world, row.id));
            object.text("name", dice.word(NAMES));
            object.opt_text("type", (!dice.chance(10)).then(|| dice.word(TYPES)));
            object.int("updated_at", self.updated_at(world, row));
        });
    }
}
