//! Accounts that their owners put to sleep.

use crate::people::{
    ADA, BOB, PASSWORD, account, audited, credentials, firefox, local, manage, person, sign_in,
};
use std::time::Duration;
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Actor, Domain, auth, bans, profiles};
use vestibule_model::accounts::AccountStatus;
use vestibule_model::bans::BanForm;
use vestibule_model::error::Conflict;
use vestibule_model::groups::{BanAccounts, ManageAccounts, ViewAccounts};
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, Secret, UserId};

const ROOT: &str = "root@example.org";
const LAST: Error = Error::Conflict { what: Conflict::LastAdmin };

async fn status(domain: &Domain, user: UserId) -> AccountStatus {
    let view = Actor::Operator.allow::<ViewAccounts>().unwrap();
    accounts::show(domain, &view, &Which::Id(user)).await.unwrap().status
}

fn password() -> Secret {
    PASSWORD.into()
}

vestibule_domain::both! {
    async fn an_account_sleeps_until_its_owner_signs_in(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        let form = credentials(ADA);
        let pair = auth::issue_tokens(&t.domain, form, &firefox()).await.unwrap();
        let other = sign_in(&t.domain, ADA).await.unwrap();
        t.letters().await;
        let wrong = accounts::deactivate_own(&t.domain, &ada, &"not the password at all".into(), &local()).await;
        assert_eq!(wrong, Err(Error::WrongPassword));
        assert_eq!(status(&t.domain, ada.user).await, AccountStatus::Active);
        accounts::deactivate_own(&t.domain, &ada, &password(), &local()).await.unwrap();
        assert_eq!(status(&t.domain, ada.user).await, AccountStatus::Deactivated);
        let refused = auth::by_access_token(&t.domain, pair.access_token.expose()).await;
        assert_eq!(refused.unwrap_err(), Error::BadToken);
        let refused = auth::refresh(&t.domain, &pair.refresh_token, &local()).await;
        assert_eq!(refused.unwrap_err(), Error::BadToken);
        assert!(vestibule_domain::sessions::list(&t.domain, &other).await.unwrap().is_empty());
        let told = t.letters().await;
        assert_eq!(told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(), ["Your account at Vestibule is deactivated"]);
        // What need not be said is not said while it sleeps.
        let bio = ProfileForm { bio: Some(Some("New".into())), ..ProfileForm::default() };
        profiles::change_for(&t.domain, &manage(), ada.user, bio, profiles::Picture::Kept, &local()).await.unwrap();
        assert!(t.letters().await.is_empty(), "a profile that was changed is no matter of safety");
        let wrong = auth::sign_in(&t.domain, vestibule_model::auth::SignInForm { email: ADA.into(), password: "not the password at all".into() }, false, &local()).await;
        assert_eq!(wrong.unwrap_err(), Error::BadCredentials);
        assert_eq!(status(&t.domain, ada.user).await, AccountStatus::Deactivated);
        let back = auth::sign_in(&t.domain, credentials(ADA), false, &firefox()).await.unwrap();
        assert!(back.reactivated && !back.deletion_cancelled);
        assert_eq!(status(&t.domain, ada.user).await, AccountStatus::Active);
        assert_eq!(t.letters().await.pop().unwrap().subject, "Your account at Vestibule is active again");
        let again = auth::sign_in(&t.domain, credentials(ADA), false, &firefox()).await.unwrap();
        assert!(!again.reactivated);
        assert_eq!((audited(&t.domain, "deactivated").await, audited(&t.domain, "reactivated").await), (1, 1));
    }

    async fn tokens_wake_it_as_well(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        accounts::deactivate_own(&t.domain, &ada, &password(), &local()).await.unwrap();
        auth::issue_tokens(&t.domain, credentials(ADA), &local()).await.unwrap();
        assert_eq!(status(&t.domain, ada.user).await, AccountStatus::Active);
    }

    async fn the_last_administrator_stays_awake(t: TestDomain) {
        let root = account(&t.domain, ROOT, true).await;
        let asleep = account(&t.domain, BOB, true).await;
        accounts::deactivate(&t.domain, &manage(), asleep, &local()).await.unwrap();
        assert_eq!(accounts::deactivate(&t.domain, &manage(), root, &local()).await, Err(LAST), "who sleeps does not count");
        let person = sign_in(&t.domain, ROOT).await.unwrap();
        assert_eq!(accounts::deactivate_own(&t.domain, &person, &password(), &local()).await, Err(LAST));
        accounts::reactivate(&t.domain, &manage(), asleep, &local()).await.unwrap();
        accounts::deactivate_own(&t.domain, &person, &password(), &local()).await.unwrap();
    }

    async fn operators_put_to_sleep_and_wake_and_nobody_else_does(t: TestDomain) {
        let ada = person(&t.domain, ADA).await;
        assert_eq!(accounts::reactivate(&t.domain, &manage(), ada.user, &local()).await, Err(Error::NotFound), "it is awake");
        for _ in 0..2 {
            accounts::deactivate(&t.domain, &manage(), ada.user, &local()).await.unwrap();
        }
        assert_eq!(audited(&t.domain, "deactivated").await, 1, "twice is once");
        accounts::reactivate(&t.domain, &manage(), ada.user, &local()).await.unwrap();
        assert_eq!(status(&t.domain, ada.user).await, AccountStatus::Active);
        let nobody = UserId(uuid::Uuid::nil());
        assert_eq!(accounts::deactivate(&t.domain, &manage(), nobody, &local()).await, Err(Error::NotFound));
        assert!(Actor::Person(ada).allow::<ManageAccounts>().is_err());
    }

    async fn bans_ends_and_deletions_hold_beside_it(t: TestDomain) {
        let ada = account(&t.domain, ADA, false).await;
        accounts::deactivate(&t.domain, &manage(), ada, &local()).await.unwrap();
        let by = Actor::Operator.allow::<BanAccounts>().unwrap();
        let form = BanForm { reason: "Spam".into(), until: None, note: None };
        bans::impose(&t.domain, &by, ada, form, &local()).await.unwrap();
        assert_eq!(status(&t.domain, ada).await, AccountStatus::Banned);
        assert!(matches!(sign_in(&t.domain, ADA).await, Err(Error::Banned { .. })));
        bans::lift(&t.domain, &by, ada, &local()).await.unwrap();
        assert_eq!(status(&t.domain, ada).await, AccountStatus::Deactivated, "a ban wakes nobody, and its end neither");
        accounts::ask_deletion(&t.domain, &manage(), ada, &local()).await.unwrap();
        assert_eq!(status(&t.domain, ada).await, AccountStatus::Leaving);
        let back = auth::sign_in(&t.domain, credentials(ADA), false, &local()).await.unwrap();
        assert!(back.reactivated && back.deletion_cancelled);
        assert_eq!(status(&t.domain, ada).await, AccountStatus::Active);
        accounts::deactivate(&t.domain, &manage(), ada, &local()).await.unwrap();
        let end = t.now().after(Duration::from_secs(1));
        accounts::set_expiry(&t.domain, &manage(), ada, Some(end), &local()).await.unwrap();
        t.clock.advance(Duration::from_secs(2));
        assert!(matches!(sign_in(&t.domain, ADA).await, Err(Error::AccountExpired)));
        assert_eq!(status(&t.domain, ada).await, AccountStatus::Ended);
        accounts::delete(&t.domain, &manage(), ada, &local()).await.unwrap();
    }

    async fn a_crowd_puts_to_sleep_once_and_wakes_once(t: TestDomain) {
        let t = t.roomy().await;
        let ada = person(&t.domain, ADA).await;
        t.letters().await;
        let answers = at_once(CROWD, |_| {
            let (domain, ada) = (t.domain.clone(), ada.clone());
            async move { accounts::deactivate_own(&domain, &ada, &password(), &local()).await }
        }).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!((audited(&t.domain, "deactivated").await, t.letters().await.len()), (1, 1));
        let answers = at_once(CROWD, |_| {
            let domain = t.domain.clone();
            async move { auth::sign_in(&domain, credentials(ADA), false, &firefox()).await.unwrap().reactivated }
        }).await;
        assert_eq!(answers.iter().filter(|woke| **woke).count(), 1);
        assert_eq!((audited(&t.domain, "reactivated").await, t.letters().await.len()), (1, 1));
    }
}
