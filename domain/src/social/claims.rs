//! Reading who somebody is out of what a provider says: pure. Called by the providers alone.

use super::presets::Preset;
use super::provider::Vouched;
use serde_json::Value;
use vestibule_model::social::ProviderFailure;

/// Longest subject, in bytes (OpenID Connect Core 1.0, 2).
const LONGEST_SUBJECT: usize = 255;
/// Longest text that is kept of what a provider says beside.
const LONGEST: usize = 320;

/// Whom `said` is about, as `preset` reads it; what stands nowhere in the first is looked for in the next.
pub(super) fn read(preset: &Preset, said: &[&Value]) -> Result<Vouched, ProviderFailure> {
    let found =
        |pointer: &str| said.iter().find_map(|one| one.pointer(pointer).filter(|found| !found.is_null()));
    let subject = found(&preset.subject).and_then(plain).unwrap_or_default();
    let fits =
        !subject.is_empty() && subject.len() <= LONGEST_SUBJECT && !subject.chars().any(char::is_control);
    if !fits {
        return Err(ProviderFailure::NoSubject);
    }
    let text = |pointer: &str| found(pointer).and_then(plain).and_then(|text| short(&text));
    // An address and the word for it belong together: another document may mean another address.
    let told_in = said.iter().find(|one| one.pointer(&preset.email).is_some_and(|found| !found.is_null()));
    let email = text(&preset.email);
    let email_verified = email.is_some()
        && match preset.email_verified.as_str() {
            "always" => true,
            "never" => false,
            pointer => told_in.and_then(|one| one.pointer(pointer)).is_some_and(is_true),
        };
    Ok(Vouched { subject, email, email_verified, name: text(&preset.name), tokens: None })
}

/// The address that counts in a list of them: the first that is primary and verified.
pub(super) fn listed_email(list: &Value) -> Option<(String, bool)> {
    let entries = list.as_array()?;
    let is = |entry: &Value, what: &str| entry.get(what).is_some_and(is_true);
    let primary = entries.iter().find(|entry| is(entry, "primary"))?;
    let email = primary.get("email").and_then(plain).and_then(|text| short(&text))?;
    Some((email, is(primary, "verified")))
}

/// A text, or a number as text: some count their people.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// Some write a truth as text.
fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value.as_str() == Some("true") || value.as_i64() == Some(1)
}

/// What is printable of it; nothing when nothing is, or when it is too long to be what it says.
fn short(text: &str) -> Option<String> {
    let kept: String = text.trim().chars().filter(|character| !character.is_control()).collect();
    (!kept.is_empty() && kept.len() <= LONGEST).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn subjects_are_texts_or_whole_numbers_of_a_sensible_length() {
        let preset = Preset::plain("x");
        let of = |sub: Value| read(&preset, &[&json!({ "sub": sub })]).map(|found| found.subject);
        assert_eq!(of(json!("a b")), Ok("a b".to_owned()));
        assert_eq!(of(json!(583_231)), Ok("583231".to_owned()));
        assert_eq!(of(json!("x".repeat(255))).unwrap().len(), 255);
        for bad in [
            json!(""),
            json!(null),
            json!(1.5),
            json!(true),
            json!(["a"]),
            json!("x".repeat(256)),
            json!("a\n"),
        ] {
            assert_eq!(of(bad.clone()), Err(ProviderFailure::NoSubject), "{bad}");
        }
    }

    #[test]
    fn an_address_is_verified_only_where_the_provider_says_so() {
        let mut preset = Preset::plain("x");
        let of = |preset: &Preset, said: Value| {
            let found = read(preset, &[&said]).unwrap();
            (found.email, found.email_verified)
        };
        let with =
            |verified: Value| json!({ "sub": "1", "email": "ada@example.org", "email_verified": verified });
        let ada = || Some("ada@example.org".to_owned());
        for (verified, holds) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!("yes"), false),
            (json!(null), false),
            (json!({}), false),
        ] {
            assert_eq!(of(&preset, with(verified.clone())), (ada(), holds), "{verified}");
        }
        assert_eq!(of(&preset, json!({ "sub": "1", "email_verified": true })), (None, false));
        preset.email_verified = "never".to_owned();
        assert_eq!(of(&preset, with(json!(true))), (ada(), false));
        preset.email_verified = "/xms_edov".to_owned();
        assert_eq!(of(&preset, with(json!(true))), (ada(), false), "another claim decides");
    }

    #[test]
    fn the_word_for_an_address_stands_beside_it() {
        let preset = Preset::plain("x");
        let token = json!({ "sub": "1", "email_verified": true });
        let more = json!({ "sub": "1", "email": "ada@example.org" });
        assert!(!read(&preset, &[&token, &more]).unwrap().email_verified);
        let more = json!({ "sub": "1", "email": "ada@example.org", "email_verified": true });
        assert!(
            read(&preset, &[&json!({ "sub": "1", "email_verified": false }), &more]).unwrap().email_verified
        );
    }

    #[test]
    fn of_a_list_the_primary_address_counts() {
        let list = json!([
            { "email": "old@example.org", "primary": false, "verified": true },
            { "email": "ada@example.org", "primary": true, "verified": false },
        ]);
        assert_eq!(listed_email(&list), Some(("ada@example.org".to_owned(), false)));
        assert_eq!(listed_email(&json!([{ "email": "a@example.org", "verified": true }])), None);
        assert_eq!(listed_email(&json!({ "message": "Not Found" })), None);
    }
}
