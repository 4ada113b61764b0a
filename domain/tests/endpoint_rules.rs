//! Rules of tags as data: one holds whoever was first, each change knows what was before it, and what does not fit any more
//! is told. What a rule does to requests stands in the tests of the program.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use serde_json::Value;
use vestibule_domain::endpoints::{self, Catalog, Credential, Endpoint, Policy};
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Actor, Allowed, Client, Domain, sql};
use vestibule_model::endpoints::{RuleForm, RuleTrouble};
use vestibule_model::groups::ManageEndpoints;

fn operator() -> Allowed<ManageEndpoints> {
    Actor::Operator.allow().unwrap()
}

fn permission(name: &str) -> RuleForm {
    RuleForm { permission: Some(name.into()), ..RuleForm::default() }
}

/// A program with one endpoint.
fn catalog() -> Catalog {
    let policy = Policy::anyone("books").tagged("reading");
    let (method, path) = ("GET".to_owned(), "/books".to_owned());
    Catalog::new(vec![Endpoint { method, path, policy, credential: Credential::Bearer }])
}

async fn set(domain: &Domain, tag: &str, form: RuleForm) -> vestibule_model::Result<()> {
    endpoints::set(domain, &operator(), tag, form, &Client::local()).await.map(drop)
}

vestibule_domain::both! {
    async fn rules_set_by_a_crowd_leave_one_that_holds_and_a_whole_trail(t: TestDomain) {
        let t = t.roomy().await;
        let domain = t.domain.clone();
        domain.publish(catalog());
        let names = ["accounts:ban", "accounts:manage", "accounts:view", "groups:manage"];
        let answers = at_once(CROWD, |number| {
            let (domain, form) = (domain.clone(), permission(names[number % 4]));
            async move { set(&domain, "reading", form).await }
        })
        .await;
        assert_eq!(answers, vec![Ok(()); CROWD]);
        let kept = sql!(domain.db(), fetch_one as (String,), "select name from endpoint_rules").await.unwrap().0;
        let holds = endpoints::show(&domain, &operator(), "reading").await.unwrap().rule.unwrap();
        assert_eq!(holds.permission.as_ref(), Some(&kept));
        let in_memory = endpoints::all(&domain, &operator(), Some("reading"));
        assert_eq!(in_memory[0].rules[0].rule, holds, "memory says what the database says");
        let rows = sql!(domain.db(), fetch_all as (String,), "select detail from audit where event = 'endpoint_rule_set'").await.unwrap();
        let rows: Vec<Value> = rows.iter().map(|(detail,)| serde_json::from_str(detail).unwrap()).collect();
        assert_eq!(rows.iter().filter(|row| row["before"].is_null()).count(), 1, "each knows what was before it");
        assert!(rows.iter().all(|row| row["before"] != row["after"]));
    }

    async fn a_rule_that_fits_no_more_is_told_and_can_be_cleared(t: TestDomain) {
        t.domain.publish(catalog());
        set(&t.domain, "reading", permission("accounts:view")).await.unwrap();
        assert_eq!(endpoints::troubles_of_run_time(&t.domain).await.unwrap(), []);
        t.domain.publish(Catalog::default());
        let troubles = endpoints::troubles_of_run_time(&t.domain).await.unwrap();
        assert_eq!((troubles.len(), troubles[0].trouble), (1, RuleTrouble::MatchesNothing));
        assert_eq!(troubles[0].to_string(), "the rule of the tag reading: no endpoint has this tag");
        let view = endpoints::show(&t.domain, &operator(), "reading").await.unwrap();
        assert_eq!((view.trouble, view.endpoints), (Some(RuleTrouble::MatchesNothing), 0));
        endpoints::clear(&t.domain, &operator(), "reading", &Client::local()).await.unwrap();
        assert_eq!(endpoints::troubles_of_run_time(&t.domain).await.unwrap(), []);
    }

    async fn two_tags_that_ask_for_different_things_are_both_asked_for(t: TestDomain) {
        t.domain.publish(catalog());
        set(&t.domain, "books", permission("accounts:ban")).await.unwrap();
        set(&t.domain, "reading", permission("accounts:view")).await.unwrap();
        let view = endpoints::all(&t.domain, &operator(), None).remove(0);
        assert!(view.asks_for_several() && view.rules.len() == 2);
        let policy = Policy::anyone("books").tagged("reading");
        let refused = endpoints::check(&t.domain, &policy, &Actor::Anonymous);
        assert_eq!(refused, Err(vestibule_model::Error::SignInFirst));
        assert_eq!(endpoints::check(&t.domain, &policy, &Actor::Operator), Ok(()));
        assert_eq!(endpoints::check(&t.domain, &Policy::anyone("other"), &Actor::Anonymous), Ok(()));
    }
}
