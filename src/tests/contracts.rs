//! What others rely on, kept in files: the manifest of endpoints and the OpenAPI document. A change shows in review.

use super::app::API;
use std::path::{Path, PathBuf};
use vestibule::{Endpoints, PagePolicy, Policy, Vestibule};

fn kept(name: &str, now: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::fs::read_to_string(&file).unwrap_or_default() == now {
        return;
    }
    let fresh = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&fresh, now).unwrap();
    panic!(
        "docs/{name} is not what the program answers; if the change is meant: cp {} docs/{name}",
        fresh.display()
    );
}

#[test]
fn the_manifest_of_endpoints_is_the_one_kept() {
    kept("endpoints.txt", &Vestibule::builder().manifest(API).unwrap());
}

#[test]
fn the_openapi_document_is_the_one_kept() {
    kept("openapi.json", &(Vestibule::builder().openapi(API).unwrap() + "\n"));
}

#[test]
fn every_operation_is_named_after_its_handler_and_described() {
    let document: serde_json::Value =
        serde_json::from_str(&Vestibule::builder().openapi(API).unwrap()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(!name.is_empty() && names.insert(name.to_owned()), "{method} {path}: {name}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with(['2', '3'])) {
                assert!(
                    response["content"]["application/problem+json"]["example"]["status"].as_u64()
                        == status.parse().ok(),
                    "{method} {path} {status}"
                );
            }
            for (status, response) in responses {
                let Some(content) = response["content"].as_object() else { continue };
                let told = |(kind, form): (&String, &serde_json::Value)| {
                    form["example"].is_object()
                        || kind == "image/jpeg"
                        || form["example"].is_string() && kind == "text/csv"
                };
                assert!(content.iter().all(told), "{method} {path} {status}");
            }
            let Some(body) = operation.get("requestBody") else { continue };
            assert!(responses.contains_key("408"), "{method} {path} waits for a body");
            if body["content"]["image/*"].is_object() {
                continue;
            }
            assert!(
                body["content"]["application/json"]["example"].is_object(),
                "{method} {path} has no example"
            );
        }
    }
}

fn misfits(vestibule: &Vestibule) -> String {
    vestibule.manifest(API).unwrap_err().to_string()
}

#[test]
fn a_page_without_policy_and_a_policy_without_page_stop_the_start() {
    let mut policies = vestibule::app::page_policies();
    policies.retain(|page| page.path != "/login");
    policies.push(PagePolicy::new("/nowhere", Policy::anyone("pages")));
    let told = misfits(&Vestibule::builder().pages(vestibule::app::shell, vestibule::app::App, &policies));
    assert!(told.contains("page /login: no policy"), "{told}");
    assert!(told.contains("page /nowhere: a policy, but no such page"), "{told}");
}

#[utoipa::path(get, path = "/me", responses((status = 200, description = "Again.")))]
async fn me_again() {}

#[utoipa::path(get, path = "/one", responses((status = 200, description = "One.")))]
async fn one() {}

#[utoipa::path(post, path = "/two", responses((status = 200, description = "Two.")))]
async fn two() {}

#[test]
fn an_address_mounted_twice_stops_the_start() {
    let twice = |endpoints: Endpoints| endpoints.route(Policy::anyone("x"), utoipa_axum::routes!(me_again));
    let told = misfits(&Vestibule::builder().routes(twice));
    assert!(told.contains("GET /api/v1/me: mounted twice"), "{told}");
}

#[test]
fn a_permission_that_nobody_declares_stops_the_start() {
    let unknown = |endpoints: Endpoints| {
        endpoints.route(Policy::permitted("shop:refund", "x"), utoipa_axum::routes!(one))
    };
    let told = misfits(&Vestibule::builder().routes(unknown));
    assert!(told.contains("/api/v1/one: nobody declares the permission shop:refund"), "{told}");
}

#[test]
fn handlers_of_two_addresses_in_one_call_stop_the_start() {
    let mixed = |endpoints: Endpoints| endpoints.route(Policy::anyone("x"), utoipa_axum::routes!(one, two));
    let told = misfits(&Vestibule::builder().routes(mixed));
    assert!(told.contains("one routes!() for several addresses"), "{told}");
}
