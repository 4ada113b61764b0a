//! How long the list of people takes with a hundred thousand of them, as a ratio to two thousand. Run by hand
//! (`cargo test -p vestibule-domain --test large -- --ignored --nocapture`): it says, and asserts nothing. The audit trail's
//! stands beside its tests in `audit.rs`.

use vestibule_domain::testing::{Engine, TestDomain, median};
use vestibule_domain::{Actor, accounts};
use vestibule_model::accounts::AccountStatus;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::listing::{Limit, Page};
use vestibule_model::people::{PeopleQuery, Sort};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "seeds a hundred thousand people"]
async fn a_hundred_thousand_people_are_listed_as_fast_as_two_thousand() {
    let search = |text: &str| PeopleQuery { search: Some(text.into()), ..PeopleQuery::default() };
    let queries = [
        PeopleQuery::default(),
        search("ada"),
        search("love is:banned"),
        search("ada turing"),
        PeopleQuery { status: Some(AccountStatus::Banned), ..PeopleQuery::default() },
        PeopleQuery { group: Some("member".into()), ..PeopleQuery::default() },
        PeopleQuery { sort: Some(Sort::Name), ..PeopleQuery::default() },
        PeopleQuery { sort: Some(Sort::Email), ..PeopleQuery::default() },
    ];
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(t) = TestDomain::on(engine).await else { continue };
        let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
        let manage = Actor::Operator.allow::<ManageAccounts>().unwrap();
        // As many rows as two thousand people have for each question.
        let page = Page { limit: Limit::new(3).unwrap(), ..Page::default() };
        let one = |query| accounts::list(&t.domain, &view, query, &page);
        accounts::seed(&t.domain, &manage, 2_000, |_| {}).await.unwrap();
        let mut before = Vec::new();
        for query in &queries {
            before.push(median(|| one(query)).await);
        }
        accounts::seed(&t.domain, &manage, 100_000, |_| {}).await.unwrap();
        for (query, before) in queries.iter().zip(before) {
            let after = median(|| one(query)).await;
            println!(
                "{} {query:?}: {:.2} times, {:.2} ms",
                t.domain.db().engine(),
                after / before,
                after * 1e3
            );
        }
    }
}
