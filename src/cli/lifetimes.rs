//! How long sign-ins last and when an account ends, as flags and in words. Called by `users.rs` and `groups.rs`.

use super::Failure;
use crate::config::parse_span;
use clap::Args;
use std::time::Duration;
use vestibule_domain::sessions::lifetimes::Change;
use vestibule_model::Timestamp;
use vestibule_model::sessions::{EffectiveLifetime, Lifetime, LifetimeBy, LifetimeKind};

/// What to set. Each takes a span such as `8h` or `30d`, `forever`, or `default` to take back what was set.
#[derive(Args, Debug)]
pub(crate) struct Lifetimes {
    /// A browser's session that is not used
    #[arg(long, value_name = "SPAN", value_parser = lifetime)]
    idle: Option<Wish>,
    /// A browser's session, however much it is used
    #[arg(long, value_name = "SPAN", value_parser = lifetime)]
    overall: Option<Wish>,
    /// Both, where the person chose to stay signed in
    #[arg(long, value_name = "SPAN", value_parser = lifetime)]
    remembered: Option<Wish>,
    /// A refresh token that is not used
    #[arg(long, value_name = "SPAN", value_parser = lifetime)]
    refresh_idle: Option<Wish>,
    /// A whole family of refresh tokens
    #[arg(long, value_name = "SPAN", value_parser = lifetime)]
    refresh_overall: Option<Wish>,
    /// Take back everything that was set
    #[arg(long, conflicts_with_all = ["idle", "overall", "remembered", "refresh_idle", "refresh_overall"])]
    clear: bool,
}

/// One lifetime as it was typed; nothing means: as everybody else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish(Option<Lifetime>);

fn lifetime(text: &str) -> Result<Wish, String> {
    let lifetime = match text {
        "default" => return Ok(Wish(None)),
        "forever" => Lifetime::Forever,
        span => Lifetime::Span(parse_span(span)?),
    };
    if !lifetime.is_sensible() {
        return Err("expected a span between 1m and 3650d, \"forever\" or \"default\"".into());
    }
    Ok(Wish(Some(lifetime)))
}

impl Lifetimes {
    /// What is to be changed; nothing when no flag was given.
    pub(crate) fn change(&self) -> Change {
        if self.clear {
            return LifetimeKind::ALL.into_iter().map(|kind| (kind, None)).collect();
        }
        let wishes = [
            (LifetimeKind::Idle, self.idle),
            (LifetimeKind::Overall, self.overall),
            (LifetimeKind::Remembered, self.remembered),
            (LifetimeKind::RefreshIdle, self.refresh_idle),
            (LifetimeKind::RefreshOverall, self.refresh_overall),
        ];
        wishes.into_iter().filter_map(|(kind, wish)| wish.map(|Wish(lifetime)| (kind, lifetime))).collect()
    }
}

/// `forever, by group premium`
pub(crate) fn told(effective: &EffectiveLifetime) -> String {
    let lifetime = effective.lifetime;
    match &effective.by {
        LifetimeBy::Setting => format!("{lifetime}, by the settings"),
        LifetimeBy::Group(group) => format!("{lifetime}, by group {group}"),
        LifetimeBy::Person => format!("{lifetime}, by what was set for this person"),
    }
}

/// The name of a kind, as `user show` tells it.
pub(crate) fn label(kind: LifetimeKind) -> &'static str {
    match kind {
        LifetimeKind::Idle => "idle",
        LifetimeKind::Overall => "overall",
        LifetimeKind::Remembered => "remembered",
        LifetimeKind::RefreshIdle => "refresh idle",
        LifetimeKind::RefreshOverall => "refresh overall",
    }
}

/// A moment as people type it: a day (its first moment in UTC), an RFC 3339 time, or a span from `now` on.
///
/// # Errors
/// [`Failure::Usage`] for anything else.
pub(crate) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    let span = || parse_span(text).ok().filter(|span| *span > Duration::ZERO).map(|span| now.after(span));
    Timestamp::parse(text).or_else(day).or_else(span).ok_or_else(|| {
        Failure::Usage(
            "expected a day such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or a span such as 90d"
                .into(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_days_times_or_spans() {
        let now = Timestamp::parse("2026-11-23T05:18:19Z").unwrap();
        for (typed, meant) in [
            ("2027-01-31", "2027-01-31T00:00:00Z"),
            ("2027-01-31T12:00:00+01:00", "2027-01-31T11:00:00Z"),
            ("1d", "2026-11-24T05:18:19Z"),
        ] {
            assert_eq!(moment(typed, now).unwrap().to_string(), meant);
        }
        for bad in ["", "tomorrow", "2027-02-30", "0s", "-1d"] {
            assert!(moment(bad, now).is_err(), "{bad}");
        }
    }

    #[test]
    fn lifetimes_are_spans_for_ever_or_what_everybody_has() {
        assert_eq!(lifetime("8h").unwrap().0, Some(Lifetime::Span(Duration::from_hours(8))));
        assert_eq!(lifetime("forever").unwrap().0, Some(Lifetime::Forever));
        assert_eq!(lifetime("default").unwrap().0, None);
        for bad in ["", "0s", "never", "5s", "99999d"] {
            assert!(lifetime(bad).is_err(), "{bad}");
        }
    }
}
