//! Gzip that is wrong, or larger than it looks.

use std::sync::OnceLock;

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::kinds::Packed;
use crate::packed::pack;

/// A body packed in this way.
pub(crate) fn packed(body: &[u8], how: Packed) -> Vec<u8> {
    let whole = pack(body).unwrap_or_default();
    // The trailer is the checksum and the length, four bytes each.
    let trailer = whole.len().saturating_sub(8);
    match how {
        Packed::Good | Packed::Unsaid => whole,
        Packed::Members => {
            let (first, second) = body.split_at(body.len() / 2);
            [first, second].iter().flat_map(|part| pack(part).unwrap_or_default()).collect()
        }
        Packed::Garbage => b"this is not gzip".to_vec(),
        Packed::Cut => whole[..whole.len() / 2].to_vec(),
        Packed::NoTrailer => whole[..trailer].to_vec(),
        Packed::WrongSum => {
            let flipped = |(at, byte): (usize, &u8)| if at == trailer { !byte } else { *byte };
            whole.iter().enumerate().map(flipped).collect()
        }
    }
}

/// Blanks in front of the bomb's body, in megabytes.
const BLANKS: usize = 200;

const MEGABYTE: usize = 1 << 20;

fn deflate(data: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 2 + 1024);
    let _ = Compress::new(Compression::best(), false).compress_vec(data, &mut out, flush);
    out
}

/// One megabyte of blanks, packed so that it can be repeated.
fn blanks() -> &'static (Vec<u8>, Crc) {
    static PACKED: OnceLock<(Vec<u8>, Crc)> = OnceLock::new();
    PACKED.get_or_init(|| {
        let data = vec![b' '; MEGABYTE];
        let mut crc = Crc::new();
        crc.update(&data);
        (deflate(&data, FlushCompress::Full), crc)
    })
}

/// A gzip file of 200 MB of blanks and then the body.
pub(crate) fn bomb(body: &[u8]) -> Vec<u8> {
    let (packed, blank_crc) = blanks();
    let mut crc = Crc::new();
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    for _ in 0..BLANKS {
        out.extend_from_slice(packed);
        crc.combine(blank_crc);
    }
    out.extend(deflate(body, FlushCompress::Finish));
    let mut last = Crc::new();
    last.update(body);
    crc.combine(&last);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&((BLANKS * MEGABYTE + body.len()) as u32).to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Result};

    fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut body)?;
        Ok(body)
    }

    #[test]
    fn what_is_right_can_be_unpacked_and_what_is_wrong_cannot() {
        let body = b"{\"data\":1}".repeat(100);
        for how in [Packed::Good, Packed::Unsaid, Packed::Members] {
            assert_eq!(unpacked(&packed(&body, how)).unwrap(), body, "{how:?}");
        }
        for how in [Packed::Garbage, Packed::Cut, Packed::NoTrailer, Packed::WrongSum] {
            assert!(unpacked(&packed(&body, how)).is_err(), "{how:?}");
        }
    }

    #[test]
    fn the_bomb_unpacks_to_blanks_and_the_body() {
        let packed = bomb(b"{\"data\":1}");
        assert!(packed.len() < 1 << 20, "{}", packed.len());
        let mut reader = flate2::read::GzDecoder::new(&packed[..]);
        let mut buffer = vec![0; MEGABYTE];
        for _ in 0..BLANKS {
            reader.read_exact(&mut buffer).unwrap();
        }
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "{\"data\":1}");
    }
}
