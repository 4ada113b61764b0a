//! The audit trail as a chain: whoever touches it is found out, erasing a person and letting go of what is old break
//! nothing, and a crowd that writes at once stands in one row. And how administrators read it.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use sqlx::{AssertSqlSafe, Row as _};
use std::time::Duration;
use vestibule_domain::accounts::{self, NewAccount};
use vestibule_domain::audit::{self, Noted};
use vestibule_domain::db::{Db, statements};
use vestibule_domain::testing::{CROWD, Engine, TestDomain, at_once, median};
use vestibule_domain::{Actor, Allowed, Client, Domain, auth, bans, sql};
use vestibule_model::accounts::RegisterForm;
use vestibule_model::audit::{Doer, Entry, FaultKind, Filter, Verdict};
use vestibule_model::auth::SignInForm;
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ManageAccounts, ViewAudit};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::{Error, Problem, Timestamp, UserId};

const PASSWORD: &str = "tangerine ladder sings quietly";

fn from(address: &str, request: &str) -> Client {
    Client { address: address.parse().ok(), user_agent: None, request_id: Some(request.into()) }
}

async fn account(domain: &Domain, email: &str) -> UserId {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    let form = RegisterForm {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
        ..RegisterForm::default()
    };
    let new = NewAccount { form, verified: true, admin: false, expires_at: None };
    accounts::create(domain, &by, new, &Client::local()).await.unwrap().id
}

async fn ban(domain: &Domain, user: UserId, reason: &str) {
    let by = Actor::Operator.allow::<BanAccounts>().unwrap();
    let form = BanForm { reason: reason.into(), ..BanForm::default() };
    bans::impose(domain, &by, user, form, &from("192.0.2.1", "ban-1")).await.unwrap();
}

async fn erase(domain: &Domain, user: UserId) {
    let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
    accounts::delete(domain, &by, user, &Client::local()).await.unwrap();
}

fn may() -> Allowed<ViewAudit> {
    Actor::Operator.allow().unwrap()
}

async fn verify(domain: &Domain) -> Verdict {
    audit::verify(domain, &may(), None).await.unwrap()
}

async fn kinds(domain: &Domain) -> Vec<FaultKind> {
    verify(domain).await.faults.into_iter().map(|fault| fault.kind).collect()
}

async fn rows(domain: &Domain, filter: &Filter) -> Vec<Entry> {
    audit::list(domain, &may(), filter, &Page::default()).await.unwrap().items
}

/// Ten rows.
async fn ten(domain: &Domain) -> UserId {
    let user = account(domain, "ada@example.org").await;
    for number in 1..10 {
        ban(domain, user, &format!("reason {number}")).await;
    }
    user
}

vestibule_domain::both! {
    async fn a_chain_that_nobody_touched_holds_and_goes_on(t: TestDomain) {
        let empty = verify(&t.domain).await;
        assert!(empty.is_whole() && empty.rows == 0, "{empty:?}");
        ten(&t.domain).await;
        let first = verify(&t.domain).await;
        assert!(first.is_whole() && first.rows == 10 && first.head.starts_with("10:"), "{first:?}");
        let noted: Noted = first.head.parse().unwrap();
        account(&t.domain, "bob@example.org").await;
        let later = audit::verify(&t.domain, &may(), Some(&noted)).await.unwrap();
        assert!(later.is_whole() && later.rows == 11, "{later:?}");
        let beside = t.second().await.unwrap();
        account(&beside, "eve@example.org").await;
        assert!(verify(&beside).await.is_whole(), "another process goes on with it");
        for bad in ["", "10", "x:y", "-1:AAAA", "1:AAAA"] {
            assert_eq!(bad.parse::<Noted>().err(), Some(Error::invalid("expect", Problem::Malformed)), "{bad}");
        }
    }

    async fn what_was_rolled_back_is_not_in_the_chain(t: TestDomain) {
        let user = ten(&t.domain).await;
        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
        let refused = bans::lift(&t.domain, &by, UserId(uuid::Uuid::nil()), &Client::local()).await;
        assert_eq!(refused, Err(Error::NotFound));
        bans::lift(&t.domain, &by, user, &Client::local()).await.unwrap();
        assert_eq!(bans::lift(&t.domain, &by, user, &Client::local()).await, Err(Error::NotFound));
        assert_eq!(verify(&t.domain).await.rows, 11);
    }

    async fn a_changed_row_is_found(t: TestDomain) {
        ten(&t.domain).await;
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit set detail = replace(detail, 'reason 3', 'reason 4') where seq = 4").await.unwrap();
        tx.commit().await.unwrap();
        let verdict = verify(&t.domain).await;
        assert_eq!(verdict.faults.iter().map(|fault| (fault.kind, fault.seq)).collect::<Vec<_>>(), [(FaultKind::Changed, Some(4))]);
    }

    async fn a_missing_row_is_found(t: TestDomain) {
        ten(&t.domain).await;
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "delete from audit where seq = 4 or seq = 5").await.unwrap();
        tx.commit().await.unwrap();
        let verdict = verify(&t.domain).await;
        assert_eq!(verdict.faults.iter().map(|fault| (fault.kind, fault.seq)).collect::<Vec<_>>(), [(FaultKind::Missing, Some(4))]);
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit set seq = seq - 2 where seq > 5 and seq < 8").await.unwrap();
        tx.commit().await.unwrap();
        assert!(!verify(&t.domain).await.is_whole(), "closing the gap does not hide it");
    }

    async fn an_inserted_row_is_found(t: TestDomain) {
        ten(&t.domain).await;
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "insert into audit (id, at, actor, event, detail, seq, salt, seal)
            select $1, at, actor, event, detail, $2, salt, seal from audit where seq = 4", uuid::Uuid::from_u128(1), 11_i64).await.unwrap();
        sql!(&mut tx, execute, "insert into audit (id, at, actor, event, detail) values ($1, 0, 'operator', 'x', '{}')", uuid::Uuid::from_u128(2)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Added, FaultKind::Added]);
        let again = t.second().await.unwrap();
        assert_eq!(kinds(&again).await, [FaultKind::Added, FaultKind::Added], "opening again makes nothing good");
    }

    async fn a_row_in_a_place_before_the_first_is_found(t: TestDomain) {
        ten(&t.domain).await;
        let mut tx = t.domain.begin().await.unwrap();
        for (id, place) in [(1, 0_i64), (2, -5)] {
            sql!(&mut tx, execute, "insert into audit (id, at, actor, event, detail, seq) values ($1, 0, 'operator', 'x', '{}', $2)", uuid::Uuid::from_u128(id), place).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Added, FaultKind::Added]);
    }

    async fn reordered_rows_are_found(t: TestDomain) {
        ten(&t.domain).await;
        let mut tx = t.domain.begin().await.unwrap();
        for (from, to) in [(4_i64, 100_i64), (5, 4), (100, 5)] {
            sql!(&mut tx, execute, "update audit set seq = $2 where seq = $1", from, to).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Changed, FaultKind::Changed, FaultKind::Changed]);
    }

    async fn a_cut_off_end_is_found_and_going_on_does_not_heal_it(t: TestDomain) {
        let user = ten(&t.domain).await;
        let noted: Noted = verify(&t.domain).await.head.parse().unwrap();
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "delete from audit where seq > 7").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Missing]);
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit_chain set seq = 7, seal = (select seal from audit where seq = 7)").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Head]);
        ban(&t.domain, user, "another").await;
        let verdict = audit::verify(&t.domain, &may(), Some(&noted)).await.unwrap();
        assert_eq!(verdict.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Head, FaultKind::Unexpected]);
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "delete from audit_chain").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Head]);
        let again = t.second().await.unwrap();
        assert_eq!(kinds(&again).await, [FaultKind::Head], "a head that was lost is not made good");
    }

    async fn an_end_put_back_as_it_once_was_is_found_by_the_head_that_was_noted(t: TestDomain) {
        let user = ten(&t.domain).await;
        let old: Vec<(i64, Vec<u8>, Vec<u8>)> =
            sql!(t.domain.db(), fetch_all as (i64, Vec<u8>, Vec<u8>), "select seq, seal, proof from audit_chain").await.unwrap();
        ban(&t.domain, user, "to be hidden").await;
        let noted: Noted = verify(&t.domain).await.head.parse().unwrap();
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "delete from audit where seq > 10").await.unwrap();
        sql!(&mut tx, execute, "update audit_chain set seq = $1, seal = $2, proof = $3", old[0].0, &old[0].1, &old[0].2).await.unwrap();
        tx.commit().await.unwrap();
        assert!(verify(&t.domain).await.is_whole(), "nothing else can tell");
        let verdict = audit::verify(&t.domain, &may(), Some(&noted)).await.unwrap();
        assert_eq!(verdict.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Unexpected]);
        ban(&t.domain, user, "something else").await;
        let verdict = audit::verify(&t.domain, &may(), Some(&noted)).await.unwrap();
        assert_eq!(verdict.faults.len(), 1, "another row in that place is not the one that was noted: {verdict:?}");
    }

    async fn rows_of_before_there_was_a_chain_are_sealed_once(t: TestDomain) {
        ten(&t.domain).await;
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit set seq = null, salt = null, seal = null").await.unwrap();
        sql!(&mut tx, execute, "delete from audit_chain").await.unwrap();
        tx.commit().await.unwrap();
        let opened = at_once(4, |_| {
            let options = t.options();
            async move { Domain::open(options).await.is_ok() }
        })
        .await;
        assert!(opened.into_iter().all(|opened| opened));
        let verdict = verify(&t.domain).await;
        assert!(verdict.is_whole() && verdict.rows == 10, "{verdict:?}");
        let order = sql!(t.domain.db(), fetch_all as (i64,), "select seq from audit order by at, id").await.unwrap();
        assert!(order.iter().map(|(seq,)| *seq).eq(1..=10), "{order:?}");
    }

    async fn erasing_a_person_breaks_nothing_and_a_forged_erasure_is_found(t: TestDomain) {
        let user = ten(&t.domain).await;
        let bob = account(&t.domain, "bob@example.org").await;
        erase(&t.domain, user).await;
        let verdict = verify(&t.domain).await;
        assert!(verdict.is_whole(), "{verdict:?}");
        let all = rows(&t.domain, &Filter::default()).await;
        assert_eq!(all.iter().filter(|entry| entry.redacted).count(), 10, "all of theirs, but for the one of the erasure itself");
        assert!(all.iter().all(|entry| entry.subject != Some(user) && entry.changes.is_empty()), "{all:?}");
        assert_eq!(all.iter().filter(|entry| entry.subject == Some(bob)).count(), 1);
        erase(&t.domain, bob).await;
        assert!(verify(&t.domain).await.is_whole());
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit set redacted = (select redacted from audit where seq = 3) where seq = 4").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Changed]);
    }

    async fn another_erasure_does_not_sign_what_somebody_changed(t: TestDomain) {
        let user = ten(&t.domain).await;
        let bob = account(&t.domain, "bob@example.org").await;
        erase(&t.domain, user).await;
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit set actor_id = $1, address = '192.0.2.1' where seq = 4", bob).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&t.domain).await, [FaultKind::Changed]);
        erase(&t.domain, bob).await;
        assert_eq!(kinds(&t.domain).await, [FaultKind::Changed], "it is found still");
    }

    async fn retention_takes_nothing_away_that_was_touched(t: TestDomain) {
        ten(&t.domain).await;
        t.clock.advance(Duration::from_hours(24 * 20));
        let mut tx = t.domain.begin().await.unwrap();
        sql!(&mut tx, execute, "update audit set at = 0 where seq > 3").await.unwrap();
        tx.commit().await.unwrap();
        let mut options = t.options();
        options.rules.audit.keep_days = 30;
        let domain = Domain::open(options).await.unwrap();
        assert_eq!(audit::retain(&domain).await, Ok(0));
        t.clock.advance(Duration::from_hours(24 * 11));
        assert_eq!(audit::retain(&domain).await, Ok(3), "those that are as they were written");
        assert!(kinds(&domain).await.contains(&FaultKind::Changed));
    }

    async fn old_rows_go_and_the_rest_still_holds(t: TestDomain) {
        let user = ten(&t.domain).await;
        let noted: Noted = verify(&t.domain).await.head.parse().unwrap();
        assert_eq!(audit::retain(&t.domain).await, Ok(0), "for ever, unless a site wants less");
        t.clock.advance(Duration::from_hours(24 * 20));
        ban(&t.domain, user, "later").await;
        let mut options = t.options();
        options.rules.audit.keep_days = 30;
        let domain = Domain::open(options).await.unwrap();
        assert_eq!(audit::retain(&domain).await, Ok(0));
        t.clock.advance(Duration::from_hours(24 * 11));
        assert_eq!(audit::retain(&domain).await, Ok(10));
        assert_eq!(audit::retain(&domain).await, Ok(0));
        let verdict = audit::verify(&domain, &may(), Some(&noted)).await.unwrap();
        assert!(verdict.is_whole() && verdict.rows == 2 && verdict.kept_after == 10, "{verdict:?}");
        let mut tx = domain.begin().await.unwrap();
        sql!(&mut tx, execute, "delete from audit where seq = 11").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kinds(&domain).await, [FaultKind::Missing]);
    }

    async fn a_crowd_that_writes_at_once_stands_in_one_row(t: TestDomain) {
        let t = t.roomy().await;
        let mut people = Vec::new();
        for number in 0..20 {
            people.push(account(&t.domain, &format!("p{number}@example.org")).await);
        }
        let done = at_once(CROWD, |number| {
            let (domain, user) = (t.domain.clone(), people[number % people.len()]);
            async move {
                let email = format!("p{}@example.org", number % 20);
                match number % 5 {
                    0 => drop(auth::sign_in(&domain, SignInForm { email, password: PASSWORD.into() }, false, &Client::local()).await),
                    1 => drop(auth::sign_in(&domain, SignInForm { email, password: "wrong".into() }, false, &Client::local()).await),
                    2 => {
                        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
                        let form = BanForm { reason: format!("reason {number}"), ..BanForm::default() };
                        let done = bans::impose(&domain, &by, user, form, &Client::local()).await;
                        assert!(matches!(done, Ok(_) | Err(Error::NotFound)), "{done:?}");
                    }
                    3 if number > 150 => {
                        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
                        let done = accounts::delete(&domain, &by, user, &Client::local()).await;
                        assert!(matches!(done, Ok(()) | Err(Error::NotFound)), "{done:?}");
                    }
                    _ => {
                        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
                        let end = Some(Timestamp(i64::MAX / 2));
                        let done = accounts::set_expiry(&domain, &by, user, end, &Client::local()).await;
                        assert!(matches!(done, Ok(()) | Err(Error::NotFound)), "{done:?}");
                    }
                }
            }
        })
        .await;
        assert_eq!(done.len(), CROWD);
        let verdict = verify(&t.domain).await;
        assert!(verdict.is_whole() && verdict.rows > 100, "{verdict:?}");
        let (rows, counted) = sql!(
            t.domain.db(),
            fetch_one as (i64, i64),
            "select (select count(*) from audit), (select cast(sum(count) as bigint) from counts
                     where name not in ('active', 'mail_queued', 'mail_sent', 'mail_failed'))"
        )
        .await
        .unwrap();
        assert_eq!(rows, counted, "every row was counted once");
    }

    async fn administrators_read_what_they_ask_for(t: TestDomain) {
        let user = ten(&t.domain).await;
        let all = rows(&t.domain, &Filter::default()).await;
        let last = |entry: &&Entry| entry.changes.iter().any(|change| change.after == "reason 9");
        let newest = all.iter().find(last).unwrap();
        assert_eq!((newest.event.as_str(), newest.by, newest.subject), ("banned", Doer::Operator, Some(user)));
        assert_eq!((newest.subject_name.as_deref(), newest.actor), (Some("Ada"), None));
        let told = &newest.changes[0];
        assert_eq!((told.field.as_str(), told.before.as_str(), told.after.as_str()), ("reason", Some("reason 8"), Some("reason 9")));
        assert_eq!((newest.address.as_deref(), newest.request_id.as_deref()), (Some("192.0.2.1"), Some("ban-1")));
        assert_eq!(audit::find(&t.domain, &may(), &newest.id).await.as_ref(), Ok(newest));
        for nobody in ["x", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(audit::find(&t.domain, &may(), nobody).await.err(), Some(Error::NotFound));
        }
        let now = t.now();
        let none = Filter::default;
        let filters = [
            (Filter { subject: Some(user), ..none() }, 10),
            (Filter { subject: Some(user), event: Some("account_created".into()), ..none() }, 1),
            (Filter { actor: Some(user), ..none() }, 0),
            (Filter { event: Some("banned".into()), ..none() }, 9),
            (Filter { address: Some("192.0.2.1".into()), ..none() }, 9),
            (Filter { address: Some("192.0.2.2".into()), ..none() }, 0),
            (Filter { request_id: Some("ban-1".into()), ..none() }, 9),
            (Filter { from: Some(now), ..none() }, 10),
            (Filter { to: Some(now), ..none() }, 0),
            (Filter { from: Some(Timestamp(now.0 + 1)), ..none() }, 0),
        ];
        for (filter, count) in filters {
            let page = Page { total: true, ..Page::default() };
            let listed = audit::list(&t.domain, &may(), &filter, &page).await.unwrap();
            assert_eq!((listed.items.len(), listed.total), (count, Some(count as u64)), "{filter:?}");
        }
    }

    async fn a_list_is_read_page_by_page_and_a_file_has_all_of_it(t: TestDomain) {
        ten(&t.domain).await;
        let mut page = Page { limit: Limit::new(3).unwrap(), ..Page::default() };
        let mut seen = Vec::new();
        loop {
            let listed = audit::list(&t.domain, &may(), &Filter::default(), &page).await.unwrap();
            seen.extend(listed.items.into_iter().map(|entry| entry.id));
            page.cursor = listed.next;
            if page.cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 10);
        let cursor = audit::list(&t.domain, &may(), &Filter::default(), &Page { limit: Limit::new(3).unwrap(), ..Page::default() }).await.unwrap().next;
        let foreign = audit::list(&t.domain, &may(), &Filter { event: Some("banned".into()), ..Filter::default() }, &Page { cursor, ..Page::default() }).await;
        assert_eq!(foreign.err(), Some(Error::invalid("cursor", Problem::Malformed)));
        t.clock.advance(Duration::from_secs(1));
        let mut export = audit::export(&t.domain, &may(), Filter::default(), &Client::local()).await.unwrap();
        let mut file = Vec::new();
        loop {
            let rows = export.next().await.unwrap();
            if rows.is_empty() {
                break;
            }
            file.extend(rows.into_iter().map(|entry| entry.id));
        }
        assert_eq!(file[1..], seen, "behind the row that says it was taken");
        assert_eq!(rows(&t.domain, &Filter::default()).await[0].event, "audit_exported");
    }

    async fn values_before_and_after_are_for_administrators_alone(t: TestDomain) {
        let user = ten(&t.domain).await;
        let by = Actor::Operator.allow::<ManageAccounts>().unwrap();
        accounts::email::replace(&t.domain, &by, user, "new@example.org", true, &Client::local()).await.unwrap();
        let changed = &rows(&t.domain, &Filter { event: Some("email_changed".into()), ..Filter::default() }).await[0].changes[0];
        assert_eq!((changed.before.as_str(), changed.after.as_str()), (Some("ada@example.org"), Some("new@example.org")));
        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
        bans::lift(&t.domain, &by, user, &Client::local()).await.unwrap();
        let form = SignInForm { email: "new@example.org".into(), password: PASSWORD.into() };
        let session = auth::sign_in(&t.domain, form, false, &Client::local()).await.unwrap();
        let person = auth::by_cookie(&t.domain, session.secret.expose()).await.unwrap().unwrap();
        let own = audit::own_events(&t.domain, &person, audit::Sought::default(), None, 100).await.unwrap();
        let told = serde_json::to_string(&own).unwrap();
        assert!(!told.contains("ada@example.org") && !told.contains("before"), "{told}");
    }

    async fn no_list_and_no_number_scans_a_table(t: TestDomain) {
        let lists = ["from audit a left join", "from outbox where", "from counts"];
        let wanted = |text: &str| lists.iter().any(|list| text.contains(list)) && !text.contains("as counted");
        let mut looked = 0;
        let ours = statements().filter(|statement| !statement.place.0.contains("tests/"));
        for statement in ours.filter(|statement| wanted(statement.text)) {
            let plan = plan(t.domain.db(), statement.text).await;
            let scans = plan.iter().any(|line| {
                (line.starts_with("SCAN") && !line.contains("USING"))
                    || line.contains("TEMP B-TREE")
                    || line.contains("Seq Scan on")
            });
            assert!(!scans, "{:?}: {plan:#?}", statement.place);
            looked += 1;
        }
        assert!(looked > 10, "{looked} statements were looked at");
    }
}

/// How long lists take on a million rows, as a ratio to two hundred. Run by hand: it says, and asserts nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "seeds a million rows"]
async fn a_million_rows_are_listed_as_fast_as_two_hundred() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(t) = TestDomain::on(engine).await else { continue };
        let user = ten(&t.domain).await;
        let one = |filter: Filter| async { (rows(&t.domain, &filter).await.len(), filter) };
        let filters = [
            Filter::default(),
            Filter { subject: Some(user), ..Filter::default() },
            Filter { event: Some("banned".into()), ..Filter::default() },
            Filter { address: Some("192.0.2.1".into()), ..Filter::default() },
            Filter { request_id: Some("ban-1".into()), ..Filter::default() },
            Filter { to: Some(Timestamp(t.now().0 - 1)), ..Filter::default() },
        ];
        // Whole pages are compared with whole pages.
        seed(t.domain.db(), 200).await;
        let mut before = Vec::new();
        for filter in &filters {
            before.push(median(|| one(filter.clone())).await);
        }
        seed(t.domain.db(), 1_000_000).await;
        for (filter, before) in filters.iter().zip(before) {
            let after = median(|| one(filter.clone())).await;
            println!("{} {filter:?}: {:.2} times", t.domain.db().engine(), after / before);
        }
    }
}

/// Rows of strangers, of before.
async fn seed(db: &Db, count: i64) {
    match db {
        Db::Sqlite { writer, .. } => {
            let seed = "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
                insert into audit (id, at, actor, actor_id, event, subject_id, detail, request_id, address)
                select randomblob(16), i, 'person', randomblob(16), 'signed_in', randomblob(16), '{}', 'r' || i, '10.0.0.' || (i % 200) from n";
            sqlx::query(seed).bind(count).execute(writer).await.unwrap();
            sqlx::raw_sql("analyze audit").execute(writer).await.unwrap();
        }
        Db::Postgres(pool) => {
            let mut connection = pool.acquire().await.unwrap();
            sqlx::raw_sql("set statement_timeout = 0").execute(&mut *connection).await.unwrap();
            let seed = "insert into audit (id, at, actor, actor_id, event, subject_id, detail, request_id, address)
                select gen_random_uuid(), i, 'person', gen_random_uuid(), 'signed_in', gen_random_uuid(), '{}', 'r' || i, '10.0.0.' || (i % 200)
                from generate_series(1, $1) as i";
            sqlx::query(seed).bind(count).execute(&mut *connection).await.unwrap();
            sqlx::raw_sql("analyze audit").execute(&mut *connection).await.unwrap();
            connection.close_on_drop();
        }
    }
}

/// How the engine would run a statement, whatever its tables hold.
async fn plan(db: &Db, text: &str) -> Vec<String> {
    match db {
        Db::Sqlite { readers, .. } => {
            let query = AssertSqlSafe(format!("explain query plan {text}"));
            sqlx::query(query).fetch_all(readers).await.unwrap().iter().map(|row| row.get("detail")).collect()
        }
        Db::Postgres(pool) => {
            let parameters = (1..20).take_while(|number| text.contains(&format!("${number}"))).count();
            let nulls = vec!["null"; parameters].join(", ");
            let mut connection = pool.acquire().await.unwrap();
            for command in [
                "set enable_seqscan = off".to_owned(),
                "set plan_cache_mode = force_generic_plan".to_owned(),
                "deallocate all".to_owned(),
                format!("prepare looked_at as {text}"),
            ] {
                sqlx::raw_sql(AssertSqlSafe(command)).execute(&mut *connection).await.unwrap();
            }
            let explain = match parameters {
                0 => "explain execute looked_at".to_owned(),
                _ => format!("explain execute looked_at({nulls})"),
            };
            let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
            connection.close_on_drop();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}
