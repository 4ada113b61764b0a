//! Groups: what their members may do, who may change that, and that it holds from the next request on. What nobody may do
//! is get by a group what they do not hold (C55; privilege escalation).
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::rules::{AdminNoticeRules, DeclaredGroup};
use vestibule_domain::testing::{CROWD, Engine, TestDomain, at_once, crowded};
use vestibule_domain::{Actor, Allowed, Client, Domain, OpenError, auth, bans, groups, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::BanForm;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{
    ADMIN, Group, GroupForm, MEMBER, ManageAccounts, ManageGroups, NewGroup, Part, Permission, ViewAccounts,
};
use vestibule_model::sessions::{Lifetime, LifetimeKind};
use vestibule_model::{Error, Problem, Result, Secret, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

fn local() -> Client {
    Client::local()
}

fn operator() -> Allowed<ManageGroups> {
    Actor::Operator.allow().unwrap()
}

async fn account(domain: &Domain, email: &str, admin: bool) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin, expires_at: None };
    accounts::create(domain, &by, new, &local()).await.unwrap().id
}

async fn sign_in(domain: &Domain, email: &str) -> Secret {
    let form = SignInForm { email: email.into(), password: PASSWORD.into() };
    auth::sign_in(domain, form, false, &local()).await.unwrap().secret
}

async fn actor(domain: &Domain, cookie: &Secret) -> Actor {
    auth::by_cookie(domain, cookie.expose()).await.unwrap().map_or(Actor::Anonymous, Actor::Person)
}

async fn made(domain: &Domain, name: &str, permissions: &[&str]) -> Group {
    let new = NewGroup { permissions: owned(permissions), ..named(name) };
    groups::create(domain, &operator(), new, &local()).await.unwrap()
}

fn named(name: &str) -> NewGroup {
    NewGroup { name: name.into(), ..NewGroup::default() }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn lacks(permission: &'static str) -> Error {
    Error::NotAllowed { permission: permission.into() }
}

/// Somebody who manages groups and may do nothing else, signed in: what manages groups is the group `desk`.
async fn clerk(t: &TestDomain) -> (UserId, Secret) {
    let id = account(&t.domain, "clerk@example.org", false).await;
    made(&t.domain, "desk", &[ManageGroups::NAME]).await;
    groups::join(&t.domain, &operator(), id, "desk", &local()).await.unwrap();
    (id, sign_in(&t.domain, "clerk@example.org").await)
}

async fn told(domain: &Domain, event: &str) -> Vec<serde_json::Value> {
    let rows = sql!(
        domain.db(),
        fetch_all as (String,),
        "select detail from audit where event = $1 order by at, id",
        event
    );
    rows.await.unwrap().iter().map(|(detail,)| serde_json::from_str(detail).unwrap()).collect()
}

vestibule_domain::both! {
    async fn a_group_is_made_changed_and_told_of(t: TestDomain) {
        let group = made(&t.domain, "staff", &["accounts:view"]).await;
        assert_eq!((group.about.as_str(), group.members, group.protected), ("staff", 0, false));
        let again = groups::create(&t.domain, &operator(), named("staff"), &local()).await;
        assert_eq!(again.unwrap_err(), Error::Conflict { what: Conflict::GroupTaken });
        let form = GroupForm {
            about: Some("People who work here".into()),
            permissions: Some(owned(&["accounts:ban", "accounts:view", "accounts:ban"])),
            lifetimes: BTreeMap::from([(LifetimeKind::Idle, Some(Lifetime::Span(Duration::from_hours(2))))]),
        };
        let changed = groups::change(&t.domain, &operator(), "staff", form.clone(), None, &local()).await.unwrap();
        assert_eq!(changed.permissions, ["accounts:ban", "accounts:view"]);
        assert_eq!(changed, groups::show(&t.domain, &operator(), "staff").await.unwrap());
        assert_eq!(groups::list(&t.domain, &operator()).await.unwrap().into_iter().find(|one| one.name == "staff"), Some(changed));
        let version = sql!(t.domain.db(), fetch_one as (i64,), "select version from state_version").await.unwrap();
        groups::change(&t.domain, &operator(), "staff", form, None, &local()).await.unwrap();
        let after = sql!(t.domain.db(), fetch_one as (i64,), "select version from state_version").await.unwrap();
        assert_eq!(version, after, "what holds already is no change");
        assert_eq!(told(&t.domain, "group_changed").await, [serde_json::json!({
            "event": "group_changed", "group": "staff", "before": "staff", "after": "People who work here"
        })]);
        let permissions = told(&t.domain, "group_permissions_changed").await;
        assert_eq!(permissions.len(), 2);
        let second = permissions.iter().find(|one| one["before"] == serde_json::json!(["accounts:view"])).unwrap();
        assert_eq!(second["after"], serde_json::json!(["accounts:ban", "accounts:view"]));
        let lifetimes = told(&t.domain, "group_lifetimes_changed").await;
        assert_eq!((&lifetimes[0]["before"], &lifetimes[0]["after"]), (&serde_json::json!({}), &serde_json::json!({"idle": "2h"})));
    }

    async fn what_does_not_fit_is_refused_and_nothing_is_left_of_it(t: TestDomain) {
        let bad = NewGroup { name: "Staff".into(), about: Some("\u{202e}".into()), permissions: owned(&["accounts:veiw"]), ..NewGroup::default() };
        let Err(Error::Invalid { fields }) = groups::create(&t.domain, &operator(), bad, &local()).await else { panic!("made") };
        assert_eq!(fields.iter().map(|field| field.field.as_ref()).collect::<Vec<_>>(), ["name", "about", "permissions"]);
        made(&t.domain, "staff", &[]).await;
        let unknown = groups::grant(&t.domain, &operator(), "staff", &owned(&["accounts:veiw"]), &local()).await;
        assert_eq!(unknown.unwrap_err(), Error::invalid("permissions", Problem::NotOffered));
        let nobody = groups::grant(&t.domain, &operator(), "nobody", &owned(&["accounts:view"]), &local()).await;
        assert_eq!(nobody.unwrap_err(), Error::NotFound);
        let form = || GroupForm { permissions: Some(Vec::new()), ..GroupForm::default() };
        for (name, what) in [(ADMIN, Conflict::BuiltInGroup)] {
            let refused = groups::change(&t.domain, &operator(), name, form(), None, &local()).await;
            assert_eq!(refused.unwrap_err(), Error::Conflict { what });
            let refused = groups::withdraw(&t.domain, &operator(), name, &owned(&["accounts:view"]), &local()).await;
            assert_eq!(refused.unwrap_err(), Error::Conflict { what });
        }
        for name in [ADMIN, MEMBER] {
            let refused = groups::delete(&t.domain, &operator(), name, &local()).await;
            assert_eq!(refused.unwrap_err(), Error::Conflict { what: Conflict::BuiltInGroup });
        }
        let state = groups::tag(&groups::show(&t.domain, &operator(), "staff").await.unwrap());
        groups::grant(&t.domain, &operator(), "staff", &owned(&["accounts:view"]), &local()).await.unwrap();
        let late = groups::change(&t.domain, &operator(), "staff", form(), Some(&[state]), &local()).await;
        assert_eq!(late.unwrap_err(), Error::ChangedMeanwhile);
        assert_eq!(groups::show(&t.domain, &operator(), "staff").await.unwrap().permissions, ["accounts:view"]);
    }

    async fn a_grant_holds_from_the_next_request_on_and_so_does_its_end(t: TestDomain) {
        let ada = account(&t.domain, "ada@example.org", false).await;
        made(&t.domain, "staff", &[]).await;
        groups::join(&t.domain, &operator(), ada, "staff", &local()).await.unwrap();
        let cookie = sign_in(&t.domain, "ada@example.org").await;
        let other = t.second().await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let watch = tokio::spawn(vestibule_domain::changes::watch(other.clone(), stop.clone()));
        assert!(!actor(&t.domain, &cookie).await.holds(ViewAccounts::NAME));
        assert!(!actor(&other, &cookie).await.holds(ViewAccounts::NAME));
        let view = owned(&[ViewAccounts::NAME]);
        for holds in [true, false] {
            if holds {
                groups::grant(&t.domain, &operator(), "staff", &view, &local()).await.unwrap();
            } else {
                groups::withdraw(&t.domain, &operator(), "staff", &view, &local()).await.unwrap();
            }
            assert_eq!(actor(&t.domain, &cookie).await.holds(ViewAccounts::NAME), holds);
            let heard = async {
                while actor(&other, &cookie).await.holds(ViewAccounts::NAME) != holds {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), heard).await.expect("the other node hears of it");
        }
        stop.cancel();
        watch.await.unwrap();
    }

    async fn nobody_gives_by_a_group_what_they_do_not_hold(t: TestDomain) {
        let (id, cookie) = clerk(&t).await;
        let strong = account(&t.domain, "strong@example.org", false).await;
        made(&t.domain, "viewers", &[ViewAccounts::NAME]).await;
        made(&t.domain, "plain", &[]).await;
        groups::join(&t.domain, &operator(), strong, "viewers", &local()).await.unwrap();
        let by = actor(&t.domain, &cookie).await.allow::<ManageGroups>().unwrap();
        let (domain, view) = (&t.domain, owned(&[ViewAccounts::NAME]));
        let refused = [
            groups::join(domain, &by, id, "viewers", &local()).await,
            groups::join(domain, &by, id, ADMIN, &local()).await.map_err(|error| {
                assert_eq!(error, lacks(ADMIN));
                lacks(ViewAccounts::NAME)
            }),
            groups::leave(domain, &by, strong, "viewers", &local()).await,
            groups::grant(domain, &by, "desk", &view, &local()).await.map(drop),
            groups::grant(domain, &by, "plain", &view, &local()).await.map(drop),
            groups::withdraw(domain, &by, "viewers", &view, &local()).await.map(drop),
            groups::delete(domain, &by, "viewers", &local()).await,
            groups::change(domain, &by, "viewers", GroupForm { about: Some("Mine".into()), ..GroupForm::default() }, None, &local()).await.map(drop),
            groups::create(domain, &by, NewGroup { permissions: view.clone(), ..named("mine") }, &local()).await.map(drop),
        ];
        assert_eq!(refused.to_vec(), vec![Err(lacks(ViewAccounts::NAME)); refused.len()]);
        assert!(groups::list(domain, &operator()).await.unwrap().iter().all(|group| group.name != "mine"), "nothing is left of it");
        // What they hold, they may give and take.
        groups::join(domain, &by, strong, "plain", &local()).await.unwrap();
        groups::grant(domain, &by, "plain", &owned(&[ManageGroups::NAME]), &local()).await.unwrap();
        groups::leave(domain, &by, strong, "plain", &local()).await.unwrap();
        groups::delete(domain, &by, "plain", &local()).await.unwrap();
    }

    async fn rights_that_were_withdrawn_while_a_request_ran_give_nothing(t: TestDomain) {
        let (id, cookie) = clerk(&t).await;
        made(&t.domain, "plain", &[]).await;
        let before = actor(&t.domain, &cookie).await.allow::<ManageGroups>().unwrap();
        groups::leave(&t.domain, &operator(), id, "desk", &local()).await.unwrap();
        let late = groups::join(&t.domain, &before, id, "plain", &local()).await;
        assert_eq!(late.unwrap_err(), lacks(ManageGroups::NAME));
    }

    async fn a_crowd_that_grants_and_withdraws_leaves_what_each_meant(t: TestDomain) {
        let t = t.roomy().await;
        made(&t.domain, "staff", &["groups:manage"]).await;
        let names = ["accounts:ban", "accounts:manage", "accounts:view", "audit:view"];
        let answers = at_once(CROWD, |number| {
            let (domain, one) = (t.domain.clone(), owned(&[names[number % 4]]));
            async move { groups::grant(&domain, &operator(), "staff", &one, &local()).await.map(drop) }
        })
        .await;
        assert_eq!(answers, vec![Ok(()); CROWD]);
        let group = groups::show(&t.domain, &operator(), "staff").await.unwrap();
        assert_eq!(group.permissions, ["accounts:ban", "accounts:manage", "accounts:view", "audit:view", "groups:manage"]);
        assert_eq!(told(&t.domain, "group_permissions_changed").await.len(), 1 + 4, "each was granted once");
        let state = groups::tag(&group);
        let answers = at_once(CROWD, |number| {
            let (domain, state) = (t.domain.clone(), state.clone());
            let form = GroupForm { about: Some(format!("Team {number}")), ..GroupForm::default() };
            async move { groups::change(&domain, &operator(), "staff", form, Some(&[state]), &local()).await.map(drop) }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err(Error::ChangedMeanwhile))), "{answers:?}");
    }

    async fn a_crowd_that_is_joined_to_a_group_while_it_goes_belongs_to_it_or_is_told(t: TestDomain) {
        let t = t.roomy().await;
        made(&t.domain, "staff", &["accounts:view"]).await;
        let ada = account(&t.domain, "ada@example.org", false).await;
        let answers = at_once(CROWD, |number| {
            let domain = t.domain.clone();
            async move {
                match number % 4 {
                    0 => groups::leave(&domain, &operator(), ada, "staff", &local()).await,
                    1 if number == 101 => groups::delete(&domain, &operator(), "staff", &local()).await,
                    _ => groups::join(&domain, &operator(), ada, "staff", &local()).await,
                }
            }
        })
        .await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err(Error::NotFound))), "{answers:?}");
        let count = async |event: &str| told(&t.domain, event).await.len();
        let (joined, left) = (count("group_joined").await, count("group_left").await);
        assert!(joined == left || joined == left + 1, "{joined} joined, {left} left");
        assert_eq!(count("group_deleted").await, 1);
        let rights = groups::of_person(&t.domain, &Actor::Operator.allow().unwrap(), ada, None).await.unwrap();
        assert_eq!((rights.groups, rights.permissions), (owned(&[MEMBER]), Vec::new()));
    }

    async fn c55_two_hundred_administrators_who_go_in_every_way_at_once_leave_one(t: TestDomain) {
        let mut options = t.options();
        crowded(&mut options);
        // A mail to each of the others for each who goes is told of elsewhere.
        let quiet = AdminNoticeRules { rights: false, ban: false, ..AdminNoticeRules::default() };
        options.rules.notices.admin = quiet;
        let mut t = t;
        t.domain = Domain::open(options).await.unwrap();
        let mut ids = Vec::new();
        for number in 0..CROWD {
            ids.push(account(&t.domain, &format!("root{number}@example.org"), true).await);
        }
        let tomorrow = t.now().after(Duration::from_hours(24));
        let answers = at_once(CROWD, |number| {
            let (domain, id) = (t.domain.clone(), ids[number]);
            async move {
                let people = Actor::Operator.allow::<ManageAccounts>().unwrap();
                match number % 6 {
                    0 => groups::leave(&domain, &operator(), id, ADMIN, &local()).await,
                    1 => bans::impose(&domain, &Actor::Operator.allow().unwrap(), id, BanForm { reason: "Spam".into(), ..BanForm::default() }, &local()).await.map(drop),
                    2 => accounts::delete(&domain, &people, id, &local()).await,
                    3 => accounts::set_expiry(&domain, &people, id, Some(tomorrow), &local()).await,
                    4 => accounts::deactivate(&domain, &people, id, &local()).await,
                    _ => accounts::ask_deletion(&domain, &people, id, &local()).await.map(drop),
                }
            }
        })
        .await;
        let last = Err(Error::Conflict { what: Conflict::LastAdmin });
        assert_eq!(answers.iter().filter(|answer| **answer == last).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), CROWD - 1);
        let spared = ids[answers.iter().position(|answer| *answer == last).unwrap()];
        let rights = groups::of_person(&t.domain, &Actor::Operator.allow().unwrap(), spared, Some(ViewAccounts::NAME)).await.unwrap();
        assert_eq!(rights.status.name(), "active");
        assert_eq!(rights.permissions[0].through, [ADMIN]);
    }

    async fn rights_say_through_which_groups_they_are_held(t: TestDomain) {
        let ada = account(&t.domain, "ada@example.org", false).await;
        for (name, permissions) in [("a", &["accounts:view"][..]), ("b", &["accounts:ban", "accounts:view"])] {
            made(&t.domain, name, permissions).await;
            groups::join(&t.domain, &operator(), ada, name, &local()).await.unwrap();
        }
        let by = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let rights = groups::of_person(&t.domain, &by, ada, None).await.unwrap();
        let told: Vec<_> = rights.permissions.iter().map(|one| format!("{} {}", one.permission, one.through.join(","))).collect();
        assert_eq!((rights.groups, told), (owned(&["a", "b", MEMBER]), owned(&["accounts:ban b", "accounts:view a,b"])));
        let asked = groups::of_person(&t.domain, &by, ada, Some("groups:manage")).await.unwrap().permissions;
        assert_eq!((asked.len(), asked[0].held, asked[0].through.len()), (1, false, 0));
        groups::join(&t.domain, &operator(), ada, ADMIN, &local()).await.unwrap();
        let all = groups::of_person(&t.domain, &by, ada, None).await.unwrap().permissions;
        assert_eq!(all.len(), groups::permissions(&t.domain).len(), "administrators hold all of them");
        assert!(all.iter().all(|one| one.through.contains(&ADMIN.to_owned())));
        let unknown = groups::of_person(&t.domain, &by, ada, Some("accounts:veiw")).await;
        assert_eq!(unknown.unwrap_err(), Error::invalid("permission", Problem::NotOffered));
        let views = groups::permission_views(&t.domain, &operator()).await.unwrap();
        let view = views.iter().find(|one| one.name == "accounts:view").unwrap();
        assert_eq!((view.groups.clone(), view.declared_by.as_str()), (owned(&["a", ADMIN, "b"]), "vestibule"));
    }

    async fn many_members_are_listed_in_pages_and_not_counted_to_the_end(t: TestDomain) {
        made(&t.domain, "crowd", &[]).await;
        let count = 1_005;
        let mut tx = t.domain.begin().await.unwrap();
        for _ in 0..count {
            let id = t.domain.new_id();
            sql!(&mut tx, execute, "insert into users (id, email, email_canonical, name, created_at, updated_at) values ($1, $2, $2, 'Ada', 0, 0)", id, format!("{id}@example.org")).await.unwrap();
            sql!(&mut tx, execute, "insert into group_members (user_id, group_name, since) values ($1, 'crowd', 0)", id).await.unwrap();
        }
        tx.commit().await.unwrap();
        let group = groups::show(&t.domain, &operator(), "crowd").await.unwrap();
        assert_eq!(group.members_shown(), "1000+");
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = groups::members(&t.domain, &operator(), "crowd", after, 100).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            seen.extend(page.into_iter().map(|one| one.id));
        }
        seen.dedup();
        assert_eq!(seen.len(), count);
        let nobody = groups::members(&t.domain, &operator(), "nobody", None, 1).await;
        assert_eq!(nobody.unwrap_err(), Error::NotFound);
    }
}

/// The same data with these groups in the settings.
async fn declaring(
    t: &TestDomain,
    declared: &[(&str, DeclaredGroup)],
) -> std::result::Result<Domain, OpenError> {
    let mut options = t.options();
    options.rules.groups = declared.iter().map(|(name, group)| ((*name).to_owned(), group.clone())).collect();
    Domain::open(options).await
}

vestibule_domain::both! {
    async fn groups_of_the_settings_exist_and_are_not_changed_at_run_time(t: TestDomain) {
        let declared = DeclaredGroup {
            about: Some("People who pay".into()),
            permissions: Some(owned(&["accounts:view"])),
            lifetimes: BTreeMap::from([(LifetimeKind::Remembered, Lifetime::Forever)]),
        };
        let domain = declaring(&t, &[("premium", declared.clone()), ("quiet", DeclaredGroup::default())]).await.unwrap();
        for _ in 0..2 {
            groups::declare(&domain).await.unwrap();
        }
        assert_eq!(told(&domain, "group_created").await.len(), 2, "once, however often it starts");
        assert_eq!(told(&domain, "group_permissions_changed").await.len(), 1);
        let premium = groups::show(&domain, &operator(), "premium").await.unwrap();
        assert_eq!((premium.about.as_str(), premium.permissions.as_slice()), ("People who pay", &owned(&["accounts:view"])[..]));
        assert!(premium.from_settings && premium.protected);
        assert_eq!(premium.fixed, [Part::About, Part::Permissions, Part::Lifetimes]);
        let from_settings = |refused: Result<()>| assert_eq!(refused.unwrap_err(), Error::Conflict { what: Conflict::FromSettings });
        from_settings(groups::delete(&domain, &operator(), "premium", &local()).await);
        from_settings(groups::grant(&domain, &operator(), "premium", &owned(&["accounts:ban"]), &local()).await.map(drop));
        let form = GroupForm { about: Some("Others".into()), ..GroupForm::default() };
        from_settings(groups::change(&domain, &operator(), "premium", form.clone(), None, &local()).await.map(drop));
        // What the settings do not say is free.
        groups::change(&domain, &operator(), "quiet", form, None, &local()).await.unwrap();
        groups::grant(&domain, &operator(), "quiet", &owned(&["accounts:ban"]), &local()).await.unwrap();
        let other = DeclaredGroup { permissions: Some(Vec::new()), ..declared };
        let domain = declaring(&t, &[("premium", other)]).await.unwrap();
        groups::declare(&domain).await.unwrap();
        assert_eq!(groups::show(&domain, &operator(), "premium").await.unwrap().permissions, Vec::<String>::new());
        groups::delete(&domain, &operator(), "quiet", &local()).await.unwrap();
    }
}

#[tokio::test]
async fn misspelt_groups_of_the_settings_stop_the_start() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let with = |permissions: &[&str]| DeclaredGroup {
        permissions: Some(owned(permissions)),
        ..DeclaredGroup::default()
    };
    let declared = [
        (ADMIN, with(&["accounts:view"])),
        ("Premium", DeclaredGroup::default()),
        ("staff", with(&["acounts:veiw", "zzzzzzzzzzzzzzz"])),
    ];
    let error = declaring(&t, &declared).await.expect_err("it does not open");
    insta::assert_snapshot!(error, @r"
    groups.Premium: a group is called by 1 to 32 small letters, digits and single hyphens
    groups.admin.permissions: administrators hold every permission
    groups.staff.permissions: there is no permission acounts:veiw; did you mean accounts:view?
    groups.staff.permissions: there is no permission zzzzzzzzzzzzzzz
    ");
}
