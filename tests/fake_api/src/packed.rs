//! Bodies packed with gzip, kept so that the same body is packed once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::shelf::reserve;

/// Length and hash of a body.
type Mark = (usize, u64);
type Packed = HashMap<Mark, Arc<[u8]>>;

/// A body packed with gzip.
pub(crate) fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    static PACKED: OnceLock<Mutex<Packed>> = OnceLock::new();
    let lock = || PACKED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let mark = mark(body);
    let kept = lock().get(&mark).cloned();
    if let Some(packed) = kept {
        return Ok(packed.to_vec());
    }
    let packed = pack(body)?;
    if reserve(packed.len()) {
        lock().insert(mark, packed.as_slice().into());
    }
    Ok(packed)
}

fn mark(body: &[u8]) -> Mark {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    (body.len(), hasher.finish())
}

/// Packs a body anew.
pub(crate) fn pack(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn each_body_unpacks_to_itself() {
        for body in ["one", "two", "one", ""] {
            let packed = gzip(body.as_bytes()).unwrap();
            let mut text = String::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
            assert_eq!(text, body);
        }
    }
}
