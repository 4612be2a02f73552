//! The loop that somebody would write by hand, for the benchmarks: reqwest, typed serde, DuckDB's appender.

mod duckdb;
mod load;
mod pages;
mod reward;

use std::error::Error;
use std::ffi::{CStr, CString, c_char};
use std::hint::black_box;

use pages::Pages;
use reward::{Keyed, Summed};

/// Reads all rewards at a base URL in one of the ways `download`, `parse` or `load`. Returns the number of rows
/// and the sum of their amounts as JSON, or an error as text; the caller keeps it.
///
/// # Safety
/// Both arguments are texts that end with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn by_hand(mode: *const c_char, base_url: *const c_char) -> *mut c_char {
    // SAFETY: as the caller promises.
    let text = |text| unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let answer = match run(&text(mode), &text(base_url)) {
        Ok((rows, sum)) => format!("{{\"rows\": {rows}, \"sum\": {sum}}}"),
        Err(error) => error.to_string(),
    };
    CString::new(answer).unwrap_or_default().into_raw()
}

fn run(mode: &str, base_url: &str) -> Result<(i64, i64), Box<dyn Error>> {
    let pages = Pages::new(base_url)?;
    match mode {
        "download" => download(pages),
        "parse" => parse(pages),
        "load" => load::load(pages),
        _ => Err(format!("there is no '{mode}'").into()),
    }
}

/// Looks for no more in each item than its key; the sum is not known.
fn download(pages: Pages) -> Result<(i64, i64), Box<dyn Error>> {
    let mut rows = 0;
    pages.each(
        |item: &Keyed| &item.key,
        |page| {
            rows += page.len() as i64;
            Ok(())
        },
    )?;
    Ok((rows, 0))
}

/// Reads three members of each item.
fn parse(pages: Pages) -> Result<(i64, i64), Box<dyn Error>> {
    let (mut rows, mut sum) = (0, 0);
    pages.each(
        |item: &Summed| &item.key,
        |page| {
            rows += black_box(&page).len() as i64;
            sum += page.iter().filter_map(|item| item.amount).sum::<i64>();
            Ok(())
        },
    )?;
    Ok((rows, sum))
}
