//! Everything a database holds, as text to search: every row of every table on both engines. Used by tests of erasure and
//! of one's own data.

use super::life::NEIGHBOUR;
use super::{EMAIL, Life, NAME, OLD_ADDRESSES, USERNAME};
use sqlx::{AssertSqlSafe, Row as _};
use vestibule_domain::db::Db;

pub(crate) async fn tables(db: &Db) -> Vec<String> {
    let names = match db {
        Db::Sqlite { readers, .. } => {
            let rows = sqlx::query(
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'",
            );
            rows.fetch_all(readers).await.unwrap().iter().map(|row| row.get(0)).collect::<Vec<String>>()
        }
        Db::Postgres(pool) => {
            let rows = sqlx::query(
                "select table_name::text from information_schema.tables where table_schema = current_schema()",
            );
            rows.fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    };
    assert!(names.len() > 10, "{names:?}");
    names
}

pub(crate) async fn columns(db: &Db, table: &str) -> Vec<String> {
    match db {
        Db::Sqlite { readers, .. } => {
            let rows = sqlx::query("select name from pragma_table_info($1)").bind(table).fetch_all(readers);
            rows.await.unwrap().iter().map(|row| row.get(0)).collect()
        }
        Db::Postgres(pool) => {
            let rows = sqlx::query(
                "select column_name::text from information_schema.columns where table_schema = current_schema() and table_name = $1",
            );
            rows.bind(table).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

/// Every row of every table as text, `table: row`, in small letters.
pub(crate) async fn dump(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    for table in tables(db).await {
        let rows: Vec<String> = match db {
            Db::Sqlite { readers, .. } => {
                let columns = columns(db, &table).await;
                let text = columns
                    .iter()
                    .map(|name| format!("quote(\"{name}\")"))
                    .collect::<Vec<_>>()
                    .join(" || ' ' || ");
                let query = AssertSqlSafe(format!("select {text} from \"{table}\""));
                sqlx::query(query).fetch_all(readers).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
            Db::Postgres(pool) => {
                let query = AssertSqlSafe(format!("select t::text from \"{table}\" t"));
                sqlx::query(query).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
        };
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}").to_lowercase()));
    }
    all
}

/// The rows that hold any of what tells of the person.
pub(crate) fn traces<'a>(dump: &'a [String], life: &Life) -> Vec<&'a String> {
    let user = life.user;
    let words =
        [EMAIL, NAME, USERNAME, "192.0.2.77", "quuxfox", "quux-request", "quuxville", "spammed by quux"];
    let mut told: Vec<_> = words.iter().chain(&OLD_ADDRESSES).map(|word| word.to_lowercase()).collect();
    told.extend([user.to_string(), user.0.simple().to_string()]);
    let of_her = |row: &&String| {
        let row = row.replace(NEIGHBOUR, "");
        told.iter().any(|text| row.contains(text))
    };
    dump.iter().filter(of_her).collect()
}

/// Every value that must never leave the database, with the column it stands in: hashes, tokens, marks and what the master
/// secret is known by.
pub(crate) async fn secrets(db: &Db) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for table in tables(db).await.into_iter().filter(|table| !table.starts_with('_')) {
        for column in columns(db, &table).await {
            let secret = ["_hash", "token", "secret"].iter().any(|part| column.contains(part));
            if !secret && column != "mark" && table != "facts" {
                continue;
            }
            let query = AssertSqlSafe(format!("select {column} from \"{table}\" where {column} is not null"));
            let values: Vec<String> = match db {
                Db::Sqlite { readers, .. } => sqlx::query(query)
                    .fetch_all(readers)
                    .await
                    .unwrap()
                    .iter()
                    .map(|row| row.get(0))
                    .collect(),
                Db::Postgres(pool) => {
                    sqlx::query(query).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
                }
            };
            let long = values.into_iter().filter(|value| value.len() >= 16);
            all.extend(long.map(|value| (format!("{table}.{column}"), value)));
        }
    }
    all
}
