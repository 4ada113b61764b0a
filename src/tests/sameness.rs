//! A profile that is hidden, over, banned, unconfirmed, about to go or gone looks like one that never was: the same status,
//! headers and body, and as many questions to the database (C50, C67).

use super::app::{Answer, App, PASSWORD};
use super::browser::Browser;
use http::{HeaderMap, Method, Request, StatusCode as S};
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::profiles::Picture;
use vestibule_domain::testing::counting_statements;
use vestibule_domain::{Actor, Client, Domain, auth, bans, profiles};
use vestibule_model::UserId;
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ManageAccounts};
use vestibule_model::profiles::{Part, ProfileForm, Visibility};

const VIEWER: &str = "viewer@example.org";
/// What there may be behind a user name, as the user names of people who are so.
const STATES: [&str; 8] =
    ["private", "banned", "deactivated", "leaving", "expired", "unconfirmed", "erased", "shown"];

fn by() -> vestibule_domain::Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

/// Somebody called `state`, and `was_<state>` before, whose profile and picture everybody may see.
async fn person(domain: &Domain, state: &str) -> UserId {
    let local = Client::local();
    let form = RegisterForm {
        email: format!("{state}@example.org"),
        password: PASSWORD.into(),
        name: format!("Name of {state}"),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: state != "unconfirmed", admin: false, expires_at: None };
    let user = accounts::create(domain, &by(), new, &local).await.unwrap().id;
    for username in [format!("was_{state}"), state.to_owned()] {
        let form = ProfileForm {
            username: Some(Some(username)),
            bio: Some(Some(format!("Words of {state}"))),
            visibility: [(Part::Profile, Some(Visibility::Public)), (Part::Bio, Some(Visibility::Public))]
                .into(),
            ..ProfileForm::default()
        };
        profiles::change_for(domain, &by(), user, form, Picture::Kept, &local).await.unwrap();
    }
    if state != "unconfirmed" {
        let form = SignInForm { email: format!("{state}@example.org"), password: PASSWORD.into() };
        let session = auth::sign_in(domain, form, false, &local).await.unwrap();
        let person = auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap();
        profiles::set_avatar(domain, &person, super::profiles::png(), &local).await.unwrap();
    }
    user
}

/// Everybody, each in their state.
async fn people(app: &App) {
    let (domain, local) = (&app.t.domain, Client::local());
    for state in STATES {
        let user = person(domain, state).await;
        match state {
            "private" => {
                let visibility = [(Part::Profile, Some(Visibility::Private))].into();
                let form = ProfileForm { visibility, ..ProfileForm::default() };
                profiles::change_for(domain, &by(), user, form, Picture::Kept, &local).await.unwrap();
            }
            "banned" => {
                let by = Actor::Operator.allow::<BanAccounts>().unwrap();
                let form = BanForm { reason: "Spam".into(), until: None, note: None };
                bans::impose(domain, &by, user, form, &local).await.unwrap();
            }
            "deactivated" => accounts::deactivate(domain, &by(), user, &local).await.unwrap(),
            "leaving" => drop(accounts::ask_deletion(domain, &by(), user, &local).await.unwrap()),
            "expired" => {
                let end = app.t.now().after(Duration::from_secs(1));
                accounts::set_expiry(domain, &by(), user, Some(end), &local).await.unwrap();
            }
            "erased" => accounts::delete(domain, &by(), user, &local).await.unwrap(),
            _ => {}
        }
    }
    app.t.clock.advance(Duration::from_secs(2));
}

/// An answer without what is of one request alone.
#[derive(Debug, PartialEq)]
struct Seen {
    status: S,
    headers: HeaderMap,
    body: String,
    statements: usize,
}

fn seen((answer, statements): (Answer, usize)) -> Seen {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).map(|rest| rest.split('\'').next().unwrap().to_owned());
    let id = answer.header("x-request-id").to_owned();
    let plain = |text: String| {
        nonce.iter().chain([&id]).fold(text, |text, of_one| text.replace(of_one.as_str(), "~"))
    };
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers
        .map(|(name, value)| (name.clone(), plain(value.to_str().unwrap().to_owned()).parse().unwrap()))
        .collect();
    Seen { status: answer.status, headers, body: plain(answer.text()), statements }
}

/// Every way to somebody's profile, as a page and over REST, for a stranger and for somebody who is signed in.
const WAYS: [(&str, &str, bool); 8] = [
    ("/u/", "", false),
    ("/u/", "", true),
    ("/u/", "/avatar", false),
    ("/u/", "/avatar", true),
    ("/api/v1/profiles/", "", false),
    ("/api/v1/profiles/", "", true),
    ("/api/v1/profiles/", "/avatar", false),
    ("/api/v1/profiles/", "/avatar", true),
];

vestibule_domain::both! {
    async fn c50_c67_whatever_is_not_shown_is_one_answer(t: TestDomain) {
        let app = App::of(t);
        people(&app).await;
        let access = app.member(VIEWER).await.access;
        let mut near = Browser::on(&app);
        near.submit("/fn/auth/sign-in", &[("email", VIEWER), ("password", PASSWORD)]).await;
        near.open("/account").await;
        let far = Browser::on(&app);
        for (before, after, signed_in) in WAYS {
            let ask = async |name: &str| {
                let path = format!("{before}{name}{after}");
                let request = match (before, signed_in) {
                    ("/u/", true) => near.request(Method::GET, &path),
                    ("/u/", false) => far.request(Method::GET, &path),
                    (_, true) => Request::get(&path).header("authorization", format!("Bearer {access}")),
                    (_, false) => Request::get(&path),
                };
                seen(counting_statements(app.raw(request.body(axum::body::Body::empty()).unwrap())).await)
            };
            // The first one reads the viewer's session; all others find it in the cache.
            ask("nobody0").await;
            let absent = ask("nobody1").await;
            assert_eq!((absent.status, absent.statements), (S::NOT_FOUND, 1), "{before}{after} {absent:?}");
            for state in STATES.into_iter().filter(|state| *state != "shown") {
                for name in [state.to_owned(), format!("was_{state}"), state.to_uppercase()] {
                    assert_eq!(ask(&name).await, absent, "{before}{name}{after}, signed in: {signed_in}");
                }
            }
            assert_eq!(ask("shown").await.status, S::OK, "{before}{after}");
            let moved = if after.is_empty() { S::PERMANENT_REDIRECT } else { S::OK };
            assert_eq!(ask("was_shown").await.status, moved, "{before}{after}");
        }
    }
}
