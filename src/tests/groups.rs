//! Groups, permissions and rights over REST.

use super::app::{API, App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};

async fn id(app: &App, access: &str) -> String {
    let me = app.api(Method::GET, "/me").authorization_bearer(access).await.json::<Value>();
    me["id"].as_str().unwrap().to_owned()
}

/// An administrator and a member with their tokens.
async fn people(app: &App) -> (String, String) {
    app.account("root@example.org", true).await;
    let root = app.tokens("root@example.org", PASSWORD).await.access;
    (root, app.member("ada@example.org").await.access)
}

vestibule_domain::both! {
    async fn a_group_lives_and_what_it_gives_holds_from_the_next_request_on(t: TestDomain) {
        let app = App::of(t);
        let (root, ada) = people(&app).await;
        let ask = |method: Method, path: &str| app.api(method, path).authorization_bearer(&root);
        let form = json!({"name": "desk", "about": "Who helps", "permissions": ["groups:manage"], "lifetimes": {"idle": "2h"}});
        let made = ask(Method::POST, "/groups").json(&form).await;
        made.assert_status(S::CREATED);
        assert_eq!(made.header("location"), format!("{API}/groups/desk"));
        assert_eq!(made.json::<Value>(), json!({
            "name": "desk", "about": "Who helps", "members": 0, "more_members": false, "permissions": ["groups:manage"],
            "lifetimes": {"idle": "2h"}, "default": false, "protected": false, "from_settings": false, "fixed": []
        }));
        let again = ask(Method::POST, "/groups").json(&form).await;
        assert_eq!((again.status_code(), &again.json::<Value>()["code"]), (S::CONFLICT, &json!("group_taken")));
        app.api(Method::GET, "/groups").authorization_bearer(&ada).await.assert_status(S::FORBIDDEN);
        let place = format!("/users/{}/groups/desk", id(&app, &ada).await);
        for _ in 0..2 {
            ask(Method::PUT, &place).await.assert_status(S::NO_CONTENT);
        }
        let list = app.api(Method::GET, "/groups?limit=2&total=true").authorization_bearer(&ada).await;
        list.assert_status(S::OK);
        let page = list.json::<Value>();
        assert_eq!((page["items"].as_array().unwrap().len(), &page["total"]), (2, &json!(3)));
        let next = format!("/groups?limit=2&cursor={}", page["next"].as_str().unwrap());
        let page = app.api(Method::GET, &next).authorization_bearer(&ada).await.json::<Value>();
        assert_eq!((&page["items"][0]["name"], &page["next"]), (&json!("member"), &Value::Null));
        ask(Method::DELETE, &place).await.assert_status(S::NO_CONTENT);
        app.api(Method::GET, "/groups").authorization_bearer(&ada).await.assert_status(S::FORBIDDEN);
        ask(Method::DELETE, "/groups/desk").await.assert_status(S::NO_CONTENT);
        ask(Method::DELETE, "/groups/desk").await.assert_status(S::NOT_FOUND);
        ask(Method::GET, "/groups/desk").await.assert_status(S::NOT_FOUND);
        ask(Method::PUT, &place).await.assert_status(S::NOT_FOUND);
    }

    async fn a_group_is_changed_from_the_state_that_was_seen(t: TestDomain) {
        let app = App::of(t);
        let (root, _) = people(&app).await;
        let ask = |method: Method, path: &str| app.api(method, path).authorization_bearer(&root);
        ask(Method::POST, "/groups").json(&json!({"name": "staff"})).await.assert_status(S::CREATED);
        let seen = ask(Method::GET, "/groups/staff").await.header("etag");
        let change = |form: Value| ask(Method::PATCH, "/groups/staff").add_header("if-match", seen.clone()).json(&form);
        let changed = change(json!({"permissions": ["accounts:view"], "lifetimes": {"remembered": "forever"}})).await;
        changed.assert_status(S::OK);
        assert_ne!(changed.header("etag"), seen);
        assert_eq!(change(json!({"about": "Late"})).await.json::<Value>()["code"], "changed_meanwhile");
        for (form, pointer, code) in [
            (json!({"permissions": ["accounts:veiw"]}), "/permissions", "not_offered"),
            (json!({"about": " "}), "/about", "required"),
            (json!({"lifetimes": {"idle": "soon"}}), "/lifetimes", "malformed"),
            (json!({"lifetimes": {"idle": "1s"}}), "/lifetimes/idle", "malformed"),
            (json!({"name": "others"}), "/name", "unknown"),
        ] {
            let refused = ask(Method::PATCH, "/groups/staff").json(&form).await;
            refused.assert_status(S::UNPROCESSABLE_ENTITY);
            assert_eq!(refused.json::<Value>()["errors"], json!([{"pointer": pointer, "code": code}]), "{form}");
        }
        let refused = ask(Method::PATCH, "/groups/admin").json(&json!({"permissions": []})).await;
        assert_eq!((refused.status_code(), &refused.json::<Value>()["code"]), (S::CONFLICT, &json!("built_in_group")));
        ask(Method::PATCH, "/groups/nobody").json(&json!({})).await.assert_status(S::NOT_FOUND);
    }

    async fn nobody_gives_over_rest_what_they_do_not_hold(t: TestDomain) {
        let app = App::of(t);
        let (root, ada) = people(&app).await;
        let me = id(&app, &ada).await;
        for form in [json!({"name": "desk", "permissions": ["groups:manage"]}), json!({"name": "viewers", "permissions": ["accounts:view"]})] {
            app.post("/groups", &form).authorization_bearer(&root).await.assert_status(S::CREATED);
        }
        app.api(Method::PUT, &format!("/users/{me}/groups/desk")).authorization_bearer(&root).await.assert_status(S::NO_CONTENT);
        let refused = [
            app.api(Method::PUT, &format!("/users/{me}/groups/viewers")),
            app.api(Method::PATCH, "/groups/desk").json(&json!({"permissions": ["accounts:view", "groups:manage"]})),
            app.api(Method::PATCH, "/groups/viewers").json(&json!({"permissions": []})),
            app.api(Method::DELETE, "/groups/viewers"),
            app.post("/groups", &json!({"name": "mine", "permissions": ["accounts:view"]})),
        ];
        for request in refused {
            let answer = request.authorization_bearer(&ada).await;
            answer.assert_status(S::FORBIDDEN);
            assert_eq!(answer.json::<Value>()["permission"], "accounts:view");
        }
        let admin = app.api(Method::PUT, &format!("/users/{me}/groups/admin")).authorization_bearer(&ada).await;
        assert_eq!(admin.json::<Value>()["permission"], "admin");
        app.api(Method::GET, "/groups/mine").authorization_bearer(&root).await.assert_status(S::NOT_FOUND);
    }

    async fn rights_and_permissions_say_why(t: TestDomain) {
        let app = App::of(t);
        let (root, ada) = people(&app).await;
        let ask = |path: &str| app.api(Method::GET, path).authorization_bearer(&root);
        app.post("/groups", &json!({"name": "viewers", "permissions": ["accounts:view"]})).authorization_bearer(&root).await;
        let me = id(&app, &ada).await;
        app.api(Method::PUT, &format!("/users/{me}/groups/viewers")).authorization_bearer(&root).await.assert_status(S::NO_CONTENT);
        let view = json!({"permission": "accounts:view", "about": "See every account.", "held": true, "through": ["viewers"]});
        let rights = ask(&format!("/users/{me}/rights")).await.json::<Value>();
        assert_eq!(rights, json!({"id": me, "status": "active", "groups": ["member", "viewers"], "permissions": [view]}));
        let asked = ask(&format!("/users/{me}/rights?permission=groups:manage")).await.json::<Value>();
        assert_eq!((&asked["permissions"][0]["held"], &asked["permissions"][0]["through"]), (&json!(false), &json!([])));
        for query in ["permission=accounts:veiw", "permissions=x", "limit=3", "permission=a&permission=b"] {
            ask(&format!("/users/{me}/rights?{query}")).await.assert_status(S::UNPROCESSABLE_ENTITY);
        }
        let all = ask("/permissions?limit=100").await.json::<Value>();
        let view = all["items"].as_array().unwrap().iter().find(|one| one["name"] == "accounts:view").unwrap();
        assert_eq!((&view["groups"], &view["declared_by"]), (&json!(["admin", "viewers"]), &json!("vestibule")));
        let own = app.api(Method::GET, &format!("/users/{me}/rights")).authorization_bearer(&ada).await;
        own.assert_status(S::OK);
    }
}

/// An administrator's browser.
async fn house(app: &App) -> Browser<'_> {
    app.account("root@example.org", true).await;
    let mut browser = Browser::on(app);
    browser.submit("/fn/auth/sign-in", &[("email", "root@example.org"), ("password", PASSWORD)]).await;
    browser
}

#[tokio::test]
async fn a_group_is_made_reviewed_and_changed_in_pages_without_javascript() {
    let app = App::new().await;
    app.account("ada@example.org", false).await;
    let mut root = house(&app).await;
    let page = root
        .submit_and_follow("/fn/groups/create", &[("name", "Staff!"), ("about", "<b>Us</b>")])
        .await
        .text();
    assert!(
        page.contains("This is not in the right form.") && page.contains("value=\"&lt;b&gt;Us&lt;/b&gt;\""),
        "{page}"
    );
    let page = root
        .submit_and_follow("/fn/groups/create", &[("name", "staff"), ("about", "<b>Us</b>")])
        .await
        .text();
    assert!(
        page.contains("The group is made.")
            && page.contains("&lt;b&gt;Us&lt;/b&gt;")
            && !page.contains("<b>Us"),
        "{page}"
    );
    let tag = page
        .split("name=\"tag\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .to_owned();
    let page = root
        .submit_and_follow("/fn/groups/join", &[("group", "staff"), ("person", "ada@example.org")])
        .await
        .text();
    assert!(page.contains("They belong to the group now.") && page.contains("ada@example.org"), "{page}");
    let review = format!(
        "/admin/groups/staff/review?tag={tag}&about=Us&permission=accounts:view&permission=audit:view&idle=2h"
    );
    let page = root.open(&review).await.text();
    assert!(
        page.contains("<strong>1</strong>") && page.contains("They may from now on") && page.contains("2h"),
        "{page}"
    );
    assert!(!page.contains("They may no longer"), "{page}");
    let form = [
        ("group", "staff"),
        ("tag", &*tag),
        ("about", "Us"),
        ("permissions", "accounts:view,audit:view"),
        ("idle", "2h"),
    ];
    let page = root.submit_and_follow("/fn/groups/change", &form).await.text();
    assert!(page.contains("The group is changed."), "{page}");
    let late = root.submit_and_follow("/fn/groups/change", &form).await.text();
    assert!(late.contains("This was changed in another place"), "{late}");
    let page = root.open("/admin/groups/staff/review?about=Us&permission=accounts:view&idle=2h").await.text();
    assert!(page.contains("They may no longer") && page.contains("audit:view"), "{page}");
    let nothing = root
        .open("/admin/groups/staff/review?about=Us&permission=accounts:view&permission=audit:view&idle=2h")
        .await
        .text();
    assert!(nothing.contains("Nothing would change."), "{nothing}");
    let page = root
        .submit_and_follow("/fn/groups/delete", &[("group", "staff"), ("confirm_name", "stuff")])
        .await
        .text();
    assert!(page.contains("This is not the name of the group."), "{page}");
    let page = root
        .submit_and_follow("/fn/groups/delete", &[("group", "staff"), ("confirm_name", "staff")])
        .await
        .text();
    assert!(page.contains("The group is deleted."), "{page}");
}

#[tokio::test]
async fn pages_say_who_may_what_and_why() {
    let app = App::new().await;
    app.account("ada@example.org", false).await;
    let mut root = house(&app).await;
    let page = root.open("/admin/permissions?person=ada@example.org&what=accounts:view").await.text();
    assert!(page.contains("does not hold this") && page.contains("none of their groups gives it"), "{page}");
    let page = root.open("/admin/permissions?person=root@example.org&what=GET+/admin/groups").await.text();
    assert!(
        page.contains("may call GET /admin/groups") && page.contains("which is given by admin"),
        "{page}"
    );
    let page = root.open("/admin/permissions?person=nobody@example.org&what=").await.text();
    assert!(page.contains("There is no such person"), "{page}");
    let matrix = root.open("/admin/permissions").await.text();
    assert!(
        matrix.contains("<table")
            && matrix.contains("accounts:ban")
            && matrix.contains("href=\"/admin/groups/member\""),
        "{matrix}"
    );
}

#[tokio::test]
async fn rules_are_set_and_taken_back_in_a_page_without_javascript() {
    let app = App::new().await;
    let mut root = house(&app).await;
    let form = [("tag", "profiles"), ("asks[profiles]", "permission"), ("name[profiles]", "accounts:veiw")];
    let page = root.submit_and_follow("/fn/endpoints/set-rule", &form).await.text();
    assert!(
        page.contains("Nobody declares a permission of this name.")
            && page.contains("value=\"accounts:veiw\""),
        "{page}"
    );
    let form = [("tag", "profiles"), ("asks[profiles]", "signed_in"), ("name[profiles]", "")];
    let page = root.submit_and_follow("/fn/endpoints/set-rule", &form).await.text();
    assert!(
        page.contains("The rule holds from the next request on.") && page.contains("Asks for a sign-in."),
        "{page}"
    );
    app.get("/u/nobody").await.assert_status(S::UNAUTHORIZED);
    let locked = [("tag", "auth"), ("asks[auth]", "signed_in")];
    let page = root.submit_and_follow("/fn/endpoints/set-rule", &locked).await.text();
    assert!(page.contains("nobody could sign in any more"), "{page}");
    let page = root.submit_and_follow("/fn/endpoints/clear-rule", &[("tag", "profiles")]).await.text();
    assert!(page.contains("The rule is taken back."), "{page}");
    app.get("/u/nobody").await.assert_status(S::NOT_FOUND);
}

#[tokio::test]
async fn whoever_may_not_gets_no_byte_of_a_page() {
    let app = App::new().await;
    app.account("ada@example.org", false).await;
    let mut ada = Browser::on(&app);
    ada.submit("/fn/auth/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    for path in [
        "/admin/groups",
        "/admin/groups/admin",
        "/admin/groups/admin/review",
        "/admin/permissions",
        "/admin/endpoints",
    ] {
        let answer = ada.open(path).await;
        assert_eq!(answer.status, S::FORBIDDEN, "{path}");
        assert!(!answer.text().contains("admin-page") && !answer.text().contains("accounts:ban"), "{path}");
        let stranger = Browser::on(&app).open(path).await;
        assert_eq!(stranger.status, S::SEE_OTHER, "{path}");
    }
}
