//! The Rust side of `bridge.cpp`: DuckDB's secrets and interrupts, which no C API offers.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::slice;
use std::sync::LazyLock;

use duckdb_neo::connection::Context;
use duckdb_neo::value::Value;
use duckdb_neo::{AsRaw, FromRaw};

use crate::api::credentials::{self, Key, PARAMETERS, PROVIDERS, SECRET_TYPE};
use crate::error::Error;

/// Characters lent across the border for the length of a call.
#[repr(C)]
#[derive(Clone, Copy)]
struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    fn of(text: &str) -> Text {
        Text { data: text.as_ptr(), size: text.len() }
    }

    /// # Safety
    /// `data` must point to `size` bytes, or `size` be 0.
    unsafe fn copy(self) -> String {
        if self.size == 0 {
            return String::new();
        }
        // SAFETY: as promised by the caller.
        let bytes = unsafe { slice::from_raw_parts(self.data, self.size) };
        String::from_utf8_lossy(bytes).into_owned()
    }
}

#[repr(C)]
struct SecretParameter {
    name: Text,
    is_boolean: bool,
    is_redacted: bool,
}

#[repr(C)]
struct SecretOption {
    name: Text,
    value: *mut c_void,
}

#[repr(C)]
struct SecretRequest {
    provider: Text,
    options: *const SecretOption,
    option_count: usize,
    scopes: *const Text,
    scope_count: usize,
}

type PutText = unsafe extern "C" fn(*mut c_void, Text);
type PutPair = unsafe extern "C" fn(*mut c_void, Text, Text);
type PutOption = unsafe extern "C" fn(*mut c_void, Text, *mut c_void);
type Create =
    unsafe extern "C" fn(*const SecretRequest, *mut c_void, PutPair, *mut c_void, PutText) -> bool;

#[repr(C)]
struct SecretSpec {
    type_name: Text,
    providers: *const Text,
    provider_count: usize,
    parameters: *const SecretParameter,
    parameter_count: usize,
    create: Create,
}

// SAFETY: the description and what it points to are never changed once they are made.
unsafe impl Sync for SecretSpec {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for SecretSpec {}

unsafe extern "C" {
    fn bridge_register(
        context: *mut c_void,
        spec: *const SecretSpec,
        sink: *mut c_void,
        error: PutText,
    ) -> i32;
    fn bridge_find(
        context: *mut c_void,
        name: Text,
        path: Text,
        sink: *mut c_void,
        put_name: PutText,
        put_option: PutOption,
        error_sink: *mut c_void,
        error: PutText,
    ) -> i32;
    fn bridge_names(
        context: *mut c_void,
        sink: *mut c_void,
        put_name: PutText,
        error_sink: *mut c_void,
        error: PutText,
    ) -> i32;
    fn bridge_interrupted(context: *mut c_void) -> i32;
    fn bridge_query(context: *mut c_void) -> u64;
}

/// A secret that DuckDB found.
pub(super) enum Found {
    /// One of our type: its name and pairs.
    Ours(String, Vec<(String, Key)>),
    /// One of another type.
    Other(String),
}

/// Adds the secret type to the DuckDB whose `context` handle this is.
///
/// # Safety
/// `context` must be the live handle that DuckDB gave the extension's entry point.
pub(super) unsafe fn register(context: *mut c_void) -> Result<(), Error> {
    let mut error = String::new();
    // SAFETY: the handle is live, and the description lives as long as the library.
    let code = unsafe { bridge_register(context, &raw const **SPEC, sink(&mut error), put_string) };
    answer(code, error).map(drop)
}

/// The secret of this name, or if it is empty the best one for `path`.
pub(super) fn find(context: &Context, name: &str, path: &str) -> Result<Option<Found>, Error> {
    let (mut error, mut found) = (String::new(), (String::new(), Vec::<(String, Key)>::new()));
    // SAFETY: the context is live during a callback, and the sinks are what the callbacks expect.
    let code = unsafe {
        bridge_find(
            handle(context),
            Text::of(name),
            Text::of(path),
            sink(&mut found),
            put_name,
            put_option,
            sink(&mut error),
            put_string,
        )
    };
    Ok(match (answer(code, error)?, found) {
        (true, (name, pairs)) => Some(Found::Ours(name, pairs)),
        (false, (name, _)) if name.is_empty() => None,
        (false, (name, _)) => Some(Found::Other(name)),
    })
}

/// The names of all secrets of our type, sorted.
pub(super) fn names(context: &Context) -> Result<Vec<String>, Error> {
    let (mut error, mut names) = (String::new(), Vec::<String>::new());
    // SAFETY: as in `find`.
    let code = unsafe {
        bridge_names(handle(context), sink(&mut names), push_string, sink(&mut error), put_string)
    };
    answer(code, error)?;
    names.sort_unstable();
    Ok(names)
}

/// Whether the query is to stop: interrupted, given up by its client, or late.
pub(super) fn is_interrupted(context: &Context) -> bool {
    // SAFETY: the context is live during a callback; the function only reads.
    unsafe { bridge_interrupted(handle(context)) != 0 }
}

/// The number of the query that runs.
pub(super) fn query(context: &Context) -> u64 {
    // SAFETY: as in `is_interrupted`.
    unsafe { bridge_query(handle(context)) }
}

fn handle(context: &Context) -> *mut c_void {
    // SAFETY: the handle is used within the callback that lends the context.
    unsafe { context.get_raw() }.cast()
}

fn sink<T>(target: &mut T) -> *mut c_void {
    (&raw mut *target).cast()
}

fn answer(code: i32, error: String) -> Result<bool, Error> {
    if code < 0 { Err(Error::secrets(plain(&error))) } else { Ok(code > 0) }
}

/// The message of a DuckDB exception, whose C++ text is JSON.
fn plain(text: &str) -> String {
    let exception: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let message = exception.as_ref().and_then(|e| e.get("exception_message")?.as_str());
    message.unwrap_or(text).to_owned()
}

/// What `bridge.cpp` registers; made once, and kept for as long as the library.
static SPEC: LazyLock<&SecretSpec> = LazyLock::new(secret_spec);

fn secret_spec() -> &'static SecretSpec {
    let providers = Vec::leak(PROVIDERS.map(Text::of).to_vec());
    let parameters = PARAMETERS.each_ref().map(|parameter| SecretParameter {
        name: Text::of(parameter.name),
        is_boolean: parameter.is_boolean,
        is_redacted: parameter.is_redacted,
    });
    let parameters = Box::leak(Box::new(parameters));
    Box::leak(Box::new(SecretSpec {
        type_name: Text::of(SECRET_TYPE),
        providers: providers.as_ptr(),
        provider_count: providers.len(),
        parameters: parameters.as_ptr(),
        parameter_count: parameters.len(),
        create,
    }))
}

/// Called by DuckDB for `CREATE SECRET`.
unsafe extern "C" fn create(
    request: *const SecretRequest,
    kept: *mut c_void,
    keep: PutPair,
    error_sink: *mut c_void,
    error: PutText,
) -> bool {
    let made = super::contain("CREATE SECRET", || {
        // SAFETY: `bridge.cpp` lends a whole request for the length of this call.
        let request = unsafe { read_request(&*request) };
        credentials::create(request, |name| std::env::var(name).ok())
    });
    match made {
        Ok(pairs) => {
            for (name, value) in &pairs {
                // SAFETY: the sink and its function come from the caller, and copy what they get.
                unsafe { keep(kept, Text::of(name), Text::of(value.reveal())) };
            }
            true
        }
        Err(refused) => {
            let text = exception(&refused);
            // SAFETY: as above.
            unsafe { error(error_sink, Text::of(&text)) };
            false
        }
    }
}

/// The text that DuckDB reads an exception of the right class from.
fn exception(error: &Error) -> String {
    let message = error.to_string();
    serde_json::json!({"exception_type": "Invalid Input", "exception_message": message}).to_string()
}

/// # Safety
/// Every pointer in `request` must point to as much as it says.
unsafe fn read_request(request: &SecretRequest) -> credentials::Request<'static> {
    // SAFETY: as promised by the caller.
    let (options, scopes, provider) = unsafe {
        let provider = request.provider.copy();
        (
            lent(request.options, request.option_count),
            lent(request.scopes, request.scope_count),
            provider,
        )
    };
    let provider = PROVIDERS.into_iter().find(|known| known.eq_ignore_ascii_case(&provider));
    credentials::Request {
        provider: provider.unwrap_or(PROVIDERS[0]),
        // SAFETY: names and values are lent for the length of the call.
        options: options.iter().map(|o| unsafe { (o.name.copy(), read_value(o.value)) }).collect(),
        // SAFETY: as above.
        scopes: scopes.iter().map(|scope| unsafe { scope.copy() }).collect(),
    }
}

/// # Safety
/// `items` must point to `count` items, or `count` be 0.
unsafe fn lent<'a, T>(items: *const T, count: usize) -> &'a [T] {
    // SAFETY: as promised by the caller.
    if count == 0 { &[] } else { unsafe { slice::from_raw_parts(items, count) } }
}

/// The text of a value, `None` for `NULL`.
///
/// # Safety
/// `value` must be null or a live value handle.
unsafe fn read_value(value: *mut c_void) -> Option<Key> {
    if value.is_null() {
        return None;
    }
    // SAFETY: the handle is live; it stays the owner's, so it is not dropped here.
    let value = ManuallyDrop::new(unsafe { Value::from_raw(value.cast()) });
    if let Ok(Some(flag)) = value.get::<bool>() {
        return Some(Key::new(flag.to_string()));
    }
    value.get::<String>().ok().flatten().map(Key::new)
}

unsafe extern "C" fn put_string(sink: *mut c_void, text: Text) {
    // SAFETY: the sink is a `String` that this file lent, and the text is whole.
    unsafe { *sink.cast::<String>() = text.copy() };
}

unsafe extern "C" fn push_string(sink: *mut c_void, text: Text) {
    // SAFETY: the sink is a `Vec<String>` that this file lent, and the text is whole.
    unsafe { (*sink.cast::<Vec<String>>()).push(text.copy()) };
}

unsafe extern "C" fn put_name(sink: *mut c_void, name: Text) {
    // SAFETY: the sink is the pair that `find` lent, and the text is whole.
    unsafe { (*sink.cast::<(String, Vec<(String, Key)>)>()).0 = name.copy() };
}

unsafe extern "C" fn put_option(sink: *mut c_void, name: Text, value: *mut c_void) {
    // SAFETY: as in `put_name`; the value is a live handle.
    unsafe {
        if let Some(key) = read_value(value) {
            (*sink.cast::<(String, Vec<(String, Key)>)>()).1.push((name.copy(), key));
        }
    }
}
