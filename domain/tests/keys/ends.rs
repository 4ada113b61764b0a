//! When a key is over though nobody revoked it: its owner is banned, leaves, ends or is not confirmed (C20); its owner had to
//! take the account back; it leaked; it is old.

use super::people::{
    ADA, PASSWORD, account, enter, holder, home, is_good, is_refused, key_of, named, operator, person, shown,
    told,
};
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount, email};
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Client, Domain, auth, bans, jobs, keys, sql};
use vestibule_model::accounts::{EmailChangeForm, RegisterForm};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ManageAccounts};
use vestibule_model::keys::{KeyForm, KeyState, Revoked};
use vestibule_model::{Error, Problem, Secret};

const DAY: Duration = Duration::from_hours(24);

fn manage() -> vestibule_domain::Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

async fn token(t: &TestDomain, page: &str) -> Secret {
    let letters = t.letters().await;
    let mut words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
    let link = words.find(|word| word.contains(page) && word.contains("token=")).unwrap();
    Secret::new(link.split_once("token=").unwrap().1)
}

vestibule_domain::both! {
    async fn c20_a_banned_owners_keys_are_refused_for_as_long_as_the_ban_holds(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "before").await;
        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
        let ban = |until| BanForm { reason: "Spam".into(), until, note: None };
        bans::impose(&t.domain, &by, ada.user, ban(None), &Client::local()).await.unwrap();
        is_refused(&t.domain, &key, "banned").await;
        bans::lift(&t.domain, &by, ada.user, &Client::local()).await.unwrap();
        is_good(&t.domain, &key, "lifted").await;
        bans::impose(&t.domain, &by, ada.user, ban(Some(t.now().after(DAY))), &Client::local()).await.unwrap();
        is_refused(&t.domain, &key, "banned for a day").await;
        t.clock.advance(DAY);
        is_good(&t.domain, &key, "over by itself").await;
    }

    async fn c20_a_sleeping_owners_keys_are_refused_until_they_sign_in(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "before").await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::deactivate(&t.domain, &by, ada.user, &Client::local()).await.unwrap();
        is_refused(&t.domain, &key, "asleep").await;
        accounts::reactivate(&t.domain, &by, ada.user, &Client::local()).await.unwrap();
        is_good(&t.domain, &key, "awake").await;
    }

    async fn c20_a_leaving_owners_keys_are_refused_until_they_come_back(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "before").await;
        accounts::ask_deletion(&t.domain, &manage(), ada.user, &Client::local()).await.unwrap();
        is_refused(&t.domain, &key, "leaving").await;
        enter(&t.domain, ADA).await;
        is_good(&t.domain, &key, "back").await;
    }

    async fn c20_a_sleeping_owners_keys_are_refused_until_they_wake(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "before").await;
        accounts::deactivate(&t.domain, &manage(), ada.user, &Client::local()).await.unwrap();
        is_refused(&t.domain, &key, "asleep").await;
        enter(&t.domain, ADA).await;
        is_good(&t.domain, &key, "awake").await;
    }

    async fn c20_an_accounts_end_is_that_of_its_keys(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        is_good(&t.domain, &key, "before").await;
        let end = Some(t.now().after(DAY));
        accounts::set_expiry(&t.domain, &manage(), ada.user, end, &Client::local()).await.unwrap();
        is_good(&t.domain, &key, "not yet").await;
        t.clock.advance(DAY);
        is_refused(&t.domain, &key, "the account has ended").await;
        accounts::set_expiry(&t.domain, &manage(), ada.user, None, &Client::local()).await.unwrap();
        is_good(&t.domain, &key, "it goes on").await;
    }

    async fn c20_the_keys_of_an_account_that_is_not_confirmed_are_refused(t: TestDomain) {
        let form = RegisterForm { email: ADA.into(), password: PASSWORD.into(), name: "Ada".into(), ..RegisterForm::default() };
        let new = NewAccount { form, verified: false, admin: false, expires_at: None };
        let ada = accounts::create(&t.domain, &manage(), new, &Client::local()).await.unwrap().id;
        let key = keys::create_for(&t.domain, &operator(), ada, named("Early"), &home()).await.unwrap();
        is_refused(&t.domain, &key, "not confirmed").await;
        accounts::mark_verified(&t.domain, &manage(), ada, &Client::local()).await.unwrap();
        is_good(&t.domain, &key, "confirmed").await;
    }

    async fn a_password_set_by_mail_revokes_every_key_unless_the_site_says_otherwise(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        let mut options = t.options();
        options.rules.keys.revoke_on_reset = false;
        let lenient = Domain::open(options).await.unwrap();
        for (domain, password) in [(&lenient, "seven grey herons over water"), (&t.domain, "a lamp under nine stairs")] {
            is_good(&t.domain, &key, "before").await;
            t.letters().await;
            auth::forgot(domain, ADA, &home()).await.unwrap();
            auth::reset(domain, &token(&t, "/reset").await, &password.into(), &home()).await.unwrap();
        }
        is_refused(&t.domain, &key, "revoked").await;
        let row = shown(&t.domain, key.key.id).await;
        assert_eq!((row.state, row.revoked), (KeyState::Revoked, Some(Revoked::PasswordReset)));
        assert_eq!(told(&t.domain, "keys_revoked").await, 1);
    }

    async fn c07_an_address_that_is_taken_back_revokes_every_key(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let form = EmailChangeForm { email: "eve@example.org".into(), password: PASSWORD.into() };
        email::request(&t.domain, &ada, form, &home()).await.unwrap();
        let link = token(&t, "/account/email/confirm").await;
        email::confirm(&t.domain, &ada, &link, &home()).await.unwrap();
        let undo = token(&t, "/email/undo").await;
        let key = key_of(&t.domain, &ada).await;
        email::undo(&t.domain, &undo, &home()).await.unwrap();
        is_refused(&t.domain, &key, "whoever took the account made it").await;
        assert_eq!(shown(&t.domain, key.key.id).await.revoked, Some(Revoked::EmailRestored));
    }

    async fn a_key_that_is_reported_is_over_and_nobody_learns_whether_it_was_good(t: TestDomain) {
        account(&t.domain, "root@example.org", true).await;
        let ada = person(&t.domain, ADA).await;
        let (key, other) = (key_of(&t.domain, &ada).await, key_of(&t.domain, &ada).await);
        t.letters().await;
        let report = async |key: &Secret| keys::report(&t.domain, key, &Actor::Anonymous, &home()).await;
        report(&Secret::new(format!(" {}\n", key.secret.expose()))).await.unwrap();
        is_refused(&t.domain, &key, "leaked").await;
        is_good(&t.domain, &other, "another one").await;
        let letters = t.letters().await;
        let mut to: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, [ADA, "root@example.org"]);
        assert!(letters.iter().all(|letter| !letter.text.contains(key.secret.expose())));
        assert_eq!(report(&key.secret).await, Ok(()), "twice");
        assert_eq!(shown(&t.domain, key.key.id).await.revoked, Some(Revoked::Leaked));
        let stranger = TestDomain::with(vestibule_domain::testing::Engine::Sqlite, |options| {
            options.secret_key = Some(Secret::new("another master secret, as long as it must be"));
        });
        let stranger = stranger.await.unwrap();
        let foreign = key_of(&stranger.domain, &person(&stranger.domain, ADA).await).await;
        assert_eq!(report(&foreign.secret).await, Ok(()), "one of another site");
        let wrong = Secret::new(format!("{}0", key.secret.expose()));
        assert_eq!(report(&wrong).await, Err(Error::invalid("key", Problem::Malformed)));
        assert_eq!((told(&t.domain, "key_leaked").await, t.letters().await.len()), (1, 0));
    }

    async fn owners_are_told_of_keys_that_end_and_once_for_each_notice(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        key_of(&t.domain, &ada).await;
        let never = KeyForm { never: true, ..named("Never") };
        keys::create(&t.domain, &ada, never, &home()).await.unwrap();
        t.letters().await;
        let tell = async || keys::tell_expiring(&t.domain).await.unwrap();
        t.clock.advance(DAY * 82);
        assert_eq!(tell().await, 0);
        t.clock.advance(DAY);
        assert_eq!((tell().await, tell().await), (1, 0));
        t.clock.advance(DAY * 6);
        assert_eq!((tell().await, tell().await), (1, 0));
        assert_eq!(t.letters().await.len(), 2);
        assert_eq!(told(&t.domain, "key_expiry_told").await, 2);
    }

    async fn keys_that_were_over_long_ago_are_forgotten(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let old = key_of(&t.domain, &ada).await;
        let never = KeyForm { never: true, ..named("Never") };
        let never = keys::create(&t.domain, &ada, never, &home()).await.unwrap();
        let gone = key_of(&t.domain, &ada).await;
        keys::revoke(&t.domain, &ada, gone.key.id, &home()).await.unwrap();
        let kept = async || {
            jobs::sweep(&t.domain).await.unwrap();
            let row = sql!(t.domain.db(), fetch_one as (i64,), "select count(*) from api_keys");
            row.await.unwrap().0
        };
        t.clock.advance(DAY * 90);
        assert_eq!(kept().await, 3);
        t.clock.advance(Duration::from_micros(1));
        assert_eq!(kept().await, 2, "revoked");
        t.clock.advance(DAY * 90);
        assert_eq!(kept().await, 1, "ended");
        is_refused(&t.domain, &old, "ended").await;
        assert!(holder(&t.domain, &never).await.is_ok());
    }
}
