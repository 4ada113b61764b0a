//! `NAME=VALUE` as flags take it, and fields that the program declares among them. Called by the commands that write an
//! account.

use std::collections::BTreeMap;
use vestibule_domain::Domain;
use vestibule_model::Problem;
use vestibule_model::error::Problems;
use vestibule_model::profiles::FieldValue;

/// A name, and what was typed for it; a blank takes away.
pub(super) type Pair = (String, String);

/// Reads a flag's value. Without `=` it is no pair: what was forgotten must not take anything away.
///
/// # Errors
/// A sentence, for clap to tell.
pub(super) fn pair(typed: &str) -> Result<Pair, String> {
    match typed.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE; NAME= alone takes the value away".to_owned()),
    }
}

/// The declared fields that were typed, each read as what it is; nothing for a blank.
pub(super) fn fields(
    domain: &Domain,
    problems: &mut Problems,
    pairs: &[Pair],
) -> BTreeMap<String, Option<FieldValue>> {
    let mut values = BTreeMap::new();
    for (name, typed) in pairs {
        let Some(field) = domain.user_fields().iter().find(|field| field.name == name) else {
            problems.add("fields", Problem::Unknown);
            continue;
        };
        let value = problems.take(format!("fields/{name}"), field.read(typed));
        values.insert(name.clone(), value.flatten());
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use vestibule_domain::Extension;
    use vestibule_domain::testing::{Engine, TestDomain};
    use vestibule_model::Error;
    use vestibule_model::profiles::{FieldKind, UserField};

    struct Project;

    impl Extension for Project {
        fn name(&self) -> &'static str {
            "project"
        }

        fn user_fields(&self) -> Vec<UserField> {
            vec![
                UserField::new("company", "Company", FieldKind::Text),
                UserField::new("shoe_size", "Shoe size", FieldKind::Number),
            ]
        }
    }

    #[test]
    fn a_pair_has_a_name_and_a_sign() {
        let read = |typed: &str| pair(typed).map_err(drop);
        assert_eq!(read("company=ACME=1"), Ok(("company".into(), "ACME=1".into())));
        assert_eq!(read(" company ="), Ok(("company".into(), String::new())));
        for bad in ["company", "", "=ACME", " =x"] {
            assert_eq!(read(bad), Err(()), "{bad}");
        }
    }

    #[tokio::test]
    async fn what_is_typed_is_read_as_what_the_field_is() {
        let t = TestDomain::with(Engine::Sqlite, |options| options.extensions = vec![Arc::new(Project)]);
        let t = t.await.unwrap();
        let read = |typed: &[&str]| {
            let pairs: Vec<_> = typed.iter().map(|typed| pair(typed).unwrap()).collect();
            let mut problems = Problems::default();
            let values = fields(&t.domain, &mut problems, &pairs);
            problems.check().map(|()| values)
        };
        let company = Some(FieldValue::Text("ACME".into()));
        let both =
            BTreeMap::from([("company".into(), company), ("shoe_size".into(), Some(FieldValue::Number(42)))]);
        assert_eq!(read(&["company=ACME", "shoe_size=42"]), Ok(both));
        assert_eq!(read(&["company= "]), Ok(BTreeMap::from([("company".into(), None)])));
        assert_eq!(read(&["shoe_size=big"]), Err(Error::invalid("fields/shoe_size", Problem::Malformed)));
        assert_eq!(read(&["hat=x"]), Err(Error::invalid("fields", Problem::Unknown)));
    }
}
