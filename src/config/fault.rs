//! What is wrong with the settings: which setting, from where, what was expected. Texts never carry a secret's value.

use std::fmt;

/// One setting that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the value came from: a file's path, a variable's name, a flag. Nothing for a missing value.
    pub origin: Option<String>,
    /// The setting's dotted name, when a setting is meant.
    pub key: Option<String>,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Fault {
    /// The setting `key` from `origin` does not fit.
    pub(crate) fn at(origin: impl Into<String>, key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { origin: Some(origin.into()), key: Some(key.into()), problem: problem.into() }
    }

    /// `origin` as a whole cannot be used.
    pub(crate) fn of(origin: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { origin: Some(origin.into()), key: None, problem: problem.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.problem)
    }
}

/// Why the settings were refused: every fault that was found, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault] }
    }
}
