//! The handle through which everything is asked: database, clock, randomness, rules, secrets. Opened once by the server,
//! by a command or by a test; it decides nothing itself.

mod open;

use crate::changes::Generation;
use crate::db::{Db, MigrationStatus, Tx};
use crate::endpoints::{self, Catalog};
use crate::error::Internal;
use crate::{
    Extension, abuse, audit, auth, bans, clock::Clock, keys, limits, mail, mail::Delivery, profiles, quotas,
    random::Random, redis::Redis, rules::Rules, secrets, sessions, social,
};
use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};
use uuid::Uuid;
use vestibule_model::{Result, Secret, Timestamp, profiles::UserField};

/// What a domain is opened with.
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub database_url: Secret,
    /// How long work waits for a connection to the database before it is answered that the database is away.
    pub database_patience: Duration,
    /// Redis (`redis://…`, `rediss://…`), for counters that several servers share.
    pub redis_url: Option<Secret>,
    /// How long work waits for Redis before it counts as away.
    pub redis_patience: Duration,
    /// Folder for everything that is kept in files (the generated master secret among it).
    pub data_dir: PathBuf,
    /// Where people reach the site, without a slash at the end; every link in a mail begins with it.
    pub public_url: String,
    /// What the site calls itself.
    pub site_name: String,
    /// The master secret, at least 32 characters; made and kept in `data_dir` when not given.
    pub secret_key: Option<Secret>,
    /// How mail leaves.
    pub delivery: Delivery,
    /// The sender of mail.
    pub mail_from: String,
    /// The numbers a site may choose.
    pub rules: Rules,
    /// What the project adds.
    pub extensions: Vec<Arc<dyn Extension>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Whether this process serves requests: a second server on one SQLite file is refused, commands are not.
    pub serving: bool,
    /// Whether to bring the schema up to date on opening.
    pub migrate: bool,
}

impl Options {
    /// The `database_patience` of a site: a database that is away must be noticed quickly.
    pub const DATABASE_PATIENCE: Duration = Duration::from_secs(3);
    /// The `redis_patience` of a server: no request is held up by Redis.
    pub const REDIS_PATIENCE: Duration = Duration::from_millis(50);
    /// The `redis_patience` of a command, which connects first.
    pub const REDIS_PATIENCE_OF_COMMANDS: Duration = Duration::from_secs(2);
}

/// The domain: cheap to clone, one for a process.
#[derive(Clone)]
pub struct Domain {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    db: Db,
    redis: Option<Redis>,
    master: secrets::Master,
    generation: Generation,
    hasher: auth::Hasher,
    signer: auth::Signer,
    sealer: audit::Sealer,
    sessions: sessions::Cache,
    keyring: keys::Keyring,
    post: mail::Post,
    studio: profiles::Studio,
    endpoint_rules: endpoints::Book,
    banned: bans::Book,
    abuse: abuse::Ledger,
    limits: limits::Book,
    quota_book: quotas::Book,
    till: quotas::Till,
    usage_record: quotas::Record,
    providers: social::Book,
    user_fields: Vec<UserField>,
    /// Held while the process serves from a SQLite file.
    _lock: Option<std::fs::File>,
}

/// Why a domain could not be opened. Texts name settings and files, never secrets.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database URL names no engine that is known.
    #[error("database.url must begin with sqlite:// or postgres://")]
    UnknownEngine,
    /// The database could not be reached or opened.
    #[error("the database could not be opened: {0}")]
    Database(String),
    /// Another server works on the same SQLite file.
    #[error("another server is running on {0}; stop it first, or use Postgres for more than one")]
    SecondServer(PathBuf),
    /// The database was migrated by a newer program, or its history was changed.
    #[error("the database's schema does not fit this program: {0}")]
    Schema(String),
    /// A file in the data folder could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The master secret is too short, or not the one this database was made with.
    #[error("{0}")]
    SecretKey(&'static str),
    /// The site's own list of refused passwords could not be read.
    #[error("passwords.blocklist: {path}: {cause}")]
    Blocklist {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Redis' URL cannot be understood.
    #[error("{0}")]
    Redis(String),
    /// An extension's name, permission or user field clashes or cannot be.
    #[error("extension: {0}")]
    Extension(String),
    /// The groups of the settings do not fit; each line names one.
    #[error("{}", .0.join("\n"))]
    Groups(Vec<String>),
    /// Limits of the settings or of an extension do not fit; each line names one.
    #[error("{}", .0.join("\n"))]
    Limits(Vec<String>),
    /// Sign-in providers of the settings or of an extension do not fit; each line names one.
    #[error("{}", .0.join("\n"))]
    Providers(Vec<String>),
    /// A mail template or the mail settings do not fit.
    #[error("mail: {0}")]
    Mail(String),
}

impl Domain {
    /// Opens the database, brings its schema up to date and reads the secrets.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        open::open(options).await.map(|inner| Self { inner: Arc::new(inner) })
    }

    /// What the database at `url` has of this program's schema; for `db status` and `doctor`.
    ///
    /// # Errors
    /// [`OpenError::UnknownEngine`], [`OpenError::Database`] when it is away, [`OpenError::Schema`] when it was migrated by
    /// a newer program.
    pub async fn schema(url: &Secret) -> Result<Vec<MigrationStatus>, OpenError> {
        open::schema(url).await
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.inner.options.clock.now()
    }

    /// The numbers this site chose.
    pub fn rules(&self) -> &Rules {
        &self.inner.options.rules
    }

    /// What the site calls itself.
    pub fn site_name(&self) -> &str {
        &self.inner.options.site_name
    }

    /// Where people reach the site, without a slash at the end.
    pub fn public_url(&self) -> &str {
        &self.inner.options.public_url
    }

    /// A key for the purpose named by `label`, derived from the master secret (HKDF-SHA256, RFC 5869). For cookies that
    /// the server reads again; 64 bytes.
    pub fn derive_key(&self, label: &str) -> [u8; 64] {
        self.inner.master.derive(&format!("public/{label}"))
    }

    /// The folder where development mail lands, when mail does not leave by SMTP.
    pub fn mail_folder(&self) -> Option<&Path> {
        match &self.inner.options.delivery {
            Delivery::Folder(folder) => Some(folder),
            Delivery::Smtp(_) => None,
            #[cfg(feature = "testing")]
            Delivery::Captured(_) => None,
        }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Redis, where the settings name one.
    pub fn redis(&self) -> Option<&Redis> {
        self.inner.redis.as_ref()
    }

    /// Waits for writers and closes the pools.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }

    /// Opens a write transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`](vestibule_model::Error::Unavailable) when the database is away.
    pub async fn begin(&self) -> Result<Tx> {
        self.inner.db.begin().await.internal()
    }

    /// Opens a write transaction for a count that a loss of power may undo (see [`Db::begin_light`]).
    ///
    /// # Errors
    /// [`Error::Unavailable`](vestibule_model::Error::Unavailable) when the database is away.
    pub(crate) async fn begin_light(&self) -> Result<Tx> {
        self.inner.db.begin_light().await.internal()
    }

    /// A fresh UUIDv7 (RFC 9562 5.7) of the present moment.
    pub fn new_id(&self) -> Uuid {
        self.id_of(self.now())
    }

    /// A fresh UUIDv7 of the moment `at`.
    pub(crate) fn id_of(&self, at: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.random().fill(&mut random);
        let millis = u64::try_from(at.0 / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// An absolute link to the page at `path` that carries `token`.
    pub(crate) fn link(&self, path: &str, token: &Secret) -> String {
        format!("{}{path}?token={}", self.public_url(), token.expose())
    }

    /// An absolute link to the page at `path`.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url())
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.inner.options.random.as_ref()
    }

    pub(crate) fn extensions(&self) -> &[Arc<dyn Extension>] {
        &self.inner.options.extensions
    }

    /// The fields that the program's extensions declare, in their order.
    pub fn user_fields(&self) -> &[UserField] {
        &self.inner.user_fields
    }

    /// Makes known what the program answers, as its router was built.
    pub fn publish(&self, catalog: Catalog) {
        self.inner.endpoint_rules.publish(catalog);
    }

    /// What the program answers; empty until it was made known.
    pub fn endpoints(&self) -> Arc<Catalog> {
        self.inner.endpoint_rules.catalog()
    }

    pub(crate) fn endpoint_rules(&self) -> &endpoints::Book {
        &self.inner.endpoint_rules
    }

    pub(crate) fn limit_book(&self) -> &limits::Book {
        &self.inner.limits
    }

    /// The quotas that hold.
    pub(crate) fn quota_book(&self) -> &quotas::Book {
        &self.inner.quota_book
    }

    /// What this server holds of leases.
    pub(crate) fn till(&self) -> &quotas::Till {
        &self.inner.till
    }

    /// Calls that were counted and not written yet.
    pub(crate) fn usage_record(&self) -> &quotas::Record {
        &self.inner.usage_record
    }

    /// By whose sign-in people sign in here.
    pub(crate) fn providers(&self) -> &social::Book {
        &self.inner.providers
    }

    /// The networks whose requests are not taken.
    pub(crate) fn banned(&self) -> &bans::Book {
        &self.inner.banned
    }

    /// Offences that were not written down yet, and what follows from those that were.
    pub(crate) fn abuse(&self) -> &abuse::Ledger {
        &self.inner.abuse
    }

    /// Where pictures are made.
    pub(crate) fn studio(&self) -> &profiles::Studio {
        &self.inner.studio
    }

    pub(crate) fn master(&self) -> &secrets::Master {
        &self.inner.master
    }

    pub(crate) fn generation(&self) -> &Generation {
        &self.inner.generation
    }

    pub(crate) fn hasher(&self) -> &auth::Hasher {
        &self.inner.hasher
    }

    pub(crate) fn signer(&self) -> &auth::Signer {
        &self.inner.signer
    }

    /// What seals the audit trail.
    pub(crate) fn sealer(&self) -> &audit::Sealer {
        &self.inner.sealer
    }

    pub(crate) fn session_cache(&self) -> &sessions::Cache {
        &self.inner.sessions
    }

    /// What API keys are known by.
    pub(crate) fn keyring(&self) -> &keys::Keyring {
        &self.inner.keyring
    }

    /// What sends mail.
    pub(crate) fn post(&self) -> &mail::Post {
        &self.inner.post
    }
}

impl std::fmt::Debug for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Domain({} at {})", self.site_name(), self.public_url())
    }
}
