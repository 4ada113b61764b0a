//! No statement about keys looks at a whole table, however many keys there are: SQLite says how it would run each.

use sqlx::{AssertSqlSafe, Row as _};
use vestibule_domain::db::{Db, statements};
use vestibule_domain::testing::{Engine, TestDomain};

#[tokio::test]
async fn every_statement_about_keys_walks_an_index() {
    let t = TestDomain::on(Engine::Sqlite).await.unwrap();
    let Db::Sqlite { writer, .. } = t.domain.db() else { panic!("it is SQLite") };
    let mut looked_at = 0;
    for statement in statements().filter(|statement| statement.place.0.contains("keys/store")) {
        let explained = sqlx::query(AssertSqlSafe(format!("explain query plan {}", statement.text)));
        let steps = explained.fetch_all(writer).await.unwrap();
        for step in steps.iter().map(|step| step.get::<String, _>("detail")) {
            // What a subquery made is walked, and rightly so.
            let whole = step.starts_with("SCAN") && !step.contains("INDEX") && !step.contains("some_keys");
            assert!(!whole, "{}:{}: {step}\n{}", statement.place.0, statement.place.1, statement.text);
        }
        looked_at += 1;
    }
    assert!(looked_at > 20, "{looked_at}");
}
