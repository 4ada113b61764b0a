//! Tokens of API clients: a signed access token that names its session, and an opaque refresh token that is exchanged once.
//! An access token is believed only while its session and account are alive (RFC 8725, 9068; ASVS 8.3.2, V9); replaying a
//! consumed refresh token ends its family (RFC 9700 4.14). Called by REST and by `http/actor.rs`.

use super::store::{self, NewRefresh};
use super::{authenticate, open};
use crate::events::{self, Event};
use crate::mail::Message;
use crate::sessions::{self, Kind, Opened, lifetimes::from_micros};
use crate::{
    Actor, Client, Domain, Person, accounts, db::Tx, error, error::Internal, metrics, notices, secrets,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use vestibule_model::auth::{SignInForm, TokenPair};
use vestibule_model::sessions::Lifetime;
use vestibule_model::values::TokenId;
use vestibule_model::{Error, Result, Secret, SessionId, Timestamp, UserId, links as pages};

/// `typ` of an access token (RFC 9068 2.1): no other kind of token passes for one.
const TYPE: &str = "at+jwt";
/// Longest access token that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;
/// Tokens whose signature is remembered as good, so that it is checked once and not on every request.
const REMEMBERED: usize = 10_000;

/// Claims of an access token. All are required, and of exactly these types (C44).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    client_id: String,
    jti: String,
    iat: i64,
    exp: i64,
}

/// What a token that was checked names, and when it ends.
#[derive(Clone, Copy, Debug)]
struct Named {
    session: SessionId,
    user: UserId,
    exp: i64,
}

impl Named {
    fn at(self, now: Timestamp) -> Option<(SessionId, UserId)> {
        (now.seconds() < self.exp).then_some((self.session, self.user))
    }
}

/// Signs access tokens and checks their signatures. One algorithm, pinned here and never read from a token (C45).
pub(crate) struct Signer {
    key_id: String,
    public: [u8; 32],
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    issuer: String,
    /// By the whole token, so that nothing but the very bytes that were checked is believed.
    good: quick_cache::sync::Cache<Box<str>, Named>,
}

impl Signer {
    pub(crate) fn new(seed: [u8; 32], issuer: &str) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key().to_bytes();
        let private = key.to_pkcs8_der().expect("an Ed25519 key has a PKCS #8 form");
        let mut validation = Validation::new(Algorithm::EdDSA);
        // The clock is the domain's, so that the end of a token is looked at in `read`.
        validation.validate_exp = false;
        validation.required_spec_claims = ["iss", "aud", "sub"].map(str::to_owned).into_iter().collect();
        validation.iss = Some(HashSet::from([issuer.to_owned()]));
        validation.aud = Some(HashSet::from([issuer.to_owned()]));
        Self {
            key_id: URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..12]),
            encoding: EncodingKey::from_ed_der(private.as_bytes()),
            decoding: DecodingKey::from_ed_der(&public),
            public,
            validation,
            issuer: issuer.to_owned(),
            good: quick_cache::sync::Cache::new(REMEMBERED),
        }
    }

    fn sign(&self, domain: &Domain, user: UserId, session: SessionId) -> Result<Secret> {
        let now = domain.now();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: user,
            sid: session,
            client_id: "vestibule".to_owned(),
            jti: domain.new_id().to_string(),
            iat: now.seconds(),
            exp: now.after(domain.rules().tokens.access).seconds(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.key_id.clone());
        encode(&header, &claims, &self.encoding).map(Secret::new).map_err(|cause| error::hidden(&cause))
    }

    /// Session and account that a token of ours names.
    fn read(&self, domain: &Domain, token: &str) -> Option<(SessionId, UserId)> {
        if token.len() > LONGEST {
            return None;
        }
        if let Some(known) = self.good.get(token) {
            return known.at(domain.now());
        }
        let claims = self.check(token)?;
        let known = Named { session: claims.sid, user: claims.sub, exp: claims.exp };
        self.good.insert(token.into(), known);
        known.at(domain.now())
    }

    /// As [`read`](Self::read), of a token whose signature was checked before.
    fn known(&self, domain: &Domain, token: &str) -> Option<(SessionId, UserId)> {
        self.good.get(token)?.at(domain.now())
    }

    fn check(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let ours = header.alg == Algorithm::EdDSA
            && header.typ.as_deref() == Some(TYPE)
            && header.kid.as_deref() == Some(&self.key_id)
            && header.jku.is_none()
            && header.jwk.is_none()
            && header.x5u.is_none()
            && header.x5c.is_none();
        if !ours {
            return None;
        }
        let claims = decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        (claims.iat <= claims.exp).then_some(claims)
    }
}

/// Signs an API client in.
///
/// # Errors
/// As [`sign_in`](super::sign_in).
pub async fn issue_tokens(domain: &Domain, form: SignInForm, client: &Client) -> Result<TokenPair> {
    let issued = issue(domain, form, client).await;
    metrics::signed_in("api", &issued);
    issued
}

async fn issue(domain: &Domain, form: SignInForm, client: &Client) -> Result<TokenPair> {
    let (user, subject) = authenticate(domain, &form, None, client).await?;
    let (mut tx, opened, _) = open(domain, (&user, &subject), &Kind::Api, client).await?;
    let pair = first_pair(domain, &mut tx, user.id, &opened).await?;
    // A program keeps no cookie: it is known by its kind and network.
    notices::recognise(domain, &mut tx, &user, None, client).await?;
    tx.commit().await.internal()?;
    Ok(pair)
}

/// The first pair of a family that was just opened, as part of `tx`.
pub(super) async fn first_pair(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    opened: &Opened,
) -> Result<TokenPair> {
    let family = Family { user, session: opened.id, idle: opened.idle, ends: opened.expires_at };
    mint(domain, tx, &family, None).await
}

/// Exchanges a refresh token for a new pair. Each works once; a consumed one that comes back ends its whole family in the same
/// transaction, descendants included (C42), and its owner is told.
///
/// # Errors
/// [`Error::BadToken`] whatever is wrong with it.
pub async fn refresh(domain: &Domain, token: &Secret, client: &Client) -> Result<TokenPair> {
    if !secrets::is_token(token.expose()) {
        return Err(Error::BadToken);
    }
    let hash = secrets::hash(token.expose());
    let mut tx = domain.begin().await?;
    let row = store::refresh_token(&mut tx, &hash).await?.ok_or(Error::BadToken)?;
    let alive = sessions::alive(domain, &mut tx, row.session_id).await?.ok_or(Error::BadToken)?;
    let user = alive.user_id;
    if row.used_at.is_some() || !store::use_refresh_token(&mut tx, row.id, domain.now()).await? {
        reused(domain, &mut tx, user, row.session_id, client).await?;
        tx.commit().await.internal()?;
        return Err(Error::BadToken);
    }
    if row.expires_at.is_some_and(|end| end <= domain.now()) {
        return Err(Error::BadToken);
    }
    sessions::seen(domain, &mut tx, row.session_id).await?;
    let idle = from_micros(alive.idle_micros);
    let family = Family { user, session: row.session_id, idle, ends: alive.expires_at };
    let pair = mint(domain, &mut tx, &family, Some(row.id)).await?;
    tx.commit().await.internal()?;
    Ok(pair)
}

async fn reused(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    session: SessionId,
    client: &Client,
) -> Result<()> {
    // Of many replays at once the first one ends the family and tells of it.
    if !sessions::end(domain, tx, session, "refresh token reused").await? {
        return Ok(());
    }
    if let Some(owner) = accounts::by_id_in(tx, user).await? {
        let device = sessions::called(tx, session).await?;
        let (forgot_link, at) = (domain.page(pages::FORGOT), domain.now());
        let message = Message::TokenReused { forgot_link, device, at };
        notices::tell(domain, tx, &owner, message).await?;
    }
    events::emit(domain, tx, &Actor::Anonymous, client, Event::RefreshReused { user, session }).await
}

/// What a pair of tokens belongs to.
struct Family {
    user: UserId,
    session: SessionId,
    /// How long a refresh token may stay unused.
    idle: Lifetime,
    /// When the whole family ends.
    ends: Option<Timestamp>,
}

async fn mint(domain: &Domain, tx: &mut Tx, of: &Family, parent: Option<TokenId>) -> Result<TokenPair> {
    let refresh = secrets::mint(domain.random());
    let now = domain.now();
    let expires_at = of.idle.end(now).into_iter().chain(of.ends).min();
    let new = NewRefresh {
        id: TokenId(domain.new_id()),
        session: of.session,
        parent,
        token_hash: &secrets::hash(refresh.expose()),
        now,
        expires_at,
    };
    store::insert_refresh_token(tx, &new).await?;
    Ok(TokenPair {
        access_token: domain.signer().sign(domain, of.user, of.session)?,
        token_type: "Bearer".to_owned(),
        expires_in: domain.rules().tokens.access.as_secs(),
        refresh_token: refresh,
        refresh_expires_in: expires_at.map(|end| end.since(now).as_secs()),
    })
}

/// Who holds this access token.
///
/// # Errors
/// [`Error::BadToken`] when it is not valid, or its session or account is gone.
pub async fn by_access_token(domain: &Domain, token: &str) -> Result<Person> {
    let (session, user) = domain.signer().read(domain, token).ok_or(Error::BadToken)?;
    let person = sessions::by_id(domain, session).await?.ok_or(Error::BadToken)?;
    if person.user == user { Ok(person) } else { Err(Error::BadToken) }
}

/// As [`by_access_token`], as far as it is known without asking the database: `None` tells nothing.
pub fn known_by_access_token(domain: &Domain, token: &str) -> Option<Person> {
    let (session, user) = domain.signer().known(domain, token)?;
    sessions::known_by_id(domain, session).filter(|person| person.user == user)
}

/// The public half of the signing key as a JWK set (RFC 7517, 8037), ready to serve.
pub fn jwks(domain: &Domain) -> serde_json::Value {
    let signer = domain.signer();
    serde_json::json!({
        "keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": signer.key_id,
            "x": URL_SAFE_NO_PAD.encode(signer.public),
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example";
    const NOW: i64 = 1_767_225_600;

    fn signer() -> Signer {
        Signer::new([7; 32], ISSUER)
    }

    fn header(signer: &Signer) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signer.key_id.clone());
        header
    }

    fn claims() -> Value {
        let id = uuid::Uuid::from_u128(1);
        json!({
            "iss": ISSUER, "aud": ISSUER, "sub": id, "sid": id, "client_id": "vestibule", "jti": "1",
            "iat": NOW, "exp": NOW + 900,
        })
    }

    fn signed(signer: &Signer, header: &Header, claims: &Value) -> String {
        encode(header, claims, &signer.encoding).unwrap()
    }

    #[test]
    fn a_token_of_ours_is_read() {
        let signer = signer();
        let token = signed(&signer, &header(&signer), &claims());
        assert_eq!(signer.check(&token).map(|claims| claims.exp), Some(NOW + 900));
    }

    #[test]
    fn c44_a_claim_that_is_missing_or_of_another_type_is_refused_though_it_is_signed() {
        let signer = signer();
        for (name, value) in [
            ("exp", json!("never")),
            ("exp", json!(1.5)),
            ("exp", json!([NOW])),
            ("exp", json!(1e300)),
            ("exp", Value::Null),
            ("exp", json!(NOW - 1)),
            ("iat", json!("now")),
            ("sub", json!("root")),
            ("sid", json!(1)),
            ("iss", json!("https://evil.example")),
            ("aud", json!("https://evil.example")),
        ] {
            let mut wrong = claims();
            wrong[name] = value.clone();
            assert!(signer.check(&signed(&signer, &header(&signer), &wrong)).is_none(), "{name}: {value}");
            if let Some(all) = wrong.as_object_mut() {
                all.remove(name);
            }
            assert!(signer.check(&signed(&signer, &header(&signer), &wrong)).is_none(), "{name} is missing");
        }
    }

    #[test]
    fn c45_only_our_algorithm_our_key_and_our_kind_of_token_count() {
        let signer = signer();
        let good = signed(&signer, &header(&signer), &claims());
        let body = good.split('.').nth(1).unwrap();
        let unsigned =
            URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": TYPE, "kid": signer.key_id}).to_string());
        for end in ["", "AA"] {
            assert!(signer.check(&format!("{unsigned}.{body}.{end}")).is_none());
        }
        let mut confused = Header::new(Algorithm::HS256);
        confused.typ = Some(TYPE.to_owned());
        confused.kid = Some(signer.key_id.clone());
        let with_public_key =
            encode(&confused, &claims(), &EncodingKey::from_secret(&signer.public)).unwrap();
        assert!(signer.check(&with_public_key).is_none());
        let other = Signer::new([8; 32], ISSUER);
        assert!(
            signer.check(&signed(&other, &header(&signer), &claims())).is_none(),
            "another key under our name"
        );
        for change in [
            |header: &mut Header| header.typ = Some("JWT".to_owned()),
            |header: &mut Header| header.typ = None,
            |header: &mut Header| header.kid = Some("other".to_owned()),
            |header: &mut Header| header.kid = None,
            |header: &mut Header| header.jku = Some("https://evil.example/jwks.json".to_owned()),
            |header: &mut Header| header.x5u = Some("https://evil.example/cert".to_owned()),
        ] {
            let mut odd = header(&signer);
            change(&mut odd);
            assert!(signer.check(&signed(&signer, &odd, &claims())).is_none(), "{odd:?}");
        }
    }

    #[test]
    fn c47_every_cut_or_changed_token_is_refused() {
        let signer = signer();
        let good = signed(&signer, &header(&signer), &claims());
        for end in 0..good.len() {
            assert!(signer.check(&good[..end]).is_none());
        }
        assert!(signer.check(&good[1..]).is_none());
        assert!(signer.check(&format!("{good}A")).is_none());
        assert!(signer.check(&good.to_uppercase()).is_none());
    }
}
