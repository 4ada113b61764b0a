//! People for administrators, over REST and as a browser without JavaScript: hostile names, foreign fields, conditional
//! changes, the list as a file, and the same done to many.

use super::app::{App, PASSWORD};
use super::browser::Browser;
use http::{Method, StatusCode as S};
use serde_json::{Value, json};
use vestibule_domain::accounts;
use vestibule_domain::{Actor, Client};
use vestibule_model::people::NoteForm;

const ROOT: &str = "root@example.org";
const EMAIL: &str = "ada@example.org";
const HOSTILE: &str = "=cmd|'/c calc'!A1 <script>alert(1)</script>";

async fn root(app: &App) -> String {
    app.account(ROOT, true).await;
    app.tokens(ROOT, PASSWORD).await.access
}

async fn id(app: &App, access: &str, search: &str) -> String {
    let found = app.api(Method::GET, &format!("/users?search={search}")).authorization_bearer(access).await;
    found.json::<Value>()["items"][0]["id"].as_str().expect("somebody is found").to_owned()
}

async fn enter<'a>(app: &'a App, email: &str) -> Browser<'a> {
    let mut browser = Browser::on(app);
    browser.submit("/fn/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    browser
}

vestibule_domain::both! {
    async fn the_list_is_searched_narrowed_and_ordered_over_rest(t: TestDomain) {
        let app = App::of(t);
        let root = root(&app).await;
        for email in ["bob@example.org", EMAIL] {
            app.account(email, false).await;
        }
        let get = async |query: &str| app.api(Method::GET, &format!("/users{query}")).authorization_bearer(&root).await;
        let emails = |page: &Value| {
            let items = page["items"].as_array().unwrap().iter();
            items.map(|one| one["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let page = get("?sort=email&limit=2&total=true").await.json::<Value>();
        assert_eq!((emails(&page), &page["total"]), (vec![EMAIL.to_owned(), "bob@example.org".to_owned()], &json!(3)));
        let next = page["next"].as_str().unwrap();
        let rest = get(&format!("?sort=email&limit=2&cursor={next}")).await.json::<Value>();
        assert_eq!((emails(&rest), &rest["next"]), (vec![ROOT.to_owned()], &Value::Null));
        assert_eq!(emails(&get("?search=bob").await.json()), ["bob@example.org"]);
        assert_eq!(emails(&get("?group=admin").await.json()), [ROOT]);
        assert!(emails(&get("?status=banned").await.json()).is_empty());
        for (query, pointer, code) in [
            ("?sort=password_hash", "/sort", "not_offered"),
            ("?status=gone", "/status", "not_offered"),
            ("?search=is:gone", "/search", "not_offered"),
            ("?search=a+b+c+d+e", "/search", "too_many"),
            ("?offset=1", "/offset", "unknown"),
            ("?limit=0", "/limit", "malformed"),
            ("?cursor=abc", "/cursor", "malformed"),
        ] {
            let refused = get(query).await;
            refused.assert_status(S::UNPROCESSABLE_ENTITY);
            let told = refused.json::<Value>();
            assert_eq!((&told["errors"][0]["pointer"], &told["errors"][0]["code"]), (&json!(pointer), &json!(code)), "{query}");
        }
    }

    async fn somebody_is_invited_changed_helped_and_deleted_over_rest(t: TestDomain) {
        let app = App::of(t);
        let root = root(&app).await;
        let send = async |method: Method, path: &str, body: Value| {
            app.api(method, path).json(&body).authorization_bearer(&root).await
        };
        let made = send(Method::POST, "/users", json!({"email": EMAIL, "name": "Ada"})).await;
        made.assert_status(S::CREATED);
        let id = made.json::<Value>()["id"].as_str().unwrap().to_owned();
        assert_eq!(made.header("location"), format!("/api/v1/users/{id}").as_str());
        assert_eq!(made.json::<Value>()["status"], "unconfirmed");
        assert!(app.t.letters().await[0].text.contains("/reset?token="));
        let taken = send(Method::POST, "/users", json!({"email": "ADA@example.org", "name": "Ada"})).await;
        assert_eq!((taken.status_code(), &taken.json::<Value>()["code"]), (S::CONFLICT, &json!("email_taken")));
        let path = format!("/users/{id}");
        let shown = app.api(Method::GET, &path).authorization_bearer(&root).await;
        let tag = shown.header("etag");
        let change = |name: &str| app.api(Method::PATCH, &path).authorization_bearer(&root).json(&json!({"name": name}));
        let changed = change("Ada King").add_header("if-match", &tag).await;
        changed.assert_status(S::NO_CONTENT);
        assert_ne!(changed.header("etag"), tag);
        change("Ada").add_header("if-match", &tag).await.assert_status(S::PRECONDITION_FAILED);
        change("Ada").add_header("if-match", changed.header("etag")).await.assert_status(S::NO_CONTENT);
        let bare = async |method: Method, path: &str| {
            app.api(method, path).authorization_bearer(&root).await.status_code()
        };
        assert_eq!(bare(Method::POST, &format!("{path}/verify")).await, S::NO_CONTENT);
        assert_eq!(bare(Method::POST, &format!("{path}/verify")).await, S::CONFLICT);
        assert_eq!(bare(Method::POST, &format!("{path}/password-reset")).await, S::ACCEPTED);
        assert_eq!(bare(Method::DELETE, &format!("{path}/sessions")).await, S::NO_CONTENT);
        let note = send(Method::POST, &format!("{path}/notes"), json!({"text": "Paid."})).await;
        note.assert_status(S::CREATED);
        let note_path = note.header("location").to_str().unwrap().trim_start_matches("/api/v1").to_owned();
        let mail = send(Method::PUT, &format!("{path}/email"), json!({"email": "ada.new@example.org", "verified": true})).await;
        mail.assert_status(S::NO_CONTENT);
        assert_eq!(bare(Method::DELETE, &note_path).await, S::NO_CONTENT);
        assert_eq!(bare(Method::DELETE, &note_path).await, S::NOT_FOUND);
        let many = async |body: Value| send(Method::POST, "/users/many", body).await;
        let gone = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11";
        let banned = many(json!({"do": "ban", "users": [id, gone], "reason": "Spam"})).await;
        let told = json!([{"user": gone, "done": false, "code": "not_found"}, {"user": id, "done": true}]);
        assert_eq!((banned.status_code(), &banned.json::<Value>()["items"]), (S::OK, &told));
        let unfit = many(json!({"do": "unban", "users": [], "group": "admin"})).await;
        assert_eq!(unfit.status_code(), S::UNPROCESSABLE_ENTITY);
        assert_eq!(unfit.json::<Value>()["errors"].as_array().map(Vec::len), Some(2), "each field that does not fit");
        let unknown = many(json!({"do": "promote", "users": [id]})).await.status_code();
        assert_eq!(unknown, S::UNPROCESSABLE_ENTITY);
        assert_eq!(many(json!({"do": "unban", "users": [id]})).await.json::<Value>()["items"][0]["done"], true);
        assert_eq!(bare(Method::DELETE, &path).await, S::NO_CONTENT);
        assert_eq!(bare(Method::GET, &path).await, S::NOT_FOUND);
        let own = id_of_root(&app, &root).await;
        let own = app.api(Method::DELETE, &format!("/users/{own}")).authorization_bearer(&root).await;
        assert_eq!((own.status_code(), &own.json::<Value>()["code"]), (S::CONFLICT, &json!("own_account")));
    }

    async fn c51_no_form_of_people_takes_a_field_that_is_not_its_own(t: TestDomain) {
        let app = App::of(t);
        let root = root(&app).await;
        app.account(EMAIL, false).await;
        let id = id(&app, &root, "ada").await;
        let fields = ["admin", "groups", "permissions", "id", "email_verified_at", "password_hash", "status", "created_at", "ban"];
        for (method, path, good) in [
            (Method::POST, "/users".to_owned(), json!({"email": "bob@example.org", "name": "Bob"})),
            (Method::PATCH, format!("/users/{id}"), json!({"name": "Ada"})),
            (Method::PUT, format!("/users/{id}/email"), json!({"email": "bob@example.org"})),
            (Method::PUT, format!("/users/{id}/ban"), json!({"reason": "Spam"})),
            (Method::PUT, format!("/users/{id}/expiry"), json!({"expires_at": null})),
            (Method::POST, format!("/users/{id}/notes"), json!({"text": "x"})),
        ] {
            for field in fields {
                let mut form = good.clone();
                form[field] = json!(true);
                let refused = app.api(method.clone(), &path).json(&form).authorization_bearer(&root).await;
                refused.assert_status(S::UNPROCESSABLE_ENTITY);
                let told = refused.json::<Value>();
                assert_eq!(told["errors"], json!([{"pointer": format!("/{field}"), "code": "unknown"}]), "{method} {path}");
            }
        }
        assert!(app.t.letters().await.is_empty(), "nothing was done");
    }
}

async fn id_of_root(app: &App, access: &str) -> String {
    let me = app.api(Method::GET, "/me").authorization_bearer(access).await.json::<Value>();
    me["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_member_gets_no_byte_of_anybody() {
    let app = App::new().await;
    let root = root(&app).await;
    let ada = app.member(EMAIL).await.access;
    let id = id(&app, &root, "root").await;
    let missing = "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11";
    for path in ["", "/sessions", "/notes"] {
        let theirs = app.api(Method::GET, &format!("/users/{id}{path}")).authorization_bearer(&ada).await;
        let nobodys =
            app.api(Method::GET, &format!("/users/{missing}{path}")).authorization_bearer(&ada).await;
        assert_eq!((theirs.status_code(), nobodys.status_code()), (S::FORBIDDEN, S::FORBIDDEN), "{path}");
    }
    let mut browser = enter(&app, EMAIL).await;
    for path in [
        "/admin/users",
        "/admin/users.csv",
        &format!("/admin/users/{id}"),
        &format!("/admin/users/{missing}"),
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.status, S::FORBIDDEN, "{path}");
        assert!(!page.text().contains(ROOT), "{path}");
    }
}

#[tokio::test]
async fn hostile_names_are_letters_on_every_page_and_no_formula_in_the_file() {
    let app = App::new().await;
    let root = root(&app).await;
    let form = json!({"email": EMAIL, "name": HOSTILE});
    app.api(Method::POST, "/users").json(&form).authorization_bearer(&root).await.assert_status(S::CREATED);
    let id = id(&app, &root, "ada").await;
    let by = Actor::Operator.allow().unwrap();
    let note = NoteForm { text: "</textarea><script>alert(2)</script>".into() };
    accounts::note(&app.t.domain, &by, id.parse().unwrap(), note, &Client::local()).await.unwrap();
    let mut browser = enter(&app, ROOT).await;
    let paths = [
        "/admin/users".to_owned(),
        "/admin/users?search=ada&cursor=%3Cscript%3E".to_owned(),
        format!("/admin/users/{id}"),
        format!("/admin/users/{id}/edit"),
        format!("/admin/users/{id}/ban"),
        format!("/admin/users/many?deed=ban&user={id}"),
    ];
    for path in paths {
        let page = browser.open(&path).await.text();
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(path.contains("cursor") || page.contains("&lt;script&gt;alert(1)"), "{path}: {page}");
    }
    let file = browser.open("/admin/users.csv?search=ada@").await;
    assert_eq!((file.status, file.header("content-type").starts_with("text/csv")), (S::OK, true));
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert!(file.text().contains("'=cmd|"), "{}", file.text());
    assert!(!file.text().contains(",=cmd") && !file.text().contains(ROOT), "{}", file.text());
}

#[tokio::test]
async fn the_address_of_the_list_says_which_columns_it_shows() {
    let app = App::new().await;
    root(&app).await;
    for number in 0..30 {
        app.account(&format!("ada{number}@example.org"), false).await;
    }
    let mut browser = enter(&app, ROOT).await;
    let usual = browser.open("/admin/users").await.text();
    assert!(usual.contains(">Groups</th>") && !usual.contains("data-label=\"Id\""), "{usual}");
    let chosen = browser.open("/admin/users?limit=25&column=id&column=status").await.text();
    assert!(chosen.contains("data-label=\"Id\"") && chosen.contains("data-label=\"State\""), "{chosen}");
    assert!(!chosen.contains("data-label=\"Groups\""), "{chosen}");
    assert!(
        chosen.contains("&amp;column=id&amp;column=status&amp;cursor="),
        "the next page shows the same: {chosen}"
    );
    let refused = browser.open("/admin/users?column=password_hash").await;
    assert_eq!(refused.status, S::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Columns"));
}

#[tokio::test]
async fn a_browser_without_javascript_looks_after_somebody() {
    let app = App::new().await;
    let access = root(&app).await;
    app.account(EMAIL, false).await;
    let id = id(&app, &access, "ada").await;
    let page = format!("/admin/users/{id}");
    let mut browser = enter(&app, ROOT).await;
    let list = browser.open("/admin/users?search=ada&status=active").await.text();
    assert!(list.contains(&format!("href=\"{page}\"")) && !list.contains("@@"), "{list}");
    let done =
        browser.submit_and_follow("/fn/accounts/write-note", &[("user", &id), ("text", "Paid.")]).await;
    assert!(done.text().contains("The note is kept.") && done.text().contains("Paid."), "{}", done.text());
    let edit = browser.open(&format!("{page}/edit")).await.text();
    let tag = edit
        .split("name=\"tag\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .to_owned();
    let form = [("user", id.as_str()), ("tag", &tag), ("name", "Ada King"), ("username", "ada")];
    let saved = browser.submit_and_follow("/fn/accounts/edit", &form).await.text();
    assert!(saved.contains("The account is changed.") && saved.contains("Ada King"), "{saved}");
    let again = browser.submit_and_follow("/fn/accounts/edit", &form).await.text();
    assert!(again.contains("changed in another place"), "the form was shown before: {again}");
    let end = |ends: &'static str| [("user", id.as_str()), ("ends", ends)];
    let refused = browser.submit_and_follow("/fn/accounts/end", &end("tomorrow")).await.text();
    assert!(refused.contains("End of the account") && refused.contains("value=\"tomorrow\""), "{refused}");
    let set = browser.submit_and_follow("/fn/accounts/end", &end("2027-01-01T12:00")).await.text();
    assert!(set.contains("The account is changed.") && set.contains("1 January 2027, 12:00"), "{set}");
    assert!(browser.open(&format!("{page}/edit")).await.text().contains("value=\"2027-01-01T12:00\""));
    let taken = browser.submit_and_follow("/fn/accounts/end", &end("")).await.text();
    assert!(taken.contains("The account is changed."), "{taken}");
    assert!(!browser.open(&format!("{page}/edit")).await.text().contains("value=\"2027"), "no end any more");
    let ban = |span: &'static str, until: &'static str| {
        [
            ("user", id.clone()),
            ("reason", "Spam".to_owned()),
            ("span", span.to_owned()),
            ("until", until.to_owned()),
        ]
    };
    for (span, until, said) in [
        ("custom", "", "Choose a day."),
        ("custom", "tomorrow", "Until: "),
        ("custom", "2025-01-01T00:00", "Choose a later day."),
        ("nonsense", "", "not in the right form"),
    ] {
        let form = ban(span, until);
        let form = form.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        let refused = browser.submit_and_follow("/fn/bans/impose", &form).await.text();
        assert!(refused.contains(said), "{span} {until}: {refused}");
    }
    let form = ban("custom", "2026-02-01T12:00");
    let form = form.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    let banned = browser.submit_and_follow("/fn/bans/impose", &form).await.text();
    assert!(banned.contains("The person is banned") && banned.contains("1 February 2026, 12:00"), "{banned}");
    let lifted =
        browser.submit_and_follow("/fn/accounts/do", &[("user", &id), ("deed", "unban")]).await.text();
    assert!(lifted.contains("It is done."), "{lifted}");
    let wrong = [("user", id.as_str()), ("deed", "delete"), ("confirm", "bob@example.org")];
    let kept = browser.submit_and_follow("/fn/accounts/do", &wrong).await.text();
    assert!(
        kept.contains("neither the e-mail address nor the user name") && kept.contains("Ada King"),
        "{kept}"
    );
    let right = [("user", id.as_str()), ("deed", "delete"), ("confirm", EMAIL)];
    let gone = browser.submit_and_follow("/fn/accounts/do", &right).await.text();
    assert!(gone.contains("The account is gone.") && !gone.contains("Ada King"), "{gone}");
    assert_eq!(browser.open(&page).await.status, S::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_without_javascript_does_the_same_to_many() {
    let app = App::new().await;
    let access = root(&app).await;
    for email in [EMAIL, "bob@example.org"] {
        app.account(email, false).await;
    }
    let (ada, bob) = (id(&app, &access, "ada@").await, id(&app, &access, "bob").await);
    let own = id_of_root(&app, &access).await;
    let mut browser = enter(&app, ROOT).await;
    let asked =
        browser.open(&format!("/admin/users/many?user={ada}&user={bob}&user={own}&deed=ban")).await.text();
    assert!(asked.contains("3 people") && asked.contains("bob@example.org"), "{asked}");
    let form = |reason: &'static str| {
        [
            ("deed", "ban"),
            ("users[0]", ada.as_str()),
            ("users[1]", bob.as_str()),
            ("users[2]", own.as_str()),
            ("reason", reason),
        ]
    };
    let back = browser.submit_and_follow("/fn/accounts/do-to-many", &form("")).await.text();
    assert!(back.contains("Say why.") && back.contains("3 people"), "{back}");
    let done = browser.submit_and_follow("/fn/accounts/do-to-many", &form("Spam")).await.text();
    assert!(done.contains("Done for 2; not done for 1."), "{done}");
    assert!(done.contains("You cannot do this to your own account.") && done.contains(&own), "{done}");
    let nobody = browser.open("/admin/users/many").await.text();
    assert!(nobody.contains("Nobody is chosen"), "{nobody}");
}

#[tokio::test]
async fn somebody_is_invited_by_the_page() {
    let app = App::new().await;
    root(&app).await;
    let mut browser = enter(&app, ROOT).await;
    let wrong = [("email", "nobody"), ("name", ""), ("username", "")];
    let back = browser.submit_and_follow("/fn/accounts/create", &wrong).await.text();
    assert!(back.contains("Enter an e-mail address like") && back.contains("value=\"nobody\""), "{back}");
    let right = [("email", EMAIL), ("name", "Ada"), ("username", "")];
    let made = browser.submit_and_follow("/fn/accounts/create", &right).await.text();
    assert!(made.contains("an invitation is on its way") && made.contains("Unconfirmed"), "{made}");
    let letters = app.t.letters().await;
    assert!(
        letters.iter().any(|letter| letter.to == EMAIL && letter.subject.contains("invited")),
        "{letters:?}"
    );
}
