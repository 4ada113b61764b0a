//! What a key may: what its scopes name, as far as its owner may it now, and nothing else (C49, C52).

use super::people::{
    ADA, BOB, account, enter, group, holder, home, join, key_of, operator, person, scoped, shown,
};
use vestibule_domain::{Actor, Client, Person, groups, keys};
use vestibule_model::groups::{ADMIN, ManageGroups, ManageKeys, ViewAccounts};
use vestibule_model::keys::{KeyChange, KeyForm};
use vestibule_model::{Error, Problem};

/// Which of these a person may.
fn may(person: Person) -> [bool; 3] {
    let actor = Actor::Person(person);
    ["accounts:view", "accounts:manage", ADMIN].map(|name| actor.holds(name))
}

vestibule_domain::both! {
    async fn a_key_may_no_more_than_its_owner_may_now(t: TestDomain) {
        group(&t.domain, "staff", "accounts:view").await;
        let ada = account(&t.domain, ADA, false).await;
        join(&t.domain, ada, "staff").await;
        let owner = enter(&t.domain, ADA).await;
        let key = keys::create(&t.domain, &owner, scoped(&["accounts:view"]), &home()).await.unwrap();
        let plain = key_of(&t.domain, &owner).await;
        assert_eq!(may(holder(&t.domain, &key).await.unwrap()), [true, false, false]);
        assert_eq!(may(holder(&t.domain, &plain).await.unwrap()), [false, false, false], "no scope, no right");
        let by = Actor::Operator.allow::<ManageGroups>().unwrap();
        groups::leave(&t.domain, &by, ada, "staff", &Client::local()).await.unwrap();
        assert_eq!(may(holder(&t.domain, &key).await.unwrap()), [false, false, false], "from the next request on");
        join(&t.domain, ada, ADMIN).await;
        assert_eq!(may(holder(&t.domain, &key).await.unwrap()), [true, false, false], "scopes do not grow");
    }

    async fn c49_nobody_gives_a_key_what_they_do_not_hold(t: TestDomain) {
        group(&t.domain, "staff", "accounts:view").await;
        let ada = account(&t.domain, ADA, false).await;
        join(&t.domain, ada, "staff").await;
        let owner = enter(&t.domain, ADA).await;
        for (scopes, wrong) in [
            (&["accounts:manage"][..], "scopes/0"), (&["accounts:view", "no:such"], "scopes/1"), (&["admin"], "scopes/0"),
            (&[""], "scopes/0"), (&["accounts:view", "accounts:view accounts:manage"], "scopes/1"),
        ] {
            let made = keys::create(&t.domain, &owner, scoped(scopes), &home()).await;
            assert_eq!(made.err(), Some(Error::invalid(wrong, Problem::NotOffered)), "{scopes:?}");
        }
        assert!(keys::list(&t.domain, &owner).await.unwrap().is_empty(), "no row is left");
        let offered = keys::scopes_of(&t.domain, &owner);
        assert_eq!(offered.iter().map(|one| one.name).collect::<Vec<_>>(), ["accounts:view"]);
        account(&t.domain, "root@example.org", true).await;
        let root = enter(&t.domain, "root@example.org").await;
        let none = keys::create(&t.domain, &root, scoped(&["no:such"]), &home()).await;
        assert_eq!(none.err(), Some(Error::invalid("scopes/0", Problem::NotOffered)), "not even administrators");
        let all = keys::scopes_of(&t.domain, &root);
        assert_eq!(all.len(), groups::permissions(&t.domain).len());
        let names: Vec<_> = all.iter().map(|one| one.name).collect();
        let key = keys::create(&t.domain, &root, scoped(&names), &home()).await.unwrap();
        assert_eq!(may(holder(&t.domain, &key).await.unwrap()), [true, true, false], "a key is no administrator");
    }

    async fn a_key_that_only_reads_says_so(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let form = KeyForm { read_only: true, ..scoped(&[]) };
        let key = keys::create(&t.domain, &ada, form, &home()).await.unwrap();
        assert!(key.key.read_only && holder(&t.domain, &key).await.unwrap().key.unwrap().read_only);
    }

    async fn who_manages_keys_leaves_those_of_administrators_alone(t: TestDomain) {
        group(&t.domain, "watch", "keys:manage").await;
        let eve = account(&t.domain, "eve@example.org", false).await;
        join(&t.domain, eve, "watch").await;
        account(&t.domain, "root@example.org", true).await;
        let root = enter(&t.domain, "root@example.org").await;
        let bob = person(&t.domain, BOB).await;
        let (theirs, his) = (key_of(&t.domain, &root).await, key_of(&t.domain, &bob).await);
        let by = Actor::Person(enter(&t.domain, "eve@example.org").await).allow::<ManageKeys>().unwrap();
        let off = KeyChange { enabled: Some(false), ..KeyChange::default() };
        let refused = Some(Error::NotAllowed { permission: ADMIN.into() });
        let of = (root.user, theirs.key.id);
        assert_eq!(keys::revoke_of(&t.domain, &by, of, &home()).await.err(), refused);
        assert_eq!(keys::change_of(&t.domain, &by, of, &off, &home()).await.err(), refused);
        keys::change_of(&t.domain, &by, (bob.user, his.key.id), &off, &home()).await.unwrap();
        assert_eq!(holder(&t.domain, &his).await.err(), Some(Error::BadToken));
        assert_eq!(shown(&t.domain, theirs.key.id).await, theirs.key);
        let member = Actor::Person(bob).allow::<ManageKeys>();
        assert!(member.is_err() && Actor::Anonymous.allow::<ViewAccounts>().is_err());
        assert_eq!(keys::list_of(&t.domain, &operator(), eve).await.unwrap(), []);
    }
}
