//! The client secret of Apple's sign-in: a statement of the site's own, signed when it is needed. Called by
//! [`mod@super::exchange`] alone.

use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;
use std::time::Duration;
use vestibule_model::{Secret, Timestamp};

/// How long a statement holds; it is used at once.
const HOLDS: Duration = Duration::from_mins(5);

/// What signs for an app.
pub(super) struct SignedSecret {
    team: String,
    key_id: String,
    client_id: String,
    audience: String,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Statement<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    sub: &'a str,
}

impl SignedSecret {
    /// Nothing when `key` is no EC key.
    pub(super) fn new(
        team: &str,
        key_id: &str,
        key: &Secret,
        client_id: &str,
        audience: &str,
    ) -> Option<Self> {
        let key = EncodingKey::from_ec_der(&der(key.expose())?);
        let [team, key_id, client_id, audience] = [team, key_id, client_id, audience].map(str::to_owned);
        let signed = Self { team, key_id, client_id, audience, key };
        // What is no key is found out by the first signature.
        signed.at(Timestamp(0)).is_some().then_some(signed)
    }

    /// The secret of this moment.
    pub(super) fn at(&self, now: Timestamp) -> Option<Secret> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.key_id.clone());
        let statement = Statement {
            iss: &self.team,
            iat: now.seconds(),
            exp: now.after(HOLDS).seconds(),
            aud: &self.audience,
            sub: &self.client_id,
        };
        encode(&header, &statement, &self.key).ok().map(Secret::new)
    }
}

/// What stands in a PEM text (RFC 7468).
fn der(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, decode};

    /// Made for this test.
    const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKd8yrxa8p3rif7bJ
gi4xgRzQH/6Gsv6oENaAYQmnlyOhRANCAARARH9iFKUfFG5tDbrnIycwVDS07jys
aTxlXkUPG/DiDGJBM2mcNpFrvABPjNKA3+7jwOSbA4zhuGID2fA5YtL5
-----END PRIVATE KEY-----";
    const X: &str = "QER_YhSlHxRubQ265yMnMFQ0tO48rGk8ZV5FDxvw4gw";
    const Y: &str = "YkEzaZw2kWu8AE-M0oDf7uPA5JsDjOG4YgPZ8Dli0vk";

    #[test]
    fn the_statement_says_who_signs_for_whom_and_is_over_soon() {
        let signed =
            SignedSecret::new("TEAM", "KEY1", &KEY.into(), "site", "https://appleid.apple.com").unwrap();
        let secret = signed.at(Timestamp::from_seconds(1_767_225_600)).unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_audience(&["https://appleid.apple.com"]);
        let key = DecodingKey::from_ec_components(X, Y).unwrap();
        let read = decode::<serde_json::Value>(secret.expose(), &key, &validation).unwrap();
        assert_eq!(read.header.kid.as_deref(), Some("KEY1"));
        let of = |name: &str| read.claims[name].clone();
        assert_eq!((of("iss"), of("sub")), ("TEAM".into(), "site".into()));
        assert_eq!((of("iat"), of("exp")), (1_767_225_600.into(), 1_767_225_900.into()));
        assert!(SignedSecret::new("T", "K", &"-----BEGIN PRIVATE KEY-----\nAAAA".into(), "s", "a").is_none());
    }
}
