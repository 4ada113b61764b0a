//! The folder of `.eml` files that stands in for a mail server in development, and reading it again for `/dev/mail`.
//! Files hold live links, so that only their owner may read them.

use super::Transport;
use crate::{Domain, error::hidden};
use mail_parser::MessageParser;
use std::{fs, io, path::Path};
use vestibule_model::{Result, Timestamp};

/// Most letters that are listed.
const LISTED: usize = 200;

/// Longest name of a letter in characters.
const LONGEST_ID: usize = 100;

/// A mail as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The name of its file, without `.eml`; names sort by time.
    pub id: String,
    /// The recipient's address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// When it was written.
    pub at: Timestamp,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: Option<String>,
}

impl Letter {
    /// The first web address in the text part: where its button leads.
    pub fn link(&self) -> Option<&str> {
        self.text.split_whitespace().find(|word| word.starts_with("https://") || word.starts_with("http://"))
    }
}

/// The letters in the folder, newest first, at most 200. None where mail leaves by SMTP.
///
/// # Errors
/// [`Error::Internal`](crate::Error::Internal) when the folder cannot be read.
pub async fn list(domain: &Domain) -> Result<Vec<Letter>> {
    match &domain.post().transport {
        Transport::Smtp(_) => Ok(Vec::new()),
        Transport::Folder(folder) => {
            let folder = folder.clone();
            off_thread(move || read_all(&folder)).await
        }
        #[cfg(feature = "testing")]
        Transport::Captured(captured) => Ok(captured.letters().into_iter().rev().collect()),
    }
}

/// The letter called `id`, if there is one.
///
/// # Errors
/// [`Error::Internal`](crate::Error::Internal) when it cannot be read.
pub async fn find(domain: &Domain, id: &str) -> Result<Option<Letter>> {
    if !is_plain(id) {
        return Ok(None);
    }
    match &domain.post().transport {
        Transport::Smtp(_) => Ok(None),
        Transport::Folder(folder) => {
            let (folder, id) = (folder.clone(), id.to_owned());
            off_thread(move || read_file(&folder, &id)).await
        }
        #[cfg(feature = "testing")]
        Transport::Captured(captured) => Ok(captured.letters().into_iter().find(|letter| letter.id == id)),
    }
}

/// Writes a letter: aside first and renamed into place, so that nobody reads half of one. The same `id` again replaces it.
pub(super) fn write(folder: &Path, id: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let aside = folder.join(format!("{id}.tmp"));
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    fs::rename(&aside, folder.join(format!("{id}.eml")))
}

/// Reads a mail; nothing where the bytes are none.
pub(super) fn read(id: &str, bytes: &[u8]) -> Option<Letter> {
    let mail = MessageParser::default().parse(bytes)?;
    let to = mail.to()?.first()?.address()?.to_owned();
    // A text part that stands alone is also offered as HTML by the parser, and the other way round.
    let html = (mail.html_body.first() != mail.text_body.first()).then(|| mail.body_html(0)).flatten();
    Some(Letter {
        id: id.to_owned(),
        to,
        subject: mail.subject().unwrap_or_default().to_owned(),
        at: Timestamp::from_seconds(mail.date().map_or(0, mail_parser::DateTime::to_timestamp)),
        text: mail.body_text(0).map(|text| text.replace("\r\n", "\n")).unwrap_or_default(),
        html: html.map(std::borrow::Cow::into_owned),
    })
}

/// Whether `id` can be the name of a letter: no dot, no slash, nothing that leads out of the folder.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn read_all(folder: &Path) -> io::Result<Vec<Letter>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let mut ids = Vec::new();
    for entry in entries {
        if let Some(id) =
            entry?.file_name().to_str().and_then(|name| name.strip_suffix(".eml")).filter(|id| is_plain(id))
        {
            ids.push(id.to_owned());
        }
    }
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(LISTED);
    let mut letters = Vec::with_capacity(ids.len());
    for id in ids {
        letters.extend(read_file(folder, &id)?);
    }
    Ok(letters)
}

fn read_file(folder: &Path, id: &str) -> io::Result<Option<Letter>> {
    match fs::read(folder.join(format!("{id}.eml"))) {
        Ok(bytes) => Ok(read(id, &bytes)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// Files are read where waiting for a disk holds up no request.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|cause| hidden(&cause))?.map_err(|cause| hidden(&cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for bad in
            ["", ".", "..", "../secret", "a/b", "a\\b", "a.eml", "a\0", "%2e%2e", "ä", &"a".repeat(101)]
        {
            assert!(!is_plain(bad), "{bad:?}");
        }
        assert!(is_plain("20261123T054100-018f3f3e-0000-7000-8000-000000000000"));
    }

    #[test]
    fn what_is_no_letter_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        let mail =
            b"To: ada@example.org\r\nSubject: Hello\r\nDate: Mon, 23 Nov 2026 05:41:00 +0000\r\n\r\nHi\r\n";
        write(folder.path(), "2-b", mail).unwrap();
        write(folder.path(), "1-a", mail).unwrap();
        fs::write(folder.path().join("3-c.tmp"), mail).unwrap();
        fs::write(folder.path().join("4-d.eml"), b"").unwrap();
        fs::write(folder.path().join("5.d.eml"), mail).unwrap();
        let letters = read_all(folder.path()).unwrap();
        assert_eq!(letters.iter().map(|letter| letter.id.as_str()).collect::<Vec<_>>(), ["2-b", "1-a"]);
        assert_eq!(letters[0].to, "ada@example.org");
        assert_eq!(letters[0].subject, "Hello");
        assert_eq!(letters[0].at.to_string(), "2026-11-23T05:41:00Z");
        assert_eq!((letters[0].text.trim(), letters[0].html.as_deref()), ("Hi", None));
        assert_eq!(read_all(&folder.path().join("absent")).unwrap(), []);
        assert_eq!(read_file(folder.path(), "absent").unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn letters_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "1", b"x").unwrap();
        let mode = fs::metadata(folder.path().join("1.eml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
