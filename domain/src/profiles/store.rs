//! SQL of profiles, pictures, declared fields and former user names. Called by [`super`] alone.

use crate::db::{Db, On, Tx};
use crate::{error::Internal, sql};
use vestibule_model::profiles::{Part, Visibility};
use vestibule_model::values::{Bio, Language};
use vestibule_model::{Email, Name, Result, Timestamp, UserId, Username};

/// What stands in one row a person.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) bio: Option<Bio>,
    pub(super) language: Option<Language>,
    pub(super) time_zone: Option<String>,
    pub(super) username_changed_at: Option<Timestamp>,
    pub(super) avatar: Option<String>,
}

/// A link, a choice of visibility or the value of a declared field.
#[derive(sqlx::FromRow)]
pub(super) struct Fact {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// An account as another's eyes may meet it.
#[derive(sqlx::FromRow)]
pub(super) struct Seen {
    pub(super) id: UserId,
    pub(super) username: Username,
    username_canonical: String,
    pub(super) name: Name,
    pub(super) email: Email,
    pub(super) email_verified_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    expires_at: Option<Timestamp>,
    deletion_due_at: Option<Timestamp>,
    deactivated_at: Option<Timestamp>,
    banned_since: Option<Timestamp>,
    banned_until: Option<Timestamp>,
    pub(super) bio: Option<Bio>,
    pub(super) language: Option<Language>,
    pub(super) time_zone: Option<String>,
    pub(super) avatar: Option<String>,
    whole: Option<String>,
    avatar_choice: Option<String>,
    search_choice: Option<String>,
}

impl Seen {
    /// Who may see the profile as a whole.
    pub(super) fn whole(&self, site: Visibility) -> Visibility {
        chosen(self.whole.as_deref(), Part::Profile, site)
    }

    /// Who may see the picture.
    pub(super) fn picture(&self, site: Visibility) -> Visibility {
        chosen(self.avatar_choice.as_deref(), Part::Avatar, site)
    }

    /// What the person chose about search engines, if anything.
    pub(super) fn search(&self) -> Option<Visibility> {
        self.search_choice.as_deref().and_then(Visibility::parse)
    }

    /// Whether the account is in use: not over, not banned, not asleep, and not about to be erased.
    pub(super) fn is_in_use(&self, now: Timestamp) -> bool {
        let banned = self.banned_since.is_some() && self.banned_until.is_none_or(|end| now < end);
        let here = self.deletion_due_at.is_none() && self.deactivated_at.is_none();
        !banned && here && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether `asked` is a name the person gave up.
    pub(super) fn moved(&self, asked: &str) -> bool {
        !asked.trim().eq_ignore_ascii_case(&self.username_canonical)
    }
}

fn chosen(name: Option<&str>, part: Part, site: Visibility) -> Visibility {
    name.and_then(Visibility::parse).unwrap_or_else(|| part.unless_chosen(site))
}

pub(super) async fn row(on: impl Into<On<'_>>, user: UserId) -> Result<Option<Row>> {
    let on = on.into();
    sql!(
        on,
        fetch_optional as Row,
        "select p.bio, p.language, p.time_zone, p.username_changed_at, a.tag as avatar
         from users u left join profiles p on p.user_id = u.id left join avatars a on a.user_id = u.id
         where u.id = $1",
        user
    )
    .await
    .internal()
}

/// Everything of which a person has several, in one statement; links in their order.
pub(super) async fn parts(on: impl Into<On<'_>>, user: UserId) -> Result<Vec<Fact>> {
    let on = on.into();
    sql!(
        on,
        fetch_all as Fact,
        "select kind, name, value from (
             select 'link' as kind, place, '' as name, url as value from profile_links where user_id = $1
             union all
             select 'see' as kind, 0 as place, part as name, visibility as value from profile_visibility where user_id = $1
             union all
             select 'field' as kind, 0 as place, field as name, value from user_field_values where user_id = $1
         ) as facts order by kind, place, name",
        user
    )
    .await
    .internal()
}

/// The account whose present or former name is `key`.
pub(super) async fn seen(db: &Db, key: &str) -> Result<Option<Seen>> {
    sql!(
        db,
        fetch_optional as Seen,
        "select u.id, u.username, u.username_canonical, u.name, u.email, u.email_verified_at, u.created_at,
                u.expires_at, u.deletion_due_at, u.deactivated_at, b.since as banned_since, b.until as banned_until, p.bio, p.language, p.time_zone, a.tag as avatar, w.visibility as whole, c.visibility as avatar_choice,
                n.visibility as search_choice
         from users u
         left join profiles p on p.user_id = u.id
         left join avatars a on a.user_id = u.id
         left join bans b on b.user_id = u.id and b.ended_at is null
         left join profile_visibility w on w.user_id = u.id and w.part = 'profile'
         left join profile_visibility c on c.user_id = u.id and c.part = 'avatar'
         left join profile_visibility n on n.user_id = u.id and n.part = 'search'
         where u.id in (select id from users where username_canonical = $1
                        union all select user_id from former_usernames where username_canonical = $1)
           and u.username is not null",
        key
    )
    .await
    .internal()
}

/// Writes what stands in one row a person.
pub(super) async fn save(
    tx: &mut Tx,
    user: UserId,
    bio: Option<&Bio>,
    language: Option<&Language>,
    time_zone: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into profiles (user_id, bio, language, time_zone, changed_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id) do update set bio = $2, language = $3, time_zone = $4, changed_at = $5",
        user,
        bio,
        language,
        time_zone,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Notes when the user name was changed.
pub(super) async fn set_renamed(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into profiles (user_id, username_changed_at, changed_at) values ($1, $2, $2)
         on conflict (user_id) do update set username_changed_at = $2, changed_at = $2",
        user,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Replaces the links by `urls`.
pub(super) async fn save_links(tx: &mut Tx, user: UserId, urls: &[String]) -> Result<()> {
    sql!(&mut *tx, execute, "delete from profile_links where user_id = $1", user).await.internal()?;
    for (place, url) in (0_i64..).zip(urls) {
        sql!(
            &mut *tx,
            execute,
            "insert into profile_links (user_id, place, url) values ($1, $2, $3)",
            user,
            place,
            url.as_str()
        )
        .await
        .internal()?;
    }
    Ok(())
}

/// Who may see a part; nothing leaves it to the site.
pub(super) async fn save_choice(
    tx: &mut Tx,
    user: UserId,
    part: Part,
    visibility: Option<Visibility>,
) -> Result<()> {
    let (part, name) = (part.name(), visibility.map_or("", Visibility::name));
    let done = if visibility.is_some() {
        sql!(
            tx,
            execute,
            "insert into profile_visibility (user_id, part, visibility) values ($1, $2, $3)
             on conflict (user_id, part) do update set visibility = $3",
            user,
            part,
            name
        )
        .await
    } else {
        sql!(tx, execute, "delete from profile_visibility where user_id = $1 and part = $2", user, part).await
    };
    done.internal().map(drop)
}

/// The value of a declared field; nothing takes it away.
pub(super) async fn save_field(tx: &mut Tx, user: UserId, field: &str, value: Option<&str>) -> Result<()> {
    let done = if let Some(value) = value {
        sql!(
            tx,
            execute,
            "insert into user_field_values (user_id, field, value) values ($1, $2, $3)
             on conflict (user_id, field) do update set value = $3",
            user,
            field,
            value
        )
        .await
    } else {
        sql!(tx, execute, "delete from user_field_values where user_id = $1 and field = $2", user, field)
            .await
    };
    done.internal().map(drop)
}

/// Keeps a picture.
pub(super) async fn save_avatar(
    tx: &mut Tx,
    user: UserId,
    tag: &str,
    image: &[u8],
    now: Timestamp,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into avatars (user_id, tag, image, changed_at) values ($1, $2, $3, $4)
         on conflict (user_id) do update set tag = $2, image = $3, changed_at = $4",
        user,
        tag,
        image,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Whether there was a picture to take away.
pub(super) async fn delete_avatar(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(sql!(tx, execute, "delete from avatars where user_id = $1", user).await.internal()? > 0)
}

/// Tag and bytes of a picture.
pub(super) async fn avatar(db: &Db, user: UserId) -> Result<Option<(String, Vec<u8>)>> {
    sql!(db, fetch_optional as (String, Vec<u8>), "select tag, image from avatars where user_id = $1", user)
        .await
        .internal()
}

/// The tag of a picture.
pub(super) async fn avatar_tag(on: impl Into<On<'_>>, user: UserId) -> Result<Option<String>> {
    let on = on.into();
    let row = sql!(on, fetch_optional as (String,), "select tag from avatars where user_id = $1", user);
    Ok(row.await.internal()?.map(|(tag,)| tag))
}

/// Whose former name `key` is: nothing when it is nobody's, `Some(None)` when its owner is gone.
pub(super) async fn former_owner(tx: &mut Tx, key: &str) -> Result<Option<Option<UserId>>> {
    let row = sql!(
        tx,
        fetch_optional as (Option<UserId>,),
        "select user_id from former_usernames where username_canonical = $1",
        key
    );
    Ok(row.await.internal()?.map(|(owner,)| owner))
}

/// The names that a person gave up, in the order of giving them up.
pub(super) async fn former_names(db: &Db, user: UserId) -> Result<Vec<String>> {
    let rows = sql!(
        db,
        fetch_all as (String,),
        "select username_canonical from former_usernames where user_id = $1 order by released_at, username_canonical",
        user
    );
    Ok(rows.await.internal()?.into_iter().map(|(name,)| name).collect())
}

/// Keeps the name `key` from everybody but `owner`; from everybody when that is nobody.
pub(super) async fn keep_name(tx: &mut Tx, key: &str, owner: Option<UserId>, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into former_usernames (username_canonical, user_id, released_at) values ($1, $2, $3)
         on conflict (username_canonical) do update set user_id = $2, released_at = $3",
        key,
        owner,
        now
    )
    .await
    .internal()?;
    Ok(())
}

/// Gives the name `key` back to whoever takes it now.
pub(super) async fn forget_name(tx: &mut Tx, key: &str) -> Result<()> {
    sql!(tx, execute, "delete from former_usernames where username_canonical = $1", key).await.internal()?;
    Ok(())
}

/// Forgets everything that somebody said of themselves.
pub(super) async fn delete_all(tx: &mut Tx, user: UserId) -> Result<()> {
    sql!(&mut *tx, execute, "delete from profile_links where user_id = $1", user).await.internal()?;
    sql!(&mut *tx, execute, "delete from profile_visibility where user_id = $1", user).await.internal()?;
    sql!(&mut *tx, execute, "delete from user_field_values where user_id = $1", user).await.internal()?;
    sql!(&mut *tx, execute, "delete from avatars where user_id = $1", user).await.internal()?;
    sql!(tx, execute, "delete from profiles where user_id = $1", user).await.internal()?;
    Ok(())
}
