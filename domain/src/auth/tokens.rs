//! Tokens of API clients: a signed access token that names its session, and an opaque refresh token that is exchanged once.
//! An access token is believed only while its session and account are alive (RFC 8725, 9068; ASVS 8.3.2, V9); replaying a
//! consumed refresh token ends its family (RFC 9700 4.14). Called by REST and by `http/actor.rs`.

use super::store::{self, NewRefresh};
use super::{authenticate, open};
use crate::events::{self, Event};
use crate::mail::{self, Message};
use crate::sessions::{self, Kind};
use crate::{Actor, Client, Domain, Person, accounts, db::Tx, error, error::Internal, secrets};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use vestibule_model::auth::{SignInForm, TokenPair};
use vestibule_model::values::TokenId;
use vestibule_model::{Error, Result, Secret, SessionId, UserId, links as pages};

/// `typ` of an access token (RFC 9068 2.1): no other kind of token passes for one.
const TYPE: &str = "at+jwt";
/// Longest access token that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;
/// Tokens whose signature is remembered as good, so that it is checked once and not on every request.
const REMEMBERED: u64 = 10_000;

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

/// Signs access tokens and checks their signatures. One algorithm, pinned here and never read from a token (C45).
pub(crate) struct Signer {
    key_id: String,
    public: [u8; 32],
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    issuer: String,
    good: moka::sync::Cache<[u8; 32], (SessionId, UserId, i64)>,
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
            good: moka::sync::Cache::new(REMEMBERED),
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
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let (session, user, exp) = if let Some(known) = self.good.get(&digest) {
            known
        } else {
            let claims = self.check(token)?;
            let known = (claims.sid, claims.sub, claims.exp);
            self.good.insert(digest, known);
            known
        };
        (domain.now().seconds() < exp).then_some((session, user))
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
    let user = authenticate(domain, &form, client).await?;
    let (mut tx, opened) = open(domain, &user, &Kind::Api, client).await?;
    let pair = mint(domain, &mut tx, user.id, opened.id, None).await?;
    tx.commit().await.internal()?;
    Ok(pair)
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
    let user = sessions::is_alive(domain, &mut tx, row.session_id).await?.ok_or(Error::BadToken)?;
    if row.used_at.is_some() || !store::use_refresh_token(&mut tx, row.id, domain.now()).await? {
        reused(domain, &mut tx, user, row.session_id, client).await?;
        tx.commit().await.internal()?;
        return Err(Error::BadToken);
    }
    if row.expires_at <= domain.now() {
        return Err(Error::BadToken);
    }
    sessions::seen(domain, &mut tx, row.session_id).await?;
    let pair = mint(domain, &mut tx, user, row.session_id, Some(row.id)).await?;
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
    sessions::end(domain, tx, session, "refresh token reused").await?;
    if let Some(owner) = accounts::by_id_in(tx, user).await? {
        let message = Message::TokenReused { forgot_link: domain.page(pages::FORGOT), at: domain.now() };
        mail::enqueue(domain, tx, &owner.email, Some(&owner.name), message, None).await?;
    }
    events::emit(domain, tx, &Actor::Anonymous, client, Event::RefreshReused { user, session }).await
}

async fn mint(
    domain: &Domain,
    tx: &mut Tx,
    user: UserId,
    session: SessionId,
    parent: Option<TokenId>,
) -> Result<TokenPair> {
    let rules = &domain.rules().tokens;
    let refresh = secrets::mint(domain.random());
    let now = domain.now();
    let new = NewRefresh {
        id: TokenId(domain.new_id()),
        session,
        parent,
        token_hash: &secrets::hash(refresh.expose()),
        now,
        expires_at: now.after(rules.refresh_idle),
    };
    store::insert_refresh_token(tx, &new).await?;
    Ok(TokenPair {
        access_token: domain.signer().sign(domain, user, session)?,
        token_type: "Bearer".to_owned(),
        expires_in: rules.access.as_secs(),
        refresh_token: refresh,
        refresh_expires_in: rules.refresh_idle.as_secs(),
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
