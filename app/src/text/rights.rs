//! Why somebody may do something, in words: for `explain` and the administrators' pages.

use super::moment;
use vestibule_model::endpoints::{Reason, RuleForm, RuleOrigin, RuleTrouble};

/// What was looked at, and what was found.
pub fn reason_sentence(reason: &Reason) -> String {
    match reason {
        Reason::Anyone => "Everyone may call it.".to_owned(),
        Reason::ThisMachine => "It answers callers on the machine itself alone.".to_owned(),
        Reason::Account { ban: Some(ban), .. } => {
            let until = ban.until.map(|until| format!(" until {}", moment(until))).unwrap_or_default();
            format!("The account is banned{until}: “{}”.", ban.reason)
        }
        Reason::Account { status, .. } => format!("The account is {}.", status.name()),
        Reason::SignedIn => "It asks for a sign-in.".to_owned(),
        Reason::Permission { permission, through } => {
            format!("It asks for the permission {permission}, {}.", held(through))
        }
        Reason::Rule { tag, rule, from, through } => {
            let by = if *from == RuleOrigin::Settings { " by the settings" } else { "" };
            let found = if rule.who.is_some() { String::new() } else { format!(", {}", held(through)) };
            format!("The tag {tag} asks{by} for {}{found}.", rule_words(rule))
        }
        Reason::Proof => "It asks for the password again, where that was given too long ago.".to_owned(),
    }
}

fn held(through: &[String]) -> String {
    match through {
        [] => "and no group of theirs gives it".to_owned(),
        groups => format!("which is given by {}", groups.join(" and ")),
    }
}

/// What a rule asks for.
pub fn rule_words(rule: &RuleForm) -> String {
    match (&rule.permission, &rule.group) {
        (Some(permission), _) => format!("the permission {permission}"),
        (None, Some(group)) => format!("the group {group}"),
        (None, None) => "a sign-in".to_owned(),
    }
}

/// What is wrong with a rule.
pub const fn trouble_sentence(trouble: RuleTrouble) -> &'static str {
    match trouble {
        RuleTrouble::MatchesNothing => "No endpoint has this tag.",
        RuleTrouble::LocksSignIn => "Some of these endpoints are the way in: nobody could sign in any more.",
        RuleTrouble::NeverMet => "Some of these endpoints know no sign-in: nobody can use them.",
        RuleTrouble::UnknownPermission => "There is no such permission, so that only administrators pass.",
        RuleTrouble::UnknownGroup => "There is no such group, so that only administrators pass.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::accounts::AccountStatus;

    #[test]
    fn a_reason_says_what_is_asked_for_and_what_was_found() {
        let rule = RuleForm { group: Some("staff".into()), ..RuleForm::default() };
        for (reason, said) in [
            (
                Reason::Permission {
                    permission: "accounts:view".into(),
                    through: vec!["a".into(), "b".into()],
                },
                "It asks for the permission accounts:view, which is given by a and b.",
            ),
            (
                Reason::Rule { tag: "me".into(), rule, from: RuleOrigin::Settings, through: Vec::new() },
                "The tag me asks by the settings for the group staff, and no group of theirs gives it.",
            ),
            (Reason::Account { status: AccountStatus::Leaving, ban: None }, "The account is leaving."),
        ] {
            assert_eq!(reason_sentence(&reason), said);
        }
    }
}
