//! `user export`: everything the site keeps about somebody, as they would get it themselves.

use super::{Named, find, manage};
use crate::cli::{Failure, house::House, output};
use clap::Args;
use std::io::{self, Write as _};
use std::{fs, path::Path, path::PathBuf};
use vestibule_domain::{Client, accounts};

/// Whose data, and where to.
#[derive(Args, Debug)]
#[command(after_help = "Example: user export ada@example.org --out ada.json")]
pub(crate) struct Export {
    #[command(flatten)]
    named: Named,
    /// Write it to this file instead, which only its owner may read; an existing one is replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Prints the document, or writes it to a file.
pub(super) fn export(house: &House, which: &Export) -> Result<(), Failure> {
    let document = house.with_domain(|domain| async move {
        let account = find(&domain, &which.named.account).await?;
        Ok(accounts::export_of(&domain, &manage()?, account.id, &Client::local()).await?)
    })?;
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let Some(path) = &which.out else { return output::text(&text) };
    write(path, &text).map_err(|cause| Failure::Io(path.display().to_string(), cause))?;
    house.output.say(&format!("written to {}", path.display()));
    Ok(())
}

/// Aside first and renamed into place: nobody reads half of it, and a file that others may read does not stay so.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let aside = folder.join(format!(".{name}.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&aside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        fs::rename(&aside, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written
}
