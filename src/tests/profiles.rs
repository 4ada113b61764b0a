//! Profiles and pictures, over REST and by the forms of a browser without JavaScript.

use super::app::{API, Answer, App, PASSWORD, Tokens};
use super::browser::Browser;
use axum::body::Body;
use http::{Method, Request, StatusCode as S};
use serde_json::{Value, json};
use std::io::Cursor;
use vestibule_domain::testing::{Engine, TestDomain};

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";

/// A request to the REST API with headers of its own.
async fn call(
    app: &App,
    method: Method,
    path: &str,
    who: Option<&Tokens>,
    more: &[(&str, &str)],
    body: Body,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{API}{path}"));
    if let Some(tokens) = who {
        request = request.header("authorization", format!("Bearer {}", tokens.access));
    }
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    app.raw(request.body(body).unwrap()).await
}

async fn patch(app: &App, who: &Tokens, form: &Value, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(more);
    call(app, Method::PATCH, "/me", Some(who), &headers, Body::from(form.to_string())).await
}

async fn read(app: &App, path: &str, who: Option<&Tokens>, more: &[(&str, &str)]) -> Answer {
    call(app, Method::GET, path, who, more, Body::empty()).await
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

pub(super) fn png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([200, 0, 0]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

async fn browser<'a>(app: &'a App, email: &str) -> Browser<'a> {
    let mut browser = Browser::on(app);
    let answer = browser.submit("/fn/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, S::SEE_OTHER, "{}", answer.text());
    browser
}

/// The value of the hidden control `name`.
pub(super) fn hidden(page: &str, name: &str) -> String {
    let after = page.split(&format!("name=\"{name}\"")).nth(1).expect("the control is there");
    after.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// A form with a file, as a browser sends it.
async fn upload(browser: &mut Browser<'_>, name: &str, bytes: &[u8]) -> Answer {
    let head = format!(
        "--b\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"../../me.svg\"\r\ncontent-type: image/svg+xml\r\n\r\n"
    );
    let whole = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
    let request =
        browser.request(Method::POST, "/fn/profiles/avatar").header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    browser.send(request.body(Body::from(whole)).unwrap()).await
}

vestibule_domain::both! {
    async fn me_is_changed_in_parts_and_only_from_the_state_that_was_seen(t: TestDomain) {
        let app = App::of(t);
        let ada = app.member(ADA).await;
        let seen = read(&app, "/me", Some(&ada), &[]).await;
        let tag = seen.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
        assert_eq!(read(&app, "/me", Some(&ada), &[("if-none-match", &tag)]).await.status, S::NOT_MODIFIED);
        let weak = format!("\"x\", W/{tag}");
        assert_eq!(read(&app, "/me", Some(&ada), &[("if-none-match", &weak)]).await.status, S::NOT_MODIFIED);
        let done = patch(&app, &ada, &json!({"username": "ada", "bio": "Writes."}), &[("if-match", &tag)]).await;
        assert_eq!((done.status, &body(&done)["username"], &body(&done)["bio"]), (S::OK, &json!("ada"), &json!("Writes.")));
        assert_ne!(done.header("etag"), tag);
        let late = patch(&app, &ada, &json!({"bio": null}), &[("if-match", &tag)]).await;
        assert_eq!((late.status, late.code().as_str()), (S::PRECONDITION_FAILED, "changed_meanwhile"));
        let weak = format!("W/{}", done.header("etag"));
        assert_eq!(patch(&app, &ada, &json!({"bio": null}), &[("if-match", &weak)]).await.status, S::PRECONDITION_FAILED);
        assert_eq!(patch(&app, &ada, &json!({"bio": null}), &[("if-match", "nonsense")]).await.status, S::BAD_REQUEST);
        let any = patch(&app, &ada, &json!({"bio": null}), &[("if-match", "*")]).await;
        assert_eq!((any.status, &body(&any)["bio"], &body(&any)["username"]), (S::OK, &Value::Null, &json!("ada")));
        for (form, pointer, code) in [
            (json!({"email": "x@example.org"}), "/email", "unknown"),
            (json!({"username": "root"}), "/username", "reserved"),
            (json!({"links": ["example.org", "javascript:alert(1)"]}), "/links/1", "malformed"),
            (json!({"visibility": {"bio": "friends"}}), "/visibility", "not_offered"),
            (json!({"fields": {"size": 1}}), "/fields/size", "unknown"),
            (json!({"bio": 5}), "/bio", "wrong_type"),
        ] {
            let answer = patch(&app, &ada, &form, &[]).await;
            assert_eq!(answer.status, S::UNPROCESSABLE_ENTITY, "{form}");
            assert_eq!((&body(&answer)["errors"][0]["pointer"], &body(&answer)["errors"][0]["code"]), (&json!(pointer), &json!(code)), "{form}");
        }
    }

    async fn a_profile_is_read_by_those_who_may_and_leads_on_from_a_former_name(t: TestDomain) {
        let app = App::of(t);
        let (ada, bob) = (app.member(ADA).await, app.member(BOB).await);
        patch(&app, &ada, &json!({"username": "ada", "bio": "Writes."}), &[]).await;
        for who in [None, Some(&bob)] {
            assert_eq!(read(&app, "/profiles/ada", who, &[]).await.code(), "not_found");
        }
        patch(&app, &ada, &json!({"visibility": {"profile": "public", "bio": "signed_in"}}), &[]).await;
        let (stranger, near) = (read(&app, "/profiles/ADA", None, &[]).await, read(&app, "/profiles/ada", Some(&bob), &[]).await);
        assert_eq!(body(&stranger), json!({"username": "ada", "name": "Ada Lovelace"}));
        assert_eq!(body(&near)["bio"], "Writes.");
        assert!(body(&near).get("email").is_none() && body(&near).get("id").is_none());
        let tag = stranger.header("etag").to_owned();
        assert_eq!(read(&app, "/profiles/ada", None, &[("if-none-match", &tag)]).await.status, S::NOT_MODIFIED);
        assert_eq!(read(&app, "/profiles/ada", Some(&bob), &[("if-none-match", &tag)]).await.status, S::OK);
        patch(&app, &ada, &json!({"username": "lovelace"}), &[]).await;
        let moved = read(&app, "/profiles/ada", None, &[]).await;
        assert_eq!((moved.status, moved.header("location")), (S::PERMANENT_REDIRECT, "lovelace"));
        let mut page = Browser::on(&app);
        let moved = page.open("/u/Ada").await;
        assert_eq!((moved.status, moved.header("location")), (S::PERMANENT_REDIRECT, "/u/lovelace"));
        assert!(page.open("/u/lovelace").await.text().contains("Ada Lovelace"));
    }

    async fn a_picture_goes_in_and_out_over_rest(t: TestDomain) {
        let app = App::of(t);
        let (ada, bob) = (app.member(ADA).await, app.member(BOB).await);
        patch(&app, &ada, &json!({"username": "ada"}), &[]).await;
        assert_eq!(read(&app, "/me/avatar", Some(&ada), &[]).await.status, S::NOT_FOUND);
        let bad = call(&app, Method::PUT, "/me/avatar", Some(&ada), &[("content-type", "image/png")], Body::from("<svg/>")).await;
        assert_eq!(body(&bad)["errors"][0], json!({"pointer": "/avatar", "code": "not_a_picture"}));
        let large = Body::from(vec![0; 5 * 1024 * 1024 + 1]);
        let large = call(&app, Method::PUT, "/me/avatar", Some(&ada), &[], large).await;
        assert_eq!(large.status, S::PAYLOAD_TOO_LARGE);
        let put = call(&app, Method::PUT, "/me/avatar", Some(&ada), &[("content-type", "text/plain")], Body::from(png())).await;
        assert_eq!(put.status, S::NO_CONTENT);
        let got = read(&app, "/me/avatar", Some(&ada), &[]).await;
        assert_eq!((got.header("content-type"), got.header("x-content-type-options")), ("image/jpeg", "nosniff"));
        assert!(got.body.starts_with(&[0xff, 0xd8, 0xff]));
        let tag = got.header("etag").to_owned();
        let known = read(&app, "/me/avatar", Some(&ada), &[("if-none-match", &tag)]).await;
        assert_eq!((known.status, known.body.len(), known.header("etag")), (S::NOT_MODIFIED, 0, tag.as_str()));
        assert_eq!(read(&app, "/profiles/ada/avatar", Some(&bob), &[]).await.code(), "not_found");
        patch(&app, &ada, &json!({"visibility": {"profile": "signed_in"}}), &[]).await;
        assert_eq!(read(&app, "/profiles/ada/avatar", Some(&bob), &[]).await.status, S::OK);
        assert_eq!(read(&app, "/profiles/ada/avatar", None, &[]).await.code(), "not_found");
        for _ in 0..2 {
            let gone = call(&app, Method::DELETE, "/me/avatar", Some(&ada), &[], Body::empty()).await;
            assert_eq!(gone.status, S::NO_CONTENT);
        }
        assert_eq!(read(&app, "/me/avatar", Some(&ada), &[]).await.status, S::NOT_FOUND);
    }

    async fn the_form_saves_and_what_does_not_fit_comes_back_as_typed(t: TestDomain) {
        let app = App::of(t);
        app.account(ADA, false).await;
        let mut browser = browser(&app, ADA).await;
        let page = browser.open("/account/profile").await;
        assert_eq!(page.status, S::OK);
        let tag = hidden(&page.text(), "tag");
        let bio = "Zwei Zeilen\nund \"mehr\" <b>".repeat(15);
        let about = [("card", "card-about"), ("tag", &tag), ("name", "Ada"), ("username", "a--b"), ("bio", &bio)];
        let back = browser.submit_and_follow("/fn/profiles/save", &about).await.text();
        assert!(back.contains("value=\"a--b\"") && back.contains("und \"mehr\" &lt;b&gt;"), "{back}");
        assert!(back.contains("href=\"#username\""), "{back}");
        assert_eq!(back.matches("data-unsaved").count(), 1, "{back}");
        let links = [("card", "card-links"), ("tag", &tag), ("links[0]", "example.org"), ("links[1]", "javascript:alert(1)")];
        let back = browser.submit_and_follow("/fn/profiles/save", &links).await.text();
        assert!(back.contains("value=\"javascript:alert(1)\"") && back.contains("href=\"#links[1]\""), "{back}");
        assert!(!back.contains("value=\"a--b\""), "another card: {back}");
        let wrong = [("card", "card-places"), ("tag", &tag), ("language", "de"), ("time_zone", "Mars")];
        let back = browser.submit_and_follow("/fn/profiles/save", &wrong).await.text();
        assert!(back.contains("value=\"de\" selected") && back.contains("value=\"Mars\" selected"), "{back}");
        let mut saved = String::new();
        for card in [
            &[("card", "card-about"), ("name", "Ada"), ("username", "ada"), ("bio", "Writes.")][..],
            &[("card", "card-links"), ("links[0]", "example.org"), ("links[1]", "")],
            &[("card", "card-places"), ("language", "de"), ("time_zone", "")],
            &[("card", "card-seen"), ("visibility[profile]", "public")],
        ] {
            let tag = hidden(&browser.open("/account/profile").await.text(), "tag");
            let form: Vec<_> = std::iter::once(("tag", tag.as_str())).chain(card.iter().copied()).collect();
            let answer = browser.submit("/fn/profiles/save", &form).await;
            assert_eq!(answer.header("location"), format!("/account/profile#{}", card[0].1));
            saved = browser.open("/account/profile").await.text();
            let part = saved.split(&format!("id=\"{}\"", card[0].1)).nth(1).unwrap().split("</form>").next().unwrap();
            assert_eq!((part.matches("Your profile is saved.").count(), saved.matches("Your profile is saved.").count()), (1, 1), "{saved}");
        }
        assert!(saved.contains("href=\"/u/ada\"") && saved.contains("Writes.") && saved.contains("value=\"de\" selected"), "{saved}");
        assert!(saved.contains("value=\"https://example.org/\""), "no card takes what another one saved: {saved}");
        for card in [&[][..], &[("card", "card-nonsense")], &[("card", "\"><script>"), ("name", "")]] {
            let told = browser.submit_and_follow("/fn/profiles/save", card).await.text();
            assert!(told.contains("could not be understood") && !told.contains("\"><script>"), "{told}");
        }
        let public = browser.open("/u/ada").await.text();
        assert!(public.contains("rel=\"me nofollow ugc noopener\"") && public.contains("Writes."), "{public}");
        let account = browser.open("/account").await.text();
        assert!(account.contains("Add a picture") && !account.contains("Choose a user name"), "{account}");
    }

    async fn of_two_tabs_the_second_is_told_and_keeps_what_was_typed(t: TestDomain) {
        let app = App::of(t);
        app.account(ADA, false).await;
        let mut browser = browser(&app, ADA).await;
        let tag = hidden(&browser.open("/account/profile").await.text(), "tag");
        browser.submit_and_follow("/fn/profiles/save", &[("card", "card-about"), ("tag", &tag), ("name", "First"), ("bio", "one")]).await;
        let told = browser.submit_and_follow("/fn/profiles/save", &[("card", "card-about"), ("tag", &tag), ("name", "Second"), ("bio", "two")]).await.text();
        assert!(told.contains("changed in another place") && told.contains("value=\"Second\""), "{told}");
        assert!(browser.open("/account/profile").await.text().contains("value=\"First\""), "nothing was written");
        let tag = hidden(&told, "tag");
        browser.submit_and_follow("/fn/profiles/save", &[("card", "card-about"), ("tag", &tag), ("name", "Second"), ("bio", "two")]).await;
        assert!(browser.open("/account/profile").await.text().contains("value=\"Second\""));
    }

    async fn a_picture_is_sent_by_a_form_without_javascript(t: TestDomain) {
        let app = App::of(t);
        app.account(ADA, false).await;
        let mut browser = browser(&app, ADA).await;
        assert!(browser.open("/account/profile").await.text().contains("fill=\"hsl("), "initials");
        for (field, bytes, words) in [
            ("avatar", &b""[..], "Choose a picture first."),
            ("other", &png()[..], "Choose a picture first."),
            ("avatar", b"<svg onload=alert(1)>", "not a picture of a kind we can read"),
            ("avatar", &vec![0; 6 * 1024 * 1024], "too large"),
        ] {
            let answer = upload(&mut browser, field, bytes).await;
            assert_eq!((answer.status, answer.header("location")), (S::SEE_OTHER, "/account/profile"), "{words}");
            let page = browser.open("/account/profile").await.text();
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(upload(&mut browser, "avatar", &png()).await.status, S::SEE_OTHER);
        let page = browser.open("/account/profile").await.text();
        let src = page.split("src=\"/account/avatar").nth(1).unwrap().split('"').next().unwrap();
        let shown = browser.open(&format!("/account/avatar{src}")).await;
        assert_eq!((shown.status, shown.header("content-type")), (S::OK, "image/jpeg"));
        assert_eq!(shown.header("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(browser.open("/account/avatar?v=other").await.header("cache-control"), "private, no-cache");
        let gone = browser.submit_and_follow("/fn/profiles/remove-avatar", &[]).await.text();
        assert!(gone.contains("Your picture is gone.") && gone.contains("fill=\"hsl("), "{gone}");
        let foreign = browser.request(Method::POST, "/fn/profiles/avatar").header("sec-fetch-site", "cross-site");
        let foreign = foreign.header("content-type", "multipart/form-data; boundary=b").body(Body::from("--b--")).unwrap();
        assert_eq!(browser.send(foreign).await.status, S::FORBIDDEN);
    }

    async fn hostile_names_and_bios_are_text_and_nothing_else(t: TestDomain) {
        let app = App::of(t);
        let ada = app.member(ADA).await;
        let script = "</title></textarea><script>alert(1)</script>";
        let form = json!({
            "username": "ada", "name": script, "bio": format!("{script}\n<img src=x onerror=alert(1)> &lt;"),
            "links": ["https://example.org/?q='onmouseover='alert(1)"], "visibility": {"profile": "public"},
        });
        assert_eq!(patch(&app, &ada, &form, &[]).await.status, S::OK);
        let mut stranger = Browser::on(&app);
        let mut own = browser(&app, ADA).await;
        for page in [stranger.open("/u/ada").await, own.open("/u/ada").await, own.open("/account/profile").await, own.open("/account").await] {
            let text = page.text();
            assert_eq!(page.status, S::OK);
            assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{text}");
            assert!(text.matches("</title>").count() == 1 && text.contains("&lt;/title&gt;"), "{text}");
        }
        for hidden in ["a\u{202e}b", "a\u{2066}b", "a\u{200b}b", "a\u{301}\u{301}\u{301}\u{301}\u{301}"] {
            let answer = patch(&app, &ada, &json!({"name": hidden}), &[]).await;
            assert_eq!(body(&answer)["errors"][0]["code"], "forbidden_character", "{hidden:?}");
        }
    }

    async fn owners_look_at_their_page_as_others_do_and_nobody_else_can(t: TestDomain) {
        let app = App::of(t);
        for email in [ADA, BOB] {
            app.account(email, false).await;
        }
        let ada = app.tokens(ADA, PASSWORD).await;
        let shown = json!({"username": "ada", "bio": "Writes programs.", "links": ["https://example.org/"],
            "visibility": {"profile": "public", "links": "signed_in", "bio": "public"}});
        patch(&app, &ada, &shown, &[]).await;
        let (mut own, mut bobs, mut stranger) = (browser(&app, ADA).await, browser(&app, BOB).await, Browser::on(&app));
        let plain = own.open("/u/ada").await.text();
        assert!(plain.contains("/u/ada?as=stranger") && plain.contains("example.org"), "{plain}");
        let seen = own.open("/u/ada?as=stranger").await.text();
        assert!(seen.contains("as people who are not signed in see it") && seen.contains("Writes programs."), "{seen}");
        assert!(!seen.contains("example.org/\""), "{seen}");
        let seen = own.open("/u/ada?as=signed-in").await.text();
        assert!(seen.contains("as people who are signed in see it") && seen.contains("example.org"), "{seen}");
        for other in [&mut bobs, &mut stranger] {
            let plain = other.open("/u/ada").await.text();
            for eyes in ["stranger", "signed-in", "nobody"] {
                let same = other.open(&format!("/u/ada?as={eyes}")).await.text();
                assert_eq!(same.contains("example.org"), plain.contains("example.org"));
                assert!(!same.contains("see it."), "{same}");
            }
        }
        patch(&app, &ada, &json!({"visibility": {"profile": "private"}}), &[]).await;
        let seen = own.open("/u/ada?as=signed-in").await;
        assert_eq!(seen.status, S::OK);
        let seen = seen.text();
        assert!(seen.contains("this page is not there") && !seen.contains("Writes programs."), "{seen}");
        assert_eq!(bobs.open("/u/ada?as=signed-in").await.status, S::NOT_FOUND);
    }
}

#[tokio::test]
async fn search_engines_are_kept_out_where_the_site_or_the_person_says_so() {
    for (site, own, noindex) in [(false, "public", false), (true, "public", true), (false, "private", true)] {
        let made = TestDomain::with(Engine::Sqlite, |options| options.rules.profiles.noindex = site).await;
        let app = App::of(made.expect("SQLite is always there"));
        app.account(ADA, false).await;
        let ada = app.tokens(ADA, PASSWORD).await;
        let shown = json!({"username": "ada", "visibility": {"profile": "public", "search": own}});
        assert_eq!(patch(&app, &ada, &shown, &[]).await.status, S::OK);
        let sent = call(
            &app,
            Method::PUT,
            "/me/avatar",
            Some(&ada),
            &[("content-type", "image/png")],
            Body::from(png()),
        );
        assert_eq!(sent.await.status, S::NO_CONTENT);
        let page = Browser::on(&app).open("/u/ada").await;
        let pictures = [
            Browser::on(&app).open("/u/ada/avatar").await,
            read(&app, "/profiles/ada/avatar", None, &[]).await,
        ];
        for answer in [&page, &pictures[0], &pictures[1]] {
            assert_eq!(answer.status, S::OK);
            let tag = answer.headers.get("x-robots-tag").map(|tag| tag.to_str().unwrap());
            assert_eq!(tag, noindex.then_some("noindex"));
        }
        assert_eq!(
            page.text().contains("<meta name=\"robots\" content=\"noindex\""),
            noindex,
            "{}",
            page.text()
        );
    }
}
