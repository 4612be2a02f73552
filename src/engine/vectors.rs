//! From the cells of a page to DuckDB's vectors.

use std::ops::Range;

use duckdb_neo::logical_type::LogicalTypeID;
use duckdb_neo::types::{DateValue, TimestampTzValue};
use duckdb_neo::vector::{Unknown, Vector, VectorWriter, WritableVectorElement};
use duckdb_neo::{Error, Result};

use crate::cells::{Cells, Text};

/// Writes the cells of `rows` into `vector`, from its first row on.
pub fn write(
    vector: Vector<'_, Unknown>,
    cells: &Cells,
    rows: Range<usize>,
    text: &Text,
) -> Result<()> {
    match cells {
        Cells::Text(cells) => plain::<String, _>(vector, &cells[rows], |writer, row, cell| {
            writer.set(row, cell.map(|span| text.get(span)))
        }),
        Cells::Integers(cells) if vector.logical_type().id()? == LogicalTypeID::TimestampTz => {
            plain::<TimestampTzValue, _>(vector, &cells[rows], |writer, row, cell| {
                writer.set(row, cell.map(TimestampTzValue))
            })
        }
        Cells::Integers(cells) => {
            plain::<i64, _>(vector, &cells[rows], |writer, row, cell| writer.set(row, cell))
        }
        Cells::Booleans(cells) => {
            plain::<bool, _>(vector, &cells[rows], |writer, row, cell| writer.set(row, cell))
        }
        Cells::Days(cells) => plain::<DateValue, _>(vector, &cells[rows], |writer, row, cell| {
            writer.set(row, cell.map(DateValue))
        }),
        Cells::Struct { present, fields } => structure(vector, present, fields, rows, text),
        Cells::List { lengths, elements } => list(vector, lengths, elements, rows, text),
    }
}

fn plain<T: WritableVectorElement, C: Copy>(
    vector: Vector<'_, Unknown>,
    cells: &[Option<C>],
    mut set: impl FnMut(&mut VectorWriter<'_, T>, usize, Option<C>) -> Result<()>,
) -> Result<()> {
    let mut vector = vector.cast::<T>()?;
    vector.set_size(cells.len())?;
    let mut writer = vector.writer()?;
    cells.iter().enumerate().try_for_each(|(row, cell)| set(&mut writer, row, *cell))
}

fn structure(
    mut vector: Vector<'_, Unknown>,
    present: &[bool],
    fields: &[Cells],
    rows: Range<usize>,
    text: &Text,
) -> Result<()> {
    vector.set_size(rows.len())?;
    let mut writer = vector.writer()?;
    for (row, is_present) in present[rows.clone()].iter().enumerate() {
        // SAFETY: where there is no object, every field below is NULL too.
        unsafe { writer.set_row_validity(row, *is_present)? };
    }
    let mut children = vector.children_mut().ok_or_else(|| not_nested("STRUCT"))?;
    for (index, field) in fields.iter().enumerate() {
        write(children.get_untyped_vector_at_mut(index)?, field, rows.clone(), text)?;
    }
    Ok(())
}

fn list(
    mut vector: Vector<'_, Unknown>,
    lengths: &[Option<usize>],
    elements: &Cells,
    rows: Range<usize>,
    text: &Text,
) -> Result<()> {
    let total = |lengths: &[Option<usize>]| lengths.iter().flatten().sum::<usize>();
    let first = total(&lengths[..rows.start]);
    let lengths = &lengths[rows];
    let count = total(lengths);
    vector.set_size(lengths.len())?;
    let mut writer = vector.writer()?;
    let entries = writer.as_mut_ptr().cast::<[u64; 2]>();
    if entries.is_null() {
        return Err(not_nested("LIST"));
    }
    let mut offset = 0;
    for (row, length) in lengths.iter().enumerate() {
        let length = length.unwrap_or_default();
        // SAFETY: the row is in bounds, a list entry is its offset and its length, and the elements
        // that it covers are written below.
        unsafe {
            entries.add(row).write([offset as u64, length as u64]);
            writer.set_row_validity(row, lengths[row].is_some())?;
        }
        offset += length;
    }
    let mut children = vector.children_mut().ok_or_else(|| not_nested("LIST"))?;
    write(children.get_untyped_vector_at_mut(0)?, elements, first..first + count, text)
}

fn not_nested(kind: &str) -> Error {
    Error::api_error(format!("a {kind} vector has no children"))
}
