//! `/account/keys` and below as a browser without JavaScript uses them.

use super::app::{API, App, PASSWORD};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use std::time::Duration;
use vestibule_model::KeyId;

const ADA: &str = "ada@example.org";

async fn signed_in(app: &App) -> Browser<'_> {
    app.account(ADA, false).await;
    let mut browser = Browser::on(app);
    browser.submit("/fn/auth/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
    browser
}

const PLAIN: [(&str, &str); 6] = [
    ("key_name", "Nightly backup"),
    ("access", "read"),
    ("scopes[]", ""),
    ("networks", "127.0.0.0/8\r\n2001:db8::1"),
    ("ends", "30"),
    ("until", ""),
];

/// The key that a page shows.
fn shown(html: &str) -> String {
    let (_, rest) = html.split_once("id=\"key-secret\">").expect("the page shows a key");
    rest.split('<').next().unwrap().to_owned()
}

async fn status(app: &App, method: Method, key: &str) -> S {
    let request = Request::builder().method(method).uri(format!("{API}/me")).header("x-api-key", key);
    app.raw(request.body(Body::empty()).unwrap()).await.status
}

/// The fields without the empty one that stands for no permission at all.
fn fields(change: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let own = PLAIN.into_iter().filter(|(name, _)| *name != "scopes[]");
    own.map(|(name, value)| {
        change.iter().find(|(changed, _)| *changed == name).copied().unwrap_or((name, value))
    })
    .collect()
}

#[tokio::test]
async fn a_key_is_made_on_a_page_and_shown_once() {
    let app = App::new().await;
    let mut browser = signed_in(&app).await;
    let form = browser.open("/account/keys/new").await;
    assert!(form.status == S::OK && !form.text().contains("scopes[]"), "a member has no permission to give");
    let page = browser.submit_and_follow("/fn/keys/make", &fields(&[])).await;
    assert_eq!(page.status, S::OK);
    assert!(page.header("cache-control").contains("no-store"), "{}", page.header("cache-control"));
    let html = page.text();
    let key = shown(&html);
    assert_eq!(html.matches(key.as_str()).count(), 2, "the key, and the line for a program's settings");
    assert!(html.contains("curl http://127.0.0.1:3000/api/v1/me -H"), "{html}");
    assert_eq!(status(&app, Method::GET, &key).await, S::OK);
    assert_eq!(status(&app, Method::PATCH, &key).await, S::FORBIDDEN, "it only reads");
    let again = browser.open("/account/keys/secret").await.text();
    assert!(!again.contains(&key) && again.contains("shown already"), "{again}");
    let secret = key.rsplit('_').next().unwrap();
    for path in [
        "/account/keys".to_owned(),
        format!("/account/keys/{}", id(&browser.open("/account/keys").await.text())),
    ] {
        let html = browser.open(&path).await.text();
        assert!(html.contains("Nightly backup") && !html.contains(secret), "{path}");
    }
}

/// The id of the first key that the list leads to.
fn id(html: &str) -> KeyId {
    let mut links = html.split("href=\"/account/keys/").skip(1);
    links.find_map(|rest| rest.split('"').next()?.parse().ok()).expect("the list leads to a key")
}

#[tokio::test]
async fn what_does_not_fit_comes_back_beside_its_field_and_keeps_what_was_typed() {
    let app = App::new().await;
    let mut browser = signed_in(&app).await;
    for (wrong, says) in [
        (&[("key_name", " ")][..], "Give the key a name."),
        (&[("networks", "127.0.0.1\nexample.org")], "Write one address or network a line"),
        (&[("ends", "date")], "Choose a day."),
        (&[("ends", "date"), ("until", "2001-01-01")], "Choose a later day."),
        (&[("ends", "12000")], "This is not in the right form."),
    ] {
        let page = browser.submit_and_follow("/fn/keys/make", &fields(wrong)).await.text();
        assert!(page.contains(says) && page.contains("Error: Make a key"), "{wrong:?}: {page}");
        assert!(page.contains("2001:db8::1") || wrong[0].0 == "networks", "{wrong:?}");
    }
    let scope = [("key_name", "Backup"), ("access", "read"), ("scopes[]", "accounts:view"), ("ends", "7")];
    let page = browser.submit_and_follow("/fn/keys/make", &scope).await.text();
    assert!(page.contains("Error: Make a key"), "{page}");
    assert!(browser.open("/account/keys").await.text().contains("You have no keys."));
}

#[tokio::test]
async fn a_key_is_changed_switched_rotated_and_revoked_on_its_page() {
    let app = App::new().await;
    let mut browser = signed_in(&app).await;
    let old = shown(&browser.submit_and_follow("/fn/keys/make", &fields(&[])).await.text());
    let id = id(&browser.open("/account/keys").await.text()).to_string();
    let key = ("key", id.as_str());
    let edit = browser.open(&format!("/account/keys/{id}/edit")).await;
    assert!(edit.status == S::OK && edit.text().contains("127.0.0.0/8\n2001:db8::1/128"), "{}", edit.text());
    let saved = [key, ("key_name", "Shop <b>"), ("networks", "")];
    let page = browser.submit_and_follow("/fn/keys/save", &saved).await.text();
    assert!(page.contains("The key is changed.") && page.contains("Shop &lt;b&gt;"), "{page}");
    let bad = [key, ("key_name", "Shop"), ("networks", "nowhere")];
    assert!(browser.submit_and_follow("/fn/keys/save", &bad).await.text().contains("Write one address"));
    for (enabled, expected) in [("false", S::UNAUTHORIZED), ("true", S::OK)] {
        let page = browser.submit_and_follow("/fn/keys/switch", &[key, ("enabled", enabled)]).await;
        assert_eq!((page.status, status(&app, Method::GET, &old).await), (S::OK, expected));
    }
    let rotate = [key, ("overlap_hours", "1"), ("ends", "same"), ("until", "")];
    let new = shown(&browser.submit_and_follow("/fn/keys/rotate", &rotate).await.text());
    assert_eq!(
        (status(&app, Method::GET, &old).await, status(&app, Method::GET, &new).await),
        (S::OK, S::OK)
    );
    app.t.clock.advance(Duration::from_hours(1) - Duration::from_secs(1));
    let page = browser.submit_and_follow("/fn/keys/revoke", &[key]).await.text();
    assert!(page.contains("The key is revoked.") && page.contains("Revoked lately"), "{page}");
    for secret in [&old, &new] {
        assert_eq!(status(&app, Method::GET, secret).await, S::UNAUTHORIZED);
    }
    assert_eq!(
        browser.open(&format!("/account/keys/{id}/edit")).await.status,
        S::SEE_OTHER,
        "the proof is too old"
    );
    assert_eq!(browser.open(&format!("/account/keys/{id}")).await.status, S::OK, "what became of it");
}

#[tokio::test]
async fn making_a_key_asks_for_the_password_again_and_ending_one_does_not() {
    let app = App::new().await;
    let mut browser = signed_in(&app).await;
    browser.submit("/fn/keys/make", &fields(&[])).await;
    let id = id(&browser.open("/account/keys").await.text()).to_string();
    app.t.clock.advance(Duration::from_mins(11));
    let asked = browser.open("/account/keys/new").await;
    assert_eq!(
        (asked.status, asked.header("location")),
        (S::SEE_OTHER, "/prove?next=%2Faccount%2Fkeys%2Fnew")
    );
    let asked = browser.submit("/fn/keys/make", &fields(&[])).await;
    assert!(asked.header("location").starts_with("/prove"), "{asked:?}");
    let ended = browser.submit("/fn/keys/revoke", &[("key", &id)]).await;
    assert_eq!(ended.header("location"), "/account/keys");
    assert!(browser.open("/account/keys").await.text().contains("Revoked lately"));
}

#[tokio::test]
async fn c50_the_page_of_somebody_elses_key_is_not_there() {
    let app = App::new().await;
    let mut browser = signed_in(&app).await;
    browser.submit("/fn/keys/make", &fields(&[])).await;
    let id = id(&browser.open("/account/keys").await.text()).to_string();
    app.account("bob@example.org", false).await;
    let mut other = Browser::on(&app);
    other.submit("/fn/auth/sign-in", &[("email", "bob@example.org"), ("password", PASSWORD)]).await;
    for path in [format!("/account/keys/{id}"), format!("/account/keys/{id}/edit")] {
        let page = other.open(&path).await;
        assert!(page.status == S::NOT_FOUND && !page.text().contains("Nightly"), "{path}");
    }
    for action in ["save", "switch", "rotate", "revoke"] {
        let form = [("key", id.as_str()), ("key_name", "Mine"), ("enabled", "false"), ("overlap_hours", "0")];
        let page = other.submit_and_follow(&format!("/fn/keys/{action}"), &form).await.text();
        assert!(page.contains("There is nothing"), "{action}: {page}");
    }
    assert!(browser.open(&format!("/account/keys/{id}")).await.text().contains("Active"));
}

#[tokio::test]
async fn administrators_find_a_key_and_end_it() {
    let app = App::new().await;
    let mut browser = signed_in(&app).await;
    let key = shown(&browser.submit_and_follow("/fn/keys/make", &fields(&[])).await.text());
    app.account("root@example.org", true).await;
    let mut root = Browser::on(&app);
    root.submit("/fn/auth/sign-in", &[("email", "root@example.org"), ("password", PASSWORD)]).await;
    let begins = key.rsplit_once('_').unwrap().0;
    for query in ["", "?owner=ada%40example.org&state=active", &format!("?begins_with={begins}")] {
        let page = root.open(&format!("/admin/keys{query}")).await;
        assert!(page.status == S::OK && page.text().contains("Nightly backup"), "{query}: {}", page.text());
    }
    for query in ["?owner=nobody%40example.org", "?state=revoked", "?begins_with=vst_nonsense"] {
        let page = root.open(&format!("/admin/keys{query}")).await;
        assert!(page.status == S::OK && page.text().contains("No key fits."), "{query}");
    }
    let whole = root.open(&format!("/admin/keys?begins_with={key}")).await.text();
    assert!(whole.contains("never all of it") && !whole.contains("Nightly backup"), "{whole}");
    let page = root.open("/admin/keys").await.text();
    let hidden = |name: &str| {
        // The last one is that of the row, after the filter of the same name.
        let (_, rest) = page.rsplit_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (id, owner) = (hidden("key"), hidden("owner"));
    let form = [("key", id.as_str()), ("owner", owner.as_str()), ("enabled", "false")];
    assert_eq!(browser.submit("/fn/admin/keys/revoke", &form).await.status, S::FORBIDDEN);
    let page = root.submit_and_follow("/fn/admin/keys/switch", &form).await.text();
    assert!(page.contains("The key is off.") && page.contains("Switch on"), "{page}");
    let page = root.submit_and_follow("/fn/admin/keys/revoke", &form).await.text();
    assert!(page.contains("The key is revoked."), "{page}");
    assert_eq!(status(&app, Method::GET, &key).await, S::UNAUTHORIZED);
}
