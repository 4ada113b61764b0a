//! The files that templates are made of: ours, built into the program, and a site's own, read once at the start.

use super::Fault;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Largest file that is taken for a template, in bytes.
const LARGEST: u64 = 256 * 1024;

macro_rules! ours {
    ($($kind:literal),* $(,)?) => {
        /// The name of every template, which is that of its message (`Message::kind`).
        pub(in super::super) const KINDS: &[&str] = &[$($kind),*];

        /// Our files: name and text.
        const OURS: &[(&str, &str)] = &[
            ("layout.mjml", include_str!("../../../templates/mail/layout.mjml")),
            ("layout.txt", include_str!("../../../templates/mail/layout.txt")),
            $(
                (
                    concat!($kind, ".mjml"),
                    include_str!(concat!("../../../templates/mail/", $kind, ".mjml")),
                ),
                (
                    concat!($kind, ".txt"),
                    include_str!(concat!("../../../templates/mail/", $kind, ".txt")),
                ),
                (
                    concat!($kind, ".subject.txt"),
                    include_str!(concat!("../../../templates/mail/", $kind, ".subject.txt")),
                ),
            )*
        ];
    };
}

ours!(
    "verify",
    "already_registered",
    "finish_registration",
    "invited",
    "welcome",
    "reset",
    "password_changed",
    "password_locked",
    "token_reused",
    "identity_linked",
    "identity_unlinked",
    "key_made",
    "key_expiring",
    "key_leaked",
    "new_device",
    "email_confirm",
    "email_known",
    "email_change_asked",
    "email_changed",
    "email_replaced",
    "email_now",
    "email_restored",
    "email_taken_back",
    "profile_updated",
    "quota_near",
    "quota_spent",
    "account_expiring",
    "deletion_asked",
    "deletion_cancelled",
    "deletion_taken_back",
    "export_ready",
    "deactivated",
    "reactivated",
    "banned",
    "unbanned",
    "account_deleted",
    "admin_registration",
    "admin_block",
    "admin_granted",
    "admin_withdrawn",
    "admin_banned",
    "admin_key_leaked",
    "admin_mail_failing",
    "admin_abuse",
    "test",
);

/// The text of every template, and where it came from.
pub(super) struct Files {
    own: BTreeMap<String, (PathBuf, String)>,
}

impl Files {
    /// Ours alone.
    pub(super) fn ours() -> Self {
        Self { own: BTreeMap::new() }
    }

    /// Ours, and those in `folder` in their place. A folder that is absent holds none. Files that are neither MJML nor text
    /// are none of our business.
    pub(super) fn read(folder: &Path) -> Result<Self, Fault> {
        let broken = |cause: io::Error| Fault::new(&folder.display().to_string(), None, cause.to_string());
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // Whether the data folder can be made at all is told by who makes it.
            Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Self::ours());
            }
            Err(cause) => return Err(broken(cause)),
        };
        let mut own = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(broken)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_template(name))
            else {
                continue;
            };
            let name = name.to_owned();
            let text = text_of(&path, &name)?;
            own.insert(name, (path, text));
        }
        Ok(Self { own })
    }

    /// Whether any is the site's own.
    pub(super) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// The text of the file called `name`.
    pub(super) fn text(&self, name: &str) -> &str {
        let ours = || OURS.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| *text);
        self.own.get(name).map_or_else(ours, |(_, text)| text.as_str())
    }

    /// Where the file called `name` lies, when it is the site's own.
    pub(super) fn path(&self, name: &str) -> Option<&Path> {
        self.own.get(name).map(|(path, _)| path.as_path())
    }
}

fn is_template(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    !name.starts_with('.') && matches!(ending, Some("mjml" | "txt"))
}

fn text_of(path: &Path, name: &str) -> Result<String, Fault> {
    let fault = |said: &str| Fault::new(&path.display().to_string(), None, said);
    if !OURS.iter().any(|(known, _)| *known == name) {
        return Err(fault("there is no template of this name; `mail preview` lists them"));
    }
    let size = fs::metadata(path).map_err(|cause| fault(&cause.to_string()))?.len();
    if size > LARGEST {
        return Err(fault("this is larger than 256 KiB"));
    }
    fs::read_to_string(path).map_err(|cause| fault(&cause.to_string()))
}
