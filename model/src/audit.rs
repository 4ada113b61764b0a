//! The audit trail as administrators read it (`GET /audit`, page `/admin/audit`, `vestibule audit`). Rows are written by
//! `domain::audit`; what people see of their own is in [`crate::events`].

use crate::error::Problems;
use crate::{Problem, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Doer {
    /// Somebody who was not signed in, or the clock.
    Anonymous,
    /// A person, signed in or by one of their API keys.
    Person,
    /// Whoever runs the site, at the command line.
    Operator,
}

impl Doer {
    /// Its name on the wire and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Person => "person",
            Self::Operator => "operator",
        }
    }
}

/// A value that an event changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Changed {
    /// What was changed.
    pub field: String,
    /// What it was; null where there was nothing.
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<Object>))]
    pub before: serde_json::Value,
    /// What it is now; null where there is nothing any more.
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<Object>))]
    pub after: serde_json::Value,
}

/// A row of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Its id, a UUID.
    pub id: String,
    /// Its place in the chain.
    pub seq: Option<i64>,
    /// When it happened.
    pub at: Timestamp,
    /// What happened: the stable name of a kind of event. New ones may come at any time.
    pub event: String,
    /// Who did it.
    pub by: Doer,
    /// The account that did it.
    pub actor: Option<UserId>,
    /// What that account is called now; nothing once it is erased.
    pub actor_name: Option<String>,
    /// The session by which it was done.
    pub session: Option<String>,
    /// The API key by which it was done.
    pub key: Option<String>,
    /// The account it was done to.
    pub subject: Option<UserId>,
    /// What that account is called now; nothing once it is erased.
    pub subject_name: Option<String>,
    /// What was changed, where values were.
    pub changes: Vec<Changed>,
    /// What else there is to say about this kind of event.
    #[cfg_attr(feature = "utoipa", schema(value_type = Object))]
    pub detail: serde_json::Value,
    /// The request's id, as in the log.
    pub request_id: Option<String>,
    /// The network address it was done from.
    pub address: Option<String>,
    /// Whether a person of it was erased, and what told of them taken out.
    pub redacted: bool,
}

/// Which rows are wanted: all that fit every part that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct Filter {
    /// Done by this account.
    pub actor: Option<UserId>,
    /// Done to this account.
    pub subject: Option<UserId>,
    /// This kind of event.
    pub event: Option<String>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// In this request.
    pub request_id: Option<String>,
    /// From this network address.
    pub address: Option<String>,
}

impl Filter {
    /// Reads the filters of a form or an address, where an empty value stands for none. Days are taken for moments, at their
    /// beginning in UTC.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every one that does not fit.
    pub fn read(value: impl Fn(&str) -> String) -> Result<Self> {
        let mut problems = Problems::default();
        let mut take = |name: &'static str| {
            let text = value(name).trim().to_owned();
            if text.chars().count() > LONGEST {
                problems.take::<()>(name, Err(Problem::TooLong { max: 200 }));
                return None;
            }
            (!text.is_empty()).then_some(text)
        };
        let [actor, subject, from, to] = ["actor", "subject", "from", "to"].map(&mut take);
        let [event, request_id, address] = ["event", "request_id", "address"].map(&mut take);
        let mut id = |name: &'static str, text: Option<String>| {
            let id = text?.parse().map_err(|_| Problem::Malformed);
            problems.take(name, id)
        };
        let (actor, subject) = (id("actor", actor), id("subject", subject));
        let mut moment = |name: &'static str, text: Option<String>| {
            let text = text?;
            let whole = if text.contains('T') { text } else { format!("{text}T00:00:00Z") };
            problems.take(name, Timestamp::parse(&whole).ok_or(Problem::Malformed))
        };
        let (from, to) = (moment("from", from), moment("to", to));
        problems.check()?;
        Ok(Self { actor, subject, event, from, to, request_id, address })
    }
}

/// Most characters of a filter.
const LONGEST: usize = 200;

/// What is wrong with the chain at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A row is not as it was written, or stands in another's place.
    Changed,
    /// A row, or more, is not there.
    Missing,
    /// A row is there that this program did not write.
    Added,
    /// The note of where the chain ends was changed from outside.
    Head,
    /// The place that was noted earlier is not in the chain, or not as it was noted.
    Unexpected,
}

/// Something that is wrong with the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// At which place.
    pub seq: Option<i64>,
    /// At which row.
    pub id: Option<String>,
}

/// What a look at the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// How many rows there are.
    pub rows: i64,
    /// The place of the last row that retention took away; 0 when all are there.
    pub kept_after: i64,
    /// Where the chain ends: place and seal, to be noted elsewhere.
    pub head: String,
    /// What is wrong; at most a hundred.
    pub faults: Vec<Fault>,
    /// Whether more is wrong than is listed.
    pub more_faults: bool,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn filters_are_read_and_every_problem_told() {
        let value = |name: &str| match name {
            "event" => " banned ".to_owned(),
            "from" => "2026-11-23".to_owned(),
            "to" => "2026-11-23T05:00:00Z".to_owned(),
            _ => String::new(),
        };
        let filter = Filter::read(value).unwrap();
        assert_eq!((filter.event.as_deref(), filter.actor), (Some("banned"), None));
        assert_eq!(filter.to.unwrap().since(filter.from.unwrap()).as_secs(), 5 * 3600);
        let Err(Error::Invalid { fields }) = Filter::read(|_| "nonsense".to_owned()) else { panic!("taken") };
        let fields: Vec<_> = fields.iter().map(|field| field.field.as_ref()).collect();
        assert_eq!(fields, ["actor", "subject", "from", "to"]);
        assert!(Filter::read(|_| "a".repeat(201)).is_err());
    }
}
