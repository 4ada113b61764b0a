//! Every mail there is, in the mailbox it belongs to: what was done, who is told, and in which words. A kind of mail or a
//! notice without a row here fails.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[path = "told/acts.rs"]
mod acts;
#[path = "told/rows.rs"]
mod rows;

use acts::Stage;
use rows::{ROWS, To};
use std::collections::BTreeSet;
use std::sync::Arc;
use vestibule_domain::testing::{Engine, TestDomain, Vouching};
use vestibule_domain::{Domain, mail, rules::AdminNoticeRules, sql};
use vestibule_model::notices::Notice;

/// A domain whose administrators are told of what `change` says.
async fn told_of(t: &TestDomain, change: impl FnOnce(&mut AdminNoticeRules)) -> Domain {
    let mut options = t.options();
    change(&mut options.rules.notices.admin);
    options.extensions.push(Arc::new(Vouching));
    Domain::open(options).await.unwrap()
}

/// How many letters of this kind the outbox has had for `to`.
async fn queued(t: &TestDomain, kind: &str, to: &str) -> i64 {
    let row = sql!(
        t.domain.db(),
        fetch_one as (i64,),
        "select count(*) from outbox where kind = $1 and recipient = $2",
        kind,
        to
    );
    row.await.unwrap().0
}

/// One of the choices what administrators are told.
type Switch = fn(&mut AdminNoticeRules) -> &mut bool;

vestibule_domain::both! {
    async fn every_kind_of_mail_reaches_whom_it_is_for_in_words_that_say_what_happened(t: TestDomain) {
        let mut t = t;
        t.domain = told_of(&t, |admin| admin.registration = true).await;
        acts::account(&t.domain, acts::ROOT, true).await;
        for row in ROWS {
            let who = format!("{}@example.org", row.kind);
            let to = match row.to {
                To::Person => who.clone(),
                To::New => format!("new.{who}"),
                To::Root => acts::ROOT.to_owned(),
            };
            let before = queued(&t, row.kind, &to).await;
            t.letters().await;
            (row.act)(&Stage::new(&t, &who)).await;
            let letters = t.letters().await;
            // Gone from the outbox are the last mail of an account and what never was in it.
            let kept = i64::from(!["account_deleted", "test"].contains(&row.kind));
            assert_eq!(queued(&t, row.kind, &to).await - before, kept, "{}: letters to {to}", row.kind);
            let says = |words: &str| words.replace("{who}", &who);
            let subject = says(row.subject);
            let theirs: Vec<_> =
                letters.iter().filter(|letter| letter.to == to && letter.subject == subject).collect();
            assert_eq!(theirs.len(), 1, "{}: {letters:#?}", row.kind);
            let text = theirs[0].text.split_whitespace().collect::<Vec<_>>().join(" ");
            for words in row.words {
                assert!(text.contains(&says(words)), "{}: {words:?} is missing in {text}", row.kind);
            }
            let link = format!("http://127.0.0.1:3000{}", row.link);
            let html = theirs[0].html.as_deref().unwrap().replace("&#x2f;", "/");
            assert!(text.contains(&link) && html.contains(&link), "{}: {link} is missing in {text}", row.kind);
        }
    }

    async fn administrators_are_told_of_what_the_site_wants_told_and_of_nothing_else(t: TestDomain) {
        let mut t = t;
        acts::account(&t.domain, acts::ROOT, true).await;
        let switches: [(Switch, &[&str]); 7] = [
            (|admin| &mut admin.registration, &["admin_registration"]),
            (|admin| &mut admin.block, &["admin_block"]),
            (|admin| &mut admin.rights, &["admin_granted", "admin_withdrawn"]),
            (|admin| &mut admin.ban, &["admin_banned"]),
            (|admin| &mut admin.key_leaked, &["admin_key_leaked"]),
            (|admin| &mut admin.mail_failing, &["admin_mail_failing"]),
            (|admin| &mut admin.abuse, &["admin_abuse"]),
        ];
        for (switch, kinds) in switches {
            for wanted in [false, true] {
                // Only this one is as it is wanted; the others are the other way round.
                t.domain = told_of(&t, |admin| {
                    let on = !wanted;
                    *admin = AdminNoticeRules { registration: on, block: on, rights: on, ban: on, key_leaked: on, mail_failing: on, abuse: on };
                    *switch(admin) = wanted;
                })
                .await;
                for kind in kinds {
                    let row = ROWS.iter().find(|row| row.kind == *kind).unwrap();
                    let before = queued(&t, kind, acts::ROOT).await;
                    (row.act)(&Stage::new(&t, &format!("{kind}.{wanted}@example.org"))).await;
                    assert_eq!(queued(&t, kind, acts::ROOT).await - before, i64::from(wanted), "{kind} {wanted}");
                    t.letters().await;
                }
            }
        }
    }
}

#[tokio::test]
async fn no_mail_and_no_notice_is_without_a_row() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let previews = mail::previews(&t.options()).unwrap();
    let rows: Vec<_> = ROWS.iter().map(|row| row.kind).collect();
    let kinds: Vec<_> = previews.iter().map(|preview| preview.name).collect();
    assert_eq!(rows, kinds, "every kind of mail has one row, in the order of the samples");
    let told: BTreeSet<_> = previews.iter().filter_map(|preview| preview.notice).collect();
    assert_eq!(told, Notice::all().map(Notice::name).collect(), "every notice is some mail");
}

#[tokio::test]
async fn what_can_be_switched_off_says_how_and_nothing_else_does() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    for preview in mail::previews(&t.options()).unwrap() {
        let optional = preview.notice.and_then(Notice::named).is_some_and(|notice| !notice.is_security());
        assert_eq!(preview.text.contains("/unsubscribe?token="), optional, "{}", preview.name);
        assert_eq!(preview.html.contains("unsubscribe?token="), optional, "{}", preview.name);
    }
}
