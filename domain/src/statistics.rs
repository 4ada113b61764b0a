//! Numbers about the site over time, made of counts that are kept by the hour: they are written with what happened
//! ([`crate::audit`]), so that nothing is scanned for them. Called by the page, REST and the command line. They name nobody.

mod store;

use crate::{Allowed, Domain};
use vestibule_model::groups::ViewStatistics;
use vestibule_model::statistics::{Figures, Measure, Range, Statistics};
use vestibule_model::{Result, Timestamp};

const HOUR: i64 = 3_600_000_000;

/// The names under which what makes up a measure is counted.
const fn counted(measure: Measure) -> &'static [&'static str] {
    match measure {
        Measure::Registrations => &["set_up", "registered", "account_created", "invited"],
        Measure::Deletions => &["account_deleted"],
        Measure::ActivePeople => &["active"],
        Measure::SignIns => &["signed_in"],
        Measure::FailedSignIns => &["sign_in_failed"],
        Measure::Bans => &["banned"],
        Measure::KeysMade => &["key_created"],
        Measure::MailsWritten => &["mail_queued"],
        Measure::MailsSent => &["mail_sent"],
        Measure::MailsFailed => &["mail_failed"],
    }
}

/// How many there are now.
pub(crate) struct Standing {
    pub(crate) people: i64,
    pub(crate) mails_waiting: i64,
    pub(crate) mails_stuck: i64,
}

/// What is counted at this moment.
pub(crate) async fn standing(domain: &Domain) -> Result<Standing> {
    Ok(Standing {
        people: store::people(domain.db()).await?,
        mails_waiting: store::mails(domain.db(), "queued").await?,
        mails_stuck: store::mails(domain.db(), "dead").await?,
    })
}

/// The numbers of a range that ends now, and of the one before it.
///
/// # Errors
/// None but those of the database.
pub async fn read(domain: &Domain, by: &Allowed<ViewStatistics>, range: Range) -> Result<Statistics> {
    let _ = by;
    let (step, steps) = range.steps();
    let span = step * i64::try_from(steps).unwrap_or(0);
    // Steps begin where hours and days of UTC do; the present one is the last.
    let end = (domain.now().0.div_euclid(HOUR).div_euclid(step) + 1) * step;
    let from = end - span;
    let counts = store::between(domain.db(), from - span, end).await?;
    let figures = Measure::ALL.map(|measure| {
        let (mut values, mut before) = (vec![0; steps], 0);
        for (name, hour, count) in &counts {
            if !counted(measure).contains(&name.as_str()) {
                continue;
            }
            match usize::try_from((hour - from).div_euclid(step)).ok().and_then(|place| values.get_mut(place))
            {
                Some(value) => *value += count,
                None => before += count,
            }
        }
        Figures { measure, sum: values.iter().sum(), values, before }
    });
    let Standing { people, mails_waiting, mails_stuck } = standing(domain).await?;
    Ok(Statistics {
        range,
        from: Timestamp(from * HOUR),
        step_hours: step,
        people,
        mails_waiting,
        mails_stuck,
        figures: figures.into(),
    })
}
