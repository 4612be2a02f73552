//! All rewards into a table.

use std::error::Error;

use crate::duckdb::{CHUNK, Column, Database};
use crate::pages::Pages;
use crate::reward::{Group, Reward};

const TABLE: &str = "CREATE TABLE rewards (
    key VARCHAR, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, amount BIGINT, currency VARCHAR,
    description VARCHAR, reward_status VARCHAR, decline_reason VARCHAR,
    customer STRUCT(key VARCHAR, email VARCHAR, name VARCHAR, external_key VARCHAR),
    \"transaction\" STRUCT(key VARCHAR, amount BIGINT, currency VARCHAR),
    \"action\" STRUCT(key VARCHAR, type VARCHAR, value BIGINT),
    invoice STRUCT(key VARCHAR, payment_date TIMESTAMPTZ, status VARCHAR),
    offer STRUCT(key VARCHAR, description VARCHAR),
    partnership STRUCT(key VARCHAR, name VARCHAR, email VARCHAR, \"group\" STRUCT(
        key VARCHAR, name VARCHAR, slug VARCHAR, archived BOOLEAN, \"default\" BOOLEAN, features JSON,
        created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ)),
    \"trigger\" STRUCT(key VARCHAR))";

/// Loads them, and returns their number and the sum of their amounts.
pub(crate) fn load(pages: Pages) -> Result<(i64, i64), Box<dyn Error>> {
    let database = Database::open()?;
    database.query::<0>(TABLE)?;
    let mut appender = database.appender(c"rewards")?;
    let mut waiting: Vec<Reward> = Vec::new();
    pages.each(
        |reward: &Reward| &reward.key,
        |page| {
            waiting.extend(page);
            while waiting.len() >= CHUNK {
                let chunk: Vec<_> = waiting.drain(..CHUNK).collect();
                appender.append(CHUNK, |column| write(&chunk, column))?;
            }
            Ok(())
        },
    )?;
    appender.append(waiting.len(), |column| write(&waiting, column))?;
    drop(appender);
    let [rows, sum] = database.query("SELECT count(*), sum(amount)::BIGINT FROM rewards")?;
    Ok((rows, sum))
}

fn write(rows: &[Reward], column: &dyn Fn(u64) -> Column) {
    texts(&column(0), rows, |reward| Some(&reward.key));
    times(&column(1), rows, |reward| reward.created_at);
    times(&column(2), rows, |reward| reward.updated_at);
    plain(&column(3), rows, |reward| reward.amount);
    texts(&column(4), rows, |reward| reward.currency.as_ref());
    texts(&column(5), rows, |reward| reward.description.as_ref());
    texts(&column(6), rows, |reward| reward.reward_status.as_ref());
    texts(&column(7), rows, |reward| reward.decline_reason.as_ref());
    let customer = objects(&column(8), rows, |reward| reward.customer.as_ref());
    texts(&column(8).field(0), &customer, |customer| {
        customer.and_then(|customer| customer.key.as_ref())
    });
    texts(&column(8).field(1), &customer, |customer| {
        customer.and_then(|customer| customer.email.as_ref())
    });
    texts(&column(8).field(2), &customer, |customer| {
        customer.and_then(|customer| customer.name.as_ref())
    });
    texts(&column(8).field(3), &customer, |customer| {
        customer.and_then(|c| c.external_key.as_ref())
    });
    let transaction = objects(&column(9), rows, |reward| reward.transaction.as_ref());
    texts(&column(9).field(0), &transaction, |transaction| {
        transaction.and_then(|t| t.key.as_ref())
    });
    plain(&column(9).field(1), &transaction, |transaction| transaction.and_then(|t| t.amount));
    texts(&column(9).field(2), &transaction, |transaction| {
        transaction.and_then(|t| t.currency.as_ref())
    });
    let action = objects(&column(10), rows, |reward| reward.action.as_ref());
    texts(&column(10).field(0), &action, |action| action.and_then(|action| action.key.as_ref()));
    texts(&column(10).field(1), &action, |action| action.and_then(|action| action.kind.as_ref()));
    plain(&column(10).field(2), &action, |action| action.and_then(|action| action.value));
    let invoice = objects(&column(11), rows, |reward| reward.invoice.as_ref());
    texts(&column(11).field(0), &invoice, |invoice| {
        invoice.and_then(|invoice| invoice.key.as_ref())
    });
    times(&column(11).field(1), &invoice, |invoice| {
        invoice.and_then(|invoice| invoice.payment_date)
    });
    texts(&column(11).field(2), &invoice, |invoice| {
        invoice.and_then(|invoice| invoice.status.as_ref())
    });
    let offer = objects(&column(12), rows, |reward| reward.offer.as_ref());
    texts(&column(12).field(0), &offer, |offer| offer.and_then(|offer| offer.key.as_ref()));
    texts(&column(12).field(1), &offer, |offer| offer.and_then(|offer| offer.description.as_ref()));
    let partnership = objects(&column(13), rows, |reward| reward.partnership.as_ref());
    texts(&column(13).field(0), &partnership, |partnership| {
        partnership.and_then(|p| p.key.as_ref())
    });
    texts(&column(13).field(1), &partnership, |partnership| {
        partnership.and_then(|p| p.name.as_ref())
    });
    texts(&column(13).field(2), &partnership, |partnership| {
        partnership.and_then(|p| p.email.as_ref())
    });
    let groups: Vec<_> =
        partnership.iter().map(|partnership| partnership.and_then(|p| p.group.as_ref())).collect();
    write_groups(&column(13).field(3), &groups);
    let trigger = objects(&column(14), rows, |reward| reward.trigger.as_ref());
    texts(&column(14).field(0), &trigger, |trigger| {
        trigger.and_then(|trigger| trigger.key.as_ref())
    });
}

fn write_groups(column: &Column, groups: &[Option<&Group>]) {
    objects(column, groups, |group| *group);
    texts(&column.field(0), groups, |group| group.and_then(|group| group.key.as_ref()));
    texts(&column.field(1), groups, |group| group.and_then(|group| group.name.as_ref()));
    texts(&column.field(2), groups, |group| group.and_then(|group| group.slug.as_ref()));
    plain(&column.field(3), groups, |group| group.and_then(|group| group.archived));
    plain(&column.field(4), groups, |group| group.and_then(|group| group.default));
    let features = column.field(5);
    for (row, group) in groups.iter().enumerate() {
        let json = group.and_then(|group| group.features.as_ref());
        features.text(row, json.map(|json| json.get()));
    }
    times(&column.field(6), groups, |group| group.and_then(|group| group.created_at));
    times(&column.field(7), groups, |group| group.and_then(|group| group.updated_at));
}

fn texts<'r, R>(column: &Column, rows: &'r [R], get: impl Fn(&'r R) -> Option<&'r String>) {
    for (row, reward) in rows.iter().enumerate() {
        column.text(row, get(reward).map(String::as_str));
    }
}

fn plain<'r, R, T>(column: &Column, rows: &'r [R], get: impl Fn(&'r R) -> Option<T>) {
    for (row, reward) in rows.iter().enumerate() {
        column.plain(row, get(reward));
    }
}

fn times<'r, R>(column: &Column, rows: &'r [R], get: impl Fn(&'r R) -> Option<i64>) {
    plain(column, rows, |row| get(row).map(|millis| millis * 1000));
}

/// Marks the rows without an object, and returns the objects.
fn objects<'r, R, T>(
    column: &Column,
    rows: &'r [R],
    get: impl Fn(&'r R) -> Option<&'r T>,
) -> Vec<Option<&'r T>> {
    let objects: Vec<_> = rows.iter().map(get).collect();
    let without = objects.iter().enumerate().filter(|(_, object)| object.is_none());
    without.for_each(|(row, _)| column.null(row));
    objects
}
