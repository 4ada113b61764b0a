//! What OpenID Connect and OAuth 2 have in common: where somebody is sent, and a code that is exchanged for tokens
//! (RFC 6749 4.1, RFC 7636). Called by [`super::oidc`] and [`super::oauth2`].

use super::http::{self, Failed};
use super::presets::ClientAuth;
use super::provider::{Answer, Ask, Outside, Tokens};
use super::settle::{Credential, Settled};
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use std::pin::Pin;
use url::Url;
use vestibule_model::Secret;
use vestibule_model::social::ProviderFailure;

/// What OpenID Connect adds to an answer with tokens.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct WithIdentity {
    #[serde(default)]
    id_token: Option<String>,
}

impl ExtraTokenFields for WithIdentity {}

type Answered = StandardTokenResponse<WithIdentity, BasicTokenType>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Answered,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What a code was exchanged for.
pub(super) struct Exchanged {
    pub(super) tokens: Tokens,
    pub(super) id_token: Option<Secret>,
}

fn client(
    settled: &Settled,
    outside: Outside<'_>,
    (authorize, token): (&str, &str),
    redirect_uri: &str,
) -> Result<Client, ProviderFailure> {
    let unreadable = |_| ProviderFailure::Unreadable;
    let client = oauth2::Client::new(ClientId::new(settled.client_id.clone()))
        .set_auth_uri(AuthUrl::new(authorize.to_owned()).map_err(unreadable)?)
        .set_token_uri(TokenUrl::new(token.to_owned()).map_err(unreadable)?)
        .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).map_err(unreadable)?)
        .set_auth_type(match settled.preset.client_auth {
            ClientAuth::Basic => AuthType::BasicAuth,
            ClientAuth::Post => AuthType::RequestBody,
        });
    let secret = match &settled.credential {
        Credential::None => None,
        Credential::Secret(secret) => Some(secret.clone()),
        Credential::Signed(signed) => Some(signed.at(outside.now).ok_or(ProviderFailure::ClientRefused)?),
    };
    Ok(match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
        None => client,
    })
}

/// Where somebody is sent; `nonce` where identity tokens repeat it.
pub(super) fn authorize(
    settled: &Settled,
    outside: Outside<'_>,
    addresses: (&str, &str),
    ask: &Ask<'_>,
    nonce: Option<&str>,
) -> Result<Url, ProviderFailure> {
    http::may_call(&settled.hosts, addresses.0)?;
    http::may_call(&settled.hosts, addresses.1)?;
    let client = client(settled, outside, addresses, ask.redirect_uri)?;
    let state = ask.state.to_owned();
    let mut request = client.authorize_url(move || CsrfToken::new(state));
    for scope in &settled.scopes {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if settled.preset.pkce {
        request = request.add_extra_param("code_challenge", ask.challenge.to_owned());
        request = request.add_extra_param("code_challenge_method", "S256");
    }
    if let Some(nonce) = nonce {
        request = request.add_extra_param("nonce", nonce.to_owned());
    }
    let prove = settled.preset.prove.iter().filter(|_| ask.prove);
    for (name, value) in settled.preset.authorize.iter().chain(prove) {
        request = request.add_extra_param(name.clone(), value.clone());
    }
    Ok(request.url().0)
}

/// Exchanges a code for tokens.
pub(super) async fn exchange(
    settled: &Settled,
    outside: Outside<'_>,
    addresses: (&str, &str),
    answer: &Answer<'_>,
) -> Result<Exchanged, ProviderFailure> {
    let client = client(settled, outside, addresses, answer.redirect_uri)?;
    let code = AuthorizationCode::new(answer.code.expose().to_owned());
    let mut request = client.exchange_code(code);
    if settled.preset.pkce {
        let verifier = PkceCodeVerifier::new(answer.verifier.expose().to_owned());
        request = request.set_pkce_verifier(verifier);
    }
    let caller = http::Caller { outside, hosts: &settled.hosts };
    let asking: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(request.request_async(&caller));
    let answered = asking.await.map_err(refused)?;
    let expires_at = answered.expires_in().map(|span| outside.now.after(span));
    let tokens = Tokens {
        access_token: Secret::new(answered.access_token().secret()),
        refresh_token: answered.refresh_token().map(|token| Secret::new(token.secret())),
        expires_at,
    };
    let id_token = answered.extra_fields().id_token.as_deref().map(Secret::new);
    Ok(Exchanged { tokens, id_token })
}

/// Whether client id and secret are known there: what is said about a code that nobody was given.
pub(super) async fn knows_client(
    settled: &Settled,
    outside: Outside<'_>,
    addresses: (&str, &str),
    redirect_uri: &str,
) -> Option<ProviderFailure> {
    let (code, verifier) = (Secret::new("0".repeat(43)), Secret::new("0".repeat(43)));
    let answer = Answer {
        redirect_uri,
        code: &code,
        verifier: &verifier,
        nonce: "",
        iss: None,
        signed_in_since: None,
    };
    match exchange(settled, outside, addresses, &answer).await {
        Ok(_) | Err(ProviderFailure::CodeRefused) => None,
        Err(failure) => Some(failure),
    }
}

fn refused(error: RequestTokenError<Failed, BasicErrorResponse>) -> ProviderFailure {
    match error {
        RequestTokenError::ServerResponse(said) => match said.error() {
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                ProviderFailure::ClientRefused
            }
            BasicErrorResponseType::Extension(own) if is_about_client(own) => ProviderFailure::ClientRefused,
            _ => ProviderFailure::CodeRefused,
        },
        RequestTokenError::Request(Failed(failure)) => failure,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => ProviderFailure::Unreadable,
    }
}

/// GitHub's and Slack's words for a client that they do not know.
fn is_about_client(word: &str) -> bool {
    ["incorrect_client_credentials", "bad_client_secret", "invalid_client_id"].contains(&word)
}
