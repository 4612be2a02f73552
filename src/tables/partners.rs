use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Missing, Table};

pub(super) static TABLE: Table = Table {
    name: "partners",
    doc: "Partners, a path that some write about and PartnerStack does not document.",
    vendor: Some(
        Endpoint::listing("/partners", Known::Guessed, &[KEY, CREATED_AT, UPDATED_AT]).missing(
            Missing::Instead(
                "PartnerStack documents no such resource: a vendor's partners are in \
             partnerstack_partnerships(), and a team's members in partnerstack_partner_team().",
            ),
        ),
    ),
    partner: None,
    example: "SELECT key, raw FROM partnerstack_partners(api := 'vendor')",
};
