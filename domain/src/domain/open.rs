//! Opening a domain: everything that can be wrong with a site's settings and data is found here, before the first
//! request. Called by [`Domain::open`](super::Domain::open) alone.

use super::{Inner, OpenError, Options};
use crate::changes::Generation;
use crate::db::{self, Db, MigrationStatus};
use crate::random::Random;
use crate::{
    abuse, accounts, audit, auth, bans, endpoints, groups, keys, limits, mail, profiles, quotas,
    redis::Redis, secrets, sessions, social, sql,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::sync::Arc;
use std::{collections::BTreeSet, fs, path::Path, path::PathBuf, time::Duration};
use vestibule_model::{Secret, groups::PERMISSIONS};

pub(super) async fn open(options: Options) -> Result<Inner, OpenError> {
    check_extensions(&options)?;
    let faults = groups::check_declared(&options.rules, &options.extensions);
    if !faults.is_empty() {
        return Err(OpenError::Groups(faults));
    }
    let faults = limits::faults(&options.rules.limits, &options.extensions);
    if !faults.is_empty() {
        return Err(OpenError::Limits(faults));
    }
    let providers = social::Book::read(&options.rules.social, &options.extensions);
    let providers = providers.map_err(OpenError::Providers)?;
    let blocklist = auth::Blocklist::of(&options.rules.passwords)?;
    let user_fields = profiles::declared_fields(&options.extensions).map_err(OpenError::Extension)?;
    let post = mail::Post::new(&options).map_err(OpenError::Mail)?;
    let url = options.database_url.expose().to_owned();
    make_folder(&options.data_dir)?;
    let (db, lock) = match url.split_once("://") {
        Some(("sqlite", path)) => {
            open_sqlite(Path::new(path), options.serving, options.database_patience).await?
        }
        Some(("postgres" | "postgresql", _)) => {
            (Db::open_postgres(&url, options.database_patience).await.map_err(away)?, None)
        }
        _ => return Err(OpenError::UnknownEngine),
    };
    migrate(&db, options.migrate).await?;
    let master = secrets::Master::new(&secret_key(&options)?);
    check_fingerprint(&db, &master).await?;
    let redis = open_redis(&db, &options).await?;
    let sealer = audit::Sealer::of(&master);
    audit::begin_chain(&db, &sealer, options.random.as_ref()).await.map_err(away)?;
    let endpoint_rules = endpoints::Book::read(&db, &options.rules.endpoints).await;
    let endpoint_rules = endpoint_rules.map_err(|cause| OpenError::Database(cause.to_string()))?;
    let banned = bans::Book::read(&db).await.map_err(|cause| OpenError::Database(cause.to_string()))?;
    let ledger = abuse::ledger(&db, options.clock.now()).await;
    let ledger = ledger.map_err(|cause| OpenError::Database(cause.to_string()))?;
    let limits = limits::Book::read(&db, &options.rules.limits, &options.extensions, master.derive("limits"));
    let limits = limits.await.map_err(|cause| OpenError::Database(cause.to_string()))?;
    let quota_book = quotas::Book::read(&db, &options.rules, &options.extensions).await;
    let quota_book = quota_book.map_err(|cause| OpenError::Database(cause.to_string()))?;
    accounts::fill_terms(&db).await.map_err(|error| OpenError::Database(error.to_string()))?;
    Ok(Inner {
        sealer,
        hasher: auth::Hasher::new(&options.rules.passwords, blocklist, master.derive("password-pepper")),
        signer: auth::Signer::new(master.derive("access-token"), &options.public_url),
        sessions: sessions::Cache::default(),
        keyring: keys::Keyring::new(&master.derive("api-key")),
        generation: Generation::default(),
        studio: profiles::Studio::default(),
        endpoint_rules,
        banned,
        abuse: ledger,
        limits,
        quota_book,
        till: quotas::Till::default(),
        usage_record: quotas::Record::default(),
        providers,
        user_fields,
        post,
        options,
        db,
        redis,
        master,
        _lock: lock,
    })
}

/// The migrations of this program and whether the database has them. A SQLite file that is absent is not made: then none
/// are applied.
pub(super) async fn schema(url: &Secret) -> Result<Vec<MigrationStatus>, OpenError> {
    let url = url.expose();
    let db = match url.split_once("://") {
        Some(("sqlite", path)) if !Path::new(path).exists() => return Ok(db::known_migrations()),
        Some(("sqlite", path)) => Db::open_sqlite(&PathBuf::from(path), Options::DATABASE_PATIENCE).await,
        Some(("postgres" | "postgresql", _)) => Db::open_postgres(url, Options::DATABASE_PATIENCE).await,
        _ => return Err(OpenError::UnknownEngine),
    };
    let db = db.map_err(away)?;
    let migrations = db::migrations(&db).await.map_err(|cause| OpenError::Schema(cause.to_string()));
    db.close().await;
    migrations
}

/// Names Redis where there is one. A server looks whether it answers; one that does not keeps nothing from starting.
async fn open_redis(db: &Db, options: &Options) -> Result<Option<Redis>, OpenError> {
    let Some(url) = &options.redis_url else { return Ok(None) };
    let site = site_id(db, options.random.as_ref()).await.map_err(away)?;
    let clock = Arc::clone(&options.clock);
    let redis = Redis::open(url, &site, options.redis_patience, clock).map_err(OpenError::Redis)?;
    if options.serving {
        redis.answers().await;
    }
    Ok(Some(redis))
}

/// What tells this site from others that share its Redis: made once, kept in the database.
async fn site_id(db: &Db, random: &dyn Random) -> sqlx::Result<String> {
    let mut bytes = [0; 12];
    random.fill(&mut bytes);
    let mut tx = db.begin().await?;
    sql!(
        &mut tx,
        execute,
        "insert into facts (name, value) values ('site_id', $1) on conflict (name) do nothing",
        URL_SAFE_NO_PAD.encode(bytes)
    )
    .await?;
    let (kept,) =
        sql!(&mut tx, fetch_one as (String,), "select value from facts where name = 'site_id'").await?;
    tx.commit().await?;
    Ok(kept)
}

fn away(cause: sqlx::Error) -> OpenError {
    // A connection string may stand in a configuration error; the server's own words never hold it.
    match cause {
        sqlx::Error::Configuration(_) => OpenError::Database("database.url cannot be understood".to_owned()),
        other => OpenError::Database(other.to_string()),
    }
}

/// Makes the folder, if it is absent, for its owner alone: what lies in it are hashes, addresses and mail that waits.
fn make_folder(path: &Path) -> Result<(), OpenError> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path).map_err(|cause| OpenError::File { path: path.to_owned(), cause })
}

/// Opens a file that only its owner may read, making it when it is absent. One that is there keeps its permissions.
fn private_file(path: &Path) -> Result<fs::File, OpenError> {
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|cause| OpenError::File { path: path.to_owned(), cause })
}

async fn open_sqlite(
    path: &Path,
    serving: bool,
    patience: Duration,
) -> Result<(Db, Option<fs::File>), OpenError> {
    let path = path.to_owned();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let lock = if serving { Some(lock(&path)?) } else { None };
    // SQLite would make it readable for everybody; the files it adds get the permissions of this one.
    drop(private_file(&path)?);
    let db = Db::open_sqlite(&path, patience).await.map_err(away)?;
    Ok((db, lock))
}

/// Keeps a second server away from the file: two would not see each other's revocations at once. The system drops the
/// lock with the process, however it ends.
fn lock(database: &Path) -> Result<fs::File, OpenError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(OpenError::SecondServer(database.to_owned())),
        Err(fs::TryLockError::Error(cause)) => Err(OpenError::File { path, cause }),
    }
}

async fn migrate(db: &Db, wanted: bool) -> Result<(), OpenError> {
    let schema = |cause: sqlx::migrate::MigrateError| OpenError::Schema(cause.to_string());
    if wanted {
        return db::run_migrations(db).await.map_err(schema);
    }
    let missing = db::migrations(db).await.map_err(schema)?.iter().filter(|one| !one.applied).count();
    match missing {
        0 => Ok(()),
        count => Err(OpenError::Schema(format!("{count} migrations are missing; run `db migrate`"))),
    }
}

fn secret_key(options: &Options) -> Result<Secret, OpenError> {
    match &options.secret_key {
        Some(given) if given.expose().trim().len() < secrets::MIN_SECRET_KEY => Err(OpenError::SecretKey(
            "secret_key is too short: at least 32 characters of random text are needed",
        )),
        Some(given) => Ok(given.clone()),
        None => secrets::read_or_make(&options.data_dir, options.random.as_ref())
            .map_err(|cause| OpenError::File { path: options.data_dir.join(secrets::SECRET_FILE), cause }),
    }
}

/// Passwords and tokens of a database are bound to its master secret. Starting with another one would lock everyone out,
/// and two nodes with different ones would refuse each other's tokens: both stop here.
async fn check_fingerprint(db: &Db, master: &secrets::Master) -> Result<(), OpenError> {
    let failed = |cause: sqlx::Error| OpenError::Database(cause.to_string());
    let mut tx = db.begin().await.map_err(failed)?;
    sql!(
        &mut tx,
        execute,
        "insert into facts (name, value) values ('secret_fingerprint', $1) on conflict (name) do nothing",
        master.fingerprint()
    )
    .await
    .map_err(failed)?;
    let (kept,) =
        sql!(&mut tx, fetch_one as (String,), "select value from facts where name = 'secret_fingerprint'")
            .await
            .map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    if kept == master.fingerprint() {
        return Ok(());
    }
    Err(OpenError::SecretKey(
        "the master secret is not the one this database was made with: restore secret_key (or secret.key in data_dir)",
    ))
}

/// Areas of the product that no extension may call itself, beside those that declare permissions or keep data of people.
const PRODUCT_AREAS: [&str; 14] = [
    "abuse", "api", "audit", "auth", "health", "jobs", "keys", "limits", "me", "profiles", "quotas",
    "settings", "social", "users",
];

fn check_extensions(options: &Options) -> Result<(), OpenError> {
    // A permission of the product begins with its area, and the copy of everything about a person has a part for each.
    let mut areas: BTreeSet<&str> =
        PERMISSIONS.iter().filter_map(|known| known.name.split(':').next()).collect();
    areas.extend(PRODUCT_AREAS);
    areas.extend(accounts::exported_names());
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for extension in &options.extensions {
        if !areas.insert(extension.name()) {
            return Err(OpenError::Extension(format!("the name {:?} is taken", extension.name())));
        }
        for permission in extension.permissions() {
            let own = permission
                .name
                .strip_prefix(extension.name())
                .is_some_and(|rest| rest.len() > 1 && rest.starts_with(':'));
            if !own || !names.insert(permission.name) {
                return Err(OpenError::Extension(format!(
                    "permission {:?} must be unique and begin with \"{}:\"",
                    permission.name,
                    extension.name()
                )));
            }
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn what_is_kept_is_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        let (db, lock) =
            open_sqlite(&folder.join("vestibule.db"), true, Options::DATABASE_PATIENCE).await.unwrap();
        migrate(&db, true).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        assert_eq!(files.len(), 4, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        db.close().await;
        drop(lock);
    }
}
