//! How quotas and usage look on a terminal.

use crate::cli::output;
use vestibule_model::Timestamp;
use vestibule_model::quotas::{
    Allowance, Decider, OverrideView, QuotaFrom, QuotaUse, QuotaView, Simulated, UsageView, write_groups,
};

pub(super) fn row(view: &QuotaView) -> Vec<String> {
    let quota = view.quota.clone();
    vec![
        quota.name.unwrap_or_default(),
        quota.tag.unwrap_or_default(),
        quota.limit.unwrap_or(Allowance::Unlimited).to_string(),
        quota.per.unwrap_or_default(),
        quota.by.unwrap_or_default(),
        quota.mode.unwrap_or_default(),
        from(view.from).to_owned(),
        view.endpoints.to_string(),
        view.overrides.to_string(),
    ]
}

const fn from(from: QuotaFrom) -> &'static str {
    match from {
        QuotaFrom::Program => "program",
        QuotaFrom::Settings => "settings",
        QuotaFrom::RunTime => "run time",
    }
}

pub(super) fn told(view: &QuotaView) -> String {
    let quota = view.quota.clone();
    let groups = quota.groups.as_ref().map(write_groups).unwrap_or_default().replace('\n', ", ");
    output::record([
        ("name", quota.name.unwrap_or_default()),
        ("tag", quota.tag.unwrap_or_default()),
        ("limit", quota.limit.unwrap_or(Allowance::Unlimited).to_string()),
        ("groups", if groups.is_empty() { "none".to_owned() } else { groups }),
        ("per", quota.per.unwrap_or_default()),
        ("by", quota.by.unwrap_or_default()),
        ("window", format!("{} ({})", quota.window.unwrap_or_default(), quota.zone.unwrap_or_default())),
        ("cost", quota.cost.unwrap_or(1).to_string()),
        ("at limit", quota.at_limit.unwrap_or_default()),
        ("block", quota.block_for_s.map_or_else(|| "none".to_owned(), |seconds| format!("{seconds} s"))),
        ("mode", quota.mode.unwrap_or_default()),
        ("mail", if quota.notify == Some(true) { "at 80 and 100 %" } else { "none" }.to_owned()),
        ("from", from(view.from).to_owned()),
        ("endpoints", view.endpoints.to_string()),
        ("overrides", view.overrides.to_string()),
    ])
}

pub(super) fn overridden(view: &OverrideView) -> String {
    output::record([
        ("quota", view.quota.clone()),
        ("account", view.user.to_string()),
        ("key", view.key.map_or_else(|| "all".to_owned(), |key| key.to_string())),
        ("limit", view.limit.to_string()),
        ("ends", moment(view.expires_at)),
        ("reason", view.reason.clone()),
    ])
}

fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

pub(super) fn usage_row(one: &QuotaUse) -> Vec<String> {
    let left = one.left().map_or_else(|| "unlimited".to_owned(), |left| left.to_string());
    vec![
        one.quota.clone(),
        one.key.map_or_else(|| "-".to_owned(), |key| key.to_string()),
        one.used.to_string(),
        one.limit.to_string(),
        one.granted.to_string(),
        left,
        moment(one.resets_at),
        decided(&one.decided),
        one.blocked_until.map_or_else(String::new, |until| format!("until {until}")),
    ]
}

pub(super) fn quotas(all: &[QuotaUse]) -> String {
    let heading = ["QUOTA", "KEY", "USED", "LIMIT", "GRANTED", "LEFT", "RESETS", "DECIDED BY", "BLOCKED"];
    output::table(&heading, all.iter().map(usage_row))
}

fn decided(decider: &Decider) -> String {
    match decider {
        Decider::Key => "the key".to_owned(),
        Decider::Person => "the person".to_owned(),
        Decider::Group { group } => format!("the group {group}"),
        Decider::Default => "the quota".to_owned(),
    }
}

pub(super) fn usage(view: &UsageView) -> String {
    let days = view.days.iter().filter(|day| day.calls + day.refused > 0);
    let days = output::table(
        &["DAY", "CALLS", "REFUSED"],
        days.map(|day| vec![day.day.clone(), day.calls.to_string(), day.refused.to_string()]),
    );
    let keys = output::table(
        &["KEY", "CALLS", "REFUSED"],
        view.keys.iter().map(|key| {
            let name = key.name.clone().or_else(|| key.key.map(|id| id.to_string()));
            vec![
                name.unwrap_or_else(|| "without a key".to_owned()),
                key.calls.to_string(),
                key.refused.to_string(),
            ]
        }),
    );
    let tags = output::table(
        &["TAG", "CALLS", "REFUSED"],
        view.tags.iter().map(|tag| vec![tag.tag.clone(), tag.calls.to_string(), tag.refused.to_string()]),
    );
    [quotas(&view.quotas), days, keys, tags].join("\n\n")
}

pub(super) fn simulated(told: &Simulated) -> String {
    let sum = format!(
        "{} of {} calls by {} callers would have been refused since {}",
        told.refused, told.calls, told.callers, told.since
    );
    let heading = ["WHO", "LIMIT", "CALLS", "REFUSED", "MOST", "FIRST REFUSED"];
    let rows = told.who.iter().map(|one| {
        vec![
            one.who.clone(),
            one.limit.to_string(),
            one.calls.to_string(),
            one.refused.to_string(),
            one.most.to_string(),
            one.first_refused_at.to_string(),
        ]
    });
    if told.who.is_empty() { sum } else { format!("{sum}\n\n{}", output::table(&heading, rows)) }
}
