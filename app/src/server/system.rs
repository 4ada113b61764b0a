//! What the program around the app tells about itself, for those who look after it: a port that `src/server.rs` fills. No
//! secret ever stands in it.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

/// A setting as it holds in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its dotted name.
    pub key: String,
    /// Its value; nothing where it is not set, and never a secret.
    pub value: Option<String>,
    /// `default`, a file's path, a variable's or a flag's name.
    pub origin: String,
    /// The variable that sets it.
    pub variable: String,
    /// A sentence or two about it.
    pub about: &'static str,
}

/// How a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As it should be.
    Good,
    /// It works, but somebody should know.
    Warning,
    /// It does not work.
    Failed,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub check: &'static str,
    /// How it weighs.
    pub weight: Weight,
    /// What was found.
    pub said: String,
}

/// Looks at everything now.
pub type Examine = dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send>> + Send + Sync;

/// What the program tells of itself.
#[derive(Clone)]
pub struct System {
    /// Every setting, in the order of the example file.
    pub settings: Vec<Setting>,
    /// Looks at everything now.
    pub examine: Arc<Examine>,
}

impl Default for System {
    /// Nothing to tell: for programs that bring their own settings, and for tests.
    fn default() -> Self {
        Self { settings: Vec::new(), examine: Arc::new(|| Box::pin(async { Vec::new() })) }
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "System({} settings)", self.settings.len())
    }
}
