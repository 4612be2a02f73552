//! Questions that partner managers ask, as table macros over the tables.

/// A table macro `partnerstack_<name>`.
#[derive(Debug)]
pub struct View {
    /// The name, after `partnerstack_`.
    pub name: &'static str,
    /// What a row is, in a sentence.
    pub doc: &'static str,
    /// A parameter before `account`, which must be given, and what it is for.
    pub parameter: Option<(&'static str, &'static str)>,
    /// The columns, each with a sentence that says how it is made.
    pub columns: &'static [(&'static str, &'static str)],
    /// A query that shows it.
    pub example: &'static str,
    /// The query behind it; `account` stands for the account.
    pub sql: &'static str,
}

/// Every view, by name.
pub static VIEWS: [View; 5] = [
    View {
        name: "commission_summary",
        doc: "Rewards by month, status and currency, as the vendor owes them.",
        parameter: None,
        columns: &[
            ("month", "First day of the month of created_at, in UTC."),
            ("reward_status", "Status of the rewards."),
            ("currency", "Currency of the amounts, in upper case."),
            ("rewards", "Number of rewards."),
            ("amount", "Sum of amount as money; rewards without an amount count as nothing."),
        ],
        example: "FROM partnerstack_commission_summary() ORDER BY ALL",
        sql: "SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::DATE AS month, reward_status, \
              upper(currency) AS currency, count(*) AS rewards, \
              sum(partnerstack_money(amount, currency)) AS amount \
              FROM partnerstack_rewards(api := 'vendor', account := account) GROUP BY ALL",
    },
    View {
        name: "custom_fields",
        doc: "Custom fields of deals, leads, customers or partnerships, as they are filled in.",
        parameter: Some(("resource", "'deals', 'leads', 'customers' or 'partnerships'.")),
        columns: &[
            ("api_name", "Machine name of the field: a key of custom_fields."),
            ("label", "Label of the field, where the API tells it."),
            ("type", "Kind of the field, where the API tells it."),
            ("items", "Number of items that have the field."),
            ("filled", "Number of items in which it has a value."),
            ("fill_rate", "filled as a part of all items of the resource, from 0 to 1."),
            ("example", "One of the values."),
        ],
        example: "FROM partnerstack_custom_fields('deals') ORDER BY fill_rate DESC, api_name",
        sql: "WITH items AS MATERIALIZED (SELECT custom_fields, fields FROM query(\
              'FROM partnerstack_' || resource || '(api := ''vendor''' || \
              coalesce(', account := ''' || replace(account, '''', '''''') || '''', '') || ')')), \
              entries AS (SELECT unnest(map_entries(custom_fields)) AS entry FROM items), \
              known AS (SELECT unnest(fields) AS field FROM items) \
              SELECT entry.key AS api_name, \
              (SELECT any_value(field.name) FROM known WHERE field.api_name = entry.key) AS label, \
              (SELECT any_value(field.type) FROM known WHERE field.api_name = entry.key) AS type, \
              count(*) AS items, count(entry.value) AS filled, \
              count(entry.value) / (SELECT count(*) FROM items) AS fill_rate, \
              any_value(entry.value) AS example FROM entries GROUP BY entry.key",
    },
    View {
        name: "deal_pipeline",
        doc: "Deals by stage and group.",
        parameter: None,
        columns: &[
            ("group_key", "Key of the group of the deals."),
            ("stage", "Stage of the deals."),
            ("deals", "Number of deals."),
            ("amount", "Sum of amount divided by 100; the API names no currency."),
            ("next_close", "Earliest close_date that is today or later."),
            ("overdue", "Number of deals whose close_date is before today, whatever their stage."),
            ("lost", "Number of deals with a lost_reason."),
        ],
        example: "FROM partnerstack_deal_pipeline() ORDER BY deals DESC",
        sql: "SELECT group_key, stage, count(*) AS deals, sum(partnerstack_money(amount, NULL)) AS amount, \
              min(close_date) FILTER (close_date >= current_date) AS next_close, \
              count(*) FILTER (close_date < current_date) AS overdue, count(lost_reason) AS lost \
              FROM partnerstack_deals(api := 'vendor', account := account) GROUP BY ALL",
    },
    View {
        name: "partner_performance",
        doc: "What each partnership earned, by currency.",
        parameter: None,
        columns: &[
            ("partnership_key", "Key of the partnership."),
            ("partner", "Name of the partner."),
            ("partner_group", "Name of the partner's group."),
            ("currency", "Currency of the amounts, in upper case."),
            ("rewards", "Number of rewards that are not declined."),
            ("declined", "Number of rewards that are declined."),
            ("earned", "Sum of amount as money over the rewards that are not declined."),
            ("paid", "Sum of amount as money over the rewards that are paid."),
            ("last_reward", "Latest created_at of a reward that is not declined."),
        ],
        example: "FROM partnerstack_partner_performance() WHERE currency = 'USD' ORDER BY earned DESC LIMIT 10",
        sql: "SELECT partnership.key AS partnership_key, any_value(partnership.name) AS partner, \
              any_value(partnership.group.name) AS partner_group, upper(currency) AS currency, \
              count(*) FILTER (reward_status IS DISTINCT FROM 'declined') AS rewards, \
              count(*) FILTER (reward_status = 'declined') AS declined, \
              sum(partnerstack_money(amount, currency)) \
              FILTER (reward_status IS DISTINCT FROM 'declined') AS earned, \
              sum(partnerstack_money(amount, currency)) FILTER (reward_status = 'paid') AS paid, \
              max(created_at) FILTER (reward_status IS DISTINCT FROM 'declined') AS last_reward \
              FROM partnerstack_rewards(api := 'vendor', account := account) \
              GROUP BY partnership.key, upper(currency)",
    },
    View {
        name: "payout_ageing",
        doc: "Rewards that are still to be paid, by age.",
        parameter: None,
        columns: &[
            ("currency", "Currency of the amounts, in upper case."),
            (
                "age",
                "Days since created_at: not due (in the future), 0-30, 31-60, 61-90 or over 90.",
            ),
            ("rewards", "Number of rewards that are neither paid nor declined."),
            ("amount", "Sum of their amount as money."),
            ("oldest", "Earliest created_at among them."),
        ],
        example: "FROM partnerstack_payout_ageing() ORDER BY currency, oldest",
        sql: "SELECT upper(currency) AS currency, CASE WHEN created_at > now() THEN 'not due' \
              WHEN created_at > now() - INTERVAL 31 DAYS THEN '0-30' \
              WHEN created_at > now() - INTERVAL 61 DAYS THEN '31-60' \
              WHEN created_at > now() - INTERVAL 91 DAYS THEN '61-90' ELSE 'over 90' END AS age, \
              count(*) AS rewards, sum(partnerstack_money(amount, currency)) AS amount, \
              min(created_at) AS oldest \
              FROM partnerstack_rewards(api := 'vendor', account := account) \
              WHERE reward_status IS DISTINCT FROM 'paid' AND reward_status IS DISTINCT FROM 'declined' \
              GROUP BY ALL",
    },
];
