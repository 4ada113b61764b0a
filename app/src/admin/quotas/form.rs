//! The fields of a quota, and how they are read. Everything is text, so that what was typed comes back as it was.

use crate::parts::{Field, Select, TextArea};
use crate::server::Flash;
use leptos::prelude::*;
use vestibule_model::error::Problems;
use vestibule_model::quotas::{
    Allowance, AtLimit, By, Mode, Per, QuotaForm, Slow, SlowForm, Window, read_groups, write_groups,
};
use vestibule_model::{Problem, Result};

/// The fields, as the summary of errors names them.
pub(super) const FIELDS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("tag", "Tag"),
    ("limit", "Limit"),
    ("by", "Counted by"),
    ("per", "In a"),
    ("window", "Windows begin"),
    ("zone", "Time zone"),
    ("groups", "Members of groups"),
    ("cost", "A call costs"),
    ("at_limit", "At the limit"),
    ("slow", "Waiting beyond the limit"),
    ("block_for_s", "Then refuse everything for"),
    ("mode", "Mode"),
    ("notify", "Mail"),
    ("days", "Days"),
];

/// What was typed into the form.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The tag whose endpoints spend from it.
    pub tag: String,
    /// Units, or unlimited.
    pub limit: String,
    /// Whose units are counted together.
    pub by: String,
    /// How long a window is.
    pub per: String,
    /// When windows begin.
    pub window: String,
    /// The time zone of calendar windows.
    pub zone: String,
    /// What members of groups may spend, a line each.
    pub groups: String,
    /// Units that a call costs.
    pub cost: String,
    /// What happens beyond the limit.
    pub at_limit: String,
    /// How far beyond the limit calls wait, in percent.
    pub slow: String,
    /// Seconds for which everything is refused once a call was.
    pub block_for_s: String,
    /// Whether it is obeyed.
    pub mode: String,
    /// Whether people are told by mail.
    pub notify: String,
}

impl Typed {
    /// What is sent to the domain.
    ///
    /// # Errors
    /// [`Error::Invalid`](vestibule_model::Error::Invalid) for numbers that are none.
    pub fn form(&self, name: &str) -> Result<QuotaForm> {
        let mut problems = Problems::default();
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| Problem::Malformed);
        let limit = problems.take("limit", Allowance::parse(&self.limit));
        let groups = problems.take("groups", read_groups(&self.groups));
        let cost = problems.take("cost", number(&self.cost));
        let slow = problems.take("slow", number(&self.slow));
        let block_for_s = problems.take("block_for_s", number(&self.block_for_s));
        problems.check()?;
        let text = |text: &String| Some(text.trim().to_owned());
        Ok(QuotaForm {
            name: Some(name.trim().to_owned()),
            tag: text(&self.tag),
            by: text(&self.by),
            per: text(&self.per),
            window: text(&self.window),
            zone: text(&self.zone),
            limit,
            groups,
            cost,
            at_limit: text(&self.at_limit),
            slow: slow.map(|beyond| SlowForm { beyond_percent: Some(beyond), ..SlowForm::default() }),
            block_for_s,
            mode: text(&self.mode),
            notify: Some(self.notify == "yes"),
        })
    }

    /// The fields with what was typed, for a form that comes back.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("tag", &self.tag),
            ("limit", &self.limit),
            ("by", &self.by),
            ("per", &self.per),
            ("window", &self.window),
            ("zone", &self.zone),
            ("groups", &self.groups),
            ("cost", &self.cost),
            ("at_limit", &self.at_limit),
            ("slow", &self.slow),
            ("block_for_s", &self.block_for_s),
            ("mode", &self.mode),
            ("notify", &self.notify),
        ]
    }

    /// As a quota stands, or as a new one is offered.
    fn of(quota: Option<&QuotaForm>) -> Self {
        let usual = QuotaForm::default();
        let quota = quota.unwrap_or(&usual);
        let beyond = quota.slow.and_then(|slow| slow.beyond_percent);
        let or = |text: &Option<String>, usual: &str| text.clone().unwrap_or_else(|| usual.to_owned());
        Self {
            tag: or(&quota.tag, "api"),
            limit: quota.limit.map_or_else(|| "1000".to_owned(), |limit| limit.to_string()),
            by: or(&quota.by, By::Person.name()),
            per: or(&quota.per, Per::Day.name()),
            window: or(&quota.window, Window::Calendar.name()),
            zone: or(&quota.zone, "UTC"),
            groups: quota.groups.as_ref().map(write_groups).unwrap_or_default(),
            cost: quota.cost.unwrap_or(1).to_string(),
            at_limit: or(&quota.at_limit, AtLimit::Refuse.name()),
            slow: beyond.unwrap_or(Slow::default().beyond_percent).to_string(),
            block_for_s: quota.block_for_s.unwrap_or_default().to_string(),
            mode: or(&quota.mode, Mode::Shadow.name()),
            notify: if quota.notify.unwrap_or(true) { "yes" } else { "no" }.to_owned(),
        }
    }
}

fn options(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

/// The fields of a quota, without its name.
pub(super) fn fields(flash: &Flash, quota: Option<&QuotaForm>) -> AnyView {
    let stands = Typed::of(quota);
    let is = |name: &'static str| {
        let kept = stands.pairs().into_iter().find(|(field, _)| *field == name);
        flash.typed(name).unwrap_or_else(|| kept.map_or_else(String::new, |(_, value)| value.to_owned()))
    };
    let problem = |name: &str| flash.problem(name);
    let by = options(&[
        ("person", "Person"),
        ("key", "API key"),
        ("group", "Group, shared by its members"),
        ("address", "Network address"),
    ]);
    let per = options(&[
        ("hour", "Hour"),
        ("day", "Day"),
        ("week", "Week"),
        ("month", "Month"),
        ("ever", "Lifetime: in all"),
    ]);
    let window = options(&[("calendar", "With the calendar"), ("first_use", "With the first call")]);
    let at_limit = options(&[("refuse", "Refuse"), ("slow", "Let calls wait, longer and longer")]);
    let mode = options(&[
        ("off", "Off: counts nothing"),
        ("shadow", "Shadow: counts, refuses nobody"),
        ("enforce", "Enforce"),
    ]);
    let notify = options(&[("yes", "At 80 and at 100 %"), ("no", "Never")]);
    view! {
        <Field name="tag" label="Tag" value=is("tag") hint="Calls of endpoints with this tag spend from it." problem=problem("tag")/>
        <Field name="limit" label="Limit" value=is("limit") hint="A number of units, or “unlimited”." problem=problem("limit")/>
        <Select name="per" label="In a" value=is("per") options=per problem=problem("per")/>
        <Select name="by" label="Counted by" value=is("by") options=by problem=problem("by")/>
        <Select name="mode" label="Mode" value=is("mode") options=mode problem=problem("mode")/>
        <TextArea
            name="groups" label="Members of groups (optional)" value=is("groups")
            hint="A line each, as “premium = 100000” or “staff = unlimited”. Of several the most generous counts." problem=problem("groups")
        />
        <Select name="window" label="Windows begin" value=is("window") options=window problem=problem("window")/>
        <Field name="zone" label="Time zone" value=is("zone") hint="Of windows by the calendar." problem=problem("zone")/>
        <Field name="cost" label="A call costs" value=is("cost") problem=problem("cost")/>
        <Select name="at_limit" label="At the limit" value=is("at_limit") options=at_limit problem=problem("at_limit")/>
        <Field
            name="slow" label="Waiting beyond the limit" value=is("slow") problem=problem("slow")
            hint="Where calls wait: so many percent beyond the limit; then they are refused."
        />
        <Field
            name="block_for_s" label="Then refuse everything for" value=is("block_for_s") problem=problem("block_for_s")
            hint="Seconds; 0 refuses until the window ends."
        />
        <Select name="notify" label="Mail" value=is("notify") options=notify problem=problem("notify")/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::quotas::Quota;

    #[test]
    fn a_quota_comes_back_from_its_form_as_it_was() {
        let mut quota = Quota::daily("api", "api", 1_000);
        quota.groups.insert("premium".into(), Allowance::Unlimited);
        quota.block_for_s = Some(60);
        let form: QuotaForm = quota.clone().into();
        let typed = Typed::of(Some(&form));
        assert_eq!(typed.form("api").unwrap().change(&quota), Ok(quota));
    }

    #[test]
    fn numbers_that_are_none_are_all_told() {
        let typed = Typed { cost: "x".into(), ..Typed::default() };
        let vestibule_model::Error::Invalid { fields } = typed.form("api").unwrap_err() else { panic!() };
        assert_eq!(fields.len(), 4, "{fields:?}");
    }
}
