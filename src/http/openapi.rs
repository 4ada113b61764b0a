//! The OpenAPI document: what `#[utoipa::path]` says of each handler, completed by what its policy makes true (tag,
//! security, the problems that the guard and the extractors answer with). Called by `policy.rs` alone.

use super::problem::{self, FieldProblem, ProblemDocument};
use http::Method;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, Info, OpenApi, Paths, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use vestibule_domain::endpoints::{Policy, Proof, Who};

const BEARER: &str = "bearer";
const KEY: &str = "key";

/// The document before any route: title, security scheme and the schema of every error.
pub(crate) fn empty() -> OpenApi {
    let mut info = Info::new("Vestibule", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Accounts, sign-in and sessions. Errors are problem documents (RFC 9457); branch on their `code`. Times are \
         RFC 3339 in UTC. Unknown fields are refused."
            .to_owned(),
    );
    let mut document = OpenApi::new(info, Paths::new());
    let mut components = Components::new();
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.bearer_format = Some("JWT".to_owned());
    bearer.description = Some(
        "The `access_token` of `POST /auth/login` or `POST /auth/refresh`; or an API key, where one is taken.".to_owned(),
    );
    components.security_schemes.insert(BEARER.to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    let about = "An API key of `POST /me/keys`. It may do what its scopes name and its owner may now.";
    let key = ApiKey::Header(ApiKeyValue::with_description("X-API-Key", about));
    components.security_schemes.insert(KEY.to_owned(), RefOr::T(SecurityScheme::ApiKey(key)));
    for (name, schema) in
        [(ProblemDocument::name(), ProblemDocument::schema()), (FieldProblem::name(), FieldProblem::schema())]
    {
        components.schemas.insert(name.into_owned(), schema);
    }
    document.components = Some(components);
    document
}

/// Completes every operation of an address and tells its methods.
pub(crate) fn complete(item: &mut PathItem, policy: &Policy) -> Vec<Method> {
    let operations = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::OPTIONS, &mut item.options),
        (Method::HEAD, &mut item.head),
        (Method::PATCH, &mut item.patch),
        (Method::TRACE, &mut item.trace),
    ];
    let mut methods = Vec::new();
    for (method, operation) in operations {
        if let Some(operation) = operation {
            complete_operation(operation, policy);
            methods.push(method);
        }
    }
    methods
}

fn complete_operation(operation: &mut Operation, policy: &Policy) {
    operation.tags = Some(policy.tags().map(str::to_owned).collect());
    let guarded = matches!(policy.who, Who::SignedIn | Who::Permitted(_));
    if guarded {
        let mut credentials = vec![SecurityRequirement::new(BEARER, Vec::<String>::new())];
        if policy.takes_keys() {
            credentials.push(SecurityRequirement::new(KEY, Vec::<String>::new()));
        }
        operation.security = Some(credentials);
        add(operation, 401, "No credential came, or one that is unknown, expired or revoked.");
    }
    if let Who::Permitted(permission) = policy.who {
        add(operation, 403, &format!("The permission `{permission}` is lacking."));
    }
    if guarded && policy.takes_keys() {
        add(
            operation,
            403,
            "The API key only reads (`key_read_only`), or may not be used from here (`key_network`).",
        );
    }
    if policy.proof != Proof::Unasked {
        add(operation, 403, "`prove_again`: the password was given too long ago; `POST /me/prove` takes it.");
    }
    add(operation, 400, "The request could not be read, or more than one credential came.");
    if operation.request_body.is_some() {
        add(operation, 408, "The body did not arrive in time.");
        add(operation, 413, &format!("The body is larger than {} bytes.", policy.body_limit));
        add(operation, 415, "The body is not `application/json`, or it is compressed.");
        add(
            operation,
            422,
            "A field is missing, unknown, of the wrong type or does not fit; `errors` names it.",
        );
    }
    add(
        operation,
        429,
        "`rate_limited`: too many requests in a short time. `Retry-After` says when the next one is heard.",
    );
    add(
        operation,
        503,
        "The server is busy or stopping; nothing was done. `Retry-After` says when to try again.",
    );
    for (status, response) in &mut operation.responses.responses {
        if status.starts_with(['4', '5'])
            && let RefOr::T(response) = response
        {
            describe_as_problem(status, response);
        }
    }
}

fn add(operation: &mut Operation, status: u16, description: &str) {
    let response = ResponseBuilder::new().description(description).build();
    operation.responses.responses.entry(status.to_string()).or_insert_with(|| response.into());
}

/// A problem document with an example: of the code that the description names between backticks, or of the commonest one
/// that has the status.
fn describe_as_problem(status: &str, response: &mut Response) {
    if response.content.is_empty() {
        let schema = Ref::from_schema_name(ProblemDocument::name());
        let examples = problem::examples();
        let fitting = |example: &&ProblemDocument| example.status.to_string() == status;
        let named =
            |example: &&ProblemDocument| response.description.split('`').any(|word| word == example.code);
        let example = examples.iter().filter(fitting).find(named).or_else(|| examples.iter().find(fitting));
        let example = example.and_then(|example| serde_json::to_value(example).ok());
        let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
        response.content.insert("application/problem+json".to_owned(), content.into());
    }
}
