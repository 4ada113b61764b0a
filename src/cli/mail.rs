//! `mail`: every mail as its reader would see it, by the site's own templates, and one real letter; neither needs a database.
//! What waits, left and failed is in `outbox.rs`.

use super::{Failure, house, house::House, outbox, output};
use clap::{Args, Subcommand};
use std::{fs, path::Path, path::PathBuf};
use vestibule_domain::mail::{self, Preview};
use vestibule_domain::{OpenError, Options};
use vestibule_model::{Email, Error};

/// What to do with mail.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the mails, or show one with sample values
    Preview(PreviewFlags),
    /// List mails that wait, left or failed, newest first
    Outbox(outbox::List),
    /// Try a mail again now that waits or was given up
    Retry(outbox::Retry),
    /// Stop a mail that waits or was given up
    Cancel {
        /// The mail's id
        id: String,
    },
    /// Send one letter now and tell what the mail server said
    Test {
        /// Whom to send it to
        address: String,
    },
}

/// What to show, and how.
#[derive(Args, Debug)]
#[command(after_help = "Example: mail preview --out mails    writes every mail into the folder mails")]
pub(crate) struct PreviewFlags {
    /// The mail's name; without it they are listed
    name: Option<String>,
    /// Show the HTML part alone
    #[arg(long, conflicts_with = "text")]
    html: bool,
    /// Show the text part alone
    #[arg(long)]
    text: bool,
    /// Write both parts into this folder instead: of one mail, or of all
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs a `mail` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    let options = || Ok::<_, Failure>(house.settings()?.settings.domain_options(Vec::new(), false));
    match command {
        Command::Preview(flags) => preview(house, &options()?, &flags),
        Command::Outbox(list) => outbox::list(house, list),
        Command::Retry(retry) => outbox::retry(house, &retry),
        Command::Cancel { id } => outbox::cancel(house, &id),
        Command::Test { address } => test(house, &options()?, &address),
    }
}

fn preview(house: &House, options: &Options, flags: &PreviewFlags) -> Result<(), Failure> {
    let mut all = mail::previews(options).map_err(OpenError::Mail)?;
    if let Some(name) = &flags.name {
        all.retain(|preview| preview.name == name);
        if all.is_empty() {
            return Err(Failure::Usage(format!("there is no mail called {name}; `mail preview` lists them")));
        }
    }
    match (&flags.out, &flags.name) {
        (Some(folder), _) => write_all(house, folder, &all),
        (None, None) => house.output.data(&all, |all| {
            output::table(&["NAME", "SUBJECT"], all.iter().map(|one| vec![one.name, one.subject.as_str()]))
        }),
        (None, Some(_)) => all.iter().try_for_each(|one| house.output.data(one, |one| shown(one, flags))),
    }
}

fn shown(one: &Preview, flags: &PreviewFlags) -> String {
    match (flags.html, flags.text) {
        (true, _) => one.html.clone(),
        (_, true) => one.text.clone(),
        _ => format!("Subject: {}\n\n{}", one.subject, one.text),
    }
}

fn write_all(house: &House, folder: &Path, all: &[Preview]) -> Result<(), Failure> {
    let broken = |cause| Failure::Io(folder.display().to_string(), cause);
    fs::create_dir_all(folder).map_err(broken)?;
    for one in all {
        let text = format!("Subject: {}\n\n{}", one.subject, one.text);
        fs::write(folder.join(format!("{}.txt", one.name)), text).map_err(broken)?;
        fs::write(folder.join(format!("{}.html", one.name)), &one.html).map_err(broken)?;
    }
    house.output.say(&format!("{} mails written to {}", all.len(), folder.display()));
    Ok(())
}

fn test(house: &House, options: &Options, address: &str) -> Result<(), Failure> {
    let to = Email::parse(address).map_err(|problem| Error::invalid("email", problem))?;
    let sent = house::block_on(async { Ok(mail::send_test(options, &to).await) })?;
    let said = sent.map_err(Failure::Mail)?;
    house.output.data(&said, |said| format!("sent to {}: {said}", to.as_str()))
}
