use crate::schema::{
    Endpoint, Known, Rows, Table, bigint, in_path, object, optional, timestamp, varchar,
};

pub(super) static TABLE: Table = Table {
    name: "sales_cycle_stages",
    doc: "Stages that deals or leads go through.",
    vendor: Some(
        Endpoint::listing(
            "/sales_cycles/{object_type}/stages",
            Known::InUse,
            &[
                varchar("key", "Key of the stage.").or("id"),
                timestamp("created_at", "When the stage was created."),
                timestamp("updated_at", "When the stage was last updated."),
                varchar("name", "Name of the stage."),
                varchar("api_name", "Machine name of the stage."),
                varchar("description", "Description of the stage."),
                varchar("internal_status", "Status that the stage stands for."),
                varchar("object_type", "What goes through the stage, such as deal."),
                bigint("position", "Position of the stage, counted from 0."),
                object(
                    "sales_cycle",
                    "Sales cycle that the stage belongs to.",
                    &[
                        varchar("key", "Key of the sales cycle."),
                        varchar("name", "Name of the sales cycle."),
                    ],
                ),
            ],
        )
        .or("/sales-cycles/{object_type}/stages")
        .rows(Rows::Undocumented)
        .with(&[
            in_path("object_type", "What goes through the stages: deals or leads."),
            optional("group_key", "Only stages of this group."),
        ]),
    ),
    partner: None,
    example: "SELECT position, name FROM partnerstack_sales_cycle_stages(object_type := 'deals', api := 'vendor')",
};
