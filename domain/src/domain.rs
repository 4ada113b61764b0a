//! The handle through which everything is asked: database, clock, randomness, rules.

use crate::{Extension, clock::Clock, db::Db, mail::Delivery, random::Random, rules::Rules};
use std::{path::PathBuf, sync::Arc};
use vestibule_model::{Result, Secret, Timestamp};

/// What a domain is opened with.
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub database_url: Secret,
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

/// The domain: cheap to clone, one for a process.
#[derive(Clone)]
pub struct Domain {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    db: Db,
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
    /// An extension's name or permission clashes or does not carry its prefix.
    #[error("extension: {0}")]
    Extension(String),
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
        todo!()
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
        todo!()
    }

    /// The folder where development mail lands, when mail does not leave by SMTP.
    pub fn mail_folder(&self) -> Option<&std::path::Path> {
        todo!()
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// What the project adds.
    pub(crate) fn extensions(&self) -> &[Arc<dyn Extension>] {
        &self.inner.options.extensions
    }

    /// Waits for writers and closes the pools.
    pub async fn close(&self) {
        todo!()
    }
}
