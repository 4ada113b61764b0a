//! A rate limit as it is sent: by settings, REST, the page and the command line alike.

use super::{By, LONGEST, Limit, MOST, MOST_STRICT, MOST_TAGS, Mode, OnStoreError, RESERVED, Rule};
use crate::error::Problems;
use crate::sessions::Lifetime;
use crate::{Problem, Result};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A rate limit as it is sent. What is left out stays as the program states it; a limit of a new name needs `tags`, `by`,
/// `most` and `per`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LimitForm {
    /// The tags of the endpoints it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = json!(["api"])))]
    pub tags: Option<Vec<String>>,
    /// By what calls are told apart: `person`, `key`, `address`, `network`, `tag`, `group` or `everyone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = json!(["person"])))]
    pub by: Option<Vec<String>>,
    /// How many calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = 600, minimum = 1))]
    pub most: Option<u64>,
    /// In which time: `1s` to `31d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = "1m"))]
    pub per: Option<String>,
    /// How many at once; as many as `most` when left out. A strict limit has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = 100, minimum = 1))]
    pub burst: Option<u64>,
    /// Whether no window of this length may ever hold more; for at most 100 calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// `off`, `shadow` (counts and is logged, refuses nobody) or `enforce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = "enforce"))]
    pub mode: Option<String>,
    /// What holds while what several servers count together is away: `allow`, `deny` or `local`. A strict limit never
    /// allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(example = "local"))]
    pub on_store_error: Option<String>,
}

/// Whether a limit may be called so: 1 to 40 small letters, digits, `_` and `-`, the first a letter.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if name.is_empty() {
        return Err(Problem::Required);
    }
    if RESERVED.contains(&name) {
        return Err(Problem::Reserved);
    }
    if name.len() > 40 {
        return Err(Problem::TooLong { max: 40 });
    }
    if !name.bytes().all(fits) || !name.as_bytes()[0].is_ascii_lowercase() {
        return Err(Problem::Malformed);
    }
    Ok(())
}

impl LimitForm {
    /// The limit called `name` that is meant; what is left out stays as in `stated`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every field that does not fit.
    pub fn parse(&self, name: &str, stated: Option<&Limit>) -> Result<Limit> {
        let mut problems = Problems::default();
        problems.take("name", check_name(name));
        let tags = problems.take("tags", self.tags(stated));
        let by = problems.take("by", self.by(stated));
        let rule = self.rule(stated, &mut problems);
        let mode = choice(self.mode.as_deref(), Mode::named, stated.map_or(Mode::Enforce, |one| one.mode));
        let mode = problems.take("mode", mode);
        let usual = stated.map_or(OnStoreError::Local, |one| one.on_store_error);
        let on_store_error = choice(self.on_store_error.as_deref(), OnStoreError::named, usual);
        let on_store_error = problems.take("on_store_error", on_store_error);
        if matches!((rule, on_store_error), (Some(Rule::Strict { .. }), Some(OnStoreError::Allow))) {
            problems.add("on_store_error", Problem::NotOffered);
        }
        problems.check()?;
        match (tags, by, rule, mode, on_store_error) {
            (Some(tags), Some(by), Some(rule), Some(mode), Some(on_store_error)) => {
                Ok(Limit { name: name.into(), tags, by, rule, mode, on_store_error })
            }
            _ => Err(crate::Error::Malformed),
        }
    }

    fn tags(&self, stated: Option<&Limit>) -> Result<Vec<String>, Problem> {
        let Some(tags) = &self.tags else {
            return stated.map(|one| one.tags.clone()).ok_or(Problem::Required);
        };
        let tags = distinct(tags);
        if tags.is_empty() {
            return Err(Problem::Required);
        }
        if tags.len() > MOST_TAGS as usize {
            return Err(Problem::TooMany { max: MOST_TAGS });
        }
        let plain = |tag: &String| {
            tag.len() <= 64 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
        };
        if tags.iter().all(plain) { Ok(tags) } else { Err(Problem::Malformed) }
    }

    fn by(&self, stated: Option<&Limit>) -> Result<Vec<By>, Problem> {
        let Some(names) = &self.by else {
            return stated.map(|one| one.by.clone()).ok_or(Problem::Required);
        };
        let by: Option<Vec<By>> = distinct(names).iter().map(|name| By::named(name)).collect();
        let by = by.ok_or(Problem::NotOffered)?;
        match by.as_slice() {
            [] => Err(Problem::Required),
            // All sharing one count, and each having an own one, exclude each other.
            several if several.len() > 1 && several.contains(&By::Everyone) => Err(Problem::NotOffered),
            _ => Ok(by),
        }
    }

    fn rule(&self, stated: Option<&Limit>, problems: &mut Problems) -> Option<Rule> {
        let stated = stated.map(|one| one.rule);
        let strict = self.strict.unwrap_or(matches!(stated, Some(Rule::Strict { .. })));
        let most = self.most.or(stated.map(Rule::most)).ok_or(Problem::Required);
        let bound = if strict { MOST_STRICT } else { MOST };
        let most = problems.take("most", most.and_then(|most| within(most, bound)));
        let per = self.per.as_deref().map(span).or(stated.map(|one| Ok(one.per())));
        let per = problems.take("per", per.unwrap_or(Err(Problem::Required)));
        if strict {
            if self.burst.is_some() {
                problems.add("burst", Problem::Unknown);
            }
            return Some(Rule::Strict { most: most?, per: per? });
        }
        // A burst that was stated for another number of calls fits this one no more.
        let kept = stated.and_then(Rule::burst).filter(|_| self.most.is_none());
        let burst = self.burst.or(kept).or(most).unwrap_or(1);
        let burst = problems.take("burst", within(burst, MOST));
        let (most, per, burst) = (most?, per?, burst?);
        // Calls are told apart by the microsecond, and no wait is longer than the longest window.
        if u128::from(most) > per.as_micros() {
            problems.add("most", Problem::NotOffered);
        } else if per.as_micros() / u128::from(most) * u128::from(burst) > LONGEST.as_micros() {
            problems.add("burst", Problem::NotOffered);
        }
        Some(Rule::Steady { most, per, burst })
    }
}

fn within(number: u64, most: u64) -> Result<u64, Problem> {
    match number {
        0 => Err(Problem::Required),
        number if number > most => Err(Problem::TooMany { max: u32::try_from(most).unwrap_or(u32::MAX) }),
        number => Ok(number),
    }
}

/// Reads the window of a limit: `10s`, `1m`, `31d`.
///
/// # Errors
/// [`Problem::Malformed`] for what is no span, [`Problem::NotOffered`] below a second or above [`LONGEST`].
pub fn span(text: &str) -> Result<Duration, Problem> {
    match Lifetime::parse(text) {
        Some(Lifetime::Span(span)) if span >= Duration::from_secs(1) && span <= LONGEST => Ok(span),
        Some(_) => Err(Problem::NotOffered),
        None => Err(Problem::Malformed),
    }
}

fn choice<T>(name: Option<&str>, named: fn(&str) -> Option<T>, usual: T) -> Result<T, Problem> {
    name.map_or(Ok(usual), |name| named(name).ok_or(Problem::NotOffered))
}

/// In their order, each once, without blanks around them.
fn distinct(items: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for item in items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()) {
        if !kept.iter().any(|one| one == item) {
            kept.push(item.to_owned());
        }
    }
    kept
}

impl From<&Limit> for LimitForm {
    fn from(limit: &Limit) -> Self {
        Self {
            tags: Some(limit.tags.clone()),
            by: Some(limit.by.iter().map(|by| by.name().to_owned()).collect()),
            most: Some(limit.rule.most()),
            per: Some(Lifetime::Span(limit.rule.per()).to_string()),
            burst: limit.rule.burst(),
            strict: Some(matches!(limit.rule, Rule::Strict { .. })),
            mode: Some(limit.mode.name().to_owned()),
            on_store_error: Some(limit.on_store_error.name().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn whole() -> LimitForm {
        LimitForm {
            tags: Some(vec!["api".into()]),
            by: Some(vec!["person".into()]),
            most: Some(600),
            per: Some("1m".into()),
            ..LimitForm::default()
        }
    }

    fn fields(form: &LimitForm) -> Vec<String> {
        match form.parse("api", None) {
            Err(Error::Invalid { fields }) => {
                fields.iter().map(|one| format!("{} {}", one.field, one.problem.code())).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_limit_reads_as_it_is_written() {
        let limit = whole().parse("api", None).unwrap();
        assert_eq!(limit.rule, Rule::Steady { most: 600, per: Duration::from_mins(1), burst: 600 });
        assert_eq!((limit.mode, limit.on_store_error), (Mode::Enforce, OnStoreError::Local));
        assert_eq!(LimitForm::from(&limit).parse("api", None).unwrap(), limit);
        let strict = LimitForm { strict: Some(true), most: Some(5), ..whole() }.parse("api", None).unwrap();
        assert_eq!(LimitForm::from(&strict).parse("api", None).unwrap(), strict);
    }

    #[test]
    fn what_is_left_out_stays_as_it_is_stated() {
        let stated = LimitForm { burst: Some(50), ..whole() }.parse("api", None).unwrap();
        let shadow = LimitForm { mode: Some("shadow".into()), ..LimitForm::default() };
        let changed = shadow.parse("api", Some(&stated)).unwrap();
        assert_eq!(changed, Limit { mode: Mode::Shadow, ..stated.clone() });
        let more = LimitForm { most: Some(10), ..LimitForm::default() }.parse("api", Some(&stated)).unwrap();
        assert_eq!(more.rule.burst(), Some(10), "a burst stated for another number does not stay");
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        assert_eq!(
            fields(&LimitForm::default()),
            ["tags required", "by required", "most required", "per required"]
        );
        let odd = LimitForm {
            tags: Some(vec!["no tag".into()]),
            by: Some(vec!["everyone".into(), "person".into()]),
            most: Some(0),
            per: Some("forever".into()),
            mode: Some("on".into()),
            on_store_error: Some("open".into()),
            ..LimitForm::default()
        };
        assert_eq!(
            fields(&odd),
            [
                "tags malformed",
                "by not_offered",
                "most required",
                "per not_offered",
                "mode not_offered",
                "on_store_error not_offered"
            ]
        );
    }

    #[test]
    fn a_strict_limit_is_for_few_and_never_opens() {
        let strict = |form: LimitForm| fields(&LimitForm { strict: Some(true), ..form });
        assert_eq!(strict(whole()), ["most too_many"]);
        let open = LimitForm { most: Some(5), on_store_error: Some("allow".into()), ..whole() };
        assert_eq!(strict(open), ["on_store_error not_offered"]);
        assert_eq!(strict(LimitForm { most: Some(5), burst: Some(2), ..whole() }), ["burst unknown"]);
    }

    #[test]
    fn more_than_one_a_microsecond_and_endless_waits_are_refused() {
        let fast = LimitForm { most: Some(2_000_000), per: Some("1s".into()), ..whole() };
        assert_eq!(fields(&fast), ["most not_offered"]);
        let long = LimitForm { most: Some(1), per: Some("1d".into()), burst: Some(40), ..whole() };
        assert_eq!(fields(&long), ["burst not_offered"]);
    }

    #[test]
    fn names_are_plain_and_none_of_the_settings_own() {
        for bad in ["", "headers", "defaults", "Api", "1a", "a b", "a\"b", &"a".repeat(41)] {
            assert!(whole().parse(bad, None).is_err(), "{bad}");
        }
        assert!(whole().parse("sign_in-2", None).is_ok());
    }
}
