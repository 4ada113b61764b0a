//! The mail about a change of a profile: one for each save, with the words that people read beside what was changed, never
//! the names on the wire. Called by whatever writes a profile, as part of its transaction.

use crate::{Domain, accounts, db::Tx, mail::Message, notices};
use vestibule_model::profiles::{MaySee, UserField};
use vestibule_model::{Result, UserId, links as pages};

/// What the picture is called among what was changed.
pub(super) const PICTURE: &str = "avatar";

/// Tells `user` what of their profile was `changed`, by the names of `PATCH /me` and [`PICTURE`]. A change of nothing but
/// what its owner may not see is not told.
pub(super) async fn tell(domain: &Domain, tx: &mut Tx, user: UserId, changed: &[String]) -> Result<()> {
    let fields = words(domain.user_fields(), changed);
    let Some(user) = accounts::by_id_in(tx, user).await?.filter(|_| !fields.is_empty()) else {
        return Ok(());
    };
    let message = Message::ProfileUpdated {
        fields,
        account_link: domain.page(pages::ACCOUNT),
        forgot_link: domain.page(pages::FORGOT),
        at: domain.now(),
    };
    notices::tell(domain, tx, &user, message).await
}

fn words(declared: &[UserField], changed: &[String]) -> Vec<String> {
    changed.iter().filter_map(|name| word(declared, name)).map(str::to_owned).collect()
}

fn word<'a>(declared: &[UserField], name: &'a str) -> Option<&'a str> {
    match (name, name.strip_prefix("fields/")) {
        (_, Some(field)) => {
            let field = declared.iter().find(|one| one.name == field)?;
            (field.see != MaySee::Administrators).then_some(field.label)
        }
        ("username", _) => Some("user name"),
        ("time_zone", _) => Some("time zone"),
        ("visibility", _) => Some("who sees your profile"),
        (PICTURE, _) => Some("picture"),
        (plain, None) => Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::profiles::{FieldKind, MayEdit};

    #[test]
    fn people_read_words_and_labels_and_nothing_that_is_kept_from_them() {
        let declared = [
            UserField::new("home_town", "Home town", FieldKind::Text),
            UserField::new("notes", "Notes of the staff", FieldKind::Text)
                .seen_by(MaySee::Administrators)
                .edited_by(MayEdit::Administrators),
        ];
        let names = [
            "name",
            "username",
            "bio",
            "language",
            "time_zone",
            "links",
            "visibility",
            "fields/home_town",
            "fields/notes",
            "fields/gone",
            PICTURE,
        ];
        let told = words(&declared, &names.map(str::to_owned));
        assert_eq!(
            told.join(", "),
            "name, user name, bio, language, time zone, links, who sees your profile, Home town, picture"
        );
        assert!(words(&declared, &["fields/notes".to_owned()]).is_empty());
    }
}
