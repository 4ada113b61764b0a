//! Lists that are read a page at a time: forwards and backwards without gaps, and cursors that nobody else can make (C57).
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use serde_json::json;
use vestibule_domain::listing::List;
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Domain, Error};
use vestibule_model::Problem;
use vestibule_model::listing::{Cursor, Limit, Listed, Page};

async fn domain() -> (TestDomain, Domain) {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let domain = t.domain.clone();
    (t, domain)
}

fn page(limit: u32, cursor: Option<&Cursor>) -> Page {
    Page { limit: Limit::new(limit).unwrap(), cursor: cursor.cloned(), total: false }
}

/// A page of the numbers from 1 to 10.
fn numbers(list: &List<'_>, page: &Page) -> Listed<u32> {
    let start = list.start::<u32>(page).unwrap();
    let fits = |number: &u32| match start.key {
        Some(key) if start.backwards => *number < key,
        Some(key) => *number > key,
        None => true,
    };
    let mut rows: Vec<u32> = (1..=10).filter(fits).collect();
    if start.backwards {
        rows.reverse();
    }
    rows.truncate(page.limit.get() + 1);
    list.page_from(page, &start, rows, |number| *number)
}

#[tokio::test]
async fn a_list_is_walked_there_and_back_without_gaps() {
    let (_t, domain) = domain().await;
    let numbered = List::new(&domain, "numbers", &());
    let (mut there, mut at) = (Vec::new(), page(4, None));
    let end = loop {
        let listed = numbers(&numbered, &at);
        there.extend(listed.items.clone());
        match &listed.next {
            Some(next) => at = page(4, Some(next)),
            None => break listed,
        }
    };
    assert_eq!(there, (1..=10).collect::<Vec<_>>());
    assert_eq!(end.items, [9, 10]);
    let middle = numbers(&numbered, &page(4, end.previous.as_ref()));
    assert_eq!(middle.items, [5, 6, 7, 8]);
    assert_eq!(numbers(&numbered, &page(4, middle.next.as_ref())).items, [9, 10]);
    let first = numbers(&numbered, &page(4, middle.previous.as_ref()));
    assert_eq!(first.items, [1, 2, 3, 4]);
    assert_eq!(first.previous, None);
    assert_eq!(numbers(&numbered, &page(4, first.next.as_ref())).items, [5, 6, 7, 8]);
    assert_eq!(numbers(&numbered, &page(10, None)).next, None, "a page that is just full is the last one");
}

#[tokio::test]
async fn c57_a_cursor_is_good_for_the_list_filter_and_order_it_came_with() {
    let (t, domain) = domain().await;
    let list = List::new(&domain, "people", &json!({"status": "banned", "sort": "name"}));
    let listed = list.page(&page(1, None), vec!["secret.name", "b"], |name| *name);
    let cursor = listed.next.unwrap();
    assert_eq!(list.after::<String>(&page(1, Some(&cursor))).unwrap().as_deref(), Some("secret.name"));
    let refused = Error::invalid("cursor", Problem::Malformed);
    for other in [
        List::new(&domain, "people", &json!({"status": "active", "sort": "name"})),
        List::new(&domain, "people", &json!({"status": "banned", "sort": "email"})),
        List::new(&domain, "person", &json!({"status": "banned", "sort": "name"})),
    ] {
        assert_eq!(other.after::<String>(&page(1, Some(&cursor))), Err(refused.clone()));
    }
    assert_eq!(
        list.after::<u32>(&page(1, Some(&cursor))),
        Err(refused.clone()),
        "nor for a key of another form"
    );
    let mut options = TestDomain::on(Engine::Sqlite).await.unwrap().options();
    options.secret_key = Some("the master secret of quite another site".into());
    options.database_url = format!("sqlite://{}", t.folder().join("other.db").display()).as_str().into();
    let site = Domain::open(options).await.unwrap();
    let list = List::new(&site, "people", &json!({"status": "banned", "sort": "name"}));
    assert_eq!(list.after::<String>(&page(1, Some(&cursor))), Err(refused));
}

#[tokio::test]
async fn c57_no_edited_cursor_is_taken_and_none_can_be_read() {
    let (_t, domain) = domain().await;
    let list = List::new(&domain, "people", &());
    let cursor = list.page(&page(1, None), vec!["ada@example.org", "b"], |name| *name).next.unwrap();
    let again = list.page(&page(1, None), vec!["ada@example.org", "b"], |name| *name).next.unwrap();
    assert_ne!(cursor, again, "nobody can tell whether two places are one");
    let text = cursor.as_str();
    for at in 0..text.len() {
        let swapped = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let edited = format!("{}{swapped}{}", &text[..at], &text[at + 1..]);
        // The last character may hold bits that belong to no byte; then it cannot be decoded.
        assert!(list.after::<String>(&page(1, Some(&Cursor::parse(&edited).unwrap()))).is_err(), "{at}");
        if at > 0 {
            let cut = Cursor::parse(&text[..at]).unwrap();
            assert!(list.after::<String>(&page(1, Some(&cut))).is_err(), "{at}");
        }
    }
}
