//! The buttons of the providers that people sign in with: under the forms of `/login` and `/register`, on `/prove` and on
//! the page of connected accounts. Each is a plain form that is sent to the provider's address here, which leads on.

use crate::parts::{Checkbox, Hidden};
use crate::paths;
use leptos::prelude::*;
use vestibule_model::social::{ProviderView, Purpose};

/// What the buttons are for, and what they bring along.
pub(crate) struct Ways {
    /// What for.
    pub(crate) purpose: Purpose,
    /// The page to go to afterwards; empty: the account.
    pub(crate) next: String,
    /// What the buttons begin with: "Continue with".
    pub(crate) verb: &'static str,
    /// What was used last in this browser: a provider's name, or `password`.
    pub(crate) last: Option<String>,
}

/// A button for each of `providers`; nothing where there is none. Whoever signs in by one can ask to be remembered.
pub(crate) fn buttons(ways: Ways, providers: Vec<ProviderView>) -> Option<AnyView> {
    let Ways { purpose, next, verb, last } = ways;
    if providers.is_empty() {
        return None;
    }
    let remember = purpose == Purpose::SignIn;
    let buttons = providers.into_iter().map(|one| button(&one, verb, last.as_deref())).collect_view();
    let view = view! {
        <form method="post" class="ways">
            <Hidden name="purpose" value=purpose.name()/>
            {(!next.is_empty()).then(|| view! { <Hidden name="next" value=next/> })}
            {buttons}
            {remember.then(|| view! {
                <Checkbox name="remember" id="remember-way" label="Stay signed in on this device"/>
            })}
        </form>
    };
    Some(view.into_any())
}

fn button(one: &ProviderView, verb: &'static str, last: Option<&str>) -> impl IntoView + use<> {
    let (address, label) = (paths::provider(&one.name), one.label.clone());
    let badge = (last == Some(one.name.as_str())).then(last_used);
    // A letter in place of a mark that belongs to somebody else.
    let letter = label.chars().next().map(String::from);
    view! {
        <button type="submit" class="button button-quiet way" formaction=address>
            <span class="way-mark" aria-hidden="true">{letter}</span><span>{verb}" "<bdi>{label}</bdi></span>{badge}
        </button>
    }
}

/// Says of a way in that it is the one that was used last.
pub(crate) fn last_used() -> impl IntoView {
    view! { " "<span class="badge badge-good">"Last used"</span> }
}

/// The line between two ways in.
pub(crate) fn or() -> impl IntoView {
    view! { <p class="or"><span>"or"</span></p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, label: &str) -> ProviderView {
        ProviderView { name: name.into(), label: label.into(), registration: true }
    }

    fn html(last: Option<&str>, providers: Vec<ProviderView>) -> String {
        let ways = Ways {
            purpose: Purpose::SignIn,
            next: "/admin?x=\"".to_owned(),
            verb: "Continue with",
            last: last.map(str::to_owned),
        };
        Owner::new_root(None).with(|| buttons(ways, providers).map(RenderHtml::to_html).unwrap_or_default())
    }

    #[test]
    fn each_provider_has_a_button_and_the_last_one_says_so() {
        let html = html(Some("work"), vec![provider("google", "Google"), provider("work", "<b>Work</b>")]);
        assert!(
            html.contains(r#"formaction="/auth/google""#) && html.contains(r#"formaction="/auth/work""#),
            "{html}"
        );
        assert_eq!((html.matches("Last used").count(), html.matches("<b>").count()), (1, 0), "{html}");
        assert!(html.rfind("Last used") > html.find("/auth/work"), "{html}");
        assert!(
            html.contains(r#"name="purpose" value="sign_in""#) && html.contains("/admin?x=&quot;"),
            "{html}"
        );
    }

    #[test]
    fn without_providers_there_is_nothing() {
        assert_eq!(html(None, Vec::new()), "");
    }
}
