//! The settings as text: the commented example file, and the list that `config show` prints. Secrets are never in it.

use super::table::{self, SECTIONS, SETTINGS, Setting};
use super::{Loaded, Settings};
use figment::value::Value;
use std::fmt::Write as _;

/// One setting as `config show` tells it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// The dotted name.
    pub key: String,
    /// The value; nothing when it is not set, and `"(hidden)"` for a secret that is.
    pub value: Option<serde_json::Value>,
    /// `default`, a file's path, a variable's or a flag's name.
    pub origin: String,
}

impl Loaded {
    /// Every setting with its value and origin, in the order of the example file.
    pub fn shown(&self) -> Vec<Shown> {
        let values = Value::serialize(&self.settings).ok();
        let named = names(values.as_ref());
        let keys = SETTINGS.iter().flat_map(|setting| {
            let keys: Vec<_> = if setting.is_named() {
                let theirs = |key: &&String| table::find(key).is_some_and(|found| found.key == setting.key);
                named.iter().filter(theirs).cloned().collect()
            } else {
                vec![setting.key.to_owned()]
            };
            keys.into_iter().map(move |key| (setting, key))
        });
        let row = |(setting, key): (&'static Setting, String)| Shown {
            value: if setting.is_secret() {
                self.is_set(&key).then(|| "(hidden)".into())
            } else {
                values.as_ref().and_then(|all| json(all.find_ref(&key)?))
            },
            origin: self.origin(&key),
            key,
        };
        keys.map(row).collect()
    }

    fn is_set(&self, key: &str) -> bool {
        self.origin(key) != "default"
    }
}

/// The dotted names of everything that is set.
fn names(values: Option<&Value>) -> Vec<String> {
    fn add(prefix: &str, value: &Value, names: &mut Vec<String>) {
        match value {
            Value::Dict(_, inner) => {
                for (name, value) in inner {
                    add(
                        &if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") },
                        value,
                        names,
                    );
                }
            }
            _ => names.push(prefix.to_owned()),
        }
    }
    let mut all = Vec::new();
    if let Some(values) = values {
        add("", values, &mut all);
    }
    all
}

fn json(value: &Value) -> Option<serde_json::Value> {
    serde_json::to_value(value).ok()
}

/// A complete, commented settings file with every default. Lines of settings begin with `#` and no blank, lines of words
/// with `# `.
pub fn example() -> String {
    let defaults = Value::serialize(Settings::bare()).ok();
    let mut text = String::from(
        "# Every setting with its default. Take the # off a line to change it.\n\
         # Each can also be set by a variable: sessions.idle is VESTIBULE_SESSIONS__IDLE. Secrets can be read from files:\n\
         # VESTIBULE_SECRET_KEY_FILE names the file that holds secret_key.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        let (of, name) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
        if of != section {
            section = of;
            let words = SECTIONS.iter().find(|(key, _)| *key == of).map_or("", |(_, words)| words);
            // A section of a name would make it, so that it is a comment with an example of a name.
            let head = if setting.is_named() { format!("#[{}]", exemplary(of)) } else { format!("[{of}]") };
            let _ = write!(text, "\n# {words}\n{head}\n");
        }
        let default = defaults.as_ref().and_then(|all| all.find_ref(setting.key)).and_then(json);
        let value =
            default.map_or_else(|| setting.example.unwrap_or("\"\"").to_owned(), |value| value.to_string());
        let _ = write!(text, "\n{}#{name} = {value}\n", commented(setting.about));
    }
    text
}

/// A section's key with a name that a site could give.
fn exemplary(key: &str) -> String {
    key.replace("<name>", "premium").replace("<tag>", "profiles")
}

/// `words` as comment lines of at most 100 characters.
fn commented(words: &str) -> String {
    let mut text = String::new();
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.len() + word.len() >= 100 {
            let _ = writeln!(text, "{line}");
            line = "#".into();
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(text, "{line}");
    text
}
