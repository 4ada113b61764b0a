//! API keys as forms and views: what their owner asks for, what a list shows, and the one answer that holds a secret.
//! Rules that need data live in `domain::keys`.

use crate::error::Problems;
use crate::{Email, Error, Name, Problem, Result, Secret, Timestamp, UserId, values::KeyId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Days after which a key ends where nobody said otherwise.
pub const DEFAULT_DAYS: u32 = 90;
/// Most days that a key may be given; longer ones are those that never end.
pub const MOST_DAYS: u32 = 3_650;
/// Most networks a key is bound to.
pub const MOST_NETWORKS: u32 = 16;
/// Most hours for which the secret before a rotation goes on holding.
pub const MOST_OVERLAP_HOURS: u32 = 168;

const DAY: Duration = Duration::from_hours(24);

/// What a key is good for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is taken.
    Active,
    /// Its owner switched it off, and can switch it on again.
    Disabled,
    /// Its end has come.
    Expired,
    /// It is over for good.
    Revoked,
}

impl KeyState {
    /// Every state, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Active, Self::Disabled, Self::Expired, Self::Revoked];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why a key is over for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Revoked {
    /// Its owner wished so.
    Owner,
    /// An administrator, or whoever runs the site, wished so.
    Administrator,
    /// It was found where others can read it.
    Leaked,
    /// Its owner set a new password by mail.
    PasswordReset,
    /// Its owner took their e-mail address back.
    EmailRestored,
}

impl Revoked {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Leaked => "leaked",
            Self::PasswordReset => "password_reset",
            Self::EmailRestored => "email_restored",
        }
    }

    /// The reason called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Owner, Self::Administrator, Self::Leaked, Self::PasswordReset, Self::EmailRestored];
        all.into_iter().find(|reason| reason.name() == name)
    }
}

/// An API key, without its secret (`GET /me/keys`, page `/account/keys`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// The key's id. It stays when the key is rotated.
    pub id: KeyId,
    /// The account that it speaks for.
    pub owner: UserId,
    /// How the key begins, up to its secret: what tells it from others in a file.
    #[cfg_attr(feature = "utoipa", schema(example = "vst_02JqPvFwXk4mT8sYbNcR7d"))]
    pub begins_with: String,
    /// What its owner calls it.
    pub name: Name,
    /// The permissions it may use, while its owner holds them, sorted.
    pub scopes: Vec<String>,
    /// Whether it reads only (`GET`, `HEAD`).
    pub read_only: bool,
    /// The networks it may be used from; from anywhere, where there is none.
    pub networks: Vec<String>,
    /// What it is good for now.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; nothing for one that never does.
    pub expires_at: Option<Timestamp>,
    /// When it was last given a new secret.
    pub rotated_at: Option<Timestamp>,
    /// Until when the secret before that goes on holding.
    pub previous_until: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// The network address it was last used from.
    pub last_used_address: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    pub revoked: Option<Revoked>,
}

/// An API key and whose it is, for those who manage the keys of others (`GET /keys`, page `/admin/keys`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OwnedKey {
    /// The address of its owner.
    pub owner_email: Email,
    /// The key.
    #[serde(flatten)]
    pub key: ApiKey,
}

/// Which keys of all are asked for (`GET /keys`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "utoipa", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct KeyFilter {
    /// Only those of this account.
    #[serde(default)]
    pub owner: Option<UserId>,
    /// Only those in this state.
    #[serde(default)]
    pub state: Option<KeyState>,
    /// Only the one that begins so, or has this id: whatever part was found, but never the whole key.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", param(example = "vst_02QZ9wDcNq5bRm0tKxJvLf"))]
    pub begins_with: Option<String>,
}

/// A key whose secret was just made (`POST /me/keys`, `POST /me/keys/{id}/rotate`): the only time it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NewSecret {
    /// The whole key, as it is sent in `Authorization: Bearer` or `X-API-Key`. It is kept nowhere.
    pub secret: Secret,
    /// The key.
    #[serde(flatten)]
    pub key: ApiKey,
}

/// When a key ends: at most one of the three; without any, after [`DEFAULT_DAYS`] days, or, of a key that is rotated, after
/// as long as it was given before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// In so many days, 1 to 3650.
    pub days: Option<u32>,
    /// Then.
    pub at: Option<Timestamp>,
    /// Never.
    pub never: bool,
}

impl Ending {
    /// The end that is asked for at `now`: nothing where none is, `Some(None)` for never.
    fn parse(self, now: Timestamp, problems: &mut Problems) -> Option<Option<Timestamp>> {
        let asked = [self.days.is_some(), self.at.is_some(), self.never];
        if asked.into_iter().filter(|asked| *asked).count() > 1 {
            problems.add("never", Problem::Malformed);
            return None;
        }
        if self.days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            problems.add("expires_in_days", Problem::Malformed);
        }
        if self.at.is_some_and(|at| at <= now) {
            problems.add("expires_at", Problem::Past);
        }
        if self.at.is_some_and(|at| at > now.after(DAY * MOST_DAYS)) {
            problems.add("expires_at", Problem::NotOffered);
        }
        match self {
            Self { never: true, .. } => Some(None),
            Self { days: Some(days), .. } => Some(Some(now.after(DAY * days))),
            Self { at, .. } => at.map(Some),
        }
    }
}

/// A request for a key (`POST /me/keys`, page `/account/keys/new`, `vestibule key create`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct KeyForm {
    /// What its owner calls it.
    #[cfg_attr(feature = "utoipa", schema(max_length = 80, example = "Nightly backup"))]
    pub name: String,
    /// Permissions it may use, each of which its owner holds; without any, it may do what every member may.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether it may only read (`GET`, `HEAD`).
    #[serde(default)]
    pub read_only: bool,
    /// Networks or single addresses it may be used from, IPv4 or IPv6; from anywhere, where there is none.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(max_items = 16))]
    pub networks: Vec<String>,
    /// Days after which it ends; 90, where neither this nor another end is said.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(minimum = 1, maximum = 3650))]
    pub expires_in_days: Option<u32>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Whether it never ends: whoever finds it can use it until somebody notices.
    #[serde(default)]
    pub never: bool,
}

/// A [`KeyForm`] whose every field fits by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What its owner calls it.
    pub name: Name,
    /// Permissions, sorted, each once.
    pub scopes: Vec<String>,
    /// Whether it only reads.
    pub read_only: bool,
    /// Networks as they were typed.
    pub networks: Vec<String>,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

impl KeyForm {
    /// Checks every field at `now`. Networks and scopes are looked at where it is known what there is.
    ///
    /// # Errors
    /// [`Error::Invalid`] with each field that does not fit.
    pub fn parse(mut self, now: Timestamp) -> Result<NewKey> {
        let mut problems = Problems::default();
        let name = problems.take("name", Name::parse(&self.name));
        check_count(&self.networks, &mut problems);
        let ending = Ending { days: self.expires_in_days, at: self.expires_at, never: self.never };
        let expires_at = ending.parse(now, &mut problems).unwrap_or(Some(now.after(DAY * DEFAULT_DAYS)));
        problems.check()?;
        self.scopes.sort_unstable();
        self.scopes.dedup();
        let (scopes, read_only, networks) = (self.scopes, self.read_only, self.networks);
        name.map(|name| NewKey { name, scopes, read_only, networks, expires_at }).ok_or(Error::Malformed)
    }
}

fn check_count(networks: &[String], problems: &mut Problems) {
    if networks.len() > MOST_NETWORKS as usize {
        problems.add("networks", Problem::TooMany { max: MOST_NETWORKS });
    }
}

/// A change of a key (`PATCH /me/keys/{id}`); what is absent stays. What it may do and when it ends never changes: that takes
/// another key, or a rotation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct KeyChange {
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(max_length = 80))]
    pub name: Option<String>,
    /// Networks it may be used from, in the place of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(max_items = 16))]
    pub networks: Option<Vec<String>>,
    /// Whether it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl KeyChange {
    /// The name, where another one is asked for, and a look at how many networks there are.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn check(&self) -> Result<Option<Name>> {
        let mut problems = Problems::default();
        let name = self.name.as_deref().and_then(|name| problems.take("name", Name::parse(name)));
        check_count(self.networks.as_deref().unwrap_or_default(), &mut problems);
        problems.check()?;
        Ok(name)
    }
}

/// A request for a new secret of a key (`POST /me/keys/{id}/rotate`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RotateForm {
    /// Hours for which the secret until now goes on holding, 0 to 168; with 0 it ends at once.
    #[cfg_attr(feature = "utoipa", schema(minimum = 0, maximum = 168, example = 24))]
    pub overlap_hours: u32,
    /// Days after which the key ends; as long as it was given before, where neither this nor another end is said.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(minimum = 1, maximum = 3650))]
    pub expires_in_days: Option<u32>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Whether it never ends.
    #[serde(default)]
    pub never: bool,
}

/// A [`RotateForm`] whose every field fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// How long the secret until now goes on holding.
    pub overlap: Duration,
    /// The end that is asked for: nothing where the key gets as long as before, `Some(None)` for never.
    pub expires_at: Option<Option<Timestamp>>,
}

impl RotateForm {
    /// Checks every field at `now`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with each field that does not fit.
    pub fn parse(self, now: Timestamp) -> Result<Rotation> {
        let mut problems = Problems::default();
        if self.overlap_hours > MOST_OVERLAP_HOURS {
            problems.add("overlap_hours", Problem::Malformed);
        }
        let ending = Ending { days: self.expires_in_days, at: self.expires_at, never: self.never };
        let expires_at = ending.parse(now, &mut problems);
        problems.check()?;
        Ok(Rotation { overlap: Duration::from_hours(u64::from(self.overlap_hours)), expires_at })
    }
}

/// A key that was found where others can read it (`POST /keys/leaks`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct LeakForm {
    /// The whole key.
    pub key: Secret,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_411_099);

    fn form(days: Option<u32>, at: Option<Timestamp>, never: bool) -> Result<Option<Timestamp>> {
        let form = KeyForm {
            name: " Backup ".into(),
            expires_in_days: days,
            expires_at: at,
            never,
            ..KeyForm::default()
        };
        form.parse(NOW).map(|new| new.expires_at)
    }

    #[test]
    fn a_key_ends_after_ninety_days_unless_its_owner_says_otherwise() {
        let days = |days: u32| Some(NOW.after(DAY * days));
        assert_eq!(form(None, None, false), Ok(days(90)));
        assert_eq!(form(Some(7), None, false), Ok(days(7)));
        assert_eq!(form(None, days(30), false), Ok(days(30)));
        assert_eq!(form(None, None, true), Ok(None));
    }

    #[test]
    fn an_end_is_one_and_in_the_future() {
        assert_eq!(form(Some(7), None, true), Err(Error::invalid("never", Problem::Malformed)));
        assert_eq!(form(Some(7), Some(NOW), false), Err(Error::invalid("never", Problem::Malformed)));
        assert_eq!(form(None, Some(NOW), false), Err(Error::invalid("expires_at", Problem::Past)));
        let far = Timestamp(i64::MAX);
        assert_eq!(form(None, Some(far), false), Err(Error::invalid("expires_at", Problem::NotOffered)));
        for days in [0, 3_651, u32::MAX] {
            let refused = Err(Error::invalid("expires_in_days", Problem::Malformed));
            assert_eq!(form(Some(days), None, false), refused);
        }
    }

    #[test]
    fn every_problem_of_a_form_is_told_at_once_and_scopes_are_a_set() {
        let networks = vec!["10.0.0.0/8".to_owned(); 17];
        let Err(Error::Invalid { fields }) = KeyForm { networks, ..KeyForm::default() }.parse(NOW) else {
            panic!("taken")
        };
        assert_eq!(fields.len(), 2, "{fields:?}");
        let scopes = ["b:c", "a:b", "b:c"].map(str::to_owned).to_vec();
        let new = KeyForm { name: "x".into(), scopes, ..KeyForm::default() }.parse(NOW).unwrap();
        assert_eq!(new.scopes, ["a:b", "b:c"]);
    }

    #[test]
    fn an_overlap_is_a_week_at_most() {
        let rotate = |hours| RotateForm { overlap_hours: hours, ..RotateForm::default() }.parse(NOW);
        assert_eq!(rotate(0).unwrap().overlap, Duration::ZERO);
        assert_eq!(rotate(168).unwrap(), Rotation { overlap: DAY * 7, expires_at: None });
        assert_eq!(rotate(169), Err(Error::invalid("overlap_hours", Problem::Malformed)));
    }

    #[test]
    fn names_lead_back_to_what_they_name() {
        assert!(KeyState::ALL.into_iter().all(|state| KeyState::named(state.name()) == Some(state)));
        assert_eq!(Revoked::named("leaked"), Some(Revoked::Leaked));
        assert_eq!((KeyState::named(""), Revoked::named("x")), (None, None));
    }
}
