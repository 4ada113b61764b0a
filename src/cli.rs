//! The command line: the same commands for the reference program and for every program built on the package. A command
//! reads its input, loads the settings, makes one call into the domain and prints the answer. No rule lives here.
//!
//! Data goes to standard output, everything said about it to standard error. Exit codes: [`failure::Failure`].

mod abuse;
mod arguments;
mod audit;
mod bans;
mod completions;
mod db;
pub(crate) mod doctor;
mod endpoints;
mod explain;
mod failure;
mod groups;
mod house;
mod keys;
mod lifetimes;
mod limits;
mod mail;
mod outbox;
mod output;
mod prompt;
mod providers;
mod quotas;
mod serve;
mod settings;
mod statistics;
mod users;

use crate::Vestibule;
use arguments::{Arguments, Command};
use clap::{CommandFactory as _, FromArgMatches as _};
use failure::Failure;
use house::House;
use output::Output;
use std::{ffi::OsString, path::Path, process::ExitCode};

/// Runs the command that the process's arguments name; the answer is the process's exit code.
pub(crate) fn run(vestibule: Vestibule) -> ExitCode {
    run_with(vestibule, std::env::args_os().collect())
}

/// Runs the command that `arguments` name; the first of them is the program's own.
fn run_with(vestibule: Vestibule, arguments: Vec<OsString>) -> ExitCode {
    let name = program_name(&arguments);
    let parsed = command(&name)
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(said) => {
            // Help and version are data and go to standard output; what was typed wrongly goes to standard error.
            let _ = said.print();
            return ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(failure::USAGE));
        }
    };
    let output = Output::new(arguments.global.json, arguments.global.quiet);
    arguments.global.color.apply();
    let house = House { vestibule, global: arguments.global, output, program: name };
    match dispatch(house, arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(house: House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(flags) => serve::run(house, &flags),
        Command::Db { command } => db::run(&house, command),
        Command::User { command } => users::run(&house, command),
        Command::Group { command } => groups::run(&house, command),
        Command::Key { command } => keys::run(&house, command),
        Command::Abuse { command } => abuse::run(&house, &command),
        Command::Quotas { command } => quotas::run(&house, command),
        Command::Usage { command } => quotas::usage::run(&house, command),
        Command::Ban { command } => bans::run(&house, command),
        Command::Provider { command } => providers::run(&house, command),
        Command::Audit { command } => audit::run(&house, command),
        Command::Config { command } => settings::run(&house, command),
        Command::Mail { command } => mail::run(&house, command),
        Command::Statistics(flags) => statistics::run(&house, &flags),
        Command::Endpoints(asked) => endpoints::run(&house, asked),
        Command::Limits { command } => limits::run(&house, command),
        Command::Explain(asked) => explain::run(&house, &asked),
        Command::Doctor => doctor::run(&house),
        Command::Completions { shell } => completions::run(&house, shell),
    }
}

/// The commands, under the name of the program that runs.
fn command(name: &str) -> clap::Command {
    Arguments::command().name(name.to_owned()).bin_name(name.to_owned())
}

fn program_name(arguments: &[OsString]) -> String {
    let stem = arguments.first().and_then(|first| Path::new(first).file_stem());
    stem.map_or_else(|| "vestibule".into(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_fit_together() {
        command("vestibule").debug_assert();
    }

    #[test]
    fn no_flag_takes_a_secret() {
        let mut commands = vec![command("vestibule")];
        while let Some(command) = commands.pop() {
            for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
                let id = argument.get_id().as_str();
                assert!(!["password", "secret", "token", "key"].iter().any(|word| id.contains(word)), "{id}");
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn every_command_says_what_it_does() {
        let mut commands = vec![command("vestibule")];
        while let Some(command) = commands.pop() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            commands.extend(command.get_subcommands().cloned());
        }
    }
}
