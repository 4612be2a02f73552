//! The generated rows of one resource: compact columns, items are rendered when asked for.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::auth::Api;
use crate::resources::Resource;
use crate::shelf::{Item, Shelf, rendered};
use crate::spread::Spread;
use crate::world::World;

/// One generated row: everything else follows from these two and the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The internal id, growing with the time of insertion.
    pub(crate) id: u32,
    /// Epoch milliseconds.
    pub(crate) created_at: i64,
}

/// Lists of row positions by the filter that selects them.
type Selections = HashMap<String, Arc<Vec<u32>>>;

/// The rows of one resource, newest first.
pub(crate) struct Table {
    pub(crate) resource: &'static dyn Resource,
    pub(crate) world: Arc<World>,
    rows: Vec<Row>,
    /// Hash of the key and position, by hash.
    keys: Vec<(u64, u32)>,
    /// The items of each API.
    shelves: [Shelf; Api::ALL.len()],
    selections: Mutex<Selections>,
}

/// So many selections are kept per table.
const SELECTIONS: usize = 64;

type Slot = Arc<OnceLock<Arc<Table>>>;
type Tables = HashMap<(&'static str, usize, u64, Spread), Slot>;

impl Table {
    /// The table of `resource` with so many rows; built once.
    pub(crate) fn get(
        resource: &'static dyn Resource,
        count: usize,
        seed: u64,
        spread: Spread,
    ) -> Arc<Table> {
        static TABLES: OnceLock<Mutex<Tables>> = OnceLock::new();
        let slot = {
            let mut tables =
                TABLES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
            tables.entry((resource.path(), count, seed, spread)).or_default().clone()
        };
        slot.get_or_init(|| Arc::new(Table::build(resource, count, seed, spread))).clone()
    }

    fn build(resource: &'static dyn Resource, count: usize, seed: u64, spread: Spread) -> Table {
        let world = World::get(seed);
        let rows = sorted_rows(resource, &world, count, spread);
        let keys = key_index(resource, &world, &rows);
        let shelves = Api::ALL.map(|_| Shelf::new(rows.len()));
        Table { resource, world, rows, keys, shelves, selections: Mutex::default() }
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row at a position.
    pub(crate) fn row(&self, position: usize) -> Row {
        self.rows[position]
    }

    /// The items of the rows at these positions, as one API lists them.
    pub(crate) fn items(&self, api: Api, positions: &[usize]) -> Vec<Item> {
        self.shelves[api as usize].items(positions, |at, out| {
            self.resource.write(api, &self.world, self.row(at), out);
        })
    }

    /// The same with the members that a request must ask for.
    pub(crate) fn items_with_more(&self, api: Api, positions: &[usize]) -> Vec<Item> {
        rendered(positions, |at, out| {
            self.resource.write_more(api, &self.world, self.row(at), out);
        })
    }

    /// The position of the row with this key.
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        let wanted = hash(key);
        let first = self.keys.partition_point(|&(hash, _)| hash < wanted);
        let same = self.keys[first..].iter().take_while(|&&(hash, _)| hash == wanted);
        same.map(|&(_, position)| position as usize)
            .find(|&position| self.resource.key(&self.world, self.rows[position].id) == key)
    }

    /// The selection with this signature; `make` is asked once.
    pub(crate) fn selection(
        &self,
        signature: String,
        make: impl FnOnce() -> Vec<u32>,
    ) -> Arc<Vec<u32>> {
        let lock = || self.selections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(&signature) {
            return found.clone();
        }
        let made = Arc::new(make());
        let mut selections = lock();
        if selections.len() >= SELECTIONS {
            selections.clear();
        }
        selections.insert(signature, made.clone());
        made
    }
}

fn sorted_rows(
    resource: &'static dyn Resource,
    world: &World,
    count: usize,
    spread: Spread,
) -> Vec<Row> {
    let times = spread.times(world.seed, resource.rhythm(), count);
    let mut rows: Vec<Row> = times
        .into_iter()
        .zip(0_u32..)
        .map(|(time, id)| Row { id, created_at: resource.created_at(world, id, time) })
        .collect();
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    rows
}

fn key_index(resource: &'static dyn Resource, world: &World, rows: &[Row]) -> Vec<(u64, u32)> {
    let mut keys: Vec<(u64, u32)> =
        rows.iter().zip(0..).map(|(row, at)| (hash(&resource.key(world, row.id)), at)).collect();
    keys.sort_unstable();
    keys
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{DAY, NOW};
    use crate::resources;

    #[test]
    fn rows_are_newest_first_and_ties_by_id_descending() {
        let table = Table::get(resources::named("rewards").unwrap(), 1200, 1, Spread::Uniform);
        let rows = &table.rows;
        let ordered =
            |pair: &[Row]| (pair[0].created_at, pair[0].id) > (pair[1].created_at, pair[1].id);
        assert!(rows.windows(2).all(ordered));
        let ties = rows.windows(2).filter(|p| p[0].created_at == p[1].created_at).count();
        assert!(ties > 100, "{ties}");
    }

    #[test]
    fn ties_span_page_boundaries() {
        for name in ["rewards", "deals"] {
            let resource = resources::named(name).unwrap();
            let table = Table::get(resource, resource.default_count(), 1, Spread::Uniform);
            for limit in [10, 50, 100, 250] {
                let split = (limit..table.len())
                    .step_by(limit)
                    .any(|at| table.row(at - 1).created_at == table.row(at).created_at);
                assert!(split, "{name} in pages of {limit}");
            }
        }
    }

    #[test]
    fn every_resource_has_ties() {
        for resource in resources::ALL {
            let default = resource.default_count();
            for (count, limit) in [(2000, 10), (2000, 50), (default, 1)] {
                let table = Table::get(*resource, count, 1, Spread::Uniform);
                let tied = |at: &usize| table.row(at - 1).created_at == table.row(*at).created_at;
                let ties = (limit..count).step_by(limit).filter(tied).count();
                // Customers of the pool have the times that rewards give them.
                let pool = count == default && resource.path() == "customers";
                let enough = ties > 0 || count < 20 || pool;
                assert!(enough, "{}: {count} in pages of {limit}", resource.knob());
            }
        }
    }

    #[test]
    fn skewed_rows_are_the_same_in_number_mostly_new_and_often_tied() {
        for name in ["rewards", "transactions", "actions", "deals", "leads"] {
            let resource = resources::named(name).unwrap();
            let [even, skewed] = [Spread::Uniform, Spread::Skewed]
                .map(|spread| Table::get(resource, 3000, 1, spread));
            assert_eq!(even.len(), skewed.len());
            let times: Vec<i64> = skewed.rows.iter().map(|row| row.created_at).collect();
            assert!(times.is_sorted_by(|a, b| a >= b), "{name}");
            let new = times.iter().filter(|&&time| time > NOW - 73 * DAY).count();
            assert!(new >= 2100, "{name}: {new}");
            let tied = times.chunk_by(|a, b| a == b).filter(|run| run.len() > 15).count();
            assert!(tied > 5, "{name}: {tied}");
        }
    }

    #[test]
    fn scheduled_rows_lie_ahead_in_every_spread() {
        let rewards = resources::named("rewards").unwrap();
        for spread in [Spread::Uniform, Spread::Skewed] {
            let table = Table::get(rewards, 3000, 1, spread);
            let ahead = table.rows.iter().filter(|row| row.created_at > NOW).count();
            assert!((20..120).contains(&ahead), "{ahead}");
        }
    }

    #[test]
    fn every_key_is_found_again() {
        for resource in resources::ALL {
            let table = Table::get(*resource, 2000, 3, Spread::Uniform);
            for position in 0..table.len() {
                let key = resource.key(&table.world, table.row(position).id);
                assert_eq!(table.find(&key), Some(position), "{key}");
            }
            assert_eq!(table.find("nothing"), None);
        }
    }
}
