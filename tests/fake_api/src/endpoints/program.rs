//! `GET /marketplace/programs/{company_key}`: 404 as on the real service, the program out of the
//! list with `program=found`.

use super::{Ask, Endpoint, Items};
use crate::auth::Api;
use crate::envelope::Shape;
use crate::resources::{self, Resource};

/// One program of the marketplace.
pub(crate) struct Program;

fn list() -> Option<&'static dyn Resource> {
    resources::named("marketplace_programs").ok()
}

impl Endpoint for Program {
    fn pattern(&self) -> &'static str {
        "marketplace/programs/{company_key}"
    }

    fn knob(&self) -> &'static str {
        "marketplace_program_by_key"
    }

    fn message(&self) -> &'static str {
        "Program retrieved successfully"
    }

    fn serves(&self, api: Api) -> bool {
        api == Api::Partner
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Object)
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let list = list().filter(|_| ask.scenario.find_program)?;
        ask.find(list, ask.argument(0)).map(|item| vec![item])
    }

    fn all(&self, ask: &Ask<'_>) -> Items {
        list().map(|list| ask.listed(list)).unwrap_or_default()
    }
}
