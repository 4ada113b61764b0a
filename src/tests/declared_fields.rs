//! Fields of a project in the pages: signing up, changing and seeing them, by the forms of a browser without JavaScript.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use super::profiles::hidden;
use http::StatusCode as S;
use std::sync::Arc;
use vestibule_domain::Extension;
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_model::profiles::{FieldKind, MayEdit, MaySee, UserField};

const ADA: &str = "ada@example.org";

/// A project with a field of every kind, and of every kind of reader and writer.
struct Project;

impl Extension for Project {
    fn name(&self) -> &'static str {
        "project"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![
            UserField::new("company", "Company", FieldKind::Text).required().seen_by(MaySee::Public),
            UserField::new("about", "About work", FieldKind::LongText).seen_by(MaySee::Public),
            UserField::new("size", "Shoe size", FieldKind::Number).seen_by(MaySee::SignedIn),
            UserField::new("hires", "Looks for people", FieldKind::Bool).seen_by(MaySee::Public),
            UserField::new("since", "There since", FieldKind::Date),
            UserField::new("color", "Colour", FieldKind::Choice(&["red", "blue"])).seen_by(MaySee::SignedIn),
            UserField::new("site", "Work site", FieldKind::Url).seen_by(MaySee::Public),
            UserField::new("tier", "Tier", FieldKind::Text).edited_by(MayEdit::Administrators),
        ]
    }
}

async fn app() -> App {
    let project = |options: &mut vestibule_domain::Options| options.extensions = vec![Arc::new(Project)];
    App::of(TestDomain::with(Engine::Sqlite, project).await.unwrap())
}

async fn signed_in<'a>(app: &'a App, email: &str) -> Browser<'a> {
    let mut browser = Browser::on(app);
    let answer = browser.submit("/fn/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, S::SEE_OTHER);
    browser
}

/// The control called `fields[name]`, as it stands in the page.
fn control(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"fields[{name}]\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let start = page[..at].rfind('<').unwrap();
    let end = ["</select>", "</textarea>"]
        .into_iter()
        .filter(|end| page[start..].starts_with(&format!("<{}", &end[2..end.len() - 1])));
    let end = end.map(|end| page[start..].find(end).unwrap()).next();
    page[start..start + end.unwrap_or_else(|| page[start..].find('>').unwrap())].to_owned()
}

#[tokio::test]
async fn signing_up_asks_for_what_a_project_requires() {
    let app = app().await;
    let mut browser = Browser::on(&app);
    let page = browser.open("/register").await.text();
    assert!(
        control(&page, "company").contains("required") && page.contains("Shoe size (optional)"),
        "{page}"
    );
    assert!(!page.contains("fields[tier]"), "what is for administrators is not asked");
    let form = |company: &'static str, size: &'static str| {
        [
            ("email", ADA),
            ("password", PASSWORD),
            ("name", "Ada"),
            ("fields[company]", company),
            ("fields[size]", size),
            ("fields[tier]", "gold"),
        ]
    };
    let told = browser.submit_and_follow("/fn/accounts/register", &form("", "large")).await.text();
    assert!(told.contains("href=\"#fields[company]\"") || told.contains("href=\"#fields[size]\""), "{told}");
    assert!(control(&told, "size").contains("value=\"large\""), "what was typed stays");
    assert!(app.t.letters().await.is_empty(), "nothing was made");
    browser.submit_and_follow("/fn/accounts/register", &form("<b>ACME</b>", "42")).await;
    let link = app.mailed_token(ADA).await;
    browser.submit("/fn/accounts/verify", &[("token", &link)]).await;
    let page = signed_in(&app, ADA).await.open("/account/profile").await.text();
    assert!(
        control(&page, "company").contains("value=\"&lt;b&gt;ACME&lt;/b&gt;\""),
        "{}",
        control(&page, "company")
    );
    assert!(control(&page, "size").contains("value=\"42\"") && !page.contains("gold"), "{page}");
}

#[tokio::test]
async fn the_profile_form_has_a_control_of_each_kind_and_keeps_what_was_typed() {
    let app = app().await;
    app.account(ADA, false).await;
    let mut browser = signed_in(&app, ADA).await;
    let page = browser.open("/account/profile").await.text();
    for (name, sign) in [
        ("company", "type=\"text\""),
        ("about", "<textarea"),
        ("size", "type=\"number\""),
        ("hires", "type=\"checkbox\""),
        ("since", "type=\"date\""),
        ("color", "<select"),
        ("site", "type=\"url\""),
    ] {
        assert!(control(&page, name).contains(sign), "{name}: {}", control(&page, name));
    }
    assert!(!page.contains("fields[tier]"), "{page}");
    let tag = hidden(&page, "tag");
    let wrong = [
        ("tag", tag.as_str()),
        ("card", "card-more"),
        ("fields[company]", "  "),
        ("fields[about]", "Two\nlines </textarea><script>alert(1)</script>"),
        ("fields[size]", "large"),
        ("fields[hires]", "true"),
        ("fields[since]", "2023-02-29"),
        ("fields[color]", "green"),
        ("fields[site]", "javascript:alert(1)"),
    ];
    let told = browser.submit_and_follow("/fn/profiles/save", &wrong).await.text();
    for name in ["size", "since", "color"] {
        assert!(told.contains(&format!("href=\"#fields[{name}]\"")), "{name}: {told}");
    }
    assert!(
        control(&told, "size").contains("value=\"large\"") && control(&told, "hires").contains("checked"),
        "{told}"
    );
    assert!(!told.contains("<script>alert") && control(&told, "about").contains("&lt;script&gt;"), "{told}");
    let page = browser.open("/account/profile").await.text();
    assert!(!control(&page, "hires").contains("checked"), "nothing was written");
}

#[tokio::test]
async fn what_is_saved_is_shown_to_whom_it_is_for() {
    let app = app().await;
    app.account(ADA, false).await;
    app.account("bob@example.org", false).await;
    let mut browser = signed_in(&app, ADA).await;
    for card in [
        [("card", "card-about"), ("name", "Ada"), ("username", "ada")],
        [("card", "card-seen"), ("visibility[profile]", "public"), ("visibility[name]", "public")],
    ] {
        let tag = hidden(&browser.open("/account/profile").await.text(), "tag");
        let form: Vec<_> = std::iter::once(("tag", tag.as_str())).chain(card).collect();
        browser.submit_and_follow("/fn/profiles/save", &form).await;
    }
    let save = [
        ("card", "card-more"),
        ("fields[company]", "<b>ACME</b>"),
        ("fields[about]", "Two\nlines"),
        ("fields[size]", "42"),
        ("fields[hires]", "true"),
        ("fields[since]", "2024-02-29"),
        ("fields[color]", "blue"),
        ("fields[site]", "example.org/work"),
        ("fields[tier]", "gold"),
    ];
    let tag = hidden(&browser.open("/account/profile").await.text(), "tag");
    let form: Vec<_> = std::iter::once(("tag", tag.as_str())).chain(save).collect();
    let saved = browser.submit_and_follow("/fn/profiles/save", &form).await.text();
    assert!(saved.contains("Your profile is saved."), "{saved}");
    assert!(
        control(&saved, "color").contains("value=\"blue\" selected")
            && control(&saved, "hires").contains("checked")
    );
    assert!(control(&saved, "since").contains("value=\"2024-02-29\"") && !saved.contains("gold"), "{saved}");

    let stranger = Browser::on(&app).open("/u/ada").await.text();
    let near = signed_in(&app, "bob@example.org").await.open("/u/ada").await.text();
    for page in [&stranger, &near] {
        assert!(page.contains("&lt;b&gt;ACME&lt;/b&gt;") && !page.contains("<b>ACME"), "{page}");
        assert!(
            page.contains("href=\"https://example.org/work\" rel=\"me nofollow ugc noopener\""),
            "{page}"
        );
        assert!(page.contains("Looks for people") && page.contains("Two\nlines"), "{page}");
        assert!(
            !page.contains("2024-02-29") && !page.contains("gold"),
            "private, and for administrators: {page}"
        );
    }
    assert!(near.contains("Shoe size") && near.contains("blue") && !stranger.contains("Shoe size"), "{near}");

    // A box that is not ticked is not sent, and what is blank goes.
    let tag = hidden(&saved, "tag");
    let form =
        [("tag", tag.as_str()), ("card", "card-more"), ("fields[company]", "ACME"), ("fields[site]", "")];
    browser.submit_and_follow("/fn/profiles/save", &form).await;
    let stranger = Browser::on(&app).open("/u/ada").await.text();
    assert!(!stranger.contains("example.org/work") && !stranger.contains("<dd>Yes"), "{stranger}");
}
