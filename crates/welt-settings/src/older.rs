//! The names and places that settings have had: a table of any version goes in, one of this version comes out.
//!
//! A flag may change one part of a method that a file names, and leave the others. So a layer holds a method in its three
//! parts, `weights`, `focal_gamma`, `logit_adjustment` and the rest, and these are put together once all layers lie above each
//! other.

use toml::{Table, Value};

use crate::{Loss, Method, SettingsError};

/// The parts of a method.
const PARTS: [&str; 4] = ["weights", "focal_gamma", "logit_adjustment", REST];

/// What of a method has no setting of its own, by its name; no file and no flag is called so.
const REST: &str = "rest of the method";

/// What stood under `[training]` and stands at the top now.
const RAISED: [&str; 3] = ["seed", "focal_gamma", "logit_adjustment"];

/// What stood at the top and stands under `[training]` now.
const LOWERED: [&str; 2] = ["max_length", "window_context"];

/// One layer of settings with today's places, and with its method in parts.
pub fn renamed(mut layer: Table) -> Result<Table, SettingsError> {
    if let Some(Value::Table(training)) = layer.get_mut("training") {
        let raised: Vec<(&'static str, Value)> =
            RAISED.iter().filter_map(|name| Some((*name, training.remove(*name)?))).collect();
        for (name, value) in raised {
            put(&mut layer, name, value)?;
        }
    }
    for name in LOWERED {
        let Some(value) = layer.remove(name) else { continue };
        if let Value::Table(training) = layer.entry("training").or_insert_with(|| Value::Table(Table::new())) {
            put(training, name, value)?;
        }
    }
    let Some(method) = layer.remove("method") else { return Ok(layer) };
    if let Some(part) = PARTS.into_iter().find(|part| layer.contains_key(*part)) {
        return Err(SettingsError::Both { one: "method", other: part });
    }
    let Value::String(name) = &method else {
        return Err(SettingsError::Unreadable(format!("`method`: {method}, expected a name such as \"welt\"")));
    };
    let method: Method = name.parse().map_err(|error| SettingsError::Unreadable(format!("`method`: {error}")))?;
    let Method { weights, loss, choice } = method;
    let rest_of_loss = Loss { dice_alpha: loss.dice_alpha, ..Loss::CROSS_ENTROPY };
    let parts = [
        Value::String(weights.to_string()),
        Value::Float(loss.focal_gamma),
        Value::Float(loss.logit_adjustment),
        Value::String(Method { loss: rest_of_loss, choice, ..Method::VANILLA }.to_string()),
    ];
    layer.extend(PARTS.map(str::to_owned).into_iter().zip(parts));
    Ok(layer)
}

/// Puts a setting into its place, where nothing may stand yet.
fn put(table: &mut Table, name: &'static str, value: Value) -> Result<(), SettingsError> {
    match table.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(SettingsError::Twice { name }),
    }
}

/// All layers as one table, its method as a name again.
///
/// A loss that is asked for without a weighting has no class weights.
pub fn with_method(mut table: Table) -> Result<Table, SettingsError> {
    let mut number = |name: &str| match table.remove(name) {
        None => Ok(0.0),
        Some(Value::Float(number)) if number >= 0.0 && number.is_finite() => Ok(number.abs()),
        Some(Value::Integer(number)) if number >= 0 => Ok(number as f64),
        Some(other) => {
            let expected = "expected a finite number of at least 0";
            Err(SettingsError::Unreadable(format!("{name} is {other}: {expected}")))
        }
    };
    let (gamma, tau) = (number("focal_gamma")?, number("logit_adjustment")?);
    let weights = match table.remove("weights") {
        Some(Value::String(name)) => Some(name),
        Some(other) => {
            return Err(SettingsError::Unreadable(format!("`weights`: {other}, expected a name such as \"welt\"")));
        }
        None if gamma > 0.0 || tau > 0.0 => Some("vanilla".to_owned()),
        None => None,
    };
    let rest = match table.remove(REST) {
        Some(Value::String(name)) => name.parse()?,
        _ => Method::VANILLA,
    };
    if let Some(weights) = weights {
        let scheme = weights.parse::<welt_weights::Scheme>();
        let scheme = scheme.map_err(|error| SettingsError::Unreadable(format!("`weights`: {error}")))?;
        let loss = Loss { focal_gamma: gamma, logit_adjustment: tau, ..rest.loss };
        loss.check()?;
        table.insert("method".to_owned(), Value::String(Method { weights: scheme, loss, ..rest }.to_string()));
    }
    Ok(table)
}
