//! `key scan`: finds keys by their checksum in files, folders and standard input, whatever else stands there. It opens no
//! database unless it reports, and never prints a key: only where it stands, and which one it is.

use crate::cli::{Failure, house::House};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use vestibule_domain::keys::{self, Found, Scanner};
use vestibule_domain::{Actor, Client};
use vestibule_model::KeyId;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Where to look, and what to do about it.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: key scan . --report\n         git log -p | key scan -\n\nExit codes: 0 no key, 1 a key was found."
)]
pub(crate) struct Scan {
    /// Files and folders, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Revoke what is found, as far as it is a key of this site; its owner and administrators are told
    #[arg(long)]
    report: bool,
}

/// A key that was found.
#[derive(Serialize)]
struct Place {
    path: String,
    line: u64,
    id: KeyId,
}

/// What was found, and how far the search came.
#[derive(Default)]
struct Search {
    places: Vec<Place>,
    /// Every key once, for whoever reports them.
    keys: BTreeMap<KeyId, Vec<Found>>,
    /// What could not be read, and why.
    unread: Vec<(String, io::Error)>,
}

/// Looks for keys.
pub(super) fn scan(house: &House, what: &Scan) -> Result<(), Failure> {
    let mut search = Search::default();
    for path in &what.paths {
        search.look(path);
    }
    for (path, cause) in &search.unread {
        house.output.say(&format!("not read: {path}: {cause}"));
    }
    house.output.data(&search.places, |places| {
        let line = |place: &Place| format!("{}:{}: {}", place.path, place.line, place.id);
        places.iter().map(line).collect::<Vec<_>>().join("\n")
    })?;
    if search.places.is_empty() {
        return match search.unread.into_iter().next() {
            Some((path, cause)) => Err(Failure::Io(path, cause)),
            None => Ok(()),
        };
    }
    if what.report {
        report(house, search.keys.into_values().flatten().collect())?;
    }
    Err(Failure::Found)
}

fn report(house: &House, found: Vec<Found>) -> Result<(), Failure> {
    let reported = found.len();
    house.with_domain(|domain| async move {
        for one in found {
            keys::report(&domain, &one.key, &Actor::Operator, &Client::local()).await?;
        }
        Ok(())
    })?;
    house.output.say(&format!("reported: {reported}; those of this site are revoked, and their owners told"));
    Ok(())
}

impl Search {
    /// Looks into a file, all of a folder, or standard input. Links are followed only where they are named themselves, so
    /// that no search runs in circles.
    fn look(&mut self, path: &Path) {
        let name = path.display().to_string();
        let read = if path == Path::new("-") {
            self.read("-", &mut io::stdin().lock())
        } else if path.is_dir() {
            self.walk(path)
        } else {
            File::open(path).and_then(|mut file| self.read(&name, &mut file))
        };
        if let Err(cause) = read {
            self.unread.push((name, cause));
        }
    }

    fn walk(&mut self, folder: &Path) -> io::Result<()> {
        let mut inside = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        inside.sort_by_key(fs::DirEntry::file_name);
        for entry in inside {
            let kind = entry.file_type()?;
            if kind.is_dir() || kind.is_file() {
                self.look(&entry.path());
            }
        }
        Ok(())
    }

    fn read(&mut self, path: &str, from: &mut dyn Read) -> io::Result<()> {
        let (mut scanner, mut piece) = (Scanner::default(), vec![0; PIECE]);
        loop {
            let length = match from.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Err(cause) => return Err(cause),
            };
            for found in scanner.take(&piece[..length]) {
                self.places.push(Place { path: path.to_owned(), line: found.line, id: found.id });
                let known = self.keys.entry(found.id).or_default();
                // A key may stand there with several of its secrets.
                if known.iter().all(|one| one.key != found.key) {
                    known.push(found);
                }
            }
        }
    }
}
