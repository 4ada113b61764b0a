//! What can be typed: every command and flag, by clap. Values are taken as text here and judged by the floor that knows
//! them; no secret is ever an argument, because arguments are visible to every user of the machine.

use super::{
    abuse, audit, bans, db, endpoints, explain, groups, keys, limits, mail, providers, quotas, serve,
    settings, statistics, users,
};
use crate::config::Flags;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Accounts, sign-in, permissions, mail, REST API and pages of an application.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    disable_help_subcommand = false,
    arg_required_else_help = true,
    after_long_help = "Examples:\n  \
        serve                                   start on http://127.0.0.1:3000 with the data in ./data\n  \
        user create ada@example.org --admin     make an administrator; asks for name and password\n  \
        config example > vestibule.toml         every setting, with its default\n  \
        doctor                                  look for what would keep the server from working\n\n\
        Exit codes: 0 done, 1 failed, 2 wrong usage, 65 bad data, 69 unavailable, 70 internal error,\n  \
        73 a file cannot be made, 77 not permitted, 78 bad settings, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Settings file; without it VESTIBULE_CONFIG, else vestibule.toml if there is one"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Folder for everything that is kept in files
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<String>,
    /// Any setting that is no secret: --set sessions.idle=2h
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Print data as JSON, and failures as JSON on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but failures
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log more; twice for still more
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = Color::Auto,
        value_name = "WHEN",
        help = "Colours; auto obeys NO_COLOR, CLICOLOR_FORCE and TERM"
    )]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that wants them.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes this the choice of the process.
    pub(crate) fn apply(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server
    Serve(serve::ServeFlags),
    /// Look at the database's schema, or bring it up to date
    Db {
        #[command(subcommand)]
        command: db::Command,
    },
    /// Make, list, show, change, help, ban and delete accounts; also beside a running server
    User {
        #[command(subcommand)]
        command: users::Command,
    },
    /// Make, change and delete groups, say what their members may do; also beside a running server
    Group {
        #[command(subcommand)]
        command: groups::Command,
    },
    /// Make, list, rotate and revoke API keys, and find those that leaked; also beside a running server
    #[command(alias = "keys")]
    Key {
        #[command(subcommand)]
        command: keys::Command,
    },
    /// Say what people may spend, for everybody and for single people, and try it out; also beside a running server
    #[command(alias = "quota")]
    Quotas {
        #[command(subcommand)]
        command: quotas::Command,
    },
    /// Show what somebody used, count it anew, give them more
    Usage {
        #[command(subcommand)]
        command: quotas::usage::Command,
    },
    /// Ban addresses and networks, list and lift such bans; also beside a running server
    #[command(alias = "bans")]
    Ban {
        #[command(subcommand)]
        command: bans::Command,
    },
    /// Show what addresses and accounts did wrong, and undo what was done about it by itself; also beside a running server
    Abuse {
        #[command(subcommand)]
        command: abuse::Command,
    },
    /// List the providers that people sign in with, and try one
    #[command(alias = "providers")]
    Provider {
        #[command(subcommand)]
        command: providers::Command,
    },
    /// Read the audit trail, write it into a file, and see whether anybody touched it; also beside a running server
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Check and show the settings
    Config {
        #[command(subcommand)]
        command: settings::Command,
    },
    /// Look at mails before anybody gets them, and see whether they arrive
    Mail {
        #[command(subcommand)]
        command: mail::Command,
    },
    /// Tell how many people there are, and what happened how often
    Statistics(statistics::StatisticsFlags),
    /// List every address this program answers, and who may ask; set what a tag asks for
    Endpoints(endpoints::Endpoints),
    /// See and change rate limits, and forget what was counted
    #[command(alias = "limit")]
    Limits {
        #[command(subcommand)]
        command: limits::Command,
    },
    /// Say what somebody may do, or whether they may do one thing, and why
    Explain(explain::Explain),
    /// Look for what would keep the server from working
    Doctor,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Global {
    /// What these flags say about settings.
    ///
    /// # Errors
    /// A sentence when `--set` is not `NAME=VALUE`; the value is not repeated.
    pub(crate) fn flags(&self) -> Result<Flags, String> {
        let mut set = Vec::new();
        if let Some(folder) = &self.data_dir {
            set.push(("--data-dir".into(), "data_dir".into(), folder.clone()));
        }
        for pair in &self.set {
            let (key, value) =
                pair.split_once('=').ok_or("--set takes NAME=VALUE, as --set sessions.idle=2h")?;
            set.push(("--set".into(), key.trim().into(), value.into()));
        }
        Ok(Flags { config: self.config.clone(), set })
    }
}
