//! Where settings come from: a layer for the file, one for each variable and one for each flag, checked one by one so
//! that a fault names its origin, then merged. The one place of the program that reads the environment.

use super::rules as check;
use super::table::{Kind, Setting};
use super::{ConfigError, FILE, Fault, PREFIX, Settings, span, table};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use std::{ffi::OsString, fmt, fs, io, path::PathBuf};

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The settings file (`--config`); it must exist.
    pub config: Option<PathBuf>,
    /// Settings by flag: the flag as typed, the setting's dotted name, the value.
    pub set: Vec<(String, String, String)>,
}

/// Settings together with where each came from. `Debug` leaves out the layers: they hold secrets as plain text.
#[derive(Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    figment: Figment,
}

impl Loaded {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is wrong.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_process(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from_parts(flags, std::env::vars_os().collect(), FILE.into())
    }

    /// Reads the settings from `flags`, `variables` and a file; `usual_file` is read when it exists and none is named.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is wrong.
    pub(crate) fn from_parts(
        flags: &Flags,
        variables: Vec<(OsString, OsString)>,
        usual_file: PathBuf,
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::default();
        let named = flags.config.clone().or_else(|| named_by_variable(&variables));
        let file = layers.add_file(named, usual_file);
        for (name, value) in variables {
            layers.add_variable(&name, value);
        }
        layers.refuse_doubles();
        for (flag, key, value) in &flags.set {
            layers.add_flag(flag, key, value);
        }
        let figment = layers.merge()?;
        let broken = |cause: figment::Error| Fault::of(cause.path.join("."), "could not be read as settings");
        let settings = figment.extract::<Settings>().map_err(broken)?.complete()?;
        Ok(Self { settings, file, figment })
    }

    /// Where the value of `key` came from: `default`, a file's path, a variable's or a flag's name.
    pub fn origin(&self, key: &str) -> String {
        self.figment.find_metadata(key).map_or_else(|| "default".into(), |from| from.name.to_string())
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("settings", &self.settings)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

fn named_by_variable(variables: &[(OsString, OsString)]) -> Option<PathBuf> {
    let (_, path) = variables.iter().find(|(name, _)| name.to_str() == Some("VESTIBULE_CONFIG"))?;
    Some(path.into())
}

/// Values of one origin.
struct Layer {
    origin: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

#[derive(Default)]
struct Layers {
    found: Vec<Layer>,
    faults: Vec<Fault>,
    from_variables: Vec<(String, String)>,
}

impl Layers {
    /// Adds the named file, or the usual one if it exists; answers with the path of the one that was read.
    fn add_file(&mut self, named: Option<PathBuf>, usual: PathBuf) -> Option<PathBuf> {
        let must_exist = named.is_some();
        let path = named.unwrap_or(usual);
        let origin = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && !must_exist => return None,
            Err(cause) => {
                self.faults.push(Fault::of(origin, format!("could not be read: {cause}")));
                return None;
            }
        };
        match parse_file(&text) {
            Ok(values) => {
                check_all(&origin, "", &values, &mut self.faults);
                self.found.push(Layer { origin, values });
            }
            Err(problem) => self.faults.push(Fault::of(origin, problem)),
        }
        Some(path)
    }

    /// Adds a variable if it is one of ours.
    fn add_variable(&mut self, name: &OsString, value: OsString) {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && *name != "VESTIBULE_CONFIG")
        else {
            return;
        };
        let Ok(value) = value.into_string() else {
            self.faults.push(Fault::of(name, "is not UTF-8"));
            return;
        };
        let key = name[PREFIX.len()..].to_lowercase().replace("__", ".");
        if let Some(setting) = table::find(&key) {
            self.add(name, &key, setting, &value);
        } else if let Some(setting) = key.strip_suffix("_file").and_then(table::find) {
            self.add_secret_file(name, setting, &value);
        } else {
            self.faults
                .push(Fault::of(name, unknown(table::nearest(&key).map(|near| table::variable(&near)))));
        }
    }

    fn add_secret_file(&mut self, name: &str, setting: &'static Setting, path: &str) {
        if !setting.is_secret() {
            let problem = format!("only secrets are read from files; set {} instead", setting.variable());
            self.faults.push(Fault::of(name, problem));
            return;
        }
        match fs::read_to_string(path) {
            Ok(text) => self.add(name, setting.key, setting, text.trim_end_matches(['\r', '\n'])),
            Err(cause) => self.faults.push(Fault::of(name, format!("{path}: could not be read: {cause}"))),
        }
    }

    fn add_flag(&mut self, flag: &str, key: &str, value: &str) {
        match table::find(key) {
            // Arguments are visible to every user of the machine (`ps`).
            Some(setting) if setting.is_secret() => {
                let problem = format!("a secret is never given by a flag; set {}_FILE", setting.variable());
                self.faults.push(Fault::at(flag, key, problem));
            }
            Some(setting) => self.add_checked(flag, key, setting, value),
            None => self.faults.push(Fault::at(flag, key, unknown(table::nearest(key)))),
        }
    }

    fn add(&mut self, name: &str, key: &str, setting: &'static Setting, text: &str) {
        self.from_variables.push((key.to_owned(), name.to_owned()));
        self.add_checked(name, key, setting, text);
    }

    fn add_checked(&mut self, origin: &str, key: &str, setting: &Setting, text: &str) {
        let value = setting.kind.read(text);
        match setting.kind.check(&value) {
            Ok(()) => {
                let values = figment::util::nest(key, value).into_dict().unwrap_or_default();
                self.found.push(Layer { origin: origin.to_owned(), values });
            }
            Err(problem) => self.faults.push(Fault::at(origin, key, problem)),
        }
    }

    /// A secret given by its variable and by a file at once: which one was meant is not guessed.
    fn refuse_doubles(&mut self) {
        self.from_variables.sort();
        for pair in self.from_variables.windows(2) {
            if pair[0].0 == pair[1].0 {
                let problem = format!("{} is set as well; set one of them", pair[1].1);
                self.faults.push(Fault::of(pair[0].1.clone(), problem));
            }
        }
    }

    fn merge(self) -> Result<Figment, ConfigError> {
        if !self.faults.is_empty() {
            return Err(ConfigError { faults: self.faults });
        }
        let defaults = Value::serialize(Settings::bare()).ok().and_then(Value::into_dict).unwrap_or_default();
        let start = Figment::from(Layer { origin: "default".into(), values: defaults });
        Ok(self.found.into_iter().fold(start, Figment::merge))
    }
}

/// The tables of a TOML text. The parser's own message is kept, its quotation of the line is not: it may hold a secret.
fn parse_file(text: &str) -> Result<Dict, String> {
    let table = text.parse::<toml::Table>().map_err(|cause| {
        let line =
            cause.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        format!("line {line}: not TOML: {}", cause.message())
    })?;
    Value::serialize(table).ok().and_then(Value::into_dict).ok_or_else(|| "not TOML".into())
}

/// Holds every value of a file against the table.
fn check_all(origin: &str, prefix: &str, values: &Dict, faults: &mut Vec<Fault>) {
    for (name, value) in values {
        let key = format!("{prefix}{name}");
        match (table::find(&key), value) {
            (Some(setting), value) => {
                if let Err(problem) = setting.kind.check(value) {
                    faults.push(Fault::at(origin, key, problem));
                }
            }
            (None, Value::Dict(_, inner)) if table::is_section(&key) => {
                check_all(origin, &format!("{key}."), inner, faults);
            }
            (None, _) if table::is_section(&key) => {
                faults.push(Fault::at(
                    origin,
                    key.clone(),
                    format!("is a section; write [{key}] above its settings"),
                ));
            }
            (None, _) => {
                let near = table::nearest(&key);
                faults.push(Fault::at(origin, key, unknown(near)));
            }
        }
    }
}

fn unknown(nearest: Option<String>) -> String {
    match nearest {
        Some(name) => format!("there is no such setting; did you mean {name}?"),
        None => "there is no such setting; `config example` lists them all".into(),
    }
}

impl Kind {
    /// A text from a variable or a flag as a value of this kind; still a text when it cannot be one.
    fn read(self, text: &str) -> Value {
        let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
        match self {
            Self::Switch => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
            Self::Whole(..) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Self::List(_) => parts().collect::<Vec<_>>().into(),
            Self::Text(_) | Self::Secret(_) | Self::Span(..) | Self::Units => text.into(),
        }
    }

    /// Whether `value` fits. The sentence repeats nothing of it.
    fn check(self, value: &Value) -> Result<(), String> {
        match self {
            Self::Text(check) | Self::Secret(check) => check(value.as_str().ok_or("expected a text")?),
            Self::Switch => value.to_bool().map(|_| ()).ok_or_else(|| "expected true or false".into()),
            Self::Whole(min, max) => {
                let signed = || value.to_i128().and_then(|number| u128::try_from(number).ok());
                let number = value.to_u128().or_else(signed);
                let fits = number.is_some_and(|number| (min.into()..=max.into()).contains(&number));
                if fits { Ok(()) } else { Err(format!("expected a whole number from {min} to {max}")) }
            }
            Self::Units => match (value.as_str(), value.to_u128(), value.to_i128()) {
                (Some(text), ..) => check::units(text),
                (None, Some(number), _) => check::units(&number.to_string()),
                (None, None, Some(number)) => check::units(&number.to_string()),
                (None, None, None) => check::units("?"),
            },
            Self::Span(min, max) => check_span(value, min, max),
            Self::List(check) => {
                let items = value.as_array().ok_or("expected a list of texts")?;
                items.iter().try_for_each(|item| check(item.as_str().ok_or("expected a list of texts")?))
            }
        }
    }
}

fn check_span(value: &Value, min: u64, max: u64) -> Result<(), String> {
    let seconds = std::time::Duration::from_secs;
    let given = span::parse(value.as_str().unwrap_or_default())?;
    if (seconds(min)..=seconds(max)).contains(&given) {
        return Ok(());
    }
    Err(format!("expected a span from {} to {}", span::print(seconds(min)), span::print(seconds(max))))
}
