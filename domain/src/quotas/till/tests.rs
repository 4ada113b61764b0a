//! What is spent from memory, and what remembering somebody costs.

use super::*;
use crate::calendar::Zone;
use vestibule_model::quotas::{Quota, QuotaFrom};

fn rule() -> Arc<Rule> {
    let quota = Quota::daily("api", "api", 100);
    Arc::new(Rule {
        slot: 1,
        name: "api".into(),
        ledger: "api@".into(),
        version: 1,
        quota,
        zone: Zone::utc(),
        from: QuotaFrom::Program,
        decisions: std::sync::OnceLock::new(),
    })
}

fn key(number: u128) -> Slot {
    Slot { rule: 1, subject: Subject::Key(Uuid::from_u128(number), Uuid::nil()) }
}

#[test]
fn ten_thousand_keys_cost_little_and_are_forgotten_when_idle() {
    let (till, rule, now) = (Till::default(), rule(), Timestamp(1_000_000_000));
    let span = Span { start: Timestamp(0), end: windows::FAR };
    let taken = Taken { span, in_all: 10, block: 10, granted: 0, blocked_until: None, told: 0 };
    for number in 0..10_000 {
        drop(till.turn(&rule, key(number), now));
        assert!(till.keep(&rule, &key(number), (None, Allowance::Units(100), 1), &taken, (1, now)).is_none());
    }
    assert_eq!(till.len(), 10_000);
    // A map has up to twice the room that it needs.
    let each = 2 * (size_of::<Slot>() + size_of::<Lease>() + 1)
        + size_of::<Turn>()
        + size_of::<tokio::sync::Mutex<()>>()
        + 32;
    assert!(each <= 1_024, "{each}");
    let later = now.after(FORGOTTEN);
    assert_eq!(till.take_idle(later.before(IDLE), later).len(), 10_000, "what is left is handed back");
    assert!(till.take_idle(later.before(IDLE), later).is_empty());
    assert_eq!(till.len(), 0);
}

#[test]
fn what_is_left_is_spent_without_the_ledger_and_not_a_unit_more() {
    let (till, rule, now) = (Till::default(), rule(), Timestamp(1_000_000_000));
    let span = Span { start: Timestamp(0), end: Timestamp(2_000_000_000) };
    let taken = Taken { span, in_all: 3, block: 3, granted: 0, blocked_until: None, told: 0 };
    let ask = Ask { base: Allowance::Units(100), cost: 1, now, seen: 1 };
    assert_eq!(till.try_spend(&rule, &key(1), ask), Said::Unknown);
    drop(till.turn(&rule, key(1), now));
    assert!(till.keep(&rule, &key(1), (None, Allowance::Units(100), 1), &taken, (1, now)).is_none());
    for left in [99, 98] {
        let Said::Spent(count, _) = till.try_spend(&rule, &key(1), ask) else { panic!("refused") };
        assert_eq!(count.left, left);
    }
    assert_eq!(till.try_spend(&rule, &key(1), Ask { cost: 2, ..ask }), Said::Unknown);
    for other in [
        Ask { base: Allowance::Units(99), ..ask },
        Ask { seen: 2, ..ask },
        Ask { now: Timestamp(2_000_000_000), ..ask },
    ] {
        assert_eq!(till.try_spend(&rule, &key(1), other), Said::Unknown);
    }
    assert!(matches!(till.try_spend(&rule, &key(1), ask), Said::Spent(..)));
    assert_eq!(till.try_spend(&rule, &key(1), ask), Said::Unknown);
}
