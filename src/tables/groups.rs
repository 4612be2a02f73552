use super::shared::{CREATED_AT, KEY, UPDATED_AT};
use crate::schema::{Endpoint, Known, Narrows, Table, boolean, object, varchar};

pub(super) static TABLE: Table = Table {
    name: "groups",
    doc: "Groups into which the vendor sorts its partners.",
    vendor: Some(Endpoint::listing(
        "/groups",
        Known::InUse,
        &[
            KEY,
            CREATED_AT,
            UPDATED_AT.narrows(Narrows::Between { least: "min_updated", most: None }),
            varchar("name", "Name of the group."),
            varchar("slug", "Name of the group as it stands in URLs."),
            boolean("default", "Whether new partners join this group by default."),
            boolean("archived", "Whether the group is archived."),
            object(
                "features",
                "What is switched on for the group.",
                &[
                    boolean("application_enabled", "Whether partners apply by a form."),
                    boolean("deals_enabled", "Whether partners may register deals."),
                    boolean("deals_salesforce", "Whether deals go to Salesforce."),
                    boolean("disable_link_create", "Whether partners may not create links."),
                    boolean("leads_enabled", "Whether partners may submit leads."),
                ],
            ),
        ],
    )),
    partner: None,
    example: "SELECT name, archived, features.deals_enabled FROM partnerstack_groups(api := 'vendor') ORDER BY name",
};
