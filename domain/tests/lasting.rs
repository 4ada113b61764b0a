//! How long things last: sign-ins by group and person, accounts with an end, and a proof of the password.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::sessions::lifetimes::{self, Change};
use vestibule_domain::{Actor, Client, Domain, Person, auth, groups, sessions};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{ManageAccounts, ManageGroups, NewGroup, ViewAccounts};
use vestibule_model::sessions::{Lifetime, LifetimeBy, LifetimeKind};
use vestibule_model::{Error, Problem, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";
const EMAIL: &str = "ada@example.org";
const HOUR: Lifetime = Lifetime::Span(Duration::from_hours(1));
const YEAR: Duration = Duration::from_hours(24 * 365);

fn local() -> Client {
    Client::local()
}

fn credentials(email: &str) -> SignInForm {
    SignInForm { email: email.into(), password: PASSWORD.into() }
}

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &local()).await.unwrap().id
}

async fn signed_in(domain: &Domain, remember: bool) -> Secret {
    auth::sign_in(domain, credentials(EMAIL), remember, &local()).await.unwrap().secret
}

async fn by_cookie(domain: &Domain, cookie: &Secret) -> Option<Person> {
    auth::by_cookie(domain, cookie.expose()).await.unwrap()
}

async fn set_for_person(domain: &Domain, user: UserId, change: Change) {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    lifetimes::set_for_person(domain, &by, user, &change, &local()).await.unwrap();
}

fn new_group(name: &str) -> NewGroup {
    NewGroup { name: name.into(), about: Some("People who pay".into()), ..NewGroup::default() }
}

async fn group(domain: &Domain, name: &str, change: Change) {
    let by = Actor::Operator.allow::<ManageGroups>().unwrap();
    groups::create(domain, &by, new_group(name), &local()).await.unwrap();
    lifetimes::set_for_group(domain, &by, name, &change, &local()).await.unwrap();
}

async fn join(domain: &Domain, user: UserId, group: &str) {
    let by = Actor::Operator.allow::<ManageGroups>().unwrap();
    groups::join(domain, &by, user, group, &local()).await.unwrap();
}

fn remembered(lifetime: Lifetime) -> Change {
    Change::from([(LifetimeKind::Remembered, Some(lifetime))])
}

vestibule_domain::both! {
    async fn a_group_may_stay_signed_in_for_ever(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        group(&t.domain, "premium", remembered(Lifetime::Forever)).await;
        let usual = signed_in(&t.domain, true).await;
        join(&t.domain, ada, "premium").await;
        let forever = signed_in(&t.domain, true).await;
        let window = signed_in(&t.domain, false).await;
        t.clock.advance(YEAR);
        assert!(by_cookie(&t.domain, &usual).await.is_none(), "what was opened before is not lengthened");
        assert!(by_cookie(&t.domain, &window).await.is_none(), "only what was chosen to be remembered");
        let person = by_cookie(&t.domain, &forever).await.expect("still signed in after a year without use");
        assert!(person.endless);
        let seen = sessions::list(&t.domain, &person).await.unwrap();
        assert_eq!((seen.len(), seen[0].expires_at), (1, None));
        let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let told = lifetimes::of_person(&t.domain, &by, ada).await.unwrap();
        let remembered = told.iter().find(|one| one.kind == LifetimeKind::Remembered).unwrap();
        assert_eq!((remembered.lifetime, &remembered.by), (Lifetime::Forever, &LifetimeBy::Group("premium".into())));
        assert_eq!(told.iter().filter(|one| one.by == LifetimeBy::Setting).count(), 4);
    }

    async fn the_persons_own_lifetime_comes_first_and_shortens_what_runs_at_once(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        group(&t.domain, "premium", remembered(Lifetime::Forever)).await;
        join(&t.domain, ada, "premium").await;
        let cookie = signed_in(&t.domain, true).await;
        let other = t.second().await.unwrap();
        t.clock.advance(Duration::from_hours(2));
        assert!(by_cookie(&t.domain, &cookie).await.is_some());
        set_for_person(&t.domain, ada, remembered(HOUR)).await;
        assert!(by_cookie(&t.domain, &cookie).await.is_none(), "it would have ended an hour ago");
        assert!(by_cookie(&other, &cookie).await.is_none());
        set_for_person(&t.domain, ada, remembered(Lifetime::Forever)).await;
        assert!(by_cookie(&t.domain, &cookie).await.is_none(), "what ended stays over");
        set_for_person(&t.domain, ada, Change::from([(LifetimeKind::Remembered, None)])).await;
        let cookie = signed_in(&t.domain, true).await;
        t.clock.advance(YEAR);
        assert!(by_cookie(&t.domain, &cookie).await.is_some(), "the group's holds again");
    }

    async fn who_leaves_a_group_or_loses_it_has_its_time_no_longer(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let by = Actor::Operator.allow::<ManageGroups>().unwrap();
        for (name, leave) in [("premium", true), ("gold", false)] {
            group(&t.domain, name, remembered(Lifetime::Forever)).await;
            join(&t.domain, ada, name).await;
            let cookie = signed_in(&t.domain, true).await;
            t.clock.advance(Duration::from_hours(24 * 29));
            if leave {
                groups::leave(&t.domain, &by, ada, name, &local()).await.unwrap();
            } else {
                groups::delete(&t.domain, &by, name, &local()).await.unwrap();
            }
            assert!(by_cookie(&t.domain, &cookie).await.is_some(), "{name}: a month is everybody's");
            t.clock.advance(Duration::from_hours(48));
            assert!(by_cookie(&t.domain, &cookie).await.is_none(), "{name}");
        }
    }

    async fn tokens_follow_their_own_lifetimes(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let forever = |kind| (kind, Some(Lifetime::Forever));
        let change = Change::from([forever(LifetimeKind::RefreshIdle), forever(LifetimeKind::RefreshOverall)]);
        set_for_person(&t.domain, ada, change).await;
        let first = auth::issue_tokens(&t.domain, credentials(EMAIL), &local()).await.unwrap();
        assert_eq!(first.refresh_expires_in, None);
        t.clock.advance(YEAR);
        let second = auth::refresh(&t.domain, &first.refresh_token, &local()).await.unwrap();
        set_for_person(&t.domain, ada, Change::from([(LifetimeKind::RefreshOverall, Some(HOUR))])).await;
        let refused = auth::refresh(&t.domain, &second.refresh_token, &local()).await;
        assert_eq!(refused.unwrap_err(), Error::BadToken, "the family is a year old");
        let short = auth::issue_tokens(&t.domain, credentials(EMAIL), &local()).await.unwrap();
        assert_eq!(short.refresh_expires_in, Some(3_600), "no token outlives its family");
    }

    async fn what_makes_no_sense_is_refused(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let none = Change::from([(LifetimeKind::Idle, Some(Lifetime::Span(Duration::ZERO)))]);
        let refused = lifetimes::set_for_person(&t.domain, &by, ada, &none, &local()).await;
        assert_eq!(refused, Err(Error::invalid("idle", Problem::Malformed)));
        let nobody = UserId(uuid::Uuid::nil());
        let refused = lifetimes::set_for_person(&t.domain, &by, nobody, &remembered(HOUR), &local()).await;
        assert_eq!(refused, Err(Error::NotFound));
        let by = Actor::Operator.allow::<ManageGroups>().unwrap();
        let refused = lifetimes::set_for_group(&t.domain, &by, "absent", &remembered(HOUR), &local()).await;
        assert_eq!(refused, Err(Error::NotFound));
        assert_eq!(groups::delete(&t.domain, &by, "absent", &local()).await, Err(Error::NotFound));
        let built_in = groups::delete(&t.domain, &by, "member", &local()).await;
        assert_eq!(built_in, Err(Error::Conflict { what: Conflict::BuiltInGroup }));
        groups::create(&t.domain, &by, new_group("premium"), &local()).await.unwrap();
        let taken = groups::create(&t.domain, &by, new_group("premium"), &local()).await;
        assert_eq!(taken.unwrap_err(), Error::Conflict { what: Conflict::GroupTaken });
    }

    async fn an_account_ends_at_its_very_moment_also_from_the_cache(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let end = t.now().after(Duration::from_mins(10));
        accounts::set_expiry(&t.domain, &by, ada, Some(end), &local()).await.unwrap();
        let cookie = signed_in(&t.domain, false).await;
        let pair = auth::issue_tokens(&t.domain, credentials(EMAIL), &local()).await.unwrap();
        let access = pair.access_token.expose();
        t.clock.set(vestibule_model::Timestamp(end.0 - 1));
        assert_eq!(by_cookie(&t.domain, &cookie).await.unwrap().account.expires_at, Some(end));
        assert!(auth::by_access_token(&t.domain, access).await.is_ok());
        t.clock.set(end);
        assert!(by_cookie(&t.domain, &cookie).await.is_none());
        assert_eq!(auth::by_access_token(&t.domain, access).await.err(), Some(Error::BadToken));
        assert_eq!(auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap_err(), Error::BadToken);
        let right = auth::sign_in(&t.domain, credentials(EMAIL), false, &local()).await;
        assert_eq!(right.unwrap_err(), Error::AccountExpired);
        let wrong = SignInForm { email: EMAIL.into(), password: "not the password at all".into() };
        let wrong = auth::sign_in(&t.domain, wrong, false, &local()).await;
        assert_eq!(wrong.unwrap_err(), Error::BadCredentials, "the end is told to the owner alone");
        accounts::set_expiry(&t.domain, &by, ada, None, &local()).await.unwrap();
        signed_in(&t.domain, false).await;
    }

    async fn the_end_is_told_a_week_and_a_day_before_and_each_once(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let days = |count: u64| Duration::from_hours(24 * count);
        let end = t.now().after(days(30));
        accounts::set_expiry(&t.domain, &by, ada, Some(end), &local()).await.unwrap();
        let other = t.second().await.unwrap();
        let mut told = Vec::new();
        for _ in 0..31 {
            let (one, two) = tokio::join!(accounts::tell_expiring(&t.domain), accounts::tell_expiring(&other));
            told.push(one.unwrap() + two.unwrap());
            t.clock.advance(days(1));
        }
        let on: Vec<_> = told.iter().enumerate().filter(|(_, count)| **count > 0).collect();
        assert_eq!(on, [(23, &1), (29, &1)], "days after the end was set");
    }

    async fn a_notice_that_was_missed_is_not_written_beside_the_next(t: TestDomain) {
        let ada = account(&t.domain, EMAIL, false).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let end = t.now().after(Duration::from_hours(20));
        accounts::set_expiry(&t.domain, &by, ada, Some(end), &local()).await.unwrap();
        assert_eq!(accounts::tell_expiring(&t.domain).await, Ok(1));
        assert_eq!(accounts::tell_expiring(&t.domain).await, Ok(0));
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].subject.contains("about to end"), "{}", letters[0].subject);
        let later = t.now().after(Duration::from_hours(19));
        accounts::set_expiry(&t.domain, &by, ada, Some(later), &local()).await.unwrap();
        assert_eq!(accounts::tell_expiring(&t.domain).await, Ok(1), "another end is told anew");
        t.clock.advance(Duration::from_hours(24));
        assert_eq!(accounts::tell_expiring(&t.domain).await, Ok(0), "an account that ended is not told");
    }

    async fn the_only_administrator_cannot_be_given_an_end(t: TestDomain) {
        let root = account(&t.domain, "root@example.org", true).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let end = Some(t.now().after(YEAR));
        let last = Err(Error::Conflict { what: Conflict::LastAdmin });
        assert_eq!(accounts::set_expiry(&t.domain, &by, root, end, &local()).await, last);
        let second = account(&t.domain, "second@example.org", true).await;
        accounts::set_expiry(&t.domain, &by, root, end, &local()).await.unwrap();
        let refused = accounts::set_expiry(&t.domain, &by, second, end, &local()).await;
        assert_eq!(refused, last, "one who will leave cannot be counted on");
    }

    async fn an_account_may_be_made_with_an_end(t: TestDomain) {
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        let form = RegisterForm { email: EMAIL.into(), password: PASSWORD.into(), name: "Ada".into(), ..RegisterForm::default() };
        let end = Some(t.now().after(YEAR));
        let new = NewAccount { form, verified: true, admin: false, expires_at: end };
        assert_eq!(accounts::create(&t.domain, &by, new, &local()).await.unwrap().expires_at, end);
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let shown = accounts::show(&t.domain, &view, &Which::Email(EMAIL.into())).await.unwrap();
        assert_eq!(shown.expires_at, end);
    }

    async fn a_proof_grows_old_and_is_renewed_under_another_token(t: TestDomain) {
        account(&t.domain, EMAIL, false).await;
        let cookie = signed_in(&t.domain, false).await;
        let person = by_cookie(&t.domain, &cookie).await.unwrap();
        assert_eq!(auth::check_proof(&t.domain, &person), Ok(()));
        t.clock.advance(Duration::from_mins(10));
        assert_eq!(auth::check_proof(&t.domain, &person), Err(Error::ProveAgain));
        let wrong = auth::prove_again(&t.domain, &person, &"not the password at all".into(), &local()).await;
        assert_eq!(wrong.unwrap_err(), Error::WrongPassword);
        assert!(by_cookie(&t.domain, &cookie).await.is_some(), "a wrong one changes nothing");
        let renewed = auth::prove_again(&t.domain, &person, &PASSWORD.into(), &local()).await.unwrap().unwrap();
        assert!(by_cookie(&t.domain, &cookie).await.is_none(), "ASVS 7.2.4: the old token is dead");
        let again = by_cookie(&t.domain, &renewed.secret).await.unwrap();
        assert_eq!((auth::check_proof(&t.domain, &again), again.session), (Ok(()), person.session));
        auth::sign_out(&t.domain, &again, &local()).await.unwrap();
        let over = auth::prove_again(&t.domain, &again, &PASSWORD.into(), &local()).await;
        assert_eq!(over.unwrap_err(), Error::BadToken);
    }

    async fn a_proof_counts_for_the_whole_family_of_tokens(t: TestDomain) {
        account(&t.domain, EMAIL, false).await;
        let pair = auth::issue_tokens(&t.domain, credentials(EMAIL), &local()).await.unwrap();
        t.clock.advance(Duration::from_mins(11));
        let person = auth::by_access_token(&t.domain, pair.access_token.expose()).await.unwrap();
        assert_eq!(auth::check_proof(&t.domain, &person), Err(Error::ProveAgain));
        assert!(auth::prove_again(&t.domain, &person, &PASSWORD.into(), &local()).await.unwrap().is_none());
        let next = auth::refresh(&t.domain, &pair.refresh_token, &local()).await.unwrap();
        for access in [&pair.access_token, &next.access_token] {
            let person = auth::by_access_token(&t.domain, access.expose()).await.unwrap();
            assert_eq!(auth::check_proof(&t.domain, &person), Ok(()));
        }
    }

    async fn c23_wrong_proofs_are_counted_like_wrong_sign_ins(t: TestDomain) {
        account(&t.domain, EMAIL, false).await;
        let cookie = signed_in(&t.domain, false).await;
        let person = by_cookie(&t.domain, &cookie).await.unwrap();
        let mut wrong = 0;
        for _ in 0..30 {
            match auth::prove_again(&t.domain, &person, &"not the password at all".into(), &local()).await {
                Err(Error::WrongPassword) => wrong += 1,
                Err(Error::TooManyAttempts { .. }) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(wrong < 10, "{wrong} guesses were heard");
    }
}
