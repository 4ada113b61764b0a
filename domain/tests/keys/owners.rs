//! What an owner does with keys: makes, sees, changes, rotates, revokes; and that nobody does it for them.

use super::people::{
    ADA, BOB, account, enter, holder, home, is_good, is_refused, key_of, named, operator, person, shown, told,
};
use std::time::Duration;
use vestibule_domain::testing::counting_statements;
use vestibule_domain::{Actor, accounts, keys, profiles, sql};
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageAccounts;
use vestibule_model::keys::{KeyChange, KeyForm, KeyState, Revoked, RotateForm};
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, KeyId, Problem};

const DAY: Duration = Duration::from_hours(24);

fn rotation(overlap_hours: u32) -> RotateForm {
    RotateForm { overlap_hours, ..RotateForm::default() }
}

vestibule_domain::both! {
    async fn a_key_speaks_for_its_owner_and_costs_no_statement_once_it_is_known(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        t.letters().await;
        let key = key_of(&t.domain, &ada).await;
        assert!(key.secret.expose().starts_with(&format!("{}_", key.key.begins_with)), "{}", key.key.begins_with);
        assert_eq!((key.key.state, key.key.expires_at), (KeyState::Active, Some(t.now().after(DAY * 90))));
        let found = holder(&t.domain, &key).await.unwrap();
        assert_eq!((found.user, found.key.as_ref().unwrap().id), (ada.user, key.key.id));
        let (again, statements) = counting_statements(holder(&t.domain, &key)).await;
        assert_eq!((again.map(|person| person.user), statements), (Ok(ada.user), 0));
        let letters = t.letters().await;
        assert_eq!((letters.len(), letters[0].to.as_str()), (1, ADA), "its owner is told");
        assert!(!letters[0].text.contains(key.secret.expose()) && letters[0].text.contains(&key.key.begins_with));
    }

    async fn the_database_holds_no_key(t: TestDomain) {
        let key = key_of(&t.domain, &person(&t.domain, ADA).await).await;
        let rows = sql!(t.domain.db(), fetch_all as (String,), "select secret_hash from api_key_secrets").await.unwrap();
        let secret = key.secret.expose().rsplit('_').next().unwrap();
        assert!(rows.len() == 1 && rows[0].0.len() == 43 && !rows[0].0.contains(&secret[..8]), "{rows:?}");
        assert!(!format!("{key:?}").contains(secret), "it is not told by accident");
    }

    async fn when_and_where_a_key_was_used_is_noted_once_a_minute(t: TestDomain) {
        let key = key_of(&t.domain, &person(&t.domain, ADA).await).await;
        let used = async || {
            let key = shown(&t.domain, key.key.id).await;
            (key.last_used_at, key.last_used_address)
        };
        assert_eq!(used().await, (None, None));
        let first = t.now();
        is_good(&t.domain, &key, "from home").await;
        assert_eq!(used().await, (Some(first), Some("192.0.2.7".to_owned())));
        t.clock.advance(Duration::from_secs(59));
        keys::by_secret(&t.domain, key.secret.expose(), "2001:db8::1".parse().ok()).await.unwrap();
        assert_eq!(used().await.0, Some(first));
        t.clock.advance(Duration::from_secs(1));
        keys::by_secret(&t.domain, key.secret.expose(), "2001:db8::1".parse().ok()).await.unwrap();
        assert_eq!(used().await, (Some(t.now()), Some("2001:db8::1".to_owned())));
    }

    async fn c47_a_string_that_is_no_key_is_refused_without_a_statement(t: TestDomain) {
        let key = key_of(&t.domain, &person(&t.domain, ADA).await).await;
        let text = key.secret.expose();
        let wrong = [
            text[..text.len() - 1].to_owned(), text[1..].to_owned(), text.to_uppercase(), text.to_lowercase(),
            format!("{text}0"), text.replacen("vst", "vsx", 1), key.key.begins_with.clone(), String::new(),
        ];
        for wrong in wrong {
            let (answer, statements) = counting_statements(keys::by_secret(&t.domain, &wrong, None)).await;
            assert_eq!((answer.err(), statements), (Some(Error::BadToken), 0), "{wrong}");
        }
    }

    async fn a_key_is_changed_switched_off_and_on_again(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        let change = async |form: KeyChange| keys::change(&t.domain, &ada, key.key.id, &form, &home()).await;
        let switch = |enabled| KeyChange { enabled: Some(enabled), ..KeyChange::default() };
        is_good(&t.domain, &key, "before").await;
        assert_eq!(change(switch(false)).await.unwrap().state, KeyState::Disabled);
        is_refused(&t.domain, &key, "switched off").await;
        change(switch(false)).await.unwrap();
        assert_eq!(told(&t.domain, "key_changed").await, 1, "what changes nothing is no event");
        assert_eq!(change(switch(true)).await.unwrap().state, KeyState::Active);
        is_good(&t.domain, &key, "switched on").await;
        let form = KeyChange { name: Some(" Shop ".into()), networks: Some(vec!["192.0.2.7/24".into()]), enabled: None };
        let changed = change(form).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.networks), ("Shop", vec!["192.0.2.0/24".to_owned()]));
        is_good(&t.domain, &key, "from one of its networks").await;
        let away = keys::by_secret(&t.domain, key.secret.expose(), "198.51.100.1".parse().ok()).await;
        assert_eq!(away.err(), Some(Error::KeyNetwork));
        assert_eq!(keys::by_secret(&t.domain, key.secret.expose(), None).await.err(), Some(Error::KeyNetwork));
        let bad = KeyChange { networks: Some(vec!["example.org".into()]), ..KeyChange::default() };
        assert_eq!(change(bad).await.err(), Some(Error::invalid("networks/0", Problem::Malformed)));
        let bad = KeyChange { name: Some(" ".into()), ..KeyChange::default() };
        assert_eq!(change(bad).await.err(), Some(Error::invalid("name", Problem::Required)));
    }

    async fn a_rotated_key_has_two_secrets_until_the_overlap_ends(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let old = key_of(&t.domain, &ada).await;
        t.clock.advance(DAY * 80);
        let new = keys::rotate(&t.domain, &ada, old.key.id, rotation(24), &home()).await.unwrap();
        assert_eq!((new.key.id, &new.key.begins_with), (old.key.id, &old.key.begins_with));
        assert_ne!(new.secret, old.secret);
        assert_eq!(new.key.expires_at, Some(t.now().after(DAY * 90)), "as long as it was given before");
        assert_eq!(new.key.previous_until, Some(t.now().after(DAY)));
        is_good(&t.domain, &new, "at once").await;
        is_good(&t.domain, &old, "in the overlap").await;
        t.clock.advance(Duration::from_secs(24 * 3_600 - 1));
        is_good(&t.domain, &old, "to its last second").await;
        t.clock.advance(Duration::from_secs(1));
        is_refused(&t.domain, &old, "the overlap is over").await;
        is_good(&t.domain, &new, "afterwards").await;
        assert_eq!(shown(&t.domain, new.key.id).await.previous_until, None);
        let never = RotateForm { never: true, ..rotation(0) };
        let last = keys::rotate(&t.domain, &ada, old.key.id, never, &home()).await.unwrap();
        is_refused(&t.domain, &new, "no overlap").await;
        assert_eq!(last.key.expires_at, None);
        t.clock.advance(DAY * 4_000);
        is_good(&t.domain, &last, "it never ends").await;
        assert_eq!(told(&t.domain, "key_rotated").await, 2);
    }

    async fn an_overlap_outlives_neither_the_key_nor_an_earlier_overlap(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let week = KeyForm { expires_in_days: Some(7), ..named("Backup") };
        let first = keys::create(&t.domain, &ada, week, &home()).await.unwrap();
        t.clock.advance(DAY * 6);
        let second = keys::rotate(&t.domain, &ada, first.key.id, rotation(168), &home()).await.unwrap();
        assert_eq!(second.key.previous_until, first.key.expires_at);
        let third = keys::rotate(&t.domain, &ada, first.key.id, rotation(1), &home()).await.unwrap();
        for key in [&first, &second, &third] {
            is_good(&t.domain, key, "all three for an hour").await;
        }
        t.clock.advance(Duration::from_hours(1));
        is_refused(&t.domain, &first, "cut short").await;
        is_refused(&t.domain, &second, "its hour is over").await;
        is_good(&t.domain, &third, "the newest").await;
    }

    async fn a_key_that_ended_lives_again_once_it_is_rotated(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let old = key_of(&t.domain, &ada).await;
        t.clock.advance(DAY * 90);
        is_refused(&t.domain, &old, "its end has come").await;
        assert_eq!(shown(&t.domain, old.key.id).await.state, KeyState::Expired);
        let ada = enter(&t.domain, ADA).await;
        let new = keys::rotate(&t.domain, &ada, old.key.id, rotation(168), &home()).await.unwrap();
        is_good(&t.domain, &new, "it has a new end").await;
        is_refused(&t.domain, &old, "what was over stays over").await;
    }

    async fn a_revoked_key_is_over_for_good(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let old = key_of(&t.domain, &ada).await;
        let new = keys::rotate(&t.domain, &ada, old.key.id, rotation(24), &home()).await.unwrap();
        for key in [&old, &new] {
            is_good(&t.domain, key, "before").await;
        }
        keys::revoke(&t.domain, &ada, old.key.id, &home()).await.unwrap();
        for key in [&old, &new] {
            is_refused(&t.domain, key, "revoked").await;
        }
        let gone = Some(Error::NotFound);
        let id = old.key.id;
        assert_eq!(keys::revoke(&t.domain, &ada, id, &home()).await.err(), gone);
        assert_eq!(keys::rotate(&t.domain, &ada, id, rotation(0), &home()).await.err(), gone);
        let on = KeyChange { enabled: Some(true), ..KeyChange::default() };
        assert_eq!(keys::change(&t.domain, &ada, id, &on, &home()).await.err(), gone);
        let listed = keys::list(&t.domain, &ada).await.unwrap();
        assert_eq!((listed.len(), listed[0].state), (1, KeyState::Revoked), "it is told what became of it");
    }

    async fn c50_somebody_elses_key_is_not_there(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, ADA).await, person(&t.domain, BOB).await);
        let key = key_of(&t.domain, &ada).await;
        let before = shown(&t.domain, key.key.id).await;
        let gone = Some(Error::NotFound);
        for id in [key.key.id, KeyId(uuid::Uuid::nil())] {
            assert_eq!(keys::show(&t.domain, &bob, id).await.err(), gone);
            assert_eq!(keys::revoke(&t.domain, &bob, id, &home()).await.err(), gone);
            assert_eq!(keys::rotate(&t.domain, &bob, id, rotation(0), &home()).await.err(), gone);
            let change = KeyChange { name: Some("Mine".into()), ..KeyChange::default() };
            assert_eq!(keys::change(&t.domain, &bob, id, &change, &home()).await.err(), gone);
        }
        assert_eq!(shown(&t.domain, key.key.id).await, before);
        assert!(keys::list(&t.domain, &bob).await.unwrap().is_empty());
    }

    async fn a_key_makes_changes_and_lists_no_keys(t: TestDomain) {
        let key = key_of(&t.domain, &person(&t.domain, ADA).await).await;
        let speaking = holder(&t.domain, &key).await.unwrap();
        let refused = Some(Error::KeyNotTaken);
        let (id, domain) = (key.key.id, &t.domain);
        assert_eq!(keys::create(domain, &speaking, named("More"), &home()).await.err(), refused);
        assert_eq!(keys::list(domain, &speaking).await.err(), refused);
        assert_eq!(keys::show(domain, &speaking, id).await.err(), refused);
        assert_eq!(keys::change(domain, &speaking, id, &KeyChange::default(), &home()).await.err(), refused);
        assert_eq!(keys::rotate(domain, &speaking, id, rotation(0), &home()).await.err(), refused);
        assert_eq!(keys::revoke(domain, &speaking, id, &home()).await.err(), refused);
        assert_eq!(vestibule_domain::auth::check_proof(domain, &speaking), Err(Error::ProveAgain));
    }

    async fn a_person_has_so_many_keys_and_no_more(t: TestDomain) {
        let mut options = t.options();
        options.rules.keys.per_person = 2;
        let domain = vestibule_domain::Domain::open(options).await.unwrap();
        let ada = person(&domain, ADA).await;
        let week = KeyForm { expires_in_days: Some(7), ..named("Week") };
        let first = keys::create(&domain, &ada, week, &home()).await.unwrap();
        key_of(&domain, &ada).await;
        let full = Some(Error::Conflict { what: Conflict::KeyLimit });
        assert_eq!(keys::create(&domain, &ada, named("Third"), &home()).await.err(), full);
        t.clock.advance(DAY * 7);
        let ada = enter(&domain, ADA).await;
        let third = key_of(&domain, &ada).await;
        assert_eq!(keys::rotate(&domain, &ada, first.key.id, rotation(0), &home()).await.err(), full, "one that had ended");
        keys::revoke(&domain, &ada, third.key.id, &home()).await.unwrap();
        keys::rotate(&domain, &ada, first.key.id, rotation(0), &home()).await.unwrap();
    }

    async fn what_is_done_by_a_key_is_written_down_under_it(t: TestDomain) {
        let key = key_of(&t.domain, &person(&t.domain, ADA).await).await;
        let speaking = holder(&t.domain, &key).await.unwrap();
        let form = ProfileForm { name: Some(Some("Ada Lovelace".into())), ..ProfileForm::default() };
        profiles::change(&t.domain, &speaking, form, None, &home()).await.unwrap();
        let row = sql!(
            t.domain.db(),
            fetch_one as (Option<KeyId>, Option<vestibule_model::SessionId>),
            "select key_id, session_id from audit where event = 'profile_updated'"
        );
        assert_eq!(row.await.unwrap(), (Some(key.key.id), None));
    }

    async fn ones_own_copy_tells_of_keys_and_holds_none(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let key = key_of(&t.domain, &ada).await;
        let copy = accounts::export(&t.domain, &ada, &home()).await.unwrap();
        assert_eq!(copy["api_keys"][0]["name"], "Backup");
        let text = copy.to_string();
        assert!(!text.contains(key.secret.expose()) && !text.contains("hash"), "{text}");
        accounts::delete(&t.domain, &Actor::Operator.allow::<ManageAccounts>().unwrap(), ada.user, &home()).await.unwrap();
        is_refused(&t.domain, &key, "its owner is gone").await;
        assert_eq!(keys::find(&t.domain, &operator(), key.key.id).await.err(), Some(Error::NotFound));
    }

    async fn an_operator_makes_a_key_for_somebody_and_nobody_else_does(t: TestDomain) {
        let (ada, root) = (account(&t.domain, ADA, false).await, account(&t.domain, "root@example.org", true).await);
        let key = keys::create_for(&t.domain, &operator(), ada, named("Given"), &home()).await.unwrap();
        is_good(&t.domain, &key, "made by an operator").await;
        let by = Actor::Person(enter(&t.domain, "root@example.org").await).allow().unwrap();
        let refused = keys::create_for(&t.domain, &by, ada, named("Stolen"), &home()).await;
        assert_eq!(refused.err(), Some(Error::NotAllowed { permission: "operator".into() }));
        let refused = keys::rotate_of(&t.domain, &by, (ada, key.key.id), rotation(24), &home()).await;
        assert_eq!(refused.err(), Some(Error::NotAllowed { permission: "operator".into() }));
        assert_eq!(keys::revoke_of(&t.domain, &by, (root, key.key.id), &home()).await.err(), Some(Error::NotFound));
        keys::revoke_of(&t.domain, &by, (ada, key.key.id), &home()).await.unwrap();
        is_refused(&t.domain, &key, "revoked by an administrator").await;
        let listed = keys::list_of(&t.domain, &by, ada).await.unwrap();
        assert_eq!(listed[0].revoked, Some(Revoked::Administrator));
    }
}
