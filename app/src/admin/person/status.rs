//! The state of a person's account, and what can be done about it by one button.

use super::About;
use crate::admin::users::chip;
use crate::parts::{Card, DangerZone, Details, Fact, Facts, Field, Hidden, Moment, SubmitButton};
use crate::paths::actions;
use leptos::prelude::*;

/// The panel.
pub(crate) fn panel(about: &About) -> AnyView {
    let account = about.account.clone();
    let confirmed = account.email_verified_at;
    let ban = account.ban.clone().map(|ban| {
        let until = ban.until.map(|at| view! { " until "<Moment at exact=true/> });
        view! { <Fact label="Ban">{ban.reason.to_string()}{until}</Fact> }
    });
    let ends = account.expires_at.map(|at| view! { <Fact label="Ends"><Moment at exact=true/></Fact> });
    let due = account.deletion_due_at.map(|at| view! { <Fact label="Erased"><Moment at exact=true/></Fact> });
    let seen = match account.last_sign_in_at {
        Some(at) => view! { <Moment at exact=true/> }.into_any(),
        None => "Never".into_any(),
    };
    let address = match confirmed {
        Some(at) => view! { "Confirmed "<Moment at exact=true/> }.into_any(),
        None => "Not confirmed".into_any(),
    };
    let (status, buttons, danger) = (account.status, buttons(about), about.manages().then(|| danger(about)));
    view! {
        <Card title="State">
            <Facts>
                <Fact label="State">{chip(status)}</Fact>
                <Fact label="Address">{address}</Fact>
                <Fact label="Last sign-in">{seen}</Fact>
                {ban}{ends}{due}
            </Facts>
            {buttons}
        </Card>
        {danger}
    }
    .into_any()
}

/// The deeds that fit the account's state, for who may do them.
fn buttons(about: &About) -> impl IntoView + use<> {
    let (account, manages) = (&about.account, about.manages());
    let confirmed = account.email_verified_at.is_some();
    let bans = about
        .actor
        .holds(<vestibule_model::groups::BanAccounts as vestibule_model::groups::Permission>::NAME);
    let deeds = [
        ("verify", "Count the address as confirmed", manages && !confirmed),
        ("resend", "Send the link that confirms it", manages && !confirmed),
        ("reset", "Send a link for a new password", manages),
        ("sign-out", "Sign out everywhere", manages),
        ("stay", "Take the deletion back", manages && account.deletion_due_at.is_some()),
        ("unban", "Lift the ban", bans && account.ban.is_some()),
    ];
    let id = account.id.to_string();
    let forms = deeds.into_iter().filter(|(_, _, fits)| *fits).map(|(deed, label, _)| {
        view! {
            <form method="post" action=actions::DO_TO_PERSON>
                <Hidden name="user" value=id.clone()/>
                <Hidden name="deed" value=deed/>
                <SubmitButton label look="quiet"/>
            </form>
        }
    });
    view! { <div class="actions">{forms.collect::<Vec<_>>()}</div> }
}

fn danger(about: &About) -> impl IntoView + use<> {
    let (id, email) = (about.account.id.to_string(), about.account.email.to_string());
    let open =
        about.flash.failed_at_all() && about.flash.typed("confirm").is_some_and(|typed| !typed.is_empty());
    let leaving = about.account.deletion_due_at.is_some();
    let (value, problem) = (about.flash.value("confirm"), about.flash.problem("confirm"));
    let begin = (!leaving).then(|| view! {
        <form method="post" action=actions::DO_TO_PERSON>
            <Hidden name="user" value=id.clone()/>
            <Hidden name="deed" value="leave"/>
            <p>"Begins as if they had asked for it: they are signed out, and signing in takes it back while the grace lasts."</p>
            <SubmitButton label="Begin the deletion" look="quiet"/>
        </form>
    });
    let erase = view! {
        <form method="post" action=actions::DO_TO_PERSON novalidate=true>
            <Hidden name="user" value=id.clone()/>
            <Hidden name="deed" value="delete"/>
            <Field name="confirm" label=format!("Type {email} to erase it at once and for good") value problem/>
            <SubmitButton label="Delete for good" look="danger"/>
        </form>
    };
    view! {
        <Details summary="Delete the account" open>
            <DangerZone title="Delete the account">{begin}{erase}</DangerZone>
        </Details>
    }
}
