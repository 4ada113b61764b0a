//! What happened to one's own account, looked through.

use crate::people::{ADA, BOB, account, local, manage, person, sign_in};
use std::time::Duration;
use vestibule_domain::accounts;
use vestibule_domain::audit::{self, Sought};
use vestibule_domain::calendar::Zone;
use vestibule_domain::{Domain, Person};
use vestibule_model::events::EventGroup;
use vestibule_model::{Error, FieldError, Problem};

async fn found(domain: &Domain, person: &Person, sought: Sought) -> Vec<String> {
    let page = audit::own_events(domain, person, sought, None, audit::MOST_EVENTS).await.unwrap();
    assert_eq!(page.next, None);
    page.items.into_iter().map(|event| event.event).collect()
}

fn read(kind: &str, from: &str, to: &str) -> Sought {
    Sought::read(kind, from, to, &Zone::utc()).unwrap()
}

#[test]
fn what_cannot_be_read_is_named_all_at_once() {
    let refused = Sought::read("<script>", "yesterday", "2026-02-30", &Zone::utc()).unwrap_err();
    let field = |field: &'static str, problem| FieldError { field: field.into(), problem };
    let fields = vec![
        field("kind", Problem::NotOffered),
        field("from", Problem::Malformed),
        field("to", Problem::Malformed),
    ];
    assert_eq!(refused, Error::Invalid { fields });
    assert_eq!(read("", "", ""), Sought::default());
}

vestibule_domain::both! {
    async fn one_looks_for_kinds_and_days_and_finds_ones_own(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        account(&t.domain, BOB, false).await;
        // The domain's clock begins on 1 January 2026 at midnight.
        t.clock.advance(Duration::from_hours(36));
        sign_in(&t.domain, ADA).await.unwrap();
        accounts::set_expiry(&t.domain, &manage(), ada.user, Some(t.now().after(Duration::from_hours(9_000))), &local()).await.unwrap();
        let all = found(&t.domain, &ada, Sought::default()).await;
        assert_eq!(all.len(), 4, "{all:?}");
        for (kind, from, to, expected) in [
            ("sign_ins", "", "", &["signed_in", "signed_in"][..]),
            ("administration", "", "", &["expiry_set"]),
            ("account", "", "", &["account_created"]),
            ("security", "", "", &[]),
            ("other", "", "", &[]),
            ("sign_ins", "2026-01-02", "", &["signed_in"]),
            ("", "", "2026-01-01", &["signed_in", "account_created"]),
            ("", "2026-01-02", "2026-01-02", &["expiry_set", "signed_in"]),
            ("", "2026-01-03", "2026-01-01", &[]),
            ("", "2026-01-02T12:00:00Z", "2026-01-02T12:00:00Z", &[]),
            ("", "2026-01-02T12:00:00Z", "2026-01-02T12:00:00.000001Z", &["expiry_set", "signed_in"]),
        ] {
            let mut expected: Vec<_> = expected.iter().map(|&event| event.to_owned()).collect();
            let mut found = found(&t.domain, &ada, read(kind, from, to)).await;
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{kind} {from} {to}");
        }
        // In Auckland that sign-in was on 3 January.
        let auckland = Zone::named(Some("Pacific/Auckland"));
        let there = Sought::read("sign_ins", "2026-01-03", "2026-01-03", &auckland).unwrap();
        assert_eq!(found(&t.domain, &ada, there).await, ["signed_in"]);
    }

    async fn every_event_is_found_in_one_group_and_pages_go_on_within_it(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        for _ in 0..4 {
            sign_in(&t.domain, ADA).await.unwrap();
        }
        let all = found(&t.domain, &ada, Sought::default()).await.len();
        let mut together = 0;
        for kind in EventGroup::ALL {
            together += found(&t.domain, &ada, Sought { kind: Some(kind), ..Sought::default() }).await.len();
        }
        assert_eq!(together, all);
        let sought = Sought { kind: Some(EventGroup::SignIns), ..Sought::default() };
        let (mut after, mut paged) = (None, 0);
        loop {
            let page = audit::own_events(&t.domain, &ada, sought, after.as_deref(), 2).await.unwrap();
            assert!(page.items.iter().all(|event| event.event == "signed_in"));
            paged += page.items.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, 5);
    }
}
