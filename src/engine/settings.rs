//! The settings, as `SET` and `duckdb_settings()` know them.

use duckdb_neo::connection::{Context, SettingScope};
use duckdb_neo::custom_option::{CustomOptionBuilder, CustomOptionCallbacks};
use duckdb_neo::extension::Extension;
use duckdb_neo::value::Value;
use duckdb_neo::{DuckDBType, ToValue};

use super::{Failure, guard};
use crate::settings::{SETTINGS, Setting};

/// Registers every setting.
pub(super) fn register(extension: &Extension) -> std::result::Result<(), Failure> {
    for setting in SETTINGS {
        let ty = String::logical_type(extension)?;
        CustomOptionBuilder::new(setting.name, setting.doc, ty, Checked(setting))
            .default_value(setting.default.value(extension)?)
            .register(extension)?;
    }
    Ok(())
}

/// The value of a setting for this client.
pub(super) fn get(context: &Context, setting: &Setting) -> std::result::Result<String, Failure> {
    let text = core(context, setting.name)?;
    Ok(setting.check(if text.is_empty() { setting.default } else { &text })?)
}

/// The value of one of DuckDB's own settings, or of another extension's; empty where there is none.
pub(super) fn core(context: &Context, name: &str) -> std::result::Result<String, Failure> {
    let value = context.config()?.try_get_value(name)?;
    Ok(value.and_then(|(value, _)| value.get::<String>().ok().flatten()).unwrap_or_default())
}

/// The value of a setting that is a number.
pub(super) fn number(context: &Context, setting: &Setting) -> std::result::Result<usize, Failure> {
    Ok(get(context, setting)?.parse().unwrap_or(usize::MAX))
}

/// Lets only values through that the setting takes.
struct Checked(&'static Setting);

impl CustomOptionCallbacks for Checked {
    fn update(
        &self,
        context: &Context,
        value: Value,
        _: SettingScope,
        is_reset: bool,
    ) -> duckdb_neo::Result<Value> {
        guard("SET", || {
            if is_reset {
                return Ok(value);
            }
            let given = value.get::<String>()?.unwrap_or_else(|| self.0.default.to_owned());
            Ok(self.0.check(&given)?.value(context)?)
        })
    }
}
