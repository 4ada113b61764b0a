//! Fields that a project declares for its people: asked for, written, and shown to whom they are for.

use crate::people::{PASSWORD, change, find, manage, seen_by, signed_in};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_domain::accounts;
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Actor, Client, Domain, Extension, OpenError, audit};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::groups::ViewAccounts;
use vestibule_model::profiles::{
    FieldKind, FieldValue, MayEdit, MaySee, Part, ProfileForm, UserField, Visibility,
};
use vestibule_model::{Error, Problem, Secret};

/// A project with fields of every kind of reader and writer.
struct Project;

impl Extension for Project {
    fn name(&self) -> &'static str {
        "project"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![
            UserField::new("company", "Company", FieldKind::Text).required().seen_by(MaySee::Public),
            UserField::new("shoe_size", "Shoe size", FieldKind::Number).seen_by(MaySee::SignedIn),
            UserField::new("site", "Site", FieldKind::Url),
            UserField::new("tier", "Tier", FieldKind::Choice(&["gold", "tin"]))
                .edited_by(MayEdit::Administrators),
            UserField::new("note", "Note", FieldKind::LongText)
                .seen_by(MaySee::Administrators)
                .edited_by(MayEdit::Administrators),
        ]
    }
}

async fn project(engine: Engine) -> Option<TestDomain> {
    TestDomain::with(engine, |options| options.extensions = vec![Arc::new(Project)]).await
}

fn filled(fields: &[(&str, Option<FieldValue>)]) -> ProfileForm {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    ProfileForm { fields, ..ProfileForm::default() }
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.to_owned())
}

async fn declared_fields_work(t: TestDomain) {
    let form = |fields: BTreeMap<String, FieldValue>| RegisterForm {
        email: "ada@example.org".into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        username: Some("ada".into()),
        fields,
    };
    let local = Client::local();
    let missing = accounts::register(&t.domain, form(BTreeMap::new()), &local).await;
    assert_eq!(missing, Err(Error::invalid("fields/company", Problem::Required)));
    let given = BTreeMap::from([("company".to_owned(), FieldValue::Text(" ACME ".into()))]);
    accounts::register(&t.domain, form(given), &local).await.unwrap();
    let letters = t.letters().await;
    let token = letters[0].link().unwrap().split_once("token=").unwrap().1.to_owned();
    accounts::verify(&t.domain, &Secret::new(token), &local).await.unwrap();
    let ada = signed_in(&t.domain, "ada@example.org").await;
    assert_eq!(
        ada.account.profile.fields,
        BTreeMap::from([("company".into(), FieldValue::Text("ACME".into()))])
    );
    for (form, at, problem) in [
        (filled(&[("company", None)]), "fields/company", Problem::Required),
        (filled(&[("shoe_size", Some(text("42")))]), "fields/shoe_size", Problem::WrongType),
        (filled(&[("site", Some(text("javascript:alert(1)")))]), "fields/site", Problem::Malformed),
        (filled(&[("tier", Some(text("gold")))]), "fields/tier", Problem::ReadOnly),
        (filled(&[("note", Some(text("x")))]), "fields/note", Problem::ReadOnly),
    ] {
        assert_eq!(change(&t.domain, &ada, form).await, Err(Error::invalid(at, problem)));
    }
    let own = filled(&[("shoe_size", Some(FieldValue::Number(42))), ("site", Some(text("example.org")))]);
    let me = change(&t.domain, &ada, own).await.unwrap();
    assert_eq!(me.profile.fields["site"], FieldValue::Text("https://example.org/".into()));
    let told = async || {
        let letters = t.letters().await.into_iter().filter(|letter| letter.subject.contains("was changed"));
        letters.map(|letter| letter.text.replace('\n', " ")).collect::<Vec<_>>()
    };
    let mails = told().await;
    assert!(mails.len() == 1 && mails[0].contains("were changed: Shoe size, Site."), "{mails:?}");
    let theirs =
        filled(&[("tier", Some(text("gold"))), ("note", Some(text("pays late"))), ("company", None)]);
    profiles::change_for(&t.domain, &manage(), ada.user, theirs, Picture::Kept, &local).await.unwrap();
    let mails = told().await;
    assert!(mails.len() == 1 && mails[0].contains("were changed: Company, Tier."), "{mails:?}");
    let hidden = filled(&[("note", Some(text("pays early")))]);
    profiles::change_for(&t.domain, &manage(), ada.user, hidden, Picture::Kept, &local).await.unwrap();
    assert!(told().await.is_empty(), "what a person may not see is not told");
    let history = audit::own_events(&t.domain, &ada, audit::Sought::default(), None, audit::MOST_EVENTS)
        .await
        .unwrap()
        .items;
    let fields: Vec<_> = history.iter().flat_map(|event| &event.fields).map(String::as_str).collect();
    assert!(fields.contains(&"fields/tier") && !fields.contains(&"fields/note"), "{fields:?}");
    let ada = signed_in(&t.domain, "ada@example.org").await;
    let own: Vec<_> = ada.account.profile.fields.keys().map(String::as_str).collect();
    assert_eq!(own, ["shoe_size", "site", "tier"], "what is for administrators is theirs alone");
    assert_eq!(
        profiles::unfinished(&t.domain, &ada.account).map(|field| field.name).collect::<Vec<_>>(),
        ["company"]
    );
    let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
    let whole = profiles::show(&t.domain, &by, ada.user).await.unwrap();
    assert_eq!(whole.fields["note"], FieldValue::Text("pays early".into()));
    let open = ProfileForm {
        fields: filled(&[("company", Some(text("ACME")))]).fields,
        ..seen_by(&[(Part::Profile, Visibility::Public)])
    };
    change(&t.domain, &ada, open).await.unwrap();
    let stranger = find(&t.domain, &Actor::Anonymous, "ada").await.unwrap();
    assert_eq!(stranger.fields.keys().collect::<Vec<_>>(), ["company"]);
    let near = find(&t.domain, &Actor::Person(ada), "ada").await.unwrap();
    assert_eq!(near.fields.keys().collect::<Vec<_>>(), ["company", "shoe_size"]);
}

#[tokio::test]
async fn fields_that_a_project_declares_are_everywhere() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if let Some(t) = project(engine).await {
            declared_fields_work(t).await;
        }
    }
}

struct Broken;

impl Extension for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![UserField::new("Shoe Size", "Shoe size", FieldKind::Number)]
    }
}

#[tokio::test]
async fn a_declaration_that_cannot_be_stops_the_start() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let mut options = t.options();
    options.extensions = vec![Arc::new(Broken)];
    let told = Domain::open(options).await.unwrap_err();
    assert!(matches!(&told, OpenError::Extension(words) if words.contains("\"Shoe Size\"")), "{told}");
}
