//! What happens when many do the same thing at once, and what a guesser meets (`reference` cases C23 to C27, C42, C54, C55;
//! races R2, R3, R4, R6, R7, R9).
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{future::Future, time::Duration};
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::auth::{self, Purpose};
use vestibule_domain::mail::Letter;
use vestibule_domain::testing::{CROWD, Engine, TestDomain, at_once};
use vestibule_domain::{Actor, Client, Domain, groups};
use vestibule_model::accounts::{RegisterForm, SetupForm};
use vestibule_model::auth::SignInForm;
use vestibule_model::groups::{ADMIN, ManageAccounts, ManageGroups, ViewAccounts};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::people::PeopleQuery;
use vestibule_model::{Error, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

fn form(email: &str) -> RegisterForm {
    RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    }
}

fn credentials(email: &str, password: &str) -> SignInForm {
    SignInForm { email: email.into(), password: password.into() }
}

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let new = NewAccount { form: form(email), verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

/// The token of the link in a letter.
fn token(letter: &Letter) -> Secret {
    Secret::new(letter.link().unwrap().split_once("token=").unwrap().1)
}

async fn everyone(domain: &Domain) -> Vec<vestibule_model::accounts::Account> {
    let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
    let (mut all, mut page) = (Vec::new(), Page { limit: Limit::new(100).unwrap(), ..Page::default() });
    loop {
        let listed = accounts::list(domain, &by, &PeopleQuery::default(), &page).await.unwrap();
        all.extend(listed.items);
        if listed.next.is_none() {
            return all;
        }
        page.cursor = listed.next;
    }
}

vestibule_domain::both! {
    async fn r4_one_address_registered_by_many_at_once_is_one_account(t: TestDomain) {
        let t = t.roomy().await;
        let answers = at_once(CROWD, |number| {
            let (domain, email) = (t.domain.clone(), if number % 2 == 0 { "ada@example.org" } else { "ADA@Example.org" });
            async move { accounts::register(&domain, form(email), &Client::local()).await }
        })
        .await;
        assert_eq!(answers, vec![Ok(()); CROWD]);
        assert_eq!(everyone(&t.domain).await.len(), 1);
        let letters = t.letters().await;
        assert_eq!(letters.len(), CROWD, "whoever asked is told by mail");
        let mut alive = 0;
        for letter in &letters {
            let token = token(letter);
            let purpose = if letter.text.contains("/verify?") { Purpose::Verify } else { Purpose::Reset };
            alive += usize::from(auth::link_works(&t.domain, purpose, &token).await.unwrap());
        }
        assert_eq!(alive, 1, "the newest link alone works");
    }

    async fn many_who_confirm_the_same_wished_user_name_at_once_leave_it_to_one(t: TestDomain) {
        let t = t.roomy().await;
        let registered = at_once(CROWD, |number| {
            let domain = t.domain.clone();
            let wish = RegisterForm { username: Some("ada".into()), ..form(&format!("ada{number}@example.org")) };
            async move { accounts::register(&domain, wish, &Client::local()).await }
        })
        .await;
        assert_eq!(registered, vec![Ok(()); CROWD]);
        let tokens: Vec<_> = t.letters().await.iter().map(token).collect();
        let answers = at_once(CROWD, |number| {
            let (domain, token) = (t.domain.clone(), tokens[number].clone());
            async move { accounts::verify(&domain, &token, &Client::local()).await.unwrap() }
        })
        .await;
        assert_eq!(answers.iter().filter(|confirmed| !confirmed.username_taken).count(), 1);
        let all = everyone(&t.domain).await;
        assert_eq!(all.len(), CROWD);
        assert_eq!(all.iter().filter(|one| one.username.is_some()).count(), 1);
        assert!(all.iter().all(|one| one.email_verified_at.is_some()), "every address is confirmed all the same");
    }

    async fn c54_r3_many_first_administrators_are_one(t: TestDomain) {
        let t = t.roomy().await;
        let token = auth::setup_link(&t.domain).await.unwrap().unwrap();
        let answers = at_once(CROWD, |number| {
            let (domain, token) = (t.domain.clone(), token.clone());
            let email = format!("root{number}@example.org");
            async move {
                let form = SetupForm { token, email, password: PASSWORD.into(), name: "Root".into() };
                auth::set_up(&domain, form, &Client::local()).await.map(drop)
            }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        // The link is dead, or the whole page is gone: it depends on how far one had come when another won.
        assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err(Error::NotFound | Error::LinkDead))), "{answers:?}");
        let all = everyone(&t.domain).await;
        assert_eq!(all.iter().filter(|one| one.groups.iter().any(|group| group == ADMIN)).count(), 1);
        assert_eq!(all.len(), 1, "those who lost left nothing behind");
    }

    async fn c55_r2_administrators_who_remove_each_other_leave_one(t: TestDomain) {
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(account(&t.domain, &format!("root{number}@example.org"), true).await);
        }
        at_once(6, |number| {
            let (domain, id) = (t.domain.clone(), ids[number]);
            async move {
                if number % 2 == 0 {
                    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
                    accounts::delete(&domain, &by, id, &Client::local()).await
                } else {
                    let by = Actor::Operator.allow::<ManageGroups>().unwrap();
                    groups::leave(&domain, &by, id, ADMIN, &Client::local()).await
                }
            }
        })
        .await;
        let all = everyone(&t.domain).await;
        assert_eq!(all.iter().filter(|one| one.groups.iter().any(|group| group == ADMIN)).count(), 1);
    }

    async fn r6_a_reset_link_used_by_many_at_once_works_once(t: TestDomain) {
        let t = t.roomy().await;
        account(&t.domain, "ada@example.org", false).await;
        auth::forgot(&t.domain, "ada@example.org", &Client::local()).await.unwrap();
        let link = token(&t.letters().await[0]);
        let password = |number: usize| format!("grey herons number {number} fly west");
        let answers = at_once(CROWD, |number| {
            let (domain, link, password) = (t.domain.clone(), link.clone(), Secret::new(password(number)));
            async move { auth::reset(&domain, &link, &password, &Client::local()).await.map(drop) }
        })
        .await;
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let dead = Err(Error::LinkDead);
        assert_eq!(answers.iter().filter(|answer| **answer == dead).count(), CROWD - 1, "{answers:?}");
        assert_eq!(t.letters().await.len(), 1, "it is told once");
        let sign_in = async |password: &str| auth::sign_in(&t.domain, credentials("ada@example.org", password), false, &Client::local()).await;
        sign_in(&password(winner)).await.unwrap();
        for loser in [(winner + 1) % CROWD, (winner + 7) % CROWD] {
            assert_eq!(sign_in(&password(loser)).await.unwrap_err(), Error::BadCredentials);
        }
    }

    async fn c23_r9_parallel_guesses_do_not_outrun_the_count(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let answers = at_once(60, |_| {
            let domain = t.domain.clone();
            async move {
                let wrong = credentials("ada@example.org", "not the password at all");
                auth::sign_in(&domain, wrong, false, &Client::local()).await.unwrap_err()
            }
        })
        .await;
        let hashed = answers.iter().filter(|error| **error == Error::BadCredentials).count();
        assert!(hashed <= 6, "{hashed} guesses were compared");
        assert!(answers.iter().all(|error| matches!(error, Error::BadCredentials | Error::TooManyAttempts { .. })));
    }

    async fn c25_c26_every_spelling_shares_one_count_that_survives_a_restart(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let spellings = ["ada@example.org", "ADA@example.org", " Ada@Example.ORG "];
        for spelling in spellings.iter().cycle().take(6) {
            let wrong = credentials(spelling, "not the password at all");
            auth::sign_in(&t.domain, wrong, false, &Client::local()).await.unwrap_err();
        }
        let restarted = t.second().await.unwrap();
        let right = credentials("ada@example.org", PASSWORD);
        let answer = auth::sign_in(&restarted, right.clone(), false, &Client::local()).await;
        assert!(matches!(answer, Err(Error::TooManyAttempts { .. })), "{answer:?}");
        t.clock.advance(Duration::from_secs(2));
        auth::sign_in(&restarted, right, false, &Client::local()).await.unwrap();
    }

    async fn a_name_without_an_account_is_counted_and_answered_alike(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let mut answers = Vec::new();
        for email in ["ada@example.org", "nobody@example.org", "not an address"] {
            let mut told = Vec::new();
            for _ in 0..7 {
                let wrong = credentials(email, "not the password at all");
                told.push(auth::sign_in(&t.domain, wrong, false, &Client::local()).await.unwrap_err());
            }
            answers.push(told);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        assert!(matches!(answers[0][6], Error::TooManyAttempts { .. }));
    }

    async fn after_fifty_failures_only_a_reset_helps_and_the_owner_is_told(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        for _ in 0..50 {
            t.clock.advance(Duration::from_mins(16));
            let wrong = credentials("ada@example.org", "not the password at all");
            let answer = auth::sign_in(&t.domain, wrong, false, &Client::local()).await;
            assert_eq!(answer.unwrap_err(), Error::BadCredentials);
        }
        t.clock.advance(Duration::from_hours(1440));
        vestibule_domain::jobs::sweep(&t.domain).await.unwrap();
        let right = credentials("ada@example.org", PASSWORD);
        let locked = auth::sign_in(&t.domain, right, false, &Client::local()).await;
        assert_eq!(locked.unwrap_err(), Error::PasswordLocked);
        assert_eq!(t.letters().await.len(), 1, "told once");
        auth::forgot(&t.domain, "ada@example.org", &Client::local()).await.unwrap();
        let token = token(&t.letters().await[0]);
        auth::reset(&t.domain, &token, &"grey herons over still water".into(), &Client::local()).await.unwrap();
        let new = credentials("ada@example.org", "grey herons over still water");
        auth::sign_in(&t.domain, new, false, &Client::local()).await.unwrap();
    }

    async fn a_name_without_an_account_is_locked_alike_and_forgotten_after_a_year(t: TestDomain) {
        let guess = async || {
            let form = credentials("nobody@example.org", PASSWORD);
            auth::sign_in(&t.domain, form, false, &Client::local()).await
        };
        for _ in 0..50 {
            t.clock.advance(Duration::from_mins(16));
            assert_eq!(guess().await.unwrap_err(), Error::BadCredentials);
        }
        t.clock.advance(Duration::from_hours(1440));
        vestibule_domain::jobs::sweep(&t.domain).await.unwrap();
        assert_eq!(guess().await.unwrap_err(), Error::PasswordLocked);
        t.clock.advance(Duration::from_hours(8760));
        assert_eq!(vestibule_domain::jobs::sweep(&t.domain).await.unwrap(), 1);
        assert_eq!(guess().await.unwrap_err(), Error::BadCredentials);
    }

    async fn a_refresh_token_works_once_and_its_replay_ends_the_family(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let local = Client::local();
        let first = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &local).await.unwrap();
        let second = auth::refresh(&t.domain, &first.refresh_token, &local).await.unwrap();
        assert!(auth::by_access_token(&t.domain, second.access_token.expose()).await.is_ok());
        let replay = auth::refresh(&t.domain, &first.refresh_token, &local).await;
        assert_eq!(replay.unwrap_err(), Error::BadToken);
        assert_eq!(auth::refresh(&t.domain, &second.refresh_token, &local).await.unwrap_err(), Error::BadToken);
        for access in [&first.access_token, &second.access_token] {
            assert_eq!(auth::by_access_token(&t.domain, access.expose()).await.err(), Some(Error::BadToken));
        }
        assert_eq!(t.letters().await.len(), 1, "its owner is told");
    }

    async fn c42_r7_a_replay_and_its_descendant_raced_leave_nothing_alive(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let local = Client::local();
        let mut alive = 0;
        for _ in 0..10 {
            let form = credentials("ada@example.org", PASSWORD);
            let first = auth::issue_tokens(&t.domain, form, &local).await.unwrap();
            let second = auth::refresh(&t.domain, &first.refresh_token, &local).await.unwrap();
            let tokens = [first.refresh_token.clone(), second.refresh_token.clone()];
            let answers = at_once(2, |number| {
                let (domain, token) = (t.domain.clone(), tokens[number].clone());
                async move { auth::refresh(&domain, &token, &Client::local()).await }
            })
            .await;
            for pair in answers.into_iter().flatten() {
                alive += usize::from(auth::by_access_token(&t.domain, pair.access_token.expose()).await.is_ok());
                alive += usize::from(auth::refresh(&t.domain, &pair.refresh_token, &local).await.is_ok());
            }
        }
        assert_eq!(alive, 0);
    }

    async fn one_refresh_token_used_by_many_at_once_has_one_successor(t: TestDomain) {
        let t = t.roomy().await;
        account(&t.domain, "ada@example.org", false).await;
        let local = Client::local();
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &local).await.unwrap();
        let answers = at_once(CROWD, |_| {
            let (domain, token) = (t.domain.clone(), pair.refresh_token.clone());
            async move { auth::refresh(&domain, &token, &Client::local()).await }
        })
        .await;
        let won: Vec<_> = answers.iter().flatten().collect();
        assert_eq!(won.len(), 1);
        assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|error| *error == Error::BadToken), "{answers:?}");
        assert_eq!(auth::by_access_token(&t.domain, won[0].access_token.expose()).await.err(), Some(Error::BadToken));
        assert_eq!(auth::refresh(&t.domain, &won[0].refresh_token, &local).await.unwrap_err(), Error::BadToken);
        assert_eq!(t.letters().await.len(), 1, "the family ends once, and its owner is told once");
    }

    async fn tokens_end_by_the_clock(t: TestDomain) {
        account(&t.domain, "ada@example.org", false).await;
        let local = Client::local();
        let pair = auth::issue_tokens(&t.domain, credentials("ada@example.org", PASSWORD), &local).await.unwrap();
        t.clock.advance(Duration::from_secs(899));
        assert!(auth::by_access_token(&t.domain, pair.access_token.expose()).await.is_ok());
        t.clock.advance(Duration::from_secs(1));
        assert_eq!(auth::by_access_token(&t.domain, pair.access_token.expose()).await.err(), Some(Error::BadToken));
        let pair = auth::refresh(&t.domain, &pair.refresh_token, &local).await.unwrap();
        t.clock.advance(Duration::from_hours(720));
        assert_eq!(auth::refresh(&t.domain, &pair.refresh_token, &local).await.unwrap_err(), Error::BadToken);
    }

    async fn r13_nothing_is_opened_for_an_account_that_goes_meanwhile(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        for round in 0..5 {
            let email = format!("ada{round}@example.org");
            let id = account(&t.domain, &email, false).await;
            let (one, other) = (t.domain.clone(), t.domain.clone());
            let signing = tokio::spawn(async move {
                auth::issue_tokens(&one, credentials(&email, PASSWORD), &Client::local()).await
            });
            let deleting = tokio::spawn(async move {
                let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
                accounts::delete(&other, &by, id, &Client::local()).await
            });
            deleting.await.unwrap().unwrap();
            if let Ok(pair) = signing.await.unwrap() {
                let answer = auth::by_access_token(&t.domain, pair.access_token.expose()).await;
                assert_eq!(answer.err(), Some(Error::BadToken));
            }
        }
    }
}

/// Refuses every failed sign-in, so that what stands beside its announcement is rolled back.
struct Refuses;

impl vestibule_domain::Extension for Refuses {
    fn name(&self) -> &'static str {
        "refuses"
    }

    fn on<'a>(
        &'a self,
        event: &'a vestibule_domain::events::Event,
        _tx: &'a mut vestibule_domain::db::Tx,
    ) -> std::pin::Pin<Box<dyn Future<Output = vestibule_model::Result<()>> + Send + 'a>> {
        let failed = matches!(event, vestibule_domain::events::Event::SignInFailed { .. });
        Box::pin(async move { if failed { Err(Error::Unavailable) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn c24_a_failure_counts_though_what_follows_it_is_rolled_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let with =
            |options: &mut vestibule_domain::Options| options.extensions.push(std::sync::Arc::new(Refuses));
        let Some(t) = TestDomain::with(engine, with).await else { continue };
        account(&t.domain, "ada@example.org", false).await;
        let guess = async || {
            let wrong = credentials("ada@example.org", "not the password at all");
            auth::sign_in(&t.domain, wrong, false, &Client::local()).await.unwrap_err()
        };
        for count in 1..=6_i64 {
            assert_eq!(guess().await, Error::Unavailable);
            let row =
                vestibule_domain::sql!(t.domain.db(), fetch_one as (i64,), "select failures from attempts");
            assert_eq!(row.await.unwrap().0, count, "{engine:?}");
        }
        assert!(matches!(guess().await, Error::TooManyAttempts { .. }), "{engine:?}");
    }
}
