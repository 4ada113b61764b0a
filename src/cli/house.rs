//! What a command works with: the composed program, its flags and its voice, and the ways to load settings and to open
//! the domain for one piece of work.

use super::{Failure, Output, arguments::Global};
use crate::config::{Loaded, Log, LogCategories};
use crate::{Vestibule, logging};
use anstream::{AutoStream, ColorChoice};
use std::{future::Future, io};
use vestibule_domain::{Domain, groups};

/// What a command works with.
pub(crate) struct House {
    /// The program as it was composed.
    pub(crate) vestibule: Vestibule,
    /// The flags of every command.
    pub(crate) global: Global,
    /// How to speak.
    pub(crate) output: Output,
    /// The name the program was started by.
    pub(crate) program: String,
}

impl House {
    /// The settings, for a command that logs warnings and errors only unless more was asked for.
    ///
    /// # Errors
    /// [`Failure::Settings`], or [`Failure::Usage`] for a flag that cannot be.
    pub(crate) fn settings(&self) -> Result<Loaded, Failure> {
        let loaded = Loaded::from_process(&self.global.flags().map_err(Failure::Usage)?)?;
        let level = match (self.global.quiet, self.global.verbose) {
            (true, _) => "error",
            (_, 0) => "warn",
            (_, 1) => "info",
            _ => "debug",
        };
        // Files are the server's.
        let Log { format, keep_files, .. } = loaded.settings.log;
        let (filter, categories) = (level.to_owned(), LogCategories::default());
        start_log(&Log { filter, format, folder: None, keep_files, categories })?;
        Ok(loaded)
    }

    /// Opens the domain beside whatever server runs, does `work` and closes it again. Ctrl-C ends the work; a
    /// transaction that was open then leaves no trace.
    ///
    /// # Errors
    /// Those of the settings, of opening and of the work; [`Failure::Interrupted`].
    pub(crate) fn with_domain<T, F>(&self, work: impl FnOnce(Domain) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let settings = self.settings()?.settings;
        let options = settings.domain_options(self.vestibule.extensions.clone(), false);
        block_on(async {
            let domain = Domain::open(options).await?;
            groups::declare(&domain).await?;
            let done = work(domain.clone()).await;
            domain.close().await;
            done
        })
    }
}

/// Starts the log in the colours that standard error takes.
///
/// # Errors
/// [`Failure::Io`] when its folder cannot be written to.
pub(crate) fn start_log(log: &Log) -> Result<(), Failure> {
    let started = logging::start(log, AutoStream::choice(&io::stderr()) != ColorChoice::Never);
    started.map_err(|cause| Failure::Io("log.folder".to_owned(), cause))
}

/// Runs `work` until it is done or Ctrl-C comes.
///
/// # Errors
/// Those of the work; [`Failure::Interrupted`].
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Failure::Io("starting".to_owned(), cause))?;
    let done = runtime.block_on(async {
        tokio::select! {
            // The signal first: it must be listened for before the work begins.
            biased;
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            done = work => done,
        }
    });
    runtime.shutdown_background();
    done
}
