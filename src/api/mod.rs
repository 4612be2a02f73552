//! Talking to PartnerStack: credentials, one request, and whether to try it again.

pub mod client;
pub mod credentials;
pub mod limiter;
pub mod pace;
pub mod retry;
pub mod route;
pub mod scrub;
