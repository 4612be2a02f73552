//! What holds for every input, each written once: proptest checks it here, and libFuzzer in `fuzz/`.
//!
//! A property is a function that makes its input of any bytes and panics where the property does not hold.

pub mod cells;
pub mod decimal;
pub mod model;
pub mod page;
pub mod pager;
pub mod plan;
pub mod retry;
pub mod secrets;
pub mod settings;
pub mod windows;

/// A property: a panic says that it does not hold for these bytes.
pub type Property = fn(&[u8]);

/// Every property, by the name of its corpus.
pub static PROPERTIES: [(&str, Property); 8] = [
    ("cells", cells::check),
    ("page", page::check),
    ("pager", pager::check),
    ("plan", plan::check),
    ("retry", retry::check),
    ("secrets", secrets::check),
    ("settings", settings::check),
    ("windows", windows::check),
];

#[cfg(test)]
mod tests;
