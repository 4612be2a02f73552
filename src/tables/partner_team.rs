use crate::schema::{Endpoint, Known, Missing, Rows, Table, in_path, timestamp, varchar};

pub(super) static TABLE: Table = Table {
    name: "partner_team",
    doc: "Members of a partner's team.",
    vendor: Some(
        Endpoint::listing(
            "/partner_team/{team_key}",
            Known::Documented,
            &[
                varchar("key", "Key of the member."),
                timestamp("created_at", "When the member was created."),
                timestamp("updated_at", "When the member was last updated."),
                varchar("email", "E-mail address of the member."),
                varchar("first_name", "First name of the member."),
                varchar("last_name", "Last name of the member."),
                timestamp("joined_at", "When the member joined the team."),
                varchar("team_key", "Key of the team."),
                varchar("team_name", "Name of the team."),
                varchar("team_owner_email", "E-mail address of the team's owner."),
            ],
        )
        .or("/partner-team/{team_key}")
        .rows(Rows::Undocumented)
        .with(&[in_path("team_key", "Key of the team.")])
        .missing(Missing::NoRow),
    ),
    partner: None,
    example: "SELECT email, first_name FROM partnerstack_partner_team(team_key := 'stck_1', api := 'vendor')",
};
