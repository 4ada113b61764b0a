//! When windows begin and end. Pure: zone and moment are arguments.

use crate::calendar::Zone;
use jiff::{ToSpan, civil, tz::TimeZone};
use vestibule_model::Timestamp;
use vestibule_model::quotas::{Per, Quota, Window};

/// The end of a window that never ends: in the year 2255, the last moment that Lua keeps exactly.
pub(super) const FAR: Timestamp = Timestamp((1 << 53) - 1);

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// From when until when units are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

/// The window of `quota` that a call at `now` opens, where none runs.
pub(super) fn opening(quota: &Quota, zone: &Zone, now: Timestamp) -> Span {
    match quota.window {
        Window::Calendar => calendar(quota.per, zone.time_zone(), now),
        Window::FirstUse => Span { start: now, end: from(quota.per, zone.time_zone(), now) },
    }
}

/// The window of the calendar that `now` lies in.
fn calendar(per: Per, zone: &TimeZone, now: Timestamp) -> Span {
    let Some(local) = at(now, zone) else { return Span { start: now, end: FAR } };
    let today = local.date();
    let (first, next) = match per {
        Per::Ever => return Span { start: Timestamp(0), end: FAR },
        Per::Hour => {
            let into = i64::from(local.minute()) * 60 + i64::from(local.second());
            let start = Timestamp((now.0.div_euclid(1_000_000) - into) * 1_000_000);
            return Span { start, end: Timestamp(start.0 + HOUR) };
        }
        Per::Day => (Some(today), today.tomorrow().ok()),
        Per::Week => {
            let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok();
            (monday, monday.and_then(|monday| monday.checked_add(1.week()).ok()))
        }
        Per::Month => {
            let first = today.first_of_month();
            (Some(first), first.checked_add(1.month()).ok())
        }
    };
    let begin = |day: Option<civil::Date>| {
        Some(Timestamp(day?.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond()))
    };
    Span { start: begin(first).unwrap_or(now), end: begin(next).unwrap_or(FAR) }
}

/// The end of a window that begins now.
fn from(per: Per, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let later = |micros: i64| Timestamp(now.0.saturating_add(micros)).min(FAR);
    match per {
        Per::Hour => later(HOUR),
        Per::Day => later(DAY),
        Per::Week => later(7 * DAY),
        Per::Ever => FAR,
        Per::Month => {
            let end = at(now, zone).and_then(|local| local.checked_add(1.month()).ok());
            end.map_or_else(|| later(31 * DAY), |end| Timestamp(end.timestamp().as_microsecond()))
        }
    }
}

fn at(now: Timestamp, zone: &TimeZone) -> Option<jiff::Zoned> {
    Some(jiff::Timestamp::from_microsecond(now.0).ok()?.to_zoned(zone.clone()))
}

/// How long such a window is, in seconds, as headers say it; of months the one at hand.
pub(super) fn seconds(span: Span) -> u64 {
    if span.end == FAR { 0 } else { span.end.since(span.start).as_secs() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quota(per: Per, window: Window) -> Quota {
        Quota { per, window, ..Quota::daily("q", "q", 1) }
    }

    fn span(per: Per, window: Window, zone: &str, now: &str) -> (String, String) {
        let span = opening(&quota(per, window), &Zone::named(Some(zone)), Timestamp::parse(now).unwrap());
        (span.start.to_string(), span.end.to_string())
    }

    #[test]
    fn calendar_windows_begin_where_the_calendar_of_the_zone_says() {
        for (per, zone, now, start, end) in [
            (Per::Hour, "UTC", "2026-11-23T05:18:19.5Z", "2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z"),
            (
                Per::Hour,
                "Asia/Kathmandu",
                "2026-11-23T05:18:19Z",
                "2026-11-23T05:15:00Z",
                "2026-11-23T06:15:00Z",
            ),
            (Per::Day, "UTC", "2026-11-23T05:18:19Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
            // A day of 25 hours.
            (
                Per::Day,
                "Europe/Berlin",
                "2026-10-25T12:00:00Z",
                "2026-10-24T22:00:00Z",
                "2026-10-25T23:00:00Z",
            ),
            (Per::Week, "UTC", "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
            (Per::Month, "UTC", "2026-02-28T12:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            (
                Per::Month,
                "Europe/Berlin",
                "2026-12-31T23:30:00Z",
                "2026-12-31T23:00:00Z",
                "2027-01-31T23:00:00Z",
            ),
        ] {
            let told = span(per, Window::Calendar, zone, now);
            assert_eq!(told, (start.to_owned(), end.to_owned()), "{per:?} {zone} {now}");
        }
    }

    #[test]
    fn windows_from_first_use_begin_with_it() {
        let now = "2026-01-31T10:00:00Z";
        let end = |per| span(per, Window::FirstUse, "UTC", now).1;
        assert_eq!(span(Per::Day, Window::FirstUse, "UTC", now).0, now);
        assert_eq!(
            [Per::Hour, Per::Day, Per::Week, Per::Month].map(end),
            ["2026-01-31T11:00:00Z", "2026-02-01T10:00:00Z", "2026-02-07T10:00:00Z", "2026-02-28T10:00:00Z"]
        );
        let ever = opening(&quota(Per::Ever, Window::FirstUse), &Zone::utc(), Timestamp(5));
        assert_eq!((ever.end, seconds(ever)), (FAR, 0));
    }

    proptest! {
        #[test]
        fn every_moment_lies_in_its_window(micros in 0_i64..4_000_000_000_000_000, zone in 0_usize..400) {
            let names = crate::profiles::time_zone_names();
            let zone = Zone::named(names.get(zone % names.len()).copied());
            for per in Per::ALL {
                for window in Window::ALL {
                    let now = Timestamp(micros);
                    let span = opening(&quota(*per, *window), &zone, now);
                    prop_assert!(span.start <= now && now < span.end, "{per:?} {window:?} {} {now}: {span:?}", zone.name());
                }
            }
        }

        #[test]
        fn no_moment_makes_it_panic(micros in any::<i64>()) {
            for per in Per::ALL {
                opening(&quota(*per, Window::Calendar), &Zone::utc(), Timestamp(micros));
                opening(&quota(*per, Window::FirstUse), &Zone::utc(), Timestamp(micros));
            }
        }
    }
}
