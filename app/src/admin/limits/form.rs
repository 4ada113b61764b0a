//! The fields of a rate limit, and what was typed into them. Used by the list, by the page of one limit and by their actions.

use crate::parts::{Checkbox, Field, Select};
use crate::server::Flash;
use leptos::prelude::*;
use vestibule_model::limits::LimitForm;
use vestibule_model::{Error, Problem, Result as Checked};

/// What the fields are called.
pub(super) const LABELS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("tags", "Tags"),
    ("by", "For each"),
    ("most", "Calls"),
    ("per", "In"),
    ("burst", "At once"),
    ("mode", "Mode"),
    ("on_store_error", "While the counts are away"),
    ("user", "Person"),
    ("address", "Address"),
];

/// What was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) tags: String,
    pub(super) by: String,
    pub(super) most: String,
    pub(super) per: String,
    pub(super) burst: String,
    pub(super) strict: bool,
    pub(super) mode: String,
    pub(super) on_store_error: String,
}

impl Typed {
    /// The limit that is meant.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a number is none.
    pub(super) fn form(&self) -> Checked<LimitForm> {
        let list = |typed: &str| {
            let items = typed.split([',', ' ', '\n']).map(str::trim).filter(|item| !item.is_empty());
            Some(items.map(str::to_owned).collect::<Vec<_>>())
        };
        let text = |typed: &str| Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty());
        let number = |field: &'static str, typed: &str| {
            let typed = typed.trim();
            let parsed = (!typed.is_empty()).then(|| typed.parse::<u64>()).transpose();
            parsed.map_err(|_| Error::invalid(field, Problem::WrongType))
        };
        Ok(LimitForm {
            tags: list(&self.tags),
            by: list(&self.by),
            most: number("most", &self.most)?,
            per: text(&self.per),
            // A browser sends the field with a strict limit as well, which has none.
            burst: if self.strict { None } else { number("burst", &self.burst)? },
            strict: Some(self.strict),
            mode: text(&self.mode),
            on_store_error: text(&self.on_store_error),
        })
    }

    /// What waits for the page that shows the form once more.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> [(&'static str, &'a str); 9] {
        [
            ("name", name),
            ("tags", &self.tags),
            ("by", &self.by),
            ("most", &self.most),
            ("per", &self.per),
            ("burst", &self.burst),
            ("strict", if self.strict { "true" } else { "" }),
            ("mode", &self.mode),
            ("on_store_error", &self.on_store_error),
        ]
    }
}

/// The fields, with what was typed or else what holds.
pub(super) fn fields(limit: &LimitForm, flash: &Flash) -> AnyView {
    let list = |items: &Option<Vec<String>>| items.as_deref().unwrap_or_default().join(", ");
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let value = |field: &str, saved: String| flash.typed(field).unwrap_or(saved);
    let options = |options: &[(&str, &str)]| {
        options.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect::<Vec<_>>()
    };
    let modes = options(&[
        ("enforce", "Refuse what is too much"),
        ("shadow", "Count and tell, and refuse nobody"),
        ("off", "Do nothing"),
    ]);
    let aways = options(&[
        ("local", "Each server counts for itself"),
        ("deny", "Nobody passes"),
        ("allow", "Everybody passes"),
    ]);
    let strict = flash.typed("strict").map_or(limit.strict.unwrap_or_default(), |typed| typed == "true");
    view! {
        <Field
            name="tags"
            label="Tags"
            value=value("tags", list(&limit.tags))
            hint="Of the endpoints it concerns, separated by commas; api is all of the REST API."
            problem=flash.problem("tags")
        />
        <Field
            name="by"
            label="For each"
            value=value("by", list(&limit.by))
            hint="person, key, address, network, tag, group or everyone; several mean every combination."
            problem=flash.problem("by")
        />
        <Field
            name="most"
            label="Calls"
            value=value("most", number(limit.most))
            problem=flash.problem("most")
        />
        <Field
            name="per"
            label="In"
            value=value("per", limit.per.clone().unwrap_or_default())
            hint="A span such as 10s, 1m or 1d."
            problem=flash.problem("per")
        />
        <Field
            name="burst"
            label="At once"
            value=value("burst", number(limit.burst))
            hint="How many may come at once after a rest. As many as above when empty."
            problem=flash.problem("burst")
            required=false
        />
        <Checkbox name="strict" label="Never more in any window of this length (for at most 100 calls)" checked=strict/>
        <Select
            name="mode"
            label="Mode"
            value=value("mode", limit.mode.clone().unwrap_or_else(|| "enforce".to_owned()))
            options=modes
            problem=flash.problem("mode")
        />
        <Select
            name="on_store_error"
            label="While the counts are away"
            value=value("on_store_error", limit.on_store_error.clone().unwrap_or_else(|| "local".to_owned()))
            options=aways
            hint="When Redis or the database does not answer. A strict limit never lets everybody pass."
            problem=flash.problem("on_store_error")
        />
    }
    .into_any()
}
