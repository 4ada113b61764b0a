//! A life on a site that leaves a trace in every table a person can leave one in, and mail about them in every state. Used
//! by tests of erasure and of one's own data.

use super::{
    EMAIL, NAME, OLD_ADDRESSES, OTHER, PASSWORD, USERNAME, account, browser, credentials, local, signed_in,
};
use std::{sync::Arc, time::Duration};
use vestibule_domain::endpoints::{Credential, Policy};
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::quotas;
use vestibule_domain::sessions::lifetimes::{self, Change};
use vestibule_domain::social::{self, Back, Callback, Came, Start};
use vestibule_domain::testing::{TestDomain, Vouching};
use vestibule_domain::{
    Actor, Client, Domain, Extension, Person, abuse, accounts, auth, bans, groups, keys, notices, sql,
};
use vestibule_model::abuse::Offence;
use vestibule_model::accounts::{EmailChangeForm, RegisterForm};
use vestibule_model::auth::{PasswordForm, SignInForm};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{ADMIN, BanAccounts, ManageAccounts, ManageGroups, NewGroup};
use vestibule_model::keys::KeyForm;
use vestibule_model::profiles::{FieldKind, FieldValue, Part, ProfileForm, UserField, Visibility};
use vestibule_model::quotas::{Allowance, OverrideForm, QuotaForm};
use vestibule_model::sessions::{Lifetime, LifetimeKind};
use vestibule_model::social::{NativeStart, Purpose};
use vestibule_model::{Error, Secret, UserId};

const ROOT: &str = "root@example.org";
const BOB: &str = "bob@example.org";
/// Where a native app of hers is opened.
const APP: &str = "com.example.app:/signed-in";
/// Ends like hers.
pub(crate) const NEIGHBOUR: &str = "x.ada.quux@example.org";

/// What a life leaves behind that a test asks for.
pub(crate) struct Life {
    /// Whose it is.
    pub(crate) user: UserId,
    /// Everybody else on the site.
    pub(crate) others: Vec<UserId>,
    /// Every secret that was handed out or mailed.
    pub(crate) secrets: Vec<Secret>,
}

struct Project;

impl Extension for Project {
    fn name(&self) -> &'static str {
        "project"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![UserField::new("home_town", "Home town", FieldKind::Text)]
    }
}

/// Lives on the database of `t`, whose site declares a field and tells administrators of everything.
pub(crate) async fn live(mut t: TestDomain) -> (TestDomain, Life) {
    let mut options = t.options();
    options.extensions = vec![Arc::new(Project), Arc::new(Vouching)];
    options.rules.social.native_redirects = vec![APP.into()];
    options.rules.notices.admin.registration = true;
    t.domain = Domain::open(options).await.unwrap();
    let root = account(&t.domain, ROOT, "Root", None, true).await;
    let bob = account(&t.domain, BOB, "Bob", None, false).await;
    let neighbour = account(&t.domain, NEIGHBOUR, "Neighbour", None, false).await;
    let mut life = Life { user: root, others: vec![root, bob, neighbour], secrets: Vec::new() };
    let person = arrives(&t, &mut life).await;
    rules_for_a_while(&t, &person, bob).await;
    moves(&t, &mut life, &person).await;
    is_kept_out(&t, life.user, neighbour).await;
    settles(&t, &mut life).await;
    (t, life)
}

/// Sends what is due and notes the tokens in it; mail to administrators is given up before it leaves.
async fn post(t: &TestDomain, life: &mut Life) -> Vec<vestibule_domain::mail::Letter> {
    give_up(t).await;
    let letters = t.letters().await;
    let words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
    life.secrets
        .extend(words.filter_map(|word| word.split_once("token=")).map(|(_, token)| Secret::new(token)));
    letters
}

async fn give_up(t: &TestDomain) {
    let mut tx = t.domain.begin().await.unwrap();
    let dead = sql!(
        &mut tx,
        execute,
        "update outbox set status = 'dead', failure = 'rejected', failure_detail = 'no', finished_at = 1
         where status = 'queued' and kind like 'admin%'"
    );
    dead.await.unwrap();
    tx.commit().await.unwrap();
}

/// The last token mailed for `page`.
fn token(letters: &[vestibule_domain::mail::Letter], page: &str) -> Secret {
    let mut words = letters.iter().flat_map(|letter| letter.text.split_whitespace());
    let link = words.find(|word| word.contains(page) && word.contains("token=")).expect("a link came");
    Secret::new(link.split_once("token=").unwrap().1)
}

/// Registers, confirms, signs in, is known by a device, and says much of herself.
async fn arrives(t: &TestDomain, life: &mut Life) -> Person {
    let form = RegisterForm {
        email: OLD_ADDRESSES[0].into(),
        password: PASSWORD.into(),
        name: NAME.into(),
        username: Some(USERNAME.into()),
        fields: [("home_town".to_owned(), FieldValue::Text("Quuxville".into()))].into(),
    };
    accounts::register(&t.domain, form, &browser()).await.unwrap();
    let link = token(&post(t, life).await, "/verify");
    accounts::verify(&t.domain, &link, &browser()).await.unwrap();
    let form = SignInForm { email: OLD_ADDRESSES[0].into(), password: PASSWORD.into() };
    let session = auth::sign_in_on(&t.domain, form, true, None, &browser()).await.unwrap();
    let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
    life.user = person.user;
    life.secrets.extend([session.secret, session.device.unwrap()]);
    let profile = ProfileForm {
        bio: Some(Some(format!("I am {NAME}, write to {EMAIL}."))),
        links: Some(Some(vec!["https://example.org/adaquux".into()])),
        username: Some(Some(format!("{USERNAME}2"))),
        visibility: [(Part::Profile, Some(Visibility::Public))].into(),
        ..ProfileForm::default()
    };
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let picture = Picture::Sent(picture());
    profiles::change_for(&t.domain, &by, person.user, profile, picture, &local()).await.unwrap();
    let wanted = [("welcome".to_owned(), false)].into();
    notices::choose(&t.domain, &person, &wanted, &browser()).await.unwrap();
    person
}

fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Is an administrator for a while: others are told of her, and of what she did, by the address of those days.
async fn rules_for_a_while(t: &TestDomain, person: &Person, bob: UserId) {
    let groups = Actor::Operator.allow::<ManageGroups>().unwrap();
    groups::join(&t.domain, &groups, person.user, ADMIN, &local()).await.unwrap();
    let form = SignInForm { email: OLD_ADDRESSES[0].into(), password: PASSWORD.into() };
    let session = auth::sign_in(&t.domain, form, false, &browser()).await.unwrap();
    let ruler = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
    let by = Actor::Person(ruler).allow::<BanAccounts>().unwrap();
    let ban = BanForm { reason: "Spam".into(), until: None, note: Some("Third time.".into()) };
    bans::impose(&t.domain, &by, bob, ban, &browser()).await.unwrap();
    give_up(t).await;
    groups::leave(&t.domain, &groups, person.user, ADMIN, &local()).await.unwrap();
    let by = Actor::Operator.allow::<BanAccounts>().unwrap();
    bans::lift(&t.domain, &by, bob, &local()).await.unwrap();
}

/// Changes her address twice, asks for a third one, and others want those that were hers.
async fn moves(t: &TestDomain, life: &mut Life, person: &Person) {
    let ask = async |person: &Person, email: &str, password: &str, client: &Client| {
        let form = EmailChangeForm { email: email.into(), password: password.into() };
        accounts::email::request(&t.domain, person, form, client).await.unwrap();
    };
    for email in [OLD_ADDRESSES[1], EMAIL] {
        ask(person, email, PASSWORD, &browser()).await;
        let link = token(&post(t, life).await, "/account/email/confirm");
        accounts::email::confirm(&t.domain, person, &link, &browser()).await.unwrap();
    }
    let change = PasswordForm {
        current_password: PASSWORD.into(),
        new_password: OTHER.into(),
        ..PasswordForm::default()
    };
    auth::change_password(&t.domain, person, change, &browser()).await.unwrap();
    ask(person, OLD_ADDRESSES[2], OTHER, &browser()).await;
    let form = RegisterForm {
        email: OLD_ADDRESSES[0].into(),
        password: PASSWORD.into(),
        name: "Eve".into(),
        ..RegisterForm::default()
    };
    accounts::register(&t.domain, form, &local()).await.unwrap();
    post(t, life).await;
    let form = SignInForm { email: BOB.into(), password: PASSWORD.into() };
    let session = auth::sign_in(&t.domain, form, false, &local()).await.unwrap();
    let bob = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
    ask(&bob, OLD_ADDRESSES[1], PASSWORD, &local()).await;
}

/// Is banned and unbanned, and so is somebody whose address ends like hers.
async fn is_kept_out(t: &TestDomain, user: UserId, neighbour: UserId) {
    let by = Actor::Operator.allow::<BanAccounts>().unwrap();
    for (user, reason) in [(neighbour, "Noise"), (user, "Spammed by Quux")] {
        let note = (user != neighbour).then(|| "Remarked of Quux".to_owned());
        let ban = BanForm { reason: reason.into(), until: None, note };
        bans::impose(&t.domain, &by, user, ban, &local()).await.unwrap();
        bans::lift(&t.domain, &by, user, &local()).await.unwrap();
        if user == neighbour {
            give_up(t).await;
        }
    }
}

/// Fails at her password, is refused something, is in a group, and has an API key, lifetimes, an end, tokens and a link that nobody used.
async fn settles(t: &TestDomain, life: &mut Life) {
    let (cookie, person) = signed_in(&t.domain, OTHER).await;
    abuse::note_person(&t.domain, &person, Offence::Refused);
    abuse::settle(&t.domain).await.unwrap();
    let form = KeyForm { name: format!("Backup of {NAME}"), ..KeyForm::default() };
    let key = keys::create(&t.domain, &person, form, &browser()).await.unwrap().secret;
    keys::by_secret(&t.domain, key.expose(), browser().address).await.unwrap();
    life.secrets.push(key);
    spend(t, &person).await;
    let pair = auth::issue_tokens(&t.domain, credentials(OTHER), &browser()).await.unwrap();
    life.secrets.extend([cookie, pair.access_token, pair.refresh_token]);
    let by = Actor::Operator.allow::<ManageGroups>().unwrap();
    let premium =
        NewGroup { name: "premium".into(), about: Some("People who pay".into()), ..NewGroup::default() };
    groups::create(&t.domain, &by, premium, &local()).await.unwrap();
    groups::join(&t.domain, &by, life.user, "premium", &local()).await.unwrap();
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let change = Change::from([(LifetimeKind::Idle, Some(Lifetime::Forever))]);
    lifetimes::set_for_person(&t.domain, &by, life.user, &change, &local()).await.unwrap();
    let end = t.now().after(Duration::from_hours(24 * 100));
    accounts::set_expiry(&t.domain, &by, life.user, Some(end), &local()).await.unwrap();
    let (cookie, person) = signed_in(&t.domain, OTHER).await;
    life.secrets.push(cookie);
    accounts::dismiss_nudge(&t.domain, &person, "username_missing", &browser()).await.unwrap();
    accounts::exports::ask(&t.domain, &person, &browser()).await.unwrap();
    accounts::exports::write_due(&t.domain).await.unwrap();
    accounts::exports::ask(&t.domain, &person, &browser()).await.unwrap();
    connects(t, life, &person).await;
    auth::forgot(&t.domain, EMAIL, &browser()).await.unwrap();
    let wrong = auth::sign_in(&t.domain, credentials("not the password at all"), false, &browser()).await;
    assert_eq!(wrong.unwrap_err(), Error::BadCredentials);
}

/// Connects an account elsewhere, sets out once more, and lets an app wait for its tokens.
async fn connects(t: &TestDomain, life: &mut Life, person: &Person) {
    let state = |url: &str| url.split_once("state=").unwrap().1.to_owned();
    let code = || Some(format!(r#"{{"sub":"ada.quux","email":"{EMAIL}","name":"{NAME}"}}"#).into());
    let link = Start { purpose: Purpose::Link, next: "", remember: false, by: Some(person), browser: None };
    let started = social::start(&t.domain, "vouching", link, &browser()).await.unwrap();
    let callback = Callback { state: state(&started.url), code: code(), ..Callback::default() };
    let back = Back { browser: Some(&started.browser), by: Some(person), device: None };
    social::come_back(&t.domain, "vouching", callback, back, &browser()).await.unwrap();
    let again = social::start(&t.domain, "vouching", link, &browser()).await.unwrap();
    life.secrets.extend([again.browser, Secret::new(state(&again.url))]);
    let form = NativeStart { redirect_uri: APP.into(), code_challenge: "x".repeat(43), state: None };
    let started = social::start_native(&t.domain, "vouching", form, &browser()).await.unwrap();
    let callback = Callback { state: state(&started.authorization_url), code: code(), ..Callback::default() };
    let back = Back { browser: None, by: None, device: None };
    let came = social::come_back(&t.domain, "vouching", callback, back, &browser()).await.unwrap();
    let Came::Native { url } = came else { panic!("{came:?}") };
    life.secrets.push(Secret::new(url.split_once("code=").unwrap().1));
}

/// Something of every table of quotas: what was said for them, what they took, what they called.
async fn spend(t: &TestDomain, person: &vestibule_domain::Person) {
    let by = Actor::Operator.allow().unwrap();
    let form: QuotaForm = serde_json::from_str(r#"{"name": "books", "tag": "books", "limit": 5}"#).unwrap();
    quotas::create(&t.domain, &by, form, &local()).await.unwrap();
    let reason = format!("{NAME} asked");
    let more = OverrideForm { limit: Allowance::Units(9), expires_at: None, reason };
    quotas::set_override(&t.domain, &by, (person.user, None, "books"), more, &local()).await.unwrap();
    let route = quotas::Route::of(Policy::anyone("books"), Credential::Cookie);
    let actor = Actor::Person(person.clone());
    let caller = quotas::Caller { actor: &actor, address: None };
    quotas::spend(&t.domain, &route, caller).await.unwrap();
    quotas::flush(&t.domain).await.unwrap();
}
