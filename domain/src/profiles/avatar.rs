//! Pictures of people: receiving, keeping, showing. What is sent is never served; `portrait.rs` makes another picture of it
//! (no place where it was taken, no script, no second file inside; C61).

use super::portrait::portrait;
use super::{see, store, told, visible};
use crate::auth::Turns;
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, Person, accounts, db::Tx, error::Internal, secrets};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_model::profiles::MOST_PICTURE_BYTES;
use vestibule_model::{Error, Problem, Result, Timestamp, UserId};

/// Most pictures that are received at once, by everybody together.
const MOST_UPLOADS: usize = 4;

/// Where pictures are received and made: a few are read at once, at most one of each person, and one is made at a time,
/// because each may take [`MOST_MEMORY`](super::portrait::MOST_MEMORY).
pub(crate) struct Studio {
    turns: Turns,
    receiving: Arc<Mutex<HashSet<UserId>>>,
}

impl Default for Studio {
    fn default() -> Self {
        Self { turns: Turns::new(1, 16), receiving: Arc::default() }
    }
}

/// The place of somebody whose picture is being received, free again when it is dropped.
#[must_use = "the place is free again when this is dropped"]
pub struct Upload {
    receiving: Arc<Mutex<HashSet<UserId>>>,
    user: UserId,
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.receiving.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

/// A place for the picture that the person is about to send, taken before a byte of it is read: otherwise as many pictures
/// would lie in memory as somebody opens connections.
///
/// # Errors
/// [`Error::Busy`] while the person sends another one, or too many people send theirs.
pub fn begin_upload(domain: &Domain, person: &Person) -> Result<Upload> {
    let receiving = Arc::clone(&domain.studio().receiving);
    let mut taken = receiving.lock().unwrap_or_else(PoisonError::into_inner);
    if taken.len() >= MOST_UPLOADS || !taken.insert(person.user) {
        return Err(Error::Busy { retry_after_s: 2 });
    }
    drop(taken);
    Ok(Upload { receiving, user: person.user })
}

/// A picture that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Avatar {
    /// The one the asker has already.
    Known {
        /// Its tag.
        tag: String,
    },
    /// The picture.
    Picture {
        /// Its tag.
        tag: String,
        /// JPEG, 256 by 256 pixels.
        jpeg: Vec<u8>,
    },
}

/// Somebody else's picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Others {
    /// The picture.
    pub avatar: Avatar,
    /// Whether search engines are asked to leave it out.
    pub noindex: bool,
}

/// What is to become of somebody's picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Picture {
    /// It stays.
    #[default]
    Kept,
    /// It is taken away; nothing happens when there is none.
    Removed,
    /// One is made out of this file and takes its place.
    Sent(Vec<u8>),
}

/// A [`Picture`] whose file was looked at.
pub(super) enum Portrait {
    Kept,
    Removed,
    Made { tag: String, jpeg: Vec<u8> },
}

impl Portrait {
    /// Makes a picture of what was sent. The format is read from the bytes; names and types that came with them are not
    /// looked at.
    pub(super) async fn of(domain: &Domain, picture: Picture) -> Result<Self> {
        let refused = |problem| Error::invalid("avatar", problem);
        let sent = match picture {
            Picture::Kept => return Ok(Self::Kept),
            Picture::Removed => return Ok(Self::Removed),
            Picture::Sent(sent) => sent,
        };
        if sent.len() > MOST_PICTURE_BYTES {
            return Err(refused(Problem::PictureTooLarge));
        }
        let jpeg = domain.studio().turns.run(move || portrait(&sent)).await?.map_err(refused)?;
        Ok(Self::Made { tag: tag(&jpeg), jpeg })
    }

    /// Writes it as part of `tx`, which holds the account; where that changed anything, whether there is none now.
    pub(super) async fn write(&self, tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<bool>> {
        match self {
            Self::Kept => Ok(None),
            Self::Removed => Ok(store::delete_avatar(tx, user).await?.then_some(true)),
            Self::Made { tag, jpeg } => {
                if store::avatar_tag(&mut *tx, user).await?.as_ref() == Some(tag) {
                    return Ok(None);
                }
                store::save_avatar(tx, user, tag, jpeg, now).await?;
                Ok(Some(false))
            }
        }
    }
}

/// Makes a picture out of `sent` and gives it to the person who asks.
///
/// # Errors
/// [`Error::Invalid`] (`not_a_picture`, `picture_too_large` at `avatar`), [`Error::Busy`].
pub async fn set_avatar(domain: &Domain, person: &Person, sent: Vec<u8>, client: &Client) -> Result<()> {
    replace(domain, person, Picture::Sent(sent), client).await
}

/// Takes the picture of the person who asks away; nothing happens when there is none.
///
/// # Errors
/// None but those of the database.
pub async fn remove_avatar(domain: &Domain, person: &Person, client: &Client) -> Result<()> {
    replace(domain, person, Picture::Removed, client).await
}

async fn replace(domain: &Domain, person: &Person, picture: Picture, client: &Client) -> Result<()> {
    let (user, picture) = (person.user, Portrait::of(domain, picture).await?);
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, user).await?;
    let Some(removed) = picture.write(&mut tx, user, domain.now()).await? else { return Ok(()) };
    let by = Actor::Person(person.clone());
    events::emit(domain, &mut tx, &by, client, Event::AvatarChanged { user, removed }).await?;
    told::tell(domain, &mut tx, user, &[told::PICTURE.to_owned()]).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()
}

/// The picture of the person who asks, unless its tag is among `known`.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn own_avatar(domain: &Domain, person: &Person, known: &[String]) -> Result<Avatar> {
    let tag = person.account.profile.avatar.clone().ok_or(Error::NotFound)?;
    picture(domain, person.user, tag, known).await
}

/// The picture of the person called `username`, unless its tag is among `known`.
///
/// # Errors
/// [`Error::NotFound`] for one that is absent or hidden from `viewer`: nothing tells them apart.
pub async fn avatar_of(domain: &Domain, viewer: &Actor, username: &str, known: &[String]) -> Result<Others> {
    let (row, level) = visible(domain, viewer, username).await?;
    let seen = level.sees(row.picture(domain.rules().profiles.visibility));
    let noindex = see::noindex(domain, row.search());
    let tag = row.avatar.filter(|_| seen).ok_or(Error::NotFound)?;
    Ok(Others { avatar: picture(domain, row.id, tag, known).await?, noindex })
}

async fn picture(domain: &Domain, user: UserId, tag: String, known: &[String]) -> Result<Avatar> {
    if known.contains(&tag) {
        return Ok(Avatar::Known { tag });
    }
    let (tag, jpeg) = store::avatar(domain.db(), user).await?.ok_or(Error::NotFound)?;
    Ok(Avatar::Picture { tag, jpeg })
}

fn tag(jpeg: &[u8]) -> String {
    secrets::digest(jpeg).chars().take(16).collect()
}
