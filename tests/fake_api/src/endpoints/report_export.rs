//! `GET /vendor_report_export/export/{key}`: the state and the file of a report export.

use super::{Ask, Endpoint, Items, item};
use crate::clock::{DAY, NOW, date, salt};
use crate::dice::{Dice, base62};
use crate::envelope::Shape;

/// One report export. A POST would make them; the fake has a few, some of them pending.
pub(crate) struct ReportExport;

const EXPORTS: u64 = 9;

fn key(seed: u64, id: u64) -> String {
    format!("vrex_{}", base62(Dice::new(seed, salt("vendor_report_export"), id).bits()))
}

/// Every third export is pending: it has no file yet.
fn export(seed: u64, id: u64) -> Vec<u8> {
    let key = key(seed, id);
    let created = NOW - id as i64 * DAY / 2;
    let complete = !id.is_multiple_of(3);
    let name = complete.then(|| format!("Rapport « clics » {}.csv", date(created)));
    let url = complete.then(|| format!("https://files.example.com/{key}.csv?sig=a%2Fb%3D"));
    item(|object| {
        object.int("created_at", created);
        object.opt_text("file_name", name.as_deref());
        object.opt_text("file_url", url.as_deref());
        object.text("key", &key);
        object.text("status", if complete { "complete" } else { "pending" });
        object.int("updated_at", if complete { created + 600_000 } else { created });
    })
}

impl Endpoint for ReportExport {
    fn pattern(&self) -> &'static str {
        "vendor_report_export/export/{key}"
    }

    fn knob(&self) -> &'static str {
        "vendor_report_export"
    }

    fn message(&self) -> &'static str {
        "Vendor report export retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Object)
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let seed = ask.scenario.seed;
        let id = (0..EXPORTS).find(|&id| key(seed, id) == ask.argument(0))?;
        Some(vec![export(seed, id)])
    }

    fn all(&self, ask: &Ask<'_>) -> Items {
        (0..EXPORTS).map(|id| export(ask.scenario.seed, id)).collect()
    }
}
