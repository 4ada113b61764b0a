//! Endpoints, tags and explanations as REST, pages and the command line show them.

use super::RuleForm;
use crate::UserId;
use crate::accounts::AccountStatus;
use crate::bans::Ban;
use serde::{Deserialize, Serialize};

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleOrigin {
    /// The settings: it wins, and is not changed at run time.
    Settings,
    /// It was set while the site runs.
    RunTime,
}

/// A rule, as it holds for an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RuleInForce {
    /// The tag that brings it.
    pub tag: String,
    /// What it asks for.
    pub rule: RuleForm,
    /// Where it comes from.
    pub from: RuleOrigin,
    /// Whether it asks for more than the endpoint does by itself.
    pub tightens: bool,
}

/// An address that the program answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EndpointView {
    /// The method.
    pub method: String,
    /// The address, as the router writes it.
    pub path: String,
    /// Who may call it by its own policy: `anyone`, `signed_in`, `permitted` or `this_machine`.
    pub who: String,
    /// The permission, where one is needed.
    pub permission: Option<String>,
    /// Its tags, the area's first.
    pub tags: Vec<String>,
    /// Most bytes of a body.
    pub body_limit: usize,
    /// What it knows somebody by: `bearer`, `cookie` or `none`.
    pub credential: String,
    /// Whether the password must have been given a short while ago.
    pub proven: bool,
    /// The rules of its tags. All of them are asked for, beside its own policy.
    pub rules: Vec<RuleInForce>,
}

impl EndpointView {
    /// Whether two of its rules ask for different things, so that both are needed.
    pub fn asks_for_several(&self) -> bool {
        self.rules.windows(2).any(|pair| pair[0].rule != pair[1].rule)
    }
}

/// What is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleTrouble {
    /// No endpoint has the tag.
    MatchesNothing,
    /// An endpoint of the tag is the way in: nobody could sign in any more.
    LocksSignIn,
    /// An endpoint of the tag knows no credential: nobody could ever use it.
    NeverMet,
    /// Nobody declares the permission.
    UnknownPermission,
    /// There is no such group.
    UnknownGroup,
}

/// A tag: what its endpoints ask for beyond what each asks for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TagView {
    /// The tag.
    pub tag: String,
    /// The rule that holds.
    pub rule: Option<RuleForm>,
    /// Where it comes from.
    pub from: Option<RuleOrigin>,
    /// Whether the settings say what holds, so that it is not changed at run time.
    pub locked: bool,
    /// A rule that was set at run time and does not hold, because the settings say something else.
    pub shadowed: Option<RuleForm>,
    /// What is wrong with the rule that holds.
    pub trouble: Option<RuleTrouble>,
    /// How many endpoints have the tag.
    pub endpoints: usize,
}

/// One thing that was looked at to say whether somebody may call an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whether it lets them through.
    pub holds: bool,
    /// What was looked at.
    #[serde(flatten)]
    pub reason: Reason,
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Reason {
    /// Everyone may call it.
    Anyone,
    /// Only a caller on the machine itself may.
    ThisMachine,
    /// How the account stands.
    Account {
        /// How it stands.
        status: AccountStatus,
        /// The ban that holds.
        ban: Option<Ban>,
    },
    /// The endpoint asks for a sign-in.
    SignedIn,
    /// The endpoint asks for a permission.
    Permission {
        /// Which.
        permission: String,
        /// The groups through which the person holds it.
        through: Vec<String>,
    },
    /// A rule of one of its tags.
    Rule {
        /// The tag.
        tag: String,
        /// What it asks for.
        rule: RuleForm,
        /// Where it comes from.
        from: RuleOrigin,
        /// The groups through which the person meets it.
        through: Vec<String>,
    },
    /// The endpoint asks for the password again, where it was given too long ago.
    Proof,
}

/// Whether somebody may call an endpoint, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The account.
    pub id: UserId,
    /// Whether they may.
    pub allowed: bool,
    /// The endpoint.
    pub endpoint: EndpointView,
    /// What was looked at, in the order of the guard.
    pub steps: Vec<Step>,
}
