//! The list of people: found by every word of theirs, narrowed, ordered, a page at a time without gaps; notes, invitations,
//! the same done to many; and every statement of the list walks an index.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount, Which};
use vestibule_domain::db::{Db, statements};
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Actor, Allowed, Client, Domain, auth, bans, groups, profiles, sessions};
use vestibule_model::accounts::{Account, AccountStatus, RegisterForm};
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::{BanForm, BansQuery, Ending};
use vestibule_model::error::Conflict;
use vestibule_model::groups::{BanAccounts, ManageAccounts, NewGroup, Permission, ViewAccounts};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::people::{DeedKind, ManyForm, NewPersonForm, NoteForm, PeopleQuery, Sort};
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, Problem, Timestamp, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

fn local() -> Client {
    Client::local()
}

fn manage() -> Allowed<ManageAccounts> {
    Actor::Operator.allow().unwrap()
}

fn view() -> Allowed<ViewAccounts> {
    Actor::Operator.allow().unwrap()
}

fn may_ban() -> Allowed<BanAccounts> {
    Actor::Operator.allow().unwrap()
}

fn many(deed: DeedKind, users: &[UserId]) -> ManyForm {
    ManyForm { deed, users: users.to_vec(), reason: None, until: None, group: None }
}

async fn account(domain: &Domain, email: &str, name: &str, username: Option<&str>, verified: bool) -> UserId {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: name.into(),
        username: username.map(Into::into),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified, admin: false, expires_at: None };
    accounts::create(domain, &manage(), new, &local()).await.unwrap().id
}

async fn person(domain: &Domain, email: &str, admin: bool) -> Actor {
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Root".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &manage(), new, &local()).await.unwrap();
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    let session = auth::sign_in(domain, form, false, &local()).await.unwrap();
    Actor::Person(auth::by_cookie(domain, session.secret.expose()).await.unwrap().unwrap())
}

fn search(text: &str) -> PeopleQuery {
    PeopleQuery { search: Some(text.into()), ..PeopleQuery::default() }
}

async fn found(domain: &Domain, query: &PeopleQuery) -> Vec<String> {
    let listed = accounts::list(domain, &view(), query, &Page::default()).await.unwrap();
    listed.items.iter().map(|one| one.email.to_string()).collect()
}

/// Everybody on the list, page by page, and back again.
async fn walked(domain: &Domain, query: &PeopleQuery, size: u32) -> Vec<Account> {
    let mut page = Page { limit: Limit::new(size).unwrap(), ..Page::default() };
    let (mut all, mut sizes) = (Vec::new(), Vec::new());
    let mut back = loop {
        let listed = accounts::list(domain, &view(), query, &page).await.unwrap();
        sizes.push(listed.items.len());
        all.extend(listed.items);
        match listed.next {
            Some(next) => page.cursor = Some(next),
            None => break listed.previous,
        }
    };
    let mut from = all.len() - sizes.pop().unwrap();
    while let Some(previous) = back {
        page.cursor = Some(previous);
        let listed = accounts::list(domain, &view(), query, &page).await.unwrap();
        from -= sizes.pop().unwrap();
        let there = all[from..from + listed.items.len()].iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(
            listed.items.iter().map(|one| one.id).collect::<Vec<_>>(),
            there,
            "the way back is the way there"
        );
        back = listed.previous;
    }
    assert_eq!(from, 0);
    all
}

vestibule_domain::both! {
    async fn people_are_found_by_every_word_of_theirs(t: TestDomain) {
        let d = &t.domain;
        let zoe = account(d, "Zoe.Q@Bücher.example", "Zoë O’Brien", Some("zoe_b"), true).await;
        account(d, "a_b@example.org", "Ada Lovelace", None, true).await;
        for word in ["zoe", "ZOË", "brien", "o’brien", "zoe_", "zoe.q@", "zoe.q@bucher", "zoe.q@xn--", "xn--bcher", "zo obr", "q"] {
            let word = word.replace("obr", "o’br");
            assert_eq!(found(d, &search(&word)).await, ["Zoe.Q@Bücher.example"], "{word}");
        }
        assert_eq!(found(d, &search(&zoe.to_string())).await, ["Zoe.Q@Bücher.example"], "by the whole id");
        for none in ["oe", "zoe ada", "%", "z_e", "lovelace zoe", "\u{10ffff}"] {
            let list = accounts::list(d, &view(), &search(none), &Page::default()).await;
            assert!(list.is_err() || list.unwrap().items.is_empty(), "{none}");
        }
        let form = ProfileForm { name: Some(Some("Zora Neale".into())), username: Some(None), ..ProfileForm::default() };
        profiles::change_for(d, &manage(), zoe, form, profiles::Picture::Kept, &local()).await.unwrap();
        accounts::email::replace(d, &manage(), zoe, "zora@example.org", true, &local()).await.unwrap();
        for (word, there) in [("zoe", false), ("brien", false), ("bücher", false), ("neale", true), ("zora@e", true)] {
            assert_eq!(!found(d, &search(word)).await.is_empty(), there, "{word}");
        }
        accounts::delete(d, &manage(), zoe, &local()).await.unwrap();
        assert!(found(d, &search("zora")).await.is_empty());
        assert_eq!(rows(d, "select count(*) from user_terms where term like 'zo%'").await, 0, "no word stays behind");
    }

    async fn every_order_and_filter_is_walked_without_gaps(t: TestDomain) {
        let d = &t.domain;
        accounts::seed(d, &manage(), 700, |_| ()).await.unwrap();
        let all = walked(d, &PeopleQuery::default(), 100).await;
        assert_eq!(all.len(), 700);
        let by: BTreeMap<_, usize> = all.iter().fold(BTreeMap::new(), |mut by, one| {
            *by.entry(one.status.name()).or_default() += 1;
            by
        });
        assert_eq!(by, BTreeMap::from([("active", 560), ("unconfirmed", 70), ("banned", 35), ("ended", 21), ("leaving", 14)]));
        let of = |status: AccountStatus| by.get(status.name()).copied().unwrap_or(0);
        for sort in Sort::ALL {
            let sorted = PeopleQuery { sort: Some(sort), ..PeopleQuery::default() };
            assert_eq!(walked(d, &sorted, 97).await.len(), 700, "{sort:?}");
            for status in AccountStatus::ALL {
                let query = PeopleQuery { status: Some(status), ..sorted.clone() };
                let some = walked(d, &query, 33).await;
                assert_eq!(some.len(), of(status), "{status:?} by {sort:?}");
                assert!(some.iter().all(|one| one.status == status));
                assert!(some.windows(2).all(|pair| in_order(sort, &pair[0], &pair[1])), "{status:?} by {sort:?}");
            }
            let both = PeopleQuery { search: Some("ada is:active group:member".into()), ..sorted };
            let ours = walked(d, &both, 3).await;
            assert!(!ours.is_empty() && ours.iter().all(|one| one.name.as_str().starts_with("Ada")), "{sort:?}");
        }
        let total = Page { total: true, ..Page::default() };
        for (query, count) in [
            (PeopleQuery::default(), 700),
            (search("is:banned"), 35),
            (search("is:expired"), 21),
            (search("group:member"), 700),
            (search("group:nobodys"), 0),
            (search("example.org"), 700),
        ] {
            assert_eq!(accounts::list(d, &view(), &query, &total).await.unwrap().total, Some(count), "{query:?}");
            assert_eq!(walked(d, &query, 100).await.len() as u64, count, "{query:?}");
        }
        let wrong = accounts::list(d, &view(), &search("is:gone"), &Page::default()).await;
        assert_eq!(wrong.unwrap_err(), Error::invalid("search", Problem::NotOffered));
    }

    async fn a_cursor_is_good_for_the_filter_it_came_with(t: TestDomain) {
        accounts::seed(&t.domain, &manage(), 10, |_| ()).await.unwrap();
        let page = Page { limit: Limit::new(2).unwrap(), ..Page::default() };
        let next = accounts::list(&t.domain, &view(), &search("group:member"), &page).await.unwrap().next;
        let page = Page { cursor: next, ..page };
        assert!(accounts::list(&t.domain, &view(), &search("group:member"), &page).await.is_ok());
        let other = accounts::list(&t.domain, &view(), &PeopleQuery::default(), &page).await;
        assert_eq!(other.unwrap_err(), Error::invalid("cursor", Problem::Malformed));
    }

    async fn no_statement_of_the_lists_scans_a_table(t: TestDomain) {
        accounts::seed(&t.domain, &manage(), 20_000, |_| ()).await.unwrap();
        let scans = scans(t.domain.db()).await;
        assert!(scans.is_empty(), "{}", scans.join("\n\n"));
    }

    async fn who_is_invited_sets_a_password_by_the_mail(t: TestDomain) {
        let form = || NewPersonForm { email: "ada@example.org".into(), name: "Ada".into(), username: Some("ada".into()), ..NewPersonForm::default() };
        let made = accounts::invite(&t.domain, &manage(), form(), &local()).await.unwrap();
        assert_eq!((made.status, made.groups.as_slice()), (AccountStatus::Unconfirmed, ["member".to_owned()].as_slice()));
        let letters = t.letters().await;
        assert_eq!(letters.len(), 1);
        let token = letters[0].link().unwrap().split_once("token=").unwrap().1.to_owned();
        let sign_in = async || {
            let form = SignInForm { email: "ada@example.org".into(), password: PASSWORD.into() };
            auth::sign_in(&t.domain, form, false, &local()).await
        };
        assert_eq!(sign_in().await.unwrap_err(), Error::BadCredentials);
        t.clock.advance(Duration::from_hours(6 * 24));
        auth::reset(&t.domain, &token.as_str().into(), &PASSWORD.into(), &local()).await.unwrap();
        sign_in().await.unwrap();
        let again = NewPersonForm { username: None, ..form() };
        let taken = accounts::invite(&t.domain, &manage(), again, &local()).await;
        assert_eq!(taken.unwrap_err(), Error::Conflict { what: Conflict::EmailTaken });
        let wrong = NewPersonForm { password: Some(PASSWORD.into()), verified: true, expires_at: Some(Timestamp(0)), ..form() };
        let Err(Error::Invalid { fields }) = accounts::invite(&t.domain, &manage(), wrong, &local()).await else { panic!() };
        assert_eq!(fields.len(), 3);
    }

    async fn two_hundred_invitations_of_one_address_make_one_account(t: TestDomain) {
        let t = t.roomy().await;
        let answers = at_once(CROWD, |_| {
            let domain = t.domain.clone();
            async move {
                let form = NewPersonForm { email: "ada@example.org".into(), name: "Ada".into(), ..NewPersonForm::default() };
                accounts::invite(&domain, &manage(), form, &local()).await
            }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let taken = Error::Conflict { what: Conflict::EmailTaken };
        assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|error| *error == taken));
        assert_eq!(t.letters().await.len(), 1);
    }

    async fn notes_are_kept_listed_exported_and_go(t: TestDomain) {
        let d = &t.domain;
        let ada = account(d, "ada@example.org", "Ada", None, true).await;
        let bob = account(d, "bob@example.org", "Bob", None, true).await;
        let root = person(d, "root@example.org", true).await;
        let note = async |by: &Actor, user, text: &str| {
            accounts::note(d, &by.allow().unwrap(), user, NoteForm { text: text.into() }, &local()).await
        };
        let first = note(&root, ada, "<b>Asked</b> by phone.\nTwice.").await.unwrap();
        t.clock.advance(Duration::from_secs(1));
        note(&Actor::Operator, ada, "Paid.").await.unwrap();
        assert_eq!(note(&root, ada, " ").await.unwrap_err(), Error::invalid("text", Problem::Required));
        assert_eq!(note(&root, UserId(d.new_id()), "x").await.unwrap_err(), Error::NotFound);
        let page = Page { limit: Limit::new(1).unwrap(), total: true, ..Page::default() };
        let newest = accounts::notes(d, &view(), ada, &page).await.unwrap();
        assert_eq!((newest.items[0].text.as_str(), newest.total), ("Paid.", Some(2)));
        let older = Page { cursor: newest.next, ..page };
        assert_eq!(accounts::notes(d, &view(), ada, &older).await.unwrap().items, std::slice::from_ref(&first));
        let theirs = accounts::remove_note(d, &manage(), bob, first.id, &local()).await;
        assert_eq!(theirs, Err(Error::NotFound), "a note is reached by its own person alone");
        let copy = accounts::export_of(d, &manage(), ada, &local()).await.unwrap();
        assert_eq!(copy["notes"].as_array().unwrap().len(), 2);
        assert!(!copy["notes"].to_string().contains("Root"), "who wrote it is not told: {}", copy["notes"]);
        accounts::remove_note(d, &manage(), ada, first.id, &local()).await.unwrap();
        assert_eq!(accounts::remove_note(d, &manage(), ada, first.id, &local()).await, Err(Error::NotFound));
        accounts::delete(d, &manage(), ada, &local()).await.unwrap();
        assert_eq!(rows(d, "select count(*) from user_notes").await, 0);
    }

    async fn a_ban_brings_its_note_and_stays_in_the_history(t: TestDomain) {
        let d = &t.domain;
        let ada = account(d, "ada@example.org", "Ada", None, true).await;
        let form = |reason: &str| BanForm { reason: reason.into(), until: None, note: Some("Third time.".into()) };
        bans::impose(d, &may_ban(), ada, form("Spam"), &local()).await.unwrap();
        t.clock.advance(Duration::from_secs(1));
        bans::impose(d, &may_ban(), ada, form("More spam"), &local()).await.unwrap();
        bans::lift(d, &may_ban(), ada, &local()).await.unwrap();
        let query = BansQuery { user: Some(ada), standing: None };
        let all = bans::list(d, &view(), &query, &Page { total: true, ..Page::default() }).await.unwrap();
        let told = all.items.iter().map(|ban| (ban.reason.as_str(), ban.ending)).collect::<Vec<_>>();
        assert_eq!(told, [("More spam", Some(Ending::Lifted)), ("Spam", Some(Ending::Replaced))]);
        let standing = BansQuery { user: None, standing: Some(true) };
        assert!(bans::list(d, &view(), &standing, &Page::default()).await.unwrap().items.is_empty());
        let notes = accounts::notes(d, &view(), ada, &Page::default()).await.unwrap();
        assert_eq!(notes.items.len(), 2);
    }

    async fn what_is_done_to_many_is_told_of_each(t: TestDomain) {
        let d = &t.domain;
        let root = person(d, "root@example.org", true).await;
        let own = root.person().unwrap().user;
        let ada = account(d, "ada@example.org", "Ada", None, false).await;
        let bob = account(d, "bob@example.org", "Bob", None, true).await;
        let nobody = UserId(d.new_id());
        let all = [own, ada, bob, nobody, ada];
        let told = |outcomes: Vec<vestibule_model::people::Outcome>| {
            outcomes.into_iter().map(|one| (one.user, one.error)).collect::<BTreeMap<_, _>>()
        };
        let by = root.allow::<ViewAccounts>().unwrap();
        let done = async |form: ManyForm| told(accounts::do_to_many(d, &by, form, &local()).await.unwrap());
        let banned = done(ManyForm { reason: Some("Spam".into()), ..many(DeedKind::Ban, &all) }).await;
        assert_eq!(banned.len(), 4, "each once");
        assert_eq!(banned[&own], Some(Error::Conflict { what: Conflict::OwnAccount }));
        assert_eq!((&banned[&ada], &banned[&bob], &banned[&nobody]), (&None, &None, &Some(Error::NotFound)));
        let lifted = done(many(DeedKind::Unban, &[ada, own])).await;
        assert_eq!((&lifted[&ada], &lifted[&own]), (&None, &Some(Error::NotFound)));
        let verified = done(many(DeedKind::Verify, &all)).await;
        assert_eq!((&verified[&ada], &verified[&bob]), (&None, &Some(Error::Conflict { what: Conflict::AlreadyVerified })));
        let joined = done(ManyForm { group: Some(" admin ".into()), ..many(DeedKind::Join, &[ada]) }).await;
        assert_eq!(joined[&ada], None);
        let deleted = done(many(DeedKind::Delete, &all)).await;
        assert_eq!(deleted[&own], Some(Error::Conflict { what: Conflict::OwnAccount }), "never oneself");
        assert_eq!((&deleted[&ada], &deleted[&bob]), (&None, &None));
        let gone = accounts::show(d, &view(), &Which::Id(bob)).await;
        assert_eq!(gone.unwrap_err(), Error::NotFound);
        let left = done(ManyForm { group: Some("admin".into()), ..many(DeedKind::Leave, &[own]) }).await;
        assert_eq!(left[&own], Some(Error::Conflict { what: Conflict::LastAdmin }));
    }

    async fn what_is_asked_of_many_fits_together_and_takes_its_own_permission(t: TestDomain) {
        let d = &t.domain;
        let ada = account(d, "ada@example.org", "Ada", None, true).await;
        let refused = async |form: ManyForm| {
            match accounts::do_to_many(d, &view(), form, &local()).await.unwrap_err() {
                Error::Invalid { fields } => fields.into_iter().map(|one| (one.field.into_owned(), one.problem)).collect(),
                other => vec![(other.code().to_owned(), Problem::Unknown)],
            }
        };
        let lots = (0..101).map(|_| UserId(d.new_id())).collect::<Vec<_>>();
        let field = |name: &str, problem: Problem| vec![(name.to_owned(), problem)];
        assert_eq!(refused(many(DeedKind::Unban, &[])).await, field("users", Problem::Required));
        assert_eq!(refused(many(DeedKind::Unban, &lots)).await, field("users", Problem::TooMany { max: 100 }));
        assert_eq!(refused(many(DeedKind::Ban, &[ada])).await, field("reason", Problem::Required));
        assert_eq!(refused(many(DeedKind::Join, &[ada])).await, field("group", Problem::Required));
        let strange = ManyForm { reason: Some("Spam".into()), ..many(DeedKind::Delete, &[ada]) };
        assert_eq!(refused(strange).await, field("reason", Problem::Unknown), "nothing is done that was meant otherwise");
        let helper = person(d, "helper@example.org", false).await;
        let id = helper.person().unwrap().user;
        let viewers = NewGroup { name: "viewers".into(), permissions: vec![ViewAccounts::NAME.into()], ..NewGroup::default() };
        groups::create(d, &Actor::Operator.allow().unwrap(), viewers, &local()).await.unwrap();
        groups::join(d, &Actor::Operator.allow().unwrap(), id, "viewers", &local()).await.unwrap();
        let form = SignInForm { email: "helper@example.org".into(), password: PASSWORD.into() };
        let session = auth::sign_in(d, form, false, &local()).await.unwrap();
        let helper = Actor::Person(auth::by_cookie(d, session.secret.expose()).await.unwrap().unwrap());
        for kind in DeedKind::ALL {
            let group = matches!(kind, DeedKind::Join | DeedKind::Leave).then(|| "admin".to_owned());
            let reason = (kind == DeedKind::Ban).then(|| "Spam".to_owned());
            let form = ManyForm { reason, group, ..many(kind, &[ada]) };
            let done = accounts::do_to_many(d, &helper.allow().unwrap(), form, &local()).await;
            assert_eq!(done.unwrap_err(), Error::NotAllowed { permission: kind.permission().into() });
        }
    }

    async fn who_is_no_administrator_leaves_administrators_alone(t: TestDomain) {
        let d = &t.domain;
        let root = person(d, "root@example.org", true).await;
        let helper = person(d, "helper@example.org", false).await;
        let helpers = NewGroup {
            name: "helpers".into(),
            permissions: vec![ManageAccounts::NAME.into()],
            ..NewGroup::default()
        };
        groups::create(d, &Actor::Operator.allow().unwrap(), helpers, &local()).await.unwrap();
        let id = helper.person().unwrap().user;
        groups::join(d, &Actor::Operator.allow().unwrap(), id, "helpers", &local()).await.unwrap();
        let form = SignInForm { email: "helper@example.org".into(), password: PASSWORD.into() };
        let session = auth::sign_in(d, form, false, &local()).await.unwrap();
        let helper = Actor::Person(auth::by_cookie(d, session.secret.expose()).await.unwrap().unwrap());
        let by = helper.allow::<ManageAccounts>().unwrap();
        let own = root.person().unwrap().user;
        let refused = Error::NotAllowed { permission: "admin".into() };
        let text = || NoteForm { text: "x".into() };
        assert_eq!(accounts::note(d, &by, own, text(), &local()).await.unwrap_err(), refused);
        let form = (ProfileForm { name: Some(Some("X".into())), ..ProfileForm::default() }, profiles::Picture::Kept);
        assert_eq!(profiles::revise(d, &by, own, form, None, &local()).await.unwrap_err(), refused);
        assert_eq!(sessions::end_all_of(d, &by, own, &local()).await.unwrap_err(), refused);
        let editors = NewGroup { name: "editors".into(), permissions: vec![ViewAccounts::NAME.into()], ..NewGroup::default() };
        groups::create(d, &Actor::Operator.allow().unwrap(), editors, &local()).await.unwrap();
        let ada = account(d, "ada@example.org", "Ada", None, true).await;
        let noted = async || accounts::note(d, &by, ada, text(), &local()).await;
        noted().await.expect("she may nothing that the helper may not");
        groups::join(d, &Actor::Operator.allow().unwrap(), ada, "editors", &local()).await.unwrap();
        let refused = Error::NotAllowed { permission: ViewAccounts::NAME.into() };
        assert_eq!(noted().await.unwrap_err(), refused, "she may more, and is no administrator");
    }

    async fn people_who_were_there_before_the_words_are_found_after_the_next_start(t: TestDomain) {
        account(&t.domain, "ada@example.org", "Ada", None, true).await;
        for statement in ["delete from user_terms", "update users set name_key = ''", "delete from facts where name = 'search_terms'"] {
            execute(&t.domain, statement).await;
        }
        assert!(found(&t.domain, &search("ada")).await.is_empty());
        let again = t.second().await.unwrap();
        assert_eq!(found(&again, &search("ada")).await, ["ada@example.org"]);
    }
}

fn in_order(sort: Sort, one: &Account, other: &Account) -> bool {
    let seen = |account: &Account| account.last_sign_in_at.map_or(0, |at| at.0);
    let email = |account: &Account| account.email.as_str().to_lowercase();
    match sort {
        Sort::Newest => one.id > other.id,
        Sort::Oldest => one.id < other.id,
        Sort::Email => email(one) < email(other),
        Sort::EmailBack => email(one) > email(other),
        Sort::SignedInLately => (seen(one), one.id) > (seen(other), other.id),
        Sort::SignedInLongAgo => (seen(one), one.id) < (seen(other), other.id),
        // Names are ordered folded; who is called the same stands in the order of making.
        Sort::Name => one.name != other.name || one.id < other.id,
        Sort::NameBack => one.name != other.name || one.id > other.id,
    }
}

async fn rows(domain: &Domain, text: &'static str) -> i64 {
    match domain.db() {
        Db::Sqlite { writer, .. } => sqlx::query(text).fetch_one(writer).await.unwrap().get(0),
        Db::Postgres(pool) => sqlx::query(text).fetch_one(pool).await.unwrap().get(0),
    }
}

async fn execute(domain: &Domain, text: &'static str) {
    match domain.db() {
        Db::Sqlite { writer, .. } => drop(sqlx::query(text).execute(writer).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::query(text).execute(pool).await.unwrap()),
    }
}

/// The statements of the lists whose plan reads a table from one end to the other.
async fn scans(db: &Db) -> Vec<String> {
    let files =
        ["accounts/store/list.rs", "accounts/store/notes.rs", "accounts/store/terms.rs", "bans/store.rs"];
    let ours = statements().filter(|one| files.iter().any(|file| one.place.0.ends_with(file)));
    // How many fit is counted only where it is asked for, to ten thousand; that has to look at those it counts.
    let listing = ours.filter(|one| !one.text.contains("as counted"));
    let reading = listing.filter(|one| one.text.trim_start().starts_with("select"));
    // Every row of the table is asked for a few at a time, in order of its key.
    let (mut wrong, mut looked) = (Vec::new(), 0);
    match db {
        Db::Sqlite { writer, .. } => {
            sqlx::query("analyze").execute(writer).await.unwrap();
            for statement in reading {
                let text = AssertSqlSafe(format!("explain query plan {}", statement.text));
                let plan = sqlx::query(text).fetch_all(writer).await.unwrap();
                let plan = plan.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>();
                if plan.iter().any(|line| {
                    line.starts_with("SCAN") && !line.contains("counted") && !line.contains("facts")
                }) {
                    wrong.push(format!("{}\n{}", statement.text, plan.join("\n")));
                }
                looked += 1;
            }
        }
        Db::Postgres(pool) => {
            sqlx::query("analyze").execute(pool).await.unwrap();
            for statement in reading {
                let plan = postgres_plan(pool, statement.text).await;
                // Of notes and bans there are so few here that Postgres reads them whole, whatever indexes there are.
                let scanned = ["users", "user_terms", "group_members"];
                if scanned.iter().any(|table| plan.contains(&format!("Seq Scan on {table} "))) {
                    wrong.push(format!("{}\n{plan}", statement.text));
                }
                looked += 1;
            }
        }
    }
    assert!(looked > 25, "the statements of the lists are not found: {looked}");
    wrong
}

/// The plans with filters and without: `what` is every text that is asked for.
async fn postgres_plan(pool: &sqlx::PgPool, text: &str) -> String {
    let mut connection = pool.acquire().await.unwrap();
    let mut run =
        async |text: String| sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&mut *connection).await.unwrap();
    run("set plan_cache_mode = force_custom_plan".to_owned()).await;
    run(format!("prepare looked_at as {text}")).await;
    let types =
        "select parameter_types::text[] as types from pg_prepared_statements where name = 'looked_at'";
    let types = run(types.to_owned()).await.remove(0).get::<Vec<String>, _>("types");
    let mut plans = Vec::new();
    for what in ["", "member"] {
        let value = |kind: &String| match kind.as_str() {
            "uuid" => "'0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11'".to_owned(),
            "text" => format!("'{what}'"),
            _ => "51".to_owned(),
        };
        let values = types.iter().map(value).collect::<Vec<_>>().join(", ");
        let values = if values.is_empty() { values } else { format!("({values})") };
        let plan = run(format!("explain execute looked_at {values}")).await;
        plans.extend(plan.iter().map(|row| row.get::<String, _>(0)));
    }
    run("deallocate looked_at".to_owned()).await;
    plans.join("\n")
}
