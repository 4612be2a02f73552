//! `GET /vendor_report_configuration/{key}`: one saved report out of the list.

use super::{Ask, Endpoint, Items};
use crate::envelope::Shape;
use crate::resources::{self, Resource};

/// One saved report.
pub(crate) struct ReportConfiguration;

fn list() -> Option<&'static dyn Resource> {
    resources::named("vendor_report_configurations").ok()
}

impl Endpoint for ReportConfiguration {
    fn pattern(&self) -> &'static str {
        "vendor_report_configuration/{key}"
    }

    fn knob(&self) -> &'static str {
        "vendor_report_configuration"
    }

    fn message(&self) -> &'static str {
        "Vendor report configuration retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Object)
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        ask.find(list()?, ask.argument(0)).map(|item| vec![item])
    }

    fn all(&self, ask: &Ask<'_>) -> Items {
        list().map(|list| ask.listed(list)).unwrap_or_default()
    }
}
