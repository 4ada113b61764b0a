//! Leaving: one's own data, deletion with a grace, and that erasure leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[path = "leaving/dump.rs"]
mod dump;
#[path = "leaving/life.rs"]
mod life;

use dump::{columns, dump, secrets, tables, traces};
use life::{Life, NEIGHBOUR, live};
use std::collections::BTreeSet;
use std::time::Duration;
use vestibule_domain::accounts::{self, Leaving, NewAccount, Which};
use vestibule_domain::testing::{Engine, TestDomain, cheap_rules};
use vestibule_domain::{Actor, Client, Domain, Person, auth, groups};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ADMIN, ManageAccounts, ManageGroups, ViewAccounts};
use vestibule_model::{Error, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const OTHER: &str = "seven grey herons over water";
const EMAIL: &str = "Ada.Quux@Example.org";
/// What was hers before, and what she asked for and never confirmed.
const OLD_ADDRESSES: [&str; 3] =
    ["Ada.First@Example.org", "Ada.Second@Example.org", "Ada.Pending@Example.org"];
const NAME: &str = "Ada Quuxington";
const USERNAME: &str = "AdaQuux";

fn local() -> Client {
    Client::local()
}

fn browser() -> Client {
    Client {
        address: "192.0.2.77".parse().ok(),
        user_agent: Some("Quuxfox/9 Linux".into()),
        request_id: Some("quux-request-1".into()),
    }
}

fn credentials(password: &str) -> SignInForm {
    SignInForm { email: EMAIL.into(), password: password.into() }
}

async fn account(domain: &Domain, email: &str, name: &str, username: Option<&str>, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: name.into(),
        username: username.map(str::to_owned),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &local()).await.unwrap().id
}

async fn ada(domain: &Domain) -> UserId {
    account(domain, EMAIL, NAME, Some(USERNAME), false).await
}

async fn signed_in(domain: &Domain, password: &str) -> (Secret, Person) {
    let session = auth::sign_in(domain, credentials(password), false, &browser()).await.unwrap();
    let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
    (session.secret, person)
}

vestibule_domain::both! {
    async fn after_erasure_no_table_tells_of_the_person(t: TestDomain) {
        let (t, life) = live(t).await;
        let before = dump(t.domain.db()).await;
        let found = traces(&before, &life);
        for table in accounts::exported_tables(&t.domain) {
            let held = found.iter().any(|row| row.starts_with(&format!("{table}: ")));
            assert!(held, "the life of this test leaves nothing in {table}: add it to tests/leaving/life.rs");
        }
        for (status, address) in [("queued", OLD_ADDRESSES[1]), ("dead", OLD_ADDRESSES[0]), ("sent", OLD_ADDRESSES[0])] {
            let held = found.iter().any(|row| {
                row.starts_with("outbox: ") && row.contains(status) && row.contains(&address.to_lowercase())
            });
            assert!(held, "no mail that is {status} names {address}");
        }
        let (_, person) = signed_in(&t.domain, OTHER).await;
        let leaving = accounts::delete_own(&t.domain, &person, &OTHER.into(), &browser()).await.unwrap();
        let due = t.now().after(Duration::from_hours(14 * 24));
        assert_eq!(leaving, Leaving::Due(due));
        t.clock.set(due);
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(1));
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(0));
        let letters = t.letters().await;
        let last: Vec<_> = letters.iter().filter(|letter| letter.subject.contains("deleted")).collect();
        assert!(last.len() == 1 && last[0].to.eq_ignore_ascii_case(EMAIL), "{letters:?}");
        let after = dump(t.domain.db()).await;
        let left = traces(&after, &life);
        let left: Vec<_> = left.into_iter().filter(|row| !row.starts_with("former_usernames: ")).collect();
        assert!(left.is_empty(), "{left:#?}");
        let kept = after.iter().filter(|row| row.starts_with("former_usernames: ") && row.contains("adaquux"));
        assert_eq!(kept.count(), 2, "both user names stay reserved");
        assert!(after.iter().any(|row| row.starts_with("audit: ") && row.contains("account_deleted")));
        let others = after.iter().filter(|row| row.contains(",admin_banned,") || row.contains("'admin_banned'"));
        let others: Vec<_> = others.filter(|row| row.starts_with("outbox: ") && row.contains(NEIGHBOUR)).collect();
        assert_eq!(others.len(), 1, "mail about somebody whose address ends alike stays: {others:?}");
    }

    async fn audit_rows_of_an_erased_person_stay_together_and_lead_to_nobody(t: TestDomain) {
        let (t, life) = live(t).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::delete(&t.domain, &by, life.user, &local()).await.unwrap();
        let rows = dump(t.domain.db()).await;
        let of_others = |row: &str| life.others.iter().any(|user| row.contains(&format!("user:{user}")));
        // Postgres doubles the quotes of a text inside a row.
        let audit: Vec<_> = rows.iter().filter(|row| row.starts_with("audit: ")).map(|row| row.replace('"', "")).collect();
        let theirs: Vec<_> = audit.iter().filter(|row| !of_others(row)).collect();
        assert!(theirs.len() > 8);
        let pseudonyms: BTreeSet<&str> =
            theirs.iter().filter_map(|row| row.split("user:").nth(1).map(|rest| &rest[..36])).collect();
        assert_eq!(pseudonyms.len(), 1, "{pseudonyms:?}");
        assert!(!pseudonyms.contains(life.user.to_string().as_str()));
    }

    async fn a_deletion_ends_everything_at_once_and_signing_in_takes_it_back(t: TestDomain) {
        ada(&t.domain).await;
        let (cookie, person) = signed_in(&t.domain, PASSWORD).await;
        let pair = auth::issue_tokens(&t.domain, credentials(PASSWORD), &local()).await.unwrap();
        let wrong = accounts::delete_own(&t.domain, &person, &OTHER.into(), &local()).await;
        assert_eq!(wrong, Err(Error::WrongPassword));
        accounts::delete_own(&t.domain, &person, &PASSWORD.into(), &local()).await.unwrap();
        assert!(auth::by_cookie(&t.domain, cookie.expose()).await.unwrap().is_none());
        let access = auth::by_access_token(&t.domain, pair.access_token.expose()).await;
        assert_eq!(access.err(), Some(Error::BadToken));
        assert_eq!(auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap_err(), Error::BadToken);
        let letters = t.letters().await;
        let asked: Vec<_> = letters.iter().filter(|letter| letter.subject.contains("will be deleted")).collect();
        assert_eq!(asked.len(), 1, "{letters:?}");
        assert!(asked[0].text.contains("15 January 2026") && asked[0].link().is_some(), "{}", asked[0].text);

        t.clock.advance(Duration::from_hours(13 * 24));
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(0));
        let back = auth::sign_in(&t.domain, credentials(PASSWORD), false, &local()).await.unwrap();
        assert!(back.deletion_cancelled);
        assert!(t.letters().await.iter().any(|letter| letter.subject.contains("stays")));
        let again = auth::sign_in(&t.domain, credentials(PASSWORD), false, &local()).await.unwrap();
        assert!(!again.deletion_cancelled);
        t.clock.advance(Duration::from_hours(30 * 24));
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(0));
        auth::sign_in(&t.domain, credentials(PASSWORD), false, &local()).await.unwrap();
    }

    async fn erasing_and_signing_in_at_once_leave_a_whole_account_or_none(t: TestDomain) {
        for round in 0..10_u64 {
            // The user name of an erased account is given to nobody again.
            let user = account(&t.domain, EMAIL, NAME, None, false).await;
            let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
            accounts::ask_deletion(&t.domain, &by, user, &local()).await.unwrap();
            t.clock.advance(Duration::from_hours(14 * 24));
            let (local, form) = (local(), credentials(PASSWORD));
            let (erased, entered) = if round % 2 == 0 {
                tokio::join!(accounts::erase_due(&t.domain), auth::sign_in(&t.domain, form, false, &local))
            } else {
                let (entered, erased) =
                    tokio::join!(auth::sign_in(&t.domain, form, false, &local), accounts::erase_due(&t.domain));
                (erased, entered)
            };
            match entered {
                Ok(session) => {
                    assert_eq!(erased, Ok(0));
                    assert!(auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().is_some());
                    accounts::delete(&t.domain, &by, user, &local).await.unwrap();
                }
                Err(error) => assert_eq!((erased, error), (Ok(1), Error::BadCredentials)),
            }
        }
    }

    async fn asking_and_signing_in_at_once_never_leaves_a_session_on_an_account_that_goes(t: TestDomain) {
        let user = ada(&t.domain).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        for _ in 0..10 {
            let (local, form) = (local(), credentials(PASSWORD));
            let (asked, entered) = tokio::join!(
                accounts::ask_deletion(&t.domain, &by, user, &local),
                auth::sign_in(&t.domain, form, false, &local),
            );
            asked.unwrap();
            let session = entered.unwrap();
            let alive = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().is_some();
            let leaving = accounts::show(&t.domain, &view, &Which::Id(user)).await.unwrap().deletion_due_at;
            assert_eq!(alive, leaving.is_none(), "whoever came last decided");
        }
    }

    async fn the_only_administrator_may_not_ask_and_one_who_leaves_does_not_count(t: TestDomain) {
        let root = account(&t.domain, "root@example.org", "Root", None, true).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let last = Error::Conflict { what: Conflict::LastAdmin };
        assert_eq!(accounts::ask_deletion(&t.domain, &by, root, &local()).await, Err(last.clone()));
        let second = account(&t.domain, "second@example.org", "Second", None, true).await;
        accounts::ask_deletion(&t.domain, &by, root, &local()).await.unwrap();
        assert_eq!(accounts::ask_deletion(&t.domain, &by, second, &local()).await, Err(last.clone()));
        let manage = Actor::Operator.allow::<ManageGroups>().unwrap();
        assert_eq!(groups::leave(&t.domain, &manage, second, ADMIN, &local()).await, Err(last));
        t.clock.advance(Duration::from_hours(14 * 24));
        assert_eq!(accounts::erase_due(&t.domain).await, Ok(1));
    }

    async fn ones_own_data_is_whole_and_holds_no_secrets(t: TestDomain) {
        let (t, life) = live(t).await;
        let (cookie, person) = signed_in(&t.domain, OTHER).await;
        let document = accounts::export(&t.domain, &person, &browser()).await.unwrap();
        assert_eq!(document["account"]["email"], EMAIL);
        assert_eq!(document["account"]["id"], life.user.to_string());
        assert_eq!(document["groups"][1]["name"], "premium");
        assert_eq!(document["lifetimes"][0]["lifetime"], "forever");
        assert!(document["sessions"].as_array().unwrap().iter().any(|one| one["user_agent"] == "Quuxfox/9 Linux"));
        assert!(document["mail"].as_array().unwrap().iter().any(|one| one["kind"] == "password_changed"));
        assert_eq!(document["addresses"].as_array().unwrap().len(), 2, "what was asked for and is not hers is not told");
        let history = document["history"].as_array().unwrap();
        assert!(history.iter().any(|row| row["event"] == "signed_in") && history.iter().any(|row| row["by"] == "operator"));
        let text = document.to_string();
        let kept = secrets(t.domain.db()).await;
        for column in [
            "users.password_hash", "password_history.password_hash", "sessions.token_hash", "refresh_tokens.token_hash",
            "links.token_hash", "email_changes.confirm_hash", "email_changes.undo_hash", "known_devices.mark", "facts.value",
        ] {
            assert!(kept.iter().any(|(place, _)| place == column), "nothing was looked for of {column}");
        }
        for (column, value) in kept {
            assert!(!text.contains(&value), "{column} stands in it: {text}");
        }
        assert!(life.secrets.len() > 10, "{}", life.secrets.len());
        for secret in life.secrets.iter().chain([&cookie]) {
            assert!(!text.contains(secret.expose()), "{} stands in it: {text}", secret.expose());
        }
        let rows = dump(t.domain.db()).await;
        assert!(rows.iter().any(|row| row.contains("data_exported")), "taking it is written down");
    }

    async fn every_table_that_points_to_a_person_is_in_their_copy_of_everything(t: TestDomain) {
        let told: BTreeSet<_> = accounts::exported_tables(&t.domain).into_iter().collect();
        for table in tables(t.domain.db()).await {
            let columns = columns(t.domain.db(), &table).await;
            if columns.iter().any(|name| ["user_id", "subject_id", "actor_id"].contains(&name.as_str())) {
                assert!(told.contains(table.as_str()), "add {table} to a part in domain/src/accounts/export.rs");
            }
        }
    }
}

#[tokio::test]
async fn a_site_without_grace_erases_at_once() {
    let at_once = |options: &mut vestibule_domain::Options| {
        options.rules = cheap_rules();
        options.rules.accounts.deletion_grace = Duration::ZERO;
    };
    let t = TestDomain::with(Engine::Sqlite, at_once).await.unwrap();
    let user = ada(&t.domain).await;
    let (_, person) = signed_in(&t.domain, PASSWORD).await;
    let leaving = accounts::delete_own(&t.domain, &person, &PASSWORD.into(), &browser()).await.unwrap();
    assert_eq!(leaving, Leaving::Erased);
    t.letters().await;
    let left = dump(t.domain.db()).await;
    let life = Life { user, others: Vec::new(), secrets: Vec::new() };
    let left: Vec<_> =
        traces(&left, &life).into_iter().filter(|row| !row.starts_with("former_usernames: ")).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[tokio::test]
async fn a_last_mail_that_never_leaves_goes_too() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let user = ada(&t.domain).await;
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    accounts::delete(&t.domain, &by, user, &local()).await.unwrap();
    t.clock.advance(Duration::from_hours(8 * 24));
    assert!(t.letters().await.is_empty(), "it is of no use any more");
    let rows = dump(t.domain.db()).await;
    assert!(!rows.iter().any(|row| row.starts_with("outbox: ")), "{rows:#?}");
}
