//! The list of all keys, for those who manage them: by owner, by state, by a part of a key, a page at a time.

use super::people::{ADA, BOB, enter, home, key_of, named, operator, person};
use std::time::Duration;
use vestibule_domain::{Domain, keys};
use vestibule_model::keys::{KeyChange, KeyFilter, KeyForm, KeyState};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::{Error, KeyId, Problem};

/// Every key that fits, two at a time, and how many that should be.
async fn listed(domain: &Domain, filter: &KeyFilter) -> Vec<KeyId> {
    let mut page = Page { limit: Limit::new(2).unwrap(), cursor: None, total: true };
    let (mut ids, mut totals) = (Vec::new(), Vec::new());
    loop {
        let found = keys::all(domain, &operator(), filter, &page).await.unwrap();
        assert!(found.items.len() <= 2);
        assert!(found.items.iter().all(|one| one.owner_email.as_str().ends_with("@example.org")));
        ids.extend(found.items.iter().map(|one| one.key.id));
        totals.push(found.total);
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    let count = u64::try_from(ids.len()).unwrap();
    assert!(totals.iter().all(|total| *total == Some(count)), "{filter:?}: {totals:?} of {count}");
    ids
}

fn by_state(state: KeyState) -> KeyFilter {
    KeyFilter { state: Some(state), ..KeyFilter::default() }
}

vestibule_domain::both! {
    async fn keys_are_listed_by_owner_and_state_and_found_by_their_beginning(t: TestDomain) {
        let (ada, bob) = (person(&t.domain, ADA).await, person(&t.domain, BOB).await);
        let mut made = Vec::new();
        for number in 0..6_u32 {
            t.clock.advance(Duration::from_secs(1));
            let owner = if number % 2 == 0 { &ada } else { &bob };
            let form = KeyForm { expires_in_days: Some(10 - number), ..named("One of six") };
            made.push(keys::create(&t.domain, owner, form, &home()).await.unwrap().key);
        }
        let ids: Vec<_> = made.iter().map(|key| key.id).collect();
        keys::revoke(&t.domain, &ada, ids[0], &home()).await.unwrap();
        let off = KeyChange { enabled: Some(false), ..KeyChange::default() };
        keys::change(&t.domain, &bob, ids[1], &off, &home()).await.unwrap();
        keys::change(&t.domain, &ada, ids[4], &off, &home()).await.unwrap();
        // The last three have ended then, the one that was switched off among them.
        t.clock.advance(Duration::from_hours(24 * 7));
        let whole: Vec<_> = ids.iter().rev().copied().collect();
        assert_eq!(listed(&t.domain, &KeyFilter::default()).await, whole);
        assert_eq!(listed(&t.domain, &by_state(KeyState::Revoked)).await, [ids[0]]);
        assert_eq!(listed(&t.domain, &by_state(KeyState::Disabled)).await, [ids[1]]);
        assert_eq!(listed(&t.domain, &by_state(KeyState::Active)).await, [ids[2]]);
        assert_eq!(listed(&t.domain, &by_state(KeyState::Expired)).await, [ids[3], ids[4], ids[5]], "the last to end first");
        let of = |state| KeyFilter { owner: Some(ada.user), state, begins_with: None };
        assert_eq!(listed(&t.domain, &of(None)).await, [ids[4], ids[2], ids[0]]);
        for (state, one) in [(KeyState::Expired, 4), (KeyState::Active, 2), (KeyState::Revoked, 0)] {
            assert_eq!(listed(&t.domain, &of(Some(state))).await, [ids[one]], "{state:?}");
        }
        assert!(listed(&t.domain, &of(Some(KeyState::Disabled))).await.is_empty());
        let find = async |part: &str| {
            let filter = KeyFilter { begins_with: Some(part.to_owned()), ..KeyFilter::default() };
            let found = keys::all(&t.domain, &operator(), &filter, &Page::default()).await;
            found.map(|found| found.items.into_iter().map(|one| one.key.id).collect::<Vec<_>>())
        };
        for part in [made[3].begins_with.clone(), format!("{}_abc", made[3].begins_with), ids[3].to_string()] {
            assert_eq!(find(&part).await, Ok(vec![ids[3]]), "{part}");
        }
        assert_eq!(find("vst_nonsense").await, Ok(Vec::new()));
        let ada = enter(&t.domain, ADA).await;
        let whole = key_of(&t.domain, &ada).await;
        let refused = find(whole.secret.expose()).await;
        assert_eq!(refused, Err(Error::invalid("begins_with", Problem::Malformed)), "a whole key is no filter");
    }
}
