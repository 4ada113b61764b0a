//! What the endpoints of a tag ask for beyond what each asks for itself, and how endpoints are shown. What is decided about
//! them lives in `domain::endpoints`.

mod views;

pub use views::{EndpointView, Explanation, Reason, RuleInForce, RuleOrigin, RuleTrouble, Step, TagView};

use crate::error::Problems;
use crate::{Error, Problem, Result};
use serde::{Deserialize, Serialize};

/// What a rule asks of whoever calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// To be signed in.
    SignedIn,
    /// To hold the permission of this name.
    Permission(String),
    /// To belong to the group of this name. Administrators pass, as they hold every permission.
    Group(String),
}

/// What the endpoints of a tag ask for beyond what each asks for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "RuleForm", try_from = "RuleForm")]
pub struct Rule {
    /// Who may call.
    pub asks: Asks,
}

/// Who a rule lets in, where that is no permission and no group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum RuleWho {
    /// Whoever is signed in.
    SignedIn,
}

/// By way of a text, so that what is none is told as the problem of its field, as everywhere.
impl TryFrom<String> for RuleWho {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "signed_in" | "signed in" => Ok(Self::SignedIn),
            _ => Err("unknown variant `…`, expected `signed_in`"),
        }
    }
}

/// A rule as it is sent and told: exactly one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleForm {
    /// `signed_in`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<RuleWho>,
    /// A permission that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// A group that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl RuleForm {
    /// The rule that is meant.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless exactly one field is there.
    pub fn parse(self) -> Result<Rule> {
        let mut problems = Problems::default();
        let asks = match (self.who, self.permission, self.group) {
            (Some(RuleWho::SignedIn), None, None) => Some(Asks::SignedIn),
            (None, Some(permission), None) => Some(Asks::Permission(permission)),
            (None, None, Some(group)) => Some(Asks::Group(group)),
            (None, None, None) => {
                problems.add("who", Problem::Required);
                None
            }
            _ => {
                problems.add("who", Problem::TooMany { max: 1 });
                None
            }
        };
        problems.check()?;
        asks.map(|asks| Rule { asks }).ok_or(Error::Malformed)
    }
}

impl From<Rule> for RuleForm {
    fn from(rule: Rule) -> Self {
        match rule.asks {
            Asks::SignedIn => Self { who: Some(RuleWho::SignedIn), ..Self::default() },
            Asks::Permission(permission) => Self { permission: Some(permission), ..Self::default() },
            Asks::Group(group) => Self { group: Some(group), ..Self::default() },
        }
    }
}

impl TryFrom<RuleForm> for Rule {
    type Error = Error;

    fn try_from(form: RuleForm) -> Result<Self> {
        form.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_it_is_written_and_is_one_thing() {
        for (asks, text) in [
            (Asks::SignedIn, r#"{"who":"signed_in"}"#),
            (Asks::Permission("accounts:view".into()), r#"{"permission":"accounts:view"}"#),
            (Asks::Group("staff".into()), r#"{"group":"staff"}"#),
        ] {
            let rule = Rule { asks };
            assert_eq!(serde_json::to_string(&rule).unwrap(), text);
            assert_eq!(serde_json::from_str::<Rule>(text).unwrap(), rule);
        }
        for bad in ["{}", r#"{"who":"anyone"}"#, r#"{"group":"a","permission":"b:c"}"#, r#"{"limit":1}"#] {
            assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
        }
        assert_eq!(RuleForm::default().parse(), Err(Error::invalid("who", Problem::Required)));
    }
}
