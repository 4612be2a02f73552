//! PartnerStack in SQL: a DuckDB extension whose table functions read the PartnerStack API.
//!
//! In scope: reading every resource the API offers, completely or with an error, narrowing the
//! requests by the query's own filters, with credentials from a DuckDB secret. Out of scope: writing
//! to PartnerStack, and keeping state between processes, but for answers where a user wants them kept.
//!
//! Pure rooms below, acting rooms above, and `engine` alone knows DuckDB; `tests/layers.rs` keeps it so.

pub mod allowance;
pub mod api;
pub mod cache;
pub mod catalog;
pub mod cells;
pub mod custom;
pub mod decode;
pub mod engine;
pub mod error;
pub mod estimate;
pub mod fetch;
pub mod history;
pub mod json;
pub mod lanes;
pub mod listing;
pub mod outlet;
pub mod page;
pub mod pager;
pub mod plan;
pub mod predicate;
pub mod requests;
pub mod scan;
pub mod schema;
pub mod settings;
pub mod sieve;
pub mod spelling;
pub mod sql;
pub mod sync;
pub mod tables;
pub mod views;
pub mod windows;
