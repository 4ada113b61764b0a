//! `sql!`: one statement, both engines, and its entry in the list that a test prepares on each of them.

/// A statement of the program: where it stands and its text.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Source file and line.
    pub place: (&'static str, u32),
    /// The SQL.
    pub text: &'static str,
}

inventory::collect!(Statement);

/// Every statement that `sql!` states anywhere in the program.
pub fn statements() -> impl Iterator<Item = &'static Statement> {
    inventory::iter::<Statement>.into_iter()
}

/// Runs one statement on a [`Tx`](crate::db::Tx) (`&mut Tx`) or, for reading, on a [`Db`](crate::db::Db) (`&Db`).
///
/// - `sql!(tx, execute, "…", a, b).await?` answers with the number of rows affected;
/// - `sql!(tx, fetch_optional as Row, "…", a).await?`, `fetch_one as Row`, `fetch_all as Row` answer with rows of a type
///   that derives `sqlx::FromRow` (or is a tuple).
///
/// The text is a literal, or a `concat!` of literals, in the subset that SQLite and Postgres share, with `$1…` parameters;
/// values are always bound. It is kept in a static, so that a text made at run time does not compile.
#[macro_export]
macro_rules! sql {
    ($on:expr, execute, $text:expr $(, $value:expr)* $(,)?) => {
        async {
            $crate::sql!(@state $text);
            let _running = $crate::metrics::Running::begin();
            match $crate::db::On::from($on) {
                $crate::db::On::SqliteTx(on) => sqlx::query($text)$(.bind($value))*.execute(on).await.map(|done| done.rows_affected()),
                $crate::db::On::SqlitePool(on) => sqlx::query($text)$(.bind($value))*.execute(on).await.map(|done| done.rows_affected()),
                $crate::db::On::PostgresTx(on) => sqlx::query($text)$(.bind($value))*.execute(on).await.map(|done| done.rows_affected()),
                $crate::db::On::PostgresPool(on) => sqlx::query($text)$(.bind($value))*.execute(on).await.map(|done| done.rows_affected()),
            }
        }
    };
    ($on:expr, $fetch:ident as $row:ty, $text:expr $(, $value:expr)* $(,)?) => {
        async {
            $crate::sql!(@state $text);
            let _running = $crate::metrics::Running::begin();
            match $crate::db::On::from($on) {
                $crate::db::On::SqliteTx(on) => sqlx::query_as::<_, $row>($text)$(.bind($value))*.$fetch(on).await,
                $crate::db::On::SqlitePool(on) => sqlx::query_as::<_, $row>($text)$(.bind($value))*.$fetch(on).await,
                $crate::db::On::PostgresTx(on) => sqlx::query_as::<_, $row>($text)$(.bind($value))*.$fetch(on).await,
                $crate::db::On::PostgresPool(on) => sqlx::query_as::<_, $row>($text)$(.bind($value))*.$fetch(on).await,
            }
        }
    };
    (@state $text:expr) => {
        $crate::inventory::submit! { $crate::db::Statement { place: (file!(), line!()), text: $text } }
    };
}
