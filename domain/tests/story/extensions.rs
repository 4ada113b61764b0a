//! What an extension of a project takes part in. Its fields stand in `declared_fields.rs`.

use crate::people::{form, local};
use std::sync::Arc;
use vestibule_domain::Actor;
use vestibule_domain::accounts;
use vestibule_domain::testing::{Engine, TestDomain};
use vestibule_model::groups::ViewAccounts;
use vestibule_model::listing::Page;
use vestibule_model::people::PeopleQuery;
use vestibule_model::{Error, Problem};

#[tokio::test]
async fn an_extension_takes_part_in_the_transaction_and_may_refuse() {
    use std::{future::Future, pin::Pin};
    use vestibule_domain::{Extension, db::Tx, events::Event};

    struct NoBobs;
    impl Extension for NoBobs {
        fn name(&self) -> &'static str {
            "nobobs"
        }
        fn on<'a>(
            &'a self,
            event: &'a Event,
            tx: &'a mut Tx,
        ) -> Pin<Box<dyn Future<Output = vestibule_domain::Result<()>> + Send + 'a>> {
            Box::pin(async move {
                if let Event::Registered { user, .. } = event {
                    let row = vestibule_domain::sql!(
                        tx,
                        fetch_one as (String,),
                        "select email from users where id = $1",
                        *user
                    );
                    if row.await.is_ok_and(|(email,)| email.starts_with("bob@")) {
                        return Err(Error::invalid("email", Problem::Reserved));
                    }
                }
                Ok(())
            })
        }
    }
    let t =
        TestDomain::with(Engine::Sqlite, |options| options.extensions.push(Arc::new(NoBobs))).await.unwrap();
    let refused = accounts::register(&t.domain, form("bob@example.org"), &local()).await;
    assert_eq!(refused, Err(Error::invalid("email", Problem::Reserved)));
    let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
    assert!(
        accounts::list(&t.domain, &view, &PeopleQuery::default(), &Page::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(t.letters().await.is_empty(), "no account, no mail");
    accounts::register(&t.domain, form("ada@example.org"), &local()).await.unwrap();
}
