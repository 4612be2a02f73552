//! As much of DuckDB as it takes to append rows to a table of an in-memory database, by its C API, which the
//! process has already.

use std::error::Error;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

/// How many rows a chunk holds.
pub(crate) const CHUNK: usize = 2048;

type Handle = *mut c_void;

#[repr(C)]
struct QueryResult {
    counts: [u64; 3],
    pointers: [Handle; 3],
}

unsafe extern "C" {
    fn duckdb_open(path: *const c_char, database: *mut Handle) -> u32;
    fn duckdb_close(database: *mut Handle);
    fn duckdb_connect(database: Handle, connection: *mut Handle) -> u32;
    fn duckdb_disconnect(connection: *mut Handle);
    fn duckdb_query(connection: Handle, sql: *const c_char, result: *mut QueryResult) -> u32;
    fn duckdb_result_error(result: *mut QueryResult) -> *const c_char;
    fn duckdb_destroy_result(result: *mut QueryResult);
    fn duckdb_value_int64(result: *mut QueryResult, column: u64, row: u64) -> i64;
    fn duckdb_appender_create(
        connection: Handle,
        schema: *const c_char,
        table: *const c_char,
        appender: *mut Handle,
    ) -> u32;
    fn duckdb_appender_column_count(appender: Handle) -> u64;
    fn duckdb_appender_column_type(appender: Handle, column: u64) -> Handle;
    fn duckdb_append_data_chunk(appender: Handle, chunk: Handle) -> u32;
    fn duckdb_appender_destroy(appender: *mut Handle) -> u32;
    fn duckdb_create_data_chunk(types: *mut Handle, count: u64) -> Handle;
    fn duckdb_destroy_data_chunk(chunk: *mut Handle);
    fn duckdb_destroy_logical_type(ty: *mut Handle);
    fn duckdb_data_chunk_get_vector(chunk: Handle, column: u64) -> Handle;
    fn duckdb_data_chunk_set_size(chunk: Handle, size: u64);
    fn duckdb_struct_vector_get_child(vector: Handle, index: u64) -> Handle;
    fn duckdb_vector_get_data(vector: Handle) -> *mut c_void;
    fn duckdb_vector_ensure_validity_writable(vector: Handle);
    fn duckdb_vector_get_validity(vector: Handle) -> *mut u64;
    fn duckdb_vector_assign_string_element_len(
        vector: Handle,
        row: u64,
        text: *const c_char,
        len: u64,
    );
}

/// A connection to a database of its own.
pub(crate) struct Database {
    database: Handle,
    connection: Handle,
}

impl Database {
    pub(crate) fn open() -> Result<Database, Box<dyn Error>> {
        let (mut database, mut connection) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: both are written before they are read, and only if the call before went well.
        unsafe {
            if duckdb_open(ptr::null(), &mut database) + duckdb_connect(database, &mut connection)
                > 0
            {
                return Err("DuckDB does not open".into());
            }
        }
        Ok(Database { database, connection })
    }

    /// The whole numbers in the first row of a query's result.
    pub(crate) fn query<const N: usize>(&self, sql: &str) -> Result<[i64; N], Box<dyn Error>> {
        let sql = CString::new(sql)?;
        let mut result = QueryResult { counts: [0; 3], pointers: [ptr::null_mut(); 3] };
        // SAFETY: the result is DuckDB's own, and destroyed once.
        unsafe {
            let failed = duckdb_query(self.connection, sql.as_ptr(), &mut result) > 0;
            let error = duckdb_result_error(&mut result);
            let error = (failed && !error.is_null()).then(|| CStr::from_ptr(error).to_owned());
            let mut column = 0..;
            let values = [(); N]
                .map(|()| duckdb_value_int64(&mut result, column.next().unwrap_or_default(), 0));
            duckdb_destroy_result(&mut result);
            error.map_or(Ok(values), |error| Err(error.to_string_lossy().into()))
        }
    }

    /// Rows for a table.
    pub(crate) fn appender(&self, table: &CStr) -> Result<Appender, Box<dyn Error>> {
        let mut appender = ptr::null_mut();
        // SAFETY: the handles are alive; types are destroyed once the chunk has them.
        unsafe {
            if duckdb_appender_create(self.connection, ptr::null(), table.as_ptr(), &mut appender)
                > 0
            {
                return Err("there is no such table".into());
            }
            let columns = 0..duckdb_appender_column_count(appender);
            let types =
                columns.map(|column| duckdb_appender_column_type(appender, column)).collect();
            Ok(Appender { appender, types })
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: both were opened, and nothing uses them after this.
        unsafe {
            duckdb_disconnect(&mut self.connection);
            duckdb_close(&mut self.database);
        }
    }
}

/// Appends chunks to a table.
pub(crate) struct Appender {
    appender: Handle,
    types: Vec<Handle>,
}

impl Appender {
    /// Appends a chunk of so many rows that `write` fills, given a way to its columns.
    pub(crate) fn append(
        &mut self,
        rows: usize,
        write: impl Fn(&dyn Fn(u64) -> Column),
    ) -> Result<(), Box<dyn Error>> {
        // SAFETY: the chunk lives until it is appended, and has as many columns as the table.
        unsafe {
            let mut chunk =
                duckdb_create_data_chunk(self.types.as_mut_ptr(), self.types.len() as u64);
            write(&|column| Column::new(duckdb_data_chunk_get_vector(chunk, column)));
            duckdb_data_chunk_set_size(chunk, rows as u64);
            let failed = duckdb_append_data_chunk(self.appender, chunk) > 0;
            duckdb_destroy_data_chunk(&mut chunk);
            if failed { Err("a chunk cannot be appended".into()) } else { Ok(()) }
        }
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        // SAFETY: flushes what is left; nothing uses the handles after this.
        unsafe {
            self.types.iter_mut().for_each(|ty| duckdb_destroy_logical_type(ty));
            duckdb_appender_destroy(&mut self.appender);
        }
    }
}

/// A column of a chunk, or a field of one. Rows below [`CHUNK`] may be set.
pub(crate) struct Column {
    vector: Handle,
    data: *mut c_void,
    validity: *mut u64,
}

impl Column {
    fn new(vector: Handle) -> Column {
        // SAFETY: the vector is that of a chunk at hand.
        unsafe {
            duckdb_vector_ensure_validity_writable(vector);
            let (data, validity) =
                (duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector));
            Column { vector, data, validity }
        }
    }

    /// A field of a column of structs.
    pub(crate) fn field(&self, index: u64) -> Column {
        // SAFETY: the vector is one of structs, and its table has the field.
        Column::new(unsafe { duckdb_struct_vector_get_child(self.vector, index) })
    }

    pub(crate) fn null(&self, row: usize) {
        // SAFETY: the mask has a bit for each of the rows of a chunk.
        unsafe { *self.validity.add(row / 64) &= !(1 << (row % 64)) };
    }

    pub(crate) fn text(&self, row: usize, text: Option<&str>) {
        let Some(text) = text else { return self.null(row) };
        // SAFETY: the vector is one of texts; DuckDB copies the bytes.
        unsafe {
            let (start, len) = (text.as_ptr().cast(), text.len() as u64);
            duckdb_vector_assign_string_element_len(self.vector, row as u64, start, len);
        }
    }

    /// A whole number, or microseconds since 1970, or a flag: as wide as the column's type.
    pub(crate) fn plain<T>(&self, row: usize, value: Option<T>) {
        match value {
            // SAFETY: the column's type is as wide as the value.
            Some(value) => unsafe { self.data.cast::<T>().add(row).write(value) },
            None => self.null(row),
        }
    }
}
