//! The two dialects of the migrations make one schema, and a database that does not fit the program is refused.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use sqlx::Row as _;
use std::{collections::BTreeMap, collections::BTreeSet, fs};
use vestibule_domain::db::{Db, migrations};
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_domain::{Domain, OpenError};

/// Column name to (type in Postgres' words, nullable).
type Columns = BTreeMap<String, (String, bool)>;

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Columns,
    unique: BTreeSet<Vec<String>>,
    foreign: BTreeSet<(String, String)>,
}

fn names(folder: &str) -> Vec<String> {
    let path = format!("{}/../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<_> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn both_dialects_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test]
async fn sqlite_and_postgres_make_the_same_schema() {
    let Some(postgres) = TestDomain::on(Engine::Postgres).await else { return };
    let sqlite = TestDomain::on(Engine::Sqlite).await.unwrap();
    let (one, other) = (schema(sqlite.domain.db()).await, schema(postgres.domain.db()).await);
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, table) in &one {
        assert_eq!(Some(table), other.get(name), "table {name}");
    }
}

async fn schema(db: &Db) -> BTreeMap<String, Table> {
    match db {
        Db::Sqlite { writer, .. } => sqlite_schema(writer).await,
        Db::Postgres(pool) => postgres_schema(pool).await,
    }
}

async fn sqlite_schema(pool: &sqlx::SqlitePool) -> BTreeMap<String, Table> {
    let rows = sqlx::query(
        "select m.name as t, c.name as c, lower(c.type) as ty, c.\"notnull\" = 0 and c.pk = 0 as nullable
         from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like '\\_%' escape '\\'
         and m.name not like 'sqlite%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in rows {
        let kind = match row.get::<String, _>("ty").as_str() {
            "integer" => "bigint".to_owned(),
            "blob" => "bytes".to_owned(),
            other => other.to_owned(),
        };
        let table = tables.entry(row.get("t")).or_default();
        table.columns.insert(row.get("c"), (kind, row.get::<i64, _>("nullable") == 1));
    }
    for (name, table) in &mut tables {
        let indexes = sqlx::query("select name from pragma_index_list($1) where \"unique\" = 1")
            .bind(name)
            .fetch_all(pool);
        for index in indexes.await.unwrap() {
            let columns =
                sqlx::query("select name from pragma_index_info($1)").bind(index.get::<String, _>("name"));
            let mut columns: Vec<String> =
                columns.fetch_all(pool).await.unwrap().iter().map(|row| row.get("name")).collect();
            columns.sort();
            table.unique.insert(columns);
        }
        let foreign =
            sqlx::query("select \"from\" as f, \"table\" as t from pragma_foreign_key_list($1)").bind(name);
        for row in foreign.fetch_all(pool).await.unwrap() {
            table.foreign.insert((row.get("f"), row.get("t")));
        }
        // A key of one integer has no index of its own in SQLite.
        let keys =
            sqlx::query("select name from pragma_table_info($1) where pk > 0 order by name").bind(name);
        table.unique.insert(keys.fetch_all(pool).await.unwrap().iter().map(|row| row.get("name")).collect());
    }
    tables
}

async fn postgres_schema(pool: &sqlx::PgPool) -> BTreeMap<String, Table> {
    let rows = sqlx::query(
        "select table_name::text as t, column_name::text as c, data_type::text as ty, is_nullable = 'YES' as nullable
         from information_schema.columns where table_schema = current_schema() and table_name not like '\\_%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in rows {
        let kind = match row.get::<String, _>("ty").as_str() {
            "uuid" | "bytea" => "bytes".to_owned(),
            other => other.to_owned(),
        };
        let table = tables.entry(row.get("t")).or_default();
        table.columns.insert(row.get("c"), (kind, row.get("nullable")));
    }
    let unique = sqlx::query(
        "select t.relname::text as t, array_agg(a.attname::text order by a.attname) as cs
         from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
         join pg_attribute a on a.attrelid = t.oid and a.attnum = any(i.indkey)
         where i.indisunique and n.nspname = current_schema() and t.relname not like '\\_%'
         group by t.relname, i.indexrelid",
    );
    for row in unique.fetch_all(pool).await.unwrap() {
        tables.entry(row.get("t")).or_default().unique.insert(row.get("cs"));
    }
    let foreign = sqlx::query(
        "select c.conrelid::regclass::text as t, a.attname::text as f, c.confrelid::regclass::text as r
         from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
         join pg_namespace n on n.oid = c.connamespace where c.contype = 'f' and n.nspname = current_schema()",
    );
    for row in foreign.fetch_all(pool).await.unwrap() {
        tables.entry(row.get("t")).or_default().foreign.insert((row.get("f"), row.get("r")));
    }
    tables
}

vestibule_domain::both! {
    async fn a_migrated_database_says_so_and_opening_it_again_changes_nothing(t: TestDomain) {
        assert!(migrations(t.domain.db()).await.unwrap().iter().all(|one| one.applied));
        let mut options = t.options();
        options.migrate = false;
        assert!(Domain::open(options).await.is_ok());
    }

    async fn a_database_of_a_newer_program_is_refused(t: TestDomain) {
        let newer = "insert into _vestibule_migrations (version, description, success, checksum, execution_time)
                     values (9999, 'later', true, $1, 0)";
        match t.domain.db() {
            Db::Sqlite { writer, .. } => drop(sqlx::query(newer).bind(&[0_u8][..]).execute(writer).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query(newer).bind(&[0_u8][..]).execute(pool).await.unwrap()),
        }
        assert!(matches!(t.second().await.err(), Some(OpenError::Schema(_))));
    }

    async fn another_master_secret_is_refused(t: TestDomain) {
        let mut options = t.options();
        options.secret_key = Some("another master secret, just as long as that".into());
        assert!(matches!(Domain::open(options).await.err(), Some(OpenError::SecretKey(_))));
    }

    async fn c46_a_short_or_blank_master_secret_is_refused(t: TestDomain) {
        for bad in ["", "short", "                                          "] {
            let mut options = t.options();
            options.secret_key = Some(bad.into());
            assert!(matches!(Domain::open(options).await.err(), Some(OpenError::SecretKey(_))), "{bad:?}");
        }
    }
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused_and_a_command_is_not() {
    let t = TestDomain::with(Engine::Sqlite, |options| options.serving = true).await.unwrap();
    let mut second = t.options();
    second.serving = true;
    assert!(matches!(Domain::open(second).await.err(), Some(OpenError::SecondServer(_))));
    assert!(t.second().await.is_ok());
}
