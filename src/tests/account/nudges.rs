//! What a person is reminded of, and what they put away.

use crate::app::{App, PASSWORD};
use crate::browser::Browser;

const EMAIL: &str = "ada@example.org";

vestibule_domain::both! {
    async fn a_reminder_is_put_away_by_its_button_and_stays_away(t: TestDomain) {
        let app = App::of(t);
        app.account(EMAIL, false).await;
        let mut browser = Browser::on(&app);
        browser.submit("/fn/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
        let page = browser.open("/account").await.text();
        assert!(page.contains("Add a picture") && page.contains("aria-label=\"Not now: Choose a user name\""), "{page}");
        let page = browser.submit_and_follow("/fn/accounts/dismiss", &[("nudge", "picture_missing")]).await.text();
        assert!(page.contains("You will not be reminded") && !page.contains("Add a picture"), "{page}");
        for name in ["email", "\"><script>", ""] {
            let page = browser.submit_and_follow("/fn/accounts/dismiss", &[("nudge", name)]).await.text();
            assert!(page.contains("There is nothing at this address") && !page.contains("\"><script>"), "{page}");
        }
        browser.submit("/fn/accounts/dismiss", &[("nudge", "username_missing")]).await;
        assert!(!browser.open("/account").await.text().contains("To finish"));
    }
}
