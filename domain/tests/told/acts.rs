//! What is done that somebody is told of. Each act has a person of its own, so that acts follow each other on one site.

use std::{pin::Pin, time::Duration};
use vestibule_domain::accounts::{self, NewAccount, email};
use vestibule_domain::endpoints::{Credential, Policy};
use vestibule_domain::mail::{self, Delivery, Letter};
use vestibule_domain::profiles;
use vestibule_domain::quotas::{self, Caller};
use vestibule_domain::social::{self, Back, Callback, Came, Start};
use vestibule_domain::testing::TestDomain;
use vestibule_domain::{Actor, Client, Domain, Person, abuse, auth, bans, groups, keys};
use vestibule_model::abuse::Offence;
use vestibule_model::accounts::{EmailChangeForm, RegisterForm};
use vestibule_model::auth::{PasswordForm, SignInForm};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{ADMIN, BanAccounts, ManageAccounts, ManageGroups};
use vestibule_model::keys::KeyForm;
use vestibule_model::people::NewPersonForm;
use vestibule_model::profiles::ProfileForm;
use vestibule_model::quotas::{Allowance, QuotaForm};
use vestibule_model::social::Purpose;
use vestibule_model::{Email, Secret, UserId};

pub(crate) const ROOT: &str = "root@example.org";
const PASSWORD: &str = "tangerine ladder sings quietly";
const OTHER: &str = "seven grey herons over water";

/// An act under way.
pub(crate) type Doing<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

fn registration(email: &str) -> RegisterForm {
    let (email, name) = (email.to_owned(), "Ada".to_owned());
    RegisterForm { email, password: PASSWORD.into(), name, ..RegisterForm::default() }
}

/// Makes an account without a mail to it.
pub(crate) async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let new = NewAccount { form: registration(email), verified: true, admin, expires_at: None };
    accounts::create(domain, &Actor::Operator.allow().unwrap(), new, &Client::local()).await.unwrap().id
}

fn at(address: &str, agent: &str) -> Client {
    Client { address: address.parse().ok(), user_agent: Some(agent.into()), request_id: None }
}

fn home() -> Client {
    at("192.0.2.7", "Firefox/140.0 Linux")
}

fn away() -> Client {
    at("198.51.100.4", "Firefox/140.0 Windows NT 10.0")
}

/// The token of the link to `page`.
fn token(letters: &[Letter], page: &str) -> Secret {
    let mut words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
    let link = words.find(|word| word.contains(page) && word.contains("token=")).expect("a link came");
    Secret::new(link.split_once("token=").unwrap().1)
}

/// Where an act is done, and about whom.
pub(crate) struct Stage<'a> {
    t: &'a TestDomain,
    domain: &'a Domain,
    who: &'a str,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(t: &'a TestDomain, who: &'a str) -> Self {
        Self { t, domain: &t.domain, who }
    }

    fn credentials(&self, password: &str) -> SignInForm {
        SignInForm { email: self.who.to_owned(), password: password.into() }
    }

    async fn member(&self) -> UserId {
        account(self.domain, self.who, false).await
    }

    async fn person(&self) -> Person {
        self.member().await;
        self.enter(&home()).await
    }

    async fn enter(&self, client: &Client) -> Person {
        let session = auth::sign_in(self.domain, self.credentials(PASSWORD), false, client).await.unwrap();
        auth::by_cookie(self.domain, session.secret.expose()).await.unwrap().unwrap()
    }

    pub(crate) async fn register(&self) {
        accounts::register(self.domain, registration(self.who), &home()).await.unwrap();
    }

    pub(crate) async fn register_known(&self) {
        self.member().await;
        self.register().await;
    }

    pub(crate) async fn be_invited(&self) {
        let form =
            NewPersonForm { email: self.who.to_owned(), name: "Ada".into(), ..NewPersonForm::default() };
        let by = Actor::Operator.allow().unwrap();
        accounts::invite(self.domain, &by, form, &Client::local()).await.unwrap();
    }

    pub(crate) async fn register_twice(&self) {
        self.register().await;
        self.register().await;
    }

    pub(crate) async fn verify(&self) {
        self.register().await;
        let link = token(&self.t.letters().await, "/verify");
        accounts::verify(self.domain, &link, &home()).await.unwrap();
    }

    pub(crate) async fn forget(&self) {
        self.member().await;
        auth::forgot(self.domain, self.who, &home()).await.unwrap();
    }

    pub(crate) async fn change_password(&self) {
        let change = PasswordForm {
            current_password: PASSWORD.into(),
            new_password: OTHER.into(),
            ..PasswordForm::default()
        };
        auth::change_password(self.domain, &self.person().await, change, &home()).await.unwrap();
    }

    /// Guesses until the password is taken no more.
    pub(crate) async fn guess(&self) {
        self.member().await;
        for _ in 0..50 {
            self.t.clock.advance(Duration::from_mins(16));
            let wrong = self.credentials("not the password at all");
            auth::sign_in(self.domain, wrong, false, &away()).await.unwrap_err();
        }
    }

    pub(crate) async fn reuse_a_token(&self) {
        self.member().await;
        let pair = auth::issue_tokens(self.domain, self.credentials(PASSWORD), &home()).await.unwrap();
        auth::refresh(self.domain, &pair.refresh_token, &home()).await.unwrap();
        auth::refresh(self.domain, &pair.refresh_token, &away()).await.unwrap_err();
    }

    pub(crate) async fn make_key(&self) -> Secret {
        let form = KeyForm { name: "Backup".into(), ..KeyForm::default() };
        keys::create(self.domain, &self.person().await, form, &home()).await.unwrap().secret
    }

    /// Connects an account elsewhere.
    pub(crate) async fn link_identity(&self) -> Person {
        let person = self.person().await;
        let start =
            Start { purpose: Purpose::Link, next: "", remember: false, by: Some(&person), browser: None };
        let started = social::start(self.domain, "vouching", start, &home()).await.unwrap();
        let state = started.url.split_once("state=").unwrap().1.to_owned();
        let code = format!(r#"{{"sub":"{}"}}"#, self.who);
        let callback = Callback { state, code: Some(code.into()), ..Callback::default() };
        let back = Back { browser: Some(&started.browser), by: Some(&person), device: None };
        let came = social::come_back(self.domain, "vouching", callback, back, &home()).await;
        assert!(matches!(came, Ok(Came::Linked { already: false, .. })), "{came:?}");
        person
    }

    pub(crate) async fn unlink_identity(&self) {
        let person = self.link_identity().await;
        social::unlink(self.domain, &person, "vouching", &home()).await.unwrap();
    }

    /// Calls so many times, of ten that may be.
    pub(crate) async fn spend(&self, count: usize) {
        let by = Actor::Operator.allow().unwrap();
        let form = QuotaForm {
            name: Some("books".into()),
            tag: Some("books".into()),
            limit: Some(Allowance::Units(10)),
            ..QuotaForm::default()
        };
        // The first act of the two makes it.
        let _ = quotas::create(self.domain, &by, form, &Client::local()).await;
        let route = quotas::Route::of(Policy::anyone("books"), Credential::Cookie);
        let actor = Actor::Person(self.person().await);
        for _ in 0..count {
            quotas::spend(self.domain, &route, Caller { actor: &actor, address: None }).await.unwrap();
        }
    }

    pub(crate) async fn let_key_end(&self) {
        self.make_key().await;
        self.t.clock.advance(Duration::from_hours(85 * 24));
        keys::tell_expiring(self.domain).await.unwrap();
    }

    pub(crate) async fn leak_key(&self) {
        let key = self.make_key().await;
        keys::report(self.domain, &key, &Actor::Anonymous, &away()).await.unwrap();
    }

    pub(crate) async fn sign_in_elsewhere(&self) {
        self.person().await;
        self.enter(&away()).await;
    }

    async fn ask(&self, person: &Person, email: &str) {
        let form = EmailChangeForm { email: email.to_owned(), password: PASSWORD.into() };
        email::request(self.domain, person, form, &home()).await.unwrap();
    }

    pub(crate) async fn ask_address(&self) {
        self.ask(&self.person().await, &format!("new.{}", self.who)).await;
    }

    pub(crate) async fn want_known_address(&self) {
        self.member().await;
        let other = format!("other.{}", self.who);
        let other = Stage { who: &other, ..*self };
        other.ask(&other.person().await, self.who).await;
    }

    pub(crate) async fn change_address(&self) {
        let person = self.person().await;
        self.ask(&person, &format!("new.{}", self.who)).await;
        let link = token(&self.t.letters().await, "/account/email/confirm");
        email::confirm(self.domain, &person, &link, &home()).await.unwrap();
    }

    pub(crate) async fn take_address_back(&self) {
        self.change_address().await;
        let link = token(&self.t.letters().await, "/email/undo");
        email::undo(self.domain, &link, &home()).await.unwrap();
    }

    pub(crate) async fn replace_address(&self) {
        let (user, by) = (self.member().await, Actor::Operator.allow().unwrap());
        let new = format!("new.{}", self.who);
        email::replace(self.domain, &by, user, &new, true, &Client::local()).await.unwrap();
    }

    pub(crate) async fn change_profile(&self) {
        let form = ProfileForm {
            name: Some(Some("Ada Lovelace".into())),
            time_zone: Some(Some("Europe/London".into())),
            ..ProfileForm::default()
        };
        profiles::change(self.domain, &self.person().await, form, None, &home()).await.unwrap();
    }

    pub(crate) async fn near_the_end(&self) {
        let (user, by) = (self.member().await, Actor::Operator.allow().unwrap());
        let end = self.t.now().after(Duration::from_hours(5 * 24));
        accounts::set_expiry(self.domain, &by, user, Some(end), &Client::local()).await.unwrap();
        accounts::tell_expiring(self.domain).await.unwrap();
    }

    pub(crate) async fn ask_deletion(&self) -> UserId {
        let (user, by) = (self.member().await, Actor::Operator.allow::<ManageAccounts>().unwrap());
        accounts::ask_deletion(self.domain, &by, user, &Client::local()).await.unwrap();
        user
    }

    pub(crate) async fn come_back(&self) {
        self.ask_deletion().await;
        self.enter(&home()).await;
    }

    pub(crate) async fn take_deletion_back(&self) {
        let (user, by) = (self.ask_deletion().await, Actor::Operator.allow::<ManageAccounts>().unwrap());
        accounts::cancel_deletion(self.domain, &by, user, &Client::local()).await.unwrap();
    }

    pub(crate) async fn export(&self) {
        let person = self.person().await;
        accounts::exports::ask(self.domain, &person, &home()).await.unwrap();
        assert_eq!(accounts::exports::write_due(self.domain).await, Ok(1));
    }

    pub(crate) async fn deactivate(&self) {
        let (user, by) = (self.member().await, Actor::Operator.allow::<ManageAccounts>().unwrap());
        accounts::deactivate(self.domain, &by, user, &Client::local()).await.unwrap();
    }

    pub(crate) async fn wake(&self) {
        self.deactivate().await;
        self.enter(&home()).await;
    }

    pub(crate) async fn delete(&self) {
        let (user, by) = (self.member().await, Actor::Operator.allow::<ManageAccounts>().unwrap());
        accounts::delete(self.domain, &by, user, &Client::local()).await.unwrap();
    }

    pub(crate) async fn ban(&self) -> UserId {
        let (user, by) = (self.member().await, Actor::Operator.allow::<BanAccounts>().unwrap());
        let form = BanForm { reason: "Spam in profiles".into(), until: None, note: None };
        bans::impose(self.domain, &by, user, form, &Client::local()).await.unwrap();
        user
    }

    pub(crate) async fn unban(&self) {
        let (user, by) = (self.ban().await, Actor::Operator.allow::<BanAccounts>().unwrap());
        bans::lift(self.domain, &by, user, &Client::local()).await.unwrap();
    }

    pub(crate) async fn appoint(&self) -> UserId {
        let (user, by) = (self.member().await, Actor::Operator.allow::<ManageGroups>().unwrap());
        groups::join(self.domain, &by, user, ADMIN, &Client::local()).await.unwrap();
        user
    }

    pub(crate) async fn dismiss(&self) {
        let (user, by) = (self.appoint().await, Actor::Operator.allow::<ManageGroups>().unwrap());
        groups::leave(self.domain, &by, user, ADMIN, &Client::local()).await.unwrap();
    }

    /// Tries for an hour to send by a server that is not there.
    pub(crate) async fn fail_to_send(&self) {
        self.t.clock.advance(Duration::from_hours(7));
        let mut options = self.t.options();
        options.rules = self.domain.rules().clone();
        options.delivery = Delivery::Smtp(Secret::new("smtp://127.0.0.1:1"));
        let away = Domain::open(options).await.unwrap();
        self.register().await;
        for _ in 0..40 {
            mail::deliver_due(&away).await.unwrap();
            self.t.clock.advance(Duration::from_mins(2));
        }
        self.t.clock.advance(Duration::from_hours(2));
    }

    pub(crate) async fn attack(&self) {
        // What was blocked before is free again, and administrators were told long ago.
        self.t.clock.advance(Duration::from_hours(25));
        for _ in 0..15 {
            abuse::note(self.domain, away().address, Offence::Probed, Some("/.env"));
        }
        abuse::settle(self.domain).await.unwrap();
    }

    pub(crate) async fn test_mail(&self) {
        let to = Email::parse(self.who).unwrap();
        mail::send_test(&self.t.options(), &to).await.unwrap();
    }
}
