//! The properties over what is kept in `fuzz/corpus`, over what becomes of that when bytes change, and over any
//! bytes at all.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::{PROPERTIES, Property};

/// The inputs that are kept for a property, each with its file.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let read = |file: std::io::Result<fs::DirEntry>| {
        let path = file.expect("a file").path();
        (path.display().to_string(), fs::read(&path).expect("its bytes"))
    };
    let mut files: Vec<_> = fs::read_dir(root.join(name)).expect(name).map(read).collect();
    files.sort();
    files
}

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, usize),
    Repeat(Index, usize),
}

/// What means something in one input or another.
const WORDS: [&str; 20] = [
    "\"data\":",
    "\"items\":",
    "\"has_more\":",
    "\"key\":",
    "null",
    "true",
    "[]",
    "{}",
    ",",
    "\"",
    "\\ud800",
    "\\u0022",
    "1e999",
    "-0.0",
    "9007199254740993",
    "9223372036854775808",
    "é",
    "\n",
    "\0",
    " ",
];

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<Index>(), prop::sample::select(&WORDS[..]))
            .prop_map(|(at, word)| Edit::Insert(at, word)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Edit::Repeat(at, length)),
    ]
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let part = |at: &Index, length: usize| {
            let start = at.index(bytes.len() + 1);
            start..bytes.len().min(start + length)
        };
        match self {
            Edit::Set(at, byte) => {
                let part = part(at, 1);
                bytes[part].fill(*byte);
            }
            Edit::Insert(at, word) => {
                let part = part(at, 0);
                bytes.splice(part, word.bytes());
            }
            Edit::Remove(at, length) => {
                let part = part(at, *length);
                bytes.drain(part);
            }
            Edit::Repeat(at, length) => {
                let part = part(at, *length);
                let again = bytes[part.clone()].to_vec();
                bytes.splice(part.start..part.start, again);
            }
        }
    }
}

/// Checks a property for so many inputs.
fn holds(property: Property, cases: u32, inputs: impl Strategy<Value = Vec<u8>>) {
    // An input that fails becomes a file of the corpus.
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(bytes in inputs)| property(&bytes));
}

#[test]
fn the_corpora_hold() {
    for (name, property) in PROPERTIES {
        let corpus = corpus(name);
        assert!(!corpus.is_empty(), "{name} has no corpus");
        for (file, bytes) in corpus {
            assert!(catch_unwind(|| property(&bytes)).is_ok(), "{file}");
        }
    }
}

#[test]
fn what_is_like_the_corpora_holds() {
    for (name, property) in PROPERTIES {
        let corpus: Vec<_> = corpus(name).into_iter().map(|(_, bytes)| bytes).collect();
        let edits = prop::collection::vec(any_edit(), 1..6);
        let inputs = (prop::sample::select(corpus), edits).prop_map(|(mut bytes, edits)| {
            edits.iter().for_each(|edit| edit.apply(&mut bytes));
            bytes
        });
        holds(property, 1_000, inputs);
    }
}

#[test]
fn any_bytes_hold() {
    for (_, property) in PROPERTIES {
        holds(property, 1_000, prop::collection::vec(any::<u8>(), 0..600));
    }
}
