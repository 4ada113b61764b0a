//! Providers, as a shell sees them.

use super::program::Program;
use serde_json::json;
use std::net::TcpListener;

/// An address of this machine where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_listed_and_tried() {
    for program in Program::on_each().await {
        assert_eq!(program.run(&["provider", "list", "--json"]).done().json(), json!([]));
        let said = program.run(&["provider", "test", "work"]).failed(65);
        assert!(said.contains("There is no provider work"), "{said}");

        let issuer = nobody();
        let program = program
            .set("VESTIBULE_PROVIDERS__WORK__ISSUER", &issuer)
            .set("VESTIBULE_PROVIDERS__WORK__CLIENT_ID", "site")
            .set("VESTIBULE_PROVIDERS__WORK__CLIENT_SECRET", "never to be shown")
            .set("VESTIBULE_PROVIDERS__WORK__ALLOWED_DOMAINS", "example.org,example.com");
        let all = program.run(&["providers", "list", "--json"]).done();
        let one = &all.json()[0];
        assert_eq!(
            (&one["name"], &one["kind"], &one["issuer"]),
            (&json!("work"), &json!("oidc"), &json!(issuer))
        );
        assert_eq!(one["callback_url"], "http://127.0.0.1:3000/auth/work/callback");
        assert_eq!((&one["identities"], &one["sign_ins_30_days"]), (&json!(0), &json!(0)));
        assert!(!all.out.contains("never to be shown"), "{}", all.out);
        let table = program.run(&["provider", "list"]).done().out;
        assert!(table.contains("OpenID Connect") && table.contains("example.org,example.com"), "{table}");

        let tried = program.run(&["provider", "test", "work"]);
        assert_eq!(tried.code, 1, "{tried:?}");
        assert!(
            tried.out.contains("Discovery") && tried.out.contains("It could not be reached."),
            "{tried:?}"
        );
        let report = program.run(&["provider", "test", "work", "--json"]).json();
        assert_eq!(
            (&report["passed"], &report["checks"][0]["failure"]),
            (&json!(false), &json!("unreachable"))
        );
        let last = &program.run(&["provider", "list", "--json"]).done().json()[0]["last_failure"];
        assert!(last.is_null() || last["failure"] == "unreachable", "{last}");
    }
}
