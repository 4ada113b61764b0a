//! Whether a sign-in comes from a device that its owner used before. A browser is known by a cookie of its own that
//! outlives its sessions; it moves between networks without a mail each time, and whoever knows a stolen password lacks it.
//! Where no cookie comes (programs, private windows, a browser that was cleaned), the kind of device together with its
//! network is what is known: the kind alone would let in half the world, the network alone a whole office. Only hashes are
//! kept, keyed by the site's secret. Called where sessions are opened.

use super::{store, tell};
use crate::accounts::User;
use crate::mail::Message;
use crate::{Client, Domain, db::Tx, secrets, sessions};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::{net::IpAddr, time::Duration};
use vestibule_model::{Result, Secret, Timestamp, UserId, links as pages};

/// How long a device that was not used is remembered: as long as browsers keep a cookie (RFC 6265bis 5.5).
const REMEMBERED: Duration = Duration::from_hours(400 * 24);
/// Marks kept of one person; those seen last stay, and all that are of this very moment.
const MOST: i64 = 64;

/// Remembers the device of a sign-in as part of `tx`, and tells `user` of one that is new; not at their first sign-in, which
/// is always new. Answers with the mark that a browser keeps.
pub(crate) async fn recognise(
    domain: &Domain,
    tx: &mut Tx,
    user: &User,
    shown: Option<&Secret>,
    client: &Client,
) -> Result<Secret> {
    let shown = shown.filter(|shown| secrets::is_token(shown.expose()));
    let cookie = shown.cloned().unwrap_or_else(|| secrets::mint(domain.random()));
    let device = sessions::device_name(client.user_agent.as_deref());
    let by_cookie = mark(domain, "cookie", cookie.expose());
    let by_place = mark(domain, "place", &place(&device, client));
    let (known, these) = store::marks(tx, user.id, &by_cookie, &by_place).await?;
    store::remember(tx, user.id, &by_cookie, &by_place, domain.now()).await?;
    if known > MOST {
        store::prune_marks(tx, user.id, MOST, domain.now()).await?;
    }
    if known > 0 && these == 0 {
        let message = Message::NewDevice {
            sessions_link: domain.page(pages::SESSIONS),
            forgot_link: domain.page(pages::FORGOT),
            device,
            at: domain.now(),
            address: client.address.map(|address| address.to_string()),
        };
        tell(domain, tx, user, message).await?;
    }
    Ok(cookie)
}

/// Whether `shown` is the mark of a browser in which this person signed in before. Asked in the same way where there is no
/// such person, so that the time it takes tells nothing (C67).
pub(crate) async fn is_known(domain: &Domain, user: Option<UserId>, shown: Option<&Secret>) -> Result<bool> {
    let Some(shown) = shown.filter(|shown| secrets::is_token(shown.expose())) else { return Ok(false) };
    let user_id = user.unwrap_or(UserId(uuid::Uuid::nil()));
    store::has_mark(domain.db(), user_id, &mark(domain, "cookie", shown.expose())).await
}

/// Forgets devices that were not used for long, as part of `tx`.
pub(crate) async fn forget(domain: &Domain, tx: &mut Tx) -> Result<u64> {
    let span = i64::try_from(REMEMBERED.as_micros()).unwrap_or(i64::MAX);
    store::forget_marks(tx, Timestamp(domain.now().0.saturating_sub(span))).await
}

/// Forgets every device of a person, as part of `tx`.
pub(crate) async fn forget_all(tx: &mut Tx, user: UserId) -> Result<()> {
    store::forget_marks_of(tx, user).await
}

/// What is kept: nobody can tell from it which cookie, device or network it stands for.
fn mark(domain: &Domain, kind: &str, of: &str) -> String {
    let key = domain.master().derive::<32>("known-devices");
    let hash =
        Sha256::new().chain_update(key).chain_update(kind).chain_update([0]).chain_update(of).finalize();
    URL_SAFE_NO_PAD.encode(hash)
}

/// Kind of device and network: `/24` of IPv4 and `/48` of IPv6, which is what one connection commonly gets.
fn place(device: &str, client: &Client) -> String {
    let network = match client.address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}")
        }
        Some(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
        None => "here".to_owned(),
    };
    format!("{device}|{network}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_kind_of_device_in_a_network() {
        let at = |address: &str| {
            let client = Client { address: address.parse().ok(), ..Client::local() };
            place("curl", &client)
        };
        assert_eq!(at("192.0.2.7"), at("192.0.2.200"));
        assert_eq!(at("192.0.2.7"), at("::ffff:192.0.2.9"), "one address, two spellings");
        assert_ne!(at("192.0.2.7"), at("192.0.3.7"));
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("2001:db8:1::1"), at("2001:db8:2::1"));
        assert_eq!(at("nowhere"), "curl|here");
    }
}
