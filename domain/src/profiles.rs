//! Profiles: what a person says of themselves, who may see it, their user name and their picture. Called by pages, REST
//! and the command line. Who sees what is decided in `see.rs`, what fits in `check.rs`; no other place shows one person's
//! data to another.

mod address;
mod avatar;
mod check;
mod declared;
mod portrait;
mod see;
mod store;
mod told;
mod usernames;
mod write;

pub(crate) use avatar::Studio;
pub use avatar::{
    Avatar, Others, Picture, Upload, avatar_of, begin_upload, own_avatar, remove_avatar, set_avatar,
};
pub(crate) use check::{as_given, signing_up};
pub(crate) use declared::of as declared_fields;
pub use declared::{time_zone_names, unfinished};
pub(crate) use usernames::{is_kept_from, reserve_username};
pub(crate) use write::save_fields;

use crate::db::Tx;
use crate::{Actor, Allowed, Client, Domain, Person, accounts, error, error::Internal, groups, secrets};
use avatar::Portrait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use see::Level;
use vestibule_model::accounts::Me;
use vestibule_model::groups::{ManageAccounts, ViewAccounts};
use vestibule_model::profiles::{MayEdit, Profile, ProfileForm, Public};
use vestibule_model::{Error, Result, UserId, Username};

/// What an address of a profile leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The profile, as its viewer may see it.
    Profile(Box<Public>),
    /// The person goes by another name now.
    Moved(Username),
}

/// Changes the profile of the person who asks: all of `form` or nothing. `if_match`: the tags (see [`tag`]) one of which
/// the account must still have; nothing asks nothing (RFC 9110 13.1.1).
///
/// # Errors
/// [`Error::Invalid`] naming every field that does not fit, [`Error::ChangedMeanwhile`].
pub async fn change(
    domain: &Domain,
    person: &Person,
    form: ProfileForm,
    if_match: Option<&[String]>,
    client: &Client,
) -> Result<Me> {
    let change = check::change(domain, form, MayEdit::Owner)?;
    let mut tx = domain.begin().await?;
    let before = held(domain, &mut tx, person.user).await?.ok_or(Error::BadToken)?;
    if if_match.is_some_and(|tags| !tags.contains(&tag(&before))) {
        return Err(Error::ChangedMeanwhile);
    }
    let by = Actor::Person(person.clone());
    let whole = (change, &Portrait::Kept);
    if !write::all(domain, &mut tx, &before, whole, &by, client).await? {
        return Ok(before);
    }
    let after = whole_in(domain, &mut tx, person.user).await?.ok_or(Error::BadToken)?;
    tx.commit().await.internal()?;
    Ok(after)
}

/// Changes the profile of somebody else, and their picture with it: all or nothing. No field is closed to administrators,
/// none is required of them, and no user name has to rest before it changes.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`], [`Error::Busy`] for a picture; [`Error::NotAllowed`] for an administrator's when
/// asked by somebody who is none.
pub async fn change_for(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    form: ProfileForm,
    picture: Picture,
    client: &Client,
) -> Result<()> {
    revise(domain, by, user, (form, picture), None, client).await.map(drop)
}

/// As [`change_for`], where the account still has one of the tags of `if_match` (see [`shown`]); nothing asks nothing. The
/// tag that it has now.
///
/// # Errors
/// As [`change_for`], and [`Error::ChangedMeanwhile`].
pub async fn revise(
    domain: &Domain,
    by: &Allowed<ManageAccounts>,
    user: UserId,
    (form, picture): (ProfileForm, Picture),
    if_match: Option<&[String]>,
    client: &Client,
) -> Result<String> {
    let change = check::change(domain, form, MayEdit::Administrators)?;
    let picture = Portrait::of(domain, picture).await?;
    let mut tx = domain.begin().await?;
    accounts::hold_for(&mut tx, by.by(), user).await?;
    let mut before = held(domain, &mut tx, user).await?.ok_or(Error::NotFound)?;
    before.profile = of_in(domain, &mut tx, user, MayEdit::Administrators).await?;
    if if_match.is_some_and(|tags| !tags.contains(&tag(&before))) {
        return Err(Error::ChangedMeanwhile);
    }
    if write::all(domain, &mut tx, &before, (change, &picture), by.by(), client).await? {
        before = whole_in(domain, &mut tx, user).await?.ok_or(Error::NotFound)?;
        before.profile = of_in(domain, &mut tx, user, MayEdit::Administrators).await?;
        tx.commit().await.internal()?;
    }
    Ok(tag(&before))
}

/// The whole profile of somebody, for administrators.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(domain: &Domain, _by: &Allowed<ViewAccounts>, user: UserId) -> Result<Profile> {
    let row = store::row(domain.db(), user).await?.ok_or(Error::NotFound)?;
    let parts = store::parts(domain.db(), user).await?;
    Ok(see::profile(domain, row, parts, MayEdit::Administrators))
}

/// As [`show`], with the tag of the state that [`change_for`] changes.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn shown(domain: &Domain, by: &Allowed<ViewAccounts>, user: UserId) -> Result<(Profile, String)> {
    let profile = show(domain, by, user).await?;
    let rights = groups::rights(domain.db(), user).await?;
    let mut me = accounts::whole(domain, user, &rights).await?.ok_or(Error::NotFound)?;
    me.profile = profile;
    let tag = tag(&me);
    Ok((me.profile, tag))
}

/// What `viewer` sees of the person called `username`.
///
/// # Errors
/// [`Error::NotFound`] for a profile that is absent, hidden from this viewer, or of an account that is not in use: nothing
/// tells them apart.
pub async fn find(domain: &Domain, viewer: &Actor, username: &str) -> Result<Found> {
    let (row, level) = visible(domain, viewer, username).await?;
    if row.moved(username) {
        return Ok(Found::Moved(row.username));
    }
    let parts = store::parts(domain.db(), row.id).await?;
    Ok(Found::Profile(Box::new(see::public(domain, row, parts, level))))
}

/// As whom the owner of a profile looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// As somebody who is not signed in.
    Stranger,
    /// As somebody else who is signed in.
    SignedIn,
}

/// What others see of the profile of the person who asks, present under `username`; nothing where they see that there is
/// none.
///
/// # Errors
/// [`Error::NotFound`] for a profile that is not theirs, and where nobody sees anybody's.
pub async fn preview(domain: &Domain, person: &Person, username: &str, eyes: Eyes) -> Result<Option<Public>> {
    let (row, own) = visible(domain, &Actor::Person(person.clone()), username).await?;
    if own != Level::Own {
        return Err(Error::NotFound);
    }
    let level = match eyes {
        Eyes::Stranger => Level::Stranger,
        Eyes::SignedIn => Level::SignedIn,
    };
    if !level.enters(row.whole(domain.rules().profiles.visibility)) {
        return Ok(None);
    }
    let parts = store::parts(domain.db(), row.id).await?;
    Ok(Some(see::public(domain, row, parts, level)))
}

/// The account that `username` names or named, and how much of it `viewer` may see. One statement, whatever it finds.
async fn visible(domain: &Domain, viewer: &Actor, username: &str) -> Result<(store::Seen, Level)> {
    let rules = domain.rules();
    if !rules.profiles.public {
        return Err(Error::NotFound);
    }
    let name = Username::parse(username).map_err(|_| Error::NotFound)?;
    let row = store::seen(domain.db(), &name.canonical()).await?.ok_or(Error::NotFound)?;
    let level = Level::of(viewer, row.id);
    let confirmed = row.email_verified_at.is_some() || !rules.accounts.verification_required;
    if !confirmed || !row.is_in_use(domain.now()) || !level.enters(row.whole(rules.profiles.visibility)) {
        return Err(Error::NotFound);
    }
    Ok((row, level))
}

/// The tag of an account's present state: a strong validator (RFC 9110 8.8.1) of what `GET /me` answers.
pub fn tag(me: &Me) -> String {
    tag_of(me)
}

/// The tag of what somebody sees of somebody.
pub fn public_tag(public: &Public) -> String {
    tag_of(public)
}

fn tag_of(view: &impl serde::Serialize) -> String {
    // What is shown can always be written; were it not, an empty text would still be the same tag for the same state.
    secrets::hash(&serde_json::to_string(view).unwrap_or_default()).chars().take(32).collect()
}

/// What is kept of a person's profile, for their own eyes: also what they may not change, and the picture.
pub(crate) async fn own_data(domain: &Domain, user: UserId) -> Result<serde_json::Value> {
    let profile = of(domain, user).await?;
    let picture = store::avatar(domain.db(), user).await?.map(|(_, jpeg)| STANDARD.encode(jpeg));
    let former = store::former_names(domain.db(), user).await?;
    let mut data = serde_json::to_value(&profile).map_err(|cause| error::hidden(&cause))?;
    data["avatar_jpeg_base64"] = picture.into();
    data["former_usernames"] = former.into();
    Ok(data)
}

/// The account of `user`, which nobody else changes until `tx` is over.
async fn held(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<Option<Me>> {
    accounts::hold(tx, user).await?;
    whole_in(domain, tx, user).await
}

async fn whole_in(domain: &Domain, tx: &mut Tx, user: UserId) -> Result<Option<Me>> {
    let rights = groups::rights_in(tx, user).await?;
    accounts::whole_in(domain, tx, user, &rights).await
}

/// The profile of `user` as they see it.
pub(crate) async fn of(domain: &Domain, user: UserId) -> Result<Profile> {
    let Some(row) = store::row(domain.db(), user).await? else { return Ok(Profile::default()) };
    let parts = store::parts(domain.db(), user).await?;
    Ok(see::profile(domain, row, parts, MayEdit::Owner))
}

/// The profile of `user` as `tx` sees it, for its owner or for administrators.
pub(crate) async fn of_in(domain: &Domain, tx: &mut Tx, user: UserId, eyes: MayEdit) -> Result<Profile> {
    let Some(row) = store::row(&mut *tx, user).await? else { return Ok(Profile::default()) };
    let parts = store::parts(tx, user).await?;
    Ok(see::profile(domain, row, parts, eyes))
}

/// Forgets as part of `tx` everything that somebody said of themselves.
pub(crate) async fn empty(tx: &mut Tx, user: UserId) -> Result<()> {
    store::delete_all(tx, user).await
}
