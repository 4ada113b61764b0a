//! How a moment is said to a person: in the time zone of their profile, in English. The one place for names of months and
//! forms of dates; pages (by `vestibule_app::text`) and mails speak from here. Pure. What goes over a wire is RFC 3339 in UTC
//! and stands in `vestibule_model`; nothing of this reaches the browser.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::sync::LazyLock;
use vestibule_model::Timestamp;

/// Every IANA zone, as it comes with the program: what a machine has or lacks changes nothing.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone to say moments in.
#[derive(Clone, Debug)]
pub struct Zone {
    zone: TimeZone,
    /// Its IANA name; nothing for UTC.
    name: Option<String>,
}

impl Zone {
    /// UTC.
    pub const fn utc() -> Self {
        Self { zone: TimeZone::UTC, name: None }
    }

    /// The zone with this IANA name (RFC 6557); UTC for none, and for one that the program does not know any more.
    pub fn named(name: Option<&str>) -> Self {
        let Some(name) = name.filter(|name| !matches!(*name, "UTC" | "Etc/UTC")) else { return Self::utc() };
        match ZONES.get(name) {
            Ok(zone) => Self { zone, name: Some(name.to_owned()) },
            Err(_) => Self::utc(),
        }
    }

    /// For those who compute with days of the calendar.
    pub(crate) const fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// `23 November 2026`
    pub fn day(&self, at: Timestamp) -> String {
        self.said(at, "%-d %B %Y")
    }

    /// `23 November 2026, 06:18`; in UTC `23 November 2026, 05:18 UTC`.
    pub fn day_and_time(&self, at: Timestamp) -> String {
        self.said(at, if self.name.is_some() { "%-d %B %Y, %H:%M" } else { "%-d %B %Y, %H:%M UTC" })
    }

    /// `06:18`; in UTC `05:18 UTC`.
    pub fn clock(&self, at: Timestamp) -> String {
        self.said(at, if self.name.is_some() { "%H:%M" } else { "%H:%M UTC" })
    }

    /// As [`day_and_time`](Self::day_and_time) with the zone's name, for readers who do not see a page of theirs around it:
    /// `23 November 2026, 06:18 (Europe/London)`.
    pub fn in_full(&self, at: Timestamp) -> String {
        let said = self.day_and_time(at);
        match &self.name {
            Some(name) => format!("{said} ({})", name.replace('_', " ")),
            None => said,
        }
    }

    /// When the day written `2026-11-23` begins here, and when it is over; nothing for what is no day.
    pub fn span_of_day(&self, written: &str) -> Option<(Timestamp, Timestamp)> {
        if written.len() != "2026-11-23".len() || !written.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let day = jiff::civil::Date::strptime("%Y-%m-%d", written).ok()?;
        let begin = |day: jiff::civil::Date| {
            let begin = day.to_zoned(self.zone.clone()).ok()?;
            Some(Timestamp(begin.timestamp().as_microsecond()))
        };
        Some((begin(day)?, begin(day.tomorrow().ok()?)?))
    }

    /// `2026-11-23T06:18` as a form's control says it, where clocks show that. Of an hour that clocks show twice, the first;
    /// one that they skip is the moment at which they do.
    pub fn parse(&self, typed: &str) -> Option<Timestamp> {
        let shown: jiff::civil::DateTime = typed.trim().parse().ok()?;
        let at = self.zone.to_ambiguous_zoned(shown).compatible().ok()?;
        Some(Timestamp(at.timestamp().as_microsecond()))
    }

    /// `2026-11-23T06:18`, as a form's control takes it; [`parse`](Self::parse) reads it.
    pub fn typed(&self, at: Timestamp) -> String {
        self.said(at, "%Y-%m-%dT%H:%M")
    }

    /// What it is called: an IANA name, or UTC.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("UTC")
    }

    fn said(&self, at: Timestamp, form: &str) -> String {
        let end = if at.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(end);
        self.zone.to_datetime(at).strftime(form).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moment_is_said_in_the_zone_and_names_it_where_that_helps() {
        let at = |text| Timestamp::parse(text).unwrap();
        let (winter, summer) = (at("2026-11-23T05:18:59.9Z"), at("2026-07-31T23:18:00Z"));
        for (zone, moment, said) in [
            (None, winter, "23 November 2026, 05:18 UTC"),
            (Some("UTC"), winter, "23 November 2026, 05:18 UTC"),
            (Some("Etc/UTC"), winter, "23 November 2026, 05:18 UTC"),
            (Some("Mars/Olympus_Mons"), winter, "23 November 2026, 05:18 UTC"),
            (Some("Europe/London"), winter, "23 November 2026, 05:18 (Europe/London)"),
            (Some("Europe/London"), summer, "1 August 2026, 00:18 (Europe/London)"),
            (Some("America/New_York"), summer, "31 July 2026, 19:18 (America/New York)"),
            (Some("Asia/Kathmandu"), winter, "23 November 2026, 11:03 (Asia/Kathmandu)"),
        ] {
            assert_eq!(Zone::named(zone).in_full(moment), said, "{zone:?}");
        }
        let london = Zone::named(Some("Europe/London"));
        assert_eq!(london.day(summer), "1 August 2026");
        assert_eq!(london.day_and_time(summer), "1 August 2026, 00:18");
        assert_eq!([london.clock(summer), Zone::utc().clock(summer)], ["00:18", "23:18 UTC"]);
        assert_eq!(london.typed(summer), "2026-08-01T00:18");
        assert_eq!(london.parse(&london.typed(summer)), Some(summer));
    }

    #[test]
    fn an_hour_that_comes_twice_and_one_that_never_comes_are_said_as_clocks_show_them() {
        let london = Zone::named(Some("Europe/London"));
        let said = |text| london.clock(Timestamp::parse(text).unwrap());
        assert_eq!(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(said), ["01:30", "01:30"]);
        assert_eq!(["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"].map(said), ["00:59", "02:00"]);
    }

    #[test]
    fn a_day_is_as_long_as_it_is_where_one_lives() {
        let london = Zone::named(Some("Europe/London"));
        let span =
            |zone: &Zone, day| zone.span_of_day(day).map(|(from, to)| (from.to_string(), to.to_string()));
        let told = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        for (zone, day, expected) in [
            (Zone::utc(), "2026-11-23", told("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")),
            (london.clone(), "2026-10-25", told("2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z")),
            (london.clone(), "2026-03-29", told("2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z")),
            // Clocks go from 23:59 to 01:00 there.
            (
                Zone::named(Some("Africa/Cairo")),
                "2026-04-24",
                told("2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
            ),
        ] {
            assert_eq!(span(&zone, day), expected, "{day}");
        }
        for wrong in
            ["", "2026-02-30", "2026-1-02", "23.11.2026", "2026-11-23T00:00:00Z", "9999-12-31", "-001-01-01"]
        {
            assert_eq!(span(&london, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_zone_that_can_be_chosen_is_known() {
        for name in crate::profiles::time_zone_names() {
            let known = Zone::named(Some(name)).name.is_some() || *name == "UTC";
            assert!(known, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_moment_makes_it_panic(micros in any::<i64>()) {
            for zone in [Zone::utc(), Zone::named(Some("Pacific/Apia"))] {
                let _ = zone.in_full(Timestamp(micros));
            }
        }
    }
}
