//! Every SQL statement of the program is prepared on both engines: what the compiler cannot check is checked here.

use sqlx::Executor as _;
use sqlx::SqlSafeStr as _;
use vestibule_domain::db::{Db, statements};

vestibule_domain::both! {
    async fn every_statement_can_be_prepared(t: TestDomain) {
        let mut wrong = Vec::new();
        let mut prepared = 0;
        for statement in statements() {
            let sql = sqlx::AssertSqlSafe(statement.text).into_sql_str();
            let failed = match t.domain.db() {
                Db::Sqlite { writer, .. } => writer.prepare(sql).await.err(),
                Db::Postgres(pool) => pool.prepare(sql).await.err(),
            };
            prepared += 1;
            if let Some(cause) = failed {
                wrong.push(format!("{}:{}: {cause}\n{}", statement.place.0, statement.place.1, statement.text));
            }
        }
        assert!(prepared > 30, "the list of statements is not filled: {prepared}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}
