//! `/account/profile`: what a person says of themselves, their picture, and who may see what. Everything on it is known to
//! the session that asks, so that the page runs no statement on a warm cache.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{
    Avatar, Card, Draft, ErrorSummary, Field, Hidden, Moment, PageTitle, Select, SubmitButton, TextArea, Told,
};
use crate::profiles::card::ProfileCard;
use crate::profiles::fields;
use crate::server::{self, Flash};
use crate::{paths, paths::actions};
use leptos::prelude::*;
use std::sync::LazyLock;
use vestibule_domain::{Domain, profiles};
use vestibule_model::Timestamp;
use vestibule_model::accounts::Me;
use vestibule_model::profiles::{MOST_LINKS, MayEdit, Part, Profile, Visibility};
use vestibule_model::values::{Bio, LANGUAGES};

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[
    ("avatar", "Picture"),
    ("name", "Name"),
    ("username", "User name"),
    ("bio", "About you"),
    ("links[0]", "First link"),
    ("links[1]", "Second link"),
    ("links[2]", "Third link"),
    ("links[3]", "Fourth link"),
    ("links[4]", "Fifth link"),
    ("language", "Language"),
    ("time_zone", "Time zone"),
];

/// `/account/profile`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let flash = server::take_flash(paths::PROFILE);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let me = &actor.person()?.account;
        let domain = &site.domain;
        let more = fields::labels(domain.user_fields());
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { "Error: Your profile" } else { "Your profile" }/>
            <AccountNav here=paths::PROFILE/>
            <h1>"Your profile"</h1>
            <Told notice=flash.notice_on_top()/>
            <ErrorSummary flash=flash.clone() fields=FIELDS more/>
            {seen_at(domain, me)}
            {picture(me, &flash)}
            {card(ProfileCard::About, me, &flash, about(me, &flash, domain.now()))}
            {card(ProfileCard::Links, me, &flash, links(&me.profile, &flash))}
            {declared(domain, me, &flash)}
            {card(ProfileCard::Places, me, &flash, places(&me.profile, &flash))}
            {card(ProfileCard::Seen, me, &flash, visibility(&me.profile, &flash, domain.rules().profiles.noindex))}
        })
    })
}

/// A card, which is a form: it saves what it shows and nothing else, unless the account is in another state by then.
fn card(card: ProfileCard, me: &Me, flash: &Flash, controls: impl IntoView + 'static) -> AnyView {
    let (id, notice) = (card.name(), flash.notice_at(card.name()));
    // It holds what is not saved from the start where it came back because something did not fit.
    let unsaved = flash.failed_at_all() && flash.value(ProfileCard::FIELD) == id;
    view! {
        <form
            class="card" id=id method="post" action=actions::SAVE_PROFILE novalidate=true
            data-draft="" data-unsaved=unsaved.then_some("")
        >
            <h2>{card.title()}</h2>
            <Told notice/>
            <Hidden name="tag" value=profiles::tag(me)/>
            <Hidden name=ProfileCard::FIELD value=id/>
            {controls}
            <SubmitButton label=card.verb()/>
        </form>
    }
    .into_any()
}

/// Where others see the profile, or what keeps it from having such a place.
fn seen_at(domain: &Domain, me: &Me) -> Option<AnyView> {
    if !domain.rules().profiles.public {
        return None;
    }
    let Some(username) = &me.username else {
        return Some(view! { <p class="lead">"Choose a user name to get a page of your own that you can show to others."</p> }.into_any());
    };
    let address = paths::profile_of(username);
    let who = match me.profile.visibility.get(&Part::Profile) {
        Some(Visibility::Public) => "Everyone can see it.",
        Some(Visibility::SignedIn) => "People who are signed in can see it.",
        _ => "Only you can see it.",
    };
    Some(
        view! {
            <p class="lead">
                "Your page is "<a href=address.clone()>{address.clone()}</a>". "{who}" "
                <a href=paths::with_query(&address, "as", "stranger")>"See it as others do"</a>"."
            </p>
        }
        .into_any(),
    )
}

fn picture(me: &Me, flash: &Flash) -> impl IntoView + use<> {
    let src = me.profile.avatar.as_deref().map(paths::own_avatar);
    let there = src.is_some();
    let seed = me.username.as_ref().map_or_else(|| me.id.to_string(), vestibule_model::Username::canonical);
    let (name, problem) = (me.name.to_string(), flash.problem("avatar"));
    view! {
        <Card title="Picture">
            <div class="portrait">
                <Avatar seed name src/>
                // A file can be sent without JavaScript in this encoding alone.
                <form method="post" action=actions::SET_AVATAR enctype="multipart/form-data" novalidate=true>
                    <Field
                        name="avatar" label="New picture" kind="file" problem
                        hint="JPEG, PNG, WebP or GIF, at most 5 MiB and 25 megapixels. We cut it to a square and keep nothing but its pixels."
                    />
                    <SubmitButton label="Use this picture" look="quiet"/>
                </form>
            </div>
            {there.then(|| view! {
                <form method="post" action=actions::REMOVE_AVATAR>
                    <SubmitButton label="Remove picture" look="quiet"/>
                </form>
            })}
        </Card>
    }
}

fn about(me: &Me, flash: &Flash, now: Timestamp) -> impl IntoView + use<> {
    let typed = |field: &str, saved: String| flash.typed(field).unwrap_or(saved);
    let username = me.username.as_ref().map(ToString::to_string).unwrap_or_default();
    let settled = me.profile.username_settled_until.filter(|until| now < *until);
    let bio = me.profile.bio.as_ref().map(ToString::to_string).unwrap_or_default();
    let settled = settled.map(|until| {
        view! {
            <p class="field-hint">
                "You changed your user name lately. You can change it again on "<Moment at=until/>"."
            </p>
        }
    });
    view! {
            <Field
                name="name" label="Name" autocomplete="name"
                value=typed("name", me.name.to_string()) problem=flash.problem("name")
            />
            <Field
                name="username" label="User name (optional)" autocomplete="nickname" required=false
                hint="Letters, digits and single “-”, “_” or “.”. Your former names lead to your page, and nobody else gets them."
                value=typed("username", username) problem=flash.problem("username")
            />
            {settled}
            <TextArea
                name="bio" label="About you (optional)"
                hint=format!("Plain text, at most {} characters.", Bio::MAX)
                value=typed("bio", bio) problem=flash.problem("bio") most=Some(Bio::MAX)
            />
            <Draft field="bio".to_owned() max=Bio::MAX/>
    }
}

fn links(profile: &Profile, flash: &Flash) -> impl IntoView + use<> {
    let rows = (0..MOST_LINKS as usize).map(|place| {
        let name = format!("links[{place}]");
        let saved = profile.links.get(place).cloned().unwrap_or_default();
        let (value, problem) = (flash.typed(&name).unwrap_or(saved), flash.problem(&name));
        view! {
            <Field name label=format!("Link {}", place + 1) kind="url" autocomplete="url" required=false value problem/>
        }
    });
    rows.collect_view()
}

/// The fields that this site declares: those to fill in, and those that administrators fill in.
fn declared(domain: &Domain, me: &Me, flash: &Flash) -> Option<AnyView> {
    let (all, profile) = (domain.user_fields(), &me.profile);
    let controls = fields::controls(all, flash, &profile.fields);
    let given = all.iter().filter(|field| field.edit == MayEdit::Administrators).filter_map(|field| {
        let value = profile.fields.get(field.name)?;
        let value = fields::shown(field, value);
        Some(view! { <p><strong>{field.label}": "</strong>{value}</p> })
    });
    let given = given.collect::<Vec<_>>();
    match (controls.is_empty(), given.is_empty()) {
        (true, true) => None,
        (true, false) => Some(view! { <Card title=ProfileCard::More.title()>{given}</Card> }.into_any()),
        (false, _) => Some(card(ProfileCard::More, me, flash, view! { {controls}{given} })),
    }
}

fn places(profile: &Profile, flash: &Flash) -> impl IntoView + use<> {
    let language = profile.language.as_ref().map(ToString::to_string).unwrap_or_default();
    let zone = profile.time_zone.clone().unwrap_or_default();
    view! {
            <Select
                name="language" label="Language" options=languages()
                hint="Told to programs that read your profile, and to people where you show it. The pages of this site are in English so far."
                value=flash.typed("language").unwrap_or(language) problem=flash.problem("language")
            />
            <Select
                name="time_zone" label="Time zone" options=time_zones()
                hint="Dates on these pages and in mails to you are told in it; in UTC while none is chosen."
                value=flash.typed("time_zone").unwrap_or(zone) problem=flash.problem("time_zone")
            />
    }
}

fn with_blank(options: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    std::iter::once((String::new(), "Not chosen".to_owned())).chain(options).collect()
}

fn languages() -> Vec<(String, String)> {
    with_blank(LANGUAGES.iter().map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned())))
}

fn time_zones() -> Vec<(String, String)> {
    static NAMES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let names = profiles::time_zone_names().iter();
        with_blank(names.map(|name| ((*name).to_owned(), name.replace('_', " "))))
    });
    NAMES.clone()
}

fn visibility(profile: &Profile, flash: &Flash, noindex: bool) -> impl IntoView + use<> {
    let parts = Part::ALL.into_iter().filter(|part| *part != Part::Search);
    let rows = parts.map(|part| {
        let name = format!("visibility[{}]", part.name());
        let saved = profile.visibility.get(&part).map_or("", |who| who.name()).to_owned();
        let options = Visibility::ALL.map(|who| (who.name().to_owned(), audience(who).to_owned())).into();
        let value = flash.typed(&name).unwrap_or(saved);
        view! { <Select name label=part_label(part) options value/> }
    });
    let (rows, search) = (rows.collect_view(), search(profile, flash, noindex));
    view! {
        <p class="quiet">"Nobody sees any of it who may not see the page as a whole."</p>
        <div class="choices">{rows}{search}</div>
    }
}

/// Whether search engines may list the page; nothing to choose where the site keeps them out of every page.
fn search(profile: &Profile, flash: &Flash, noindex: bool) -> Option<impl IntoView + use<>> {
    let name = format!("visibility[{}]", Part::Search.name());
    let may = profile.visibility.get(&Part::Search).is_none_or(|who| *who == Visibility::Public);
    let saved = if may { Visibility::Public } else { Visibility::Private };
    let value = flash.typed(&name).unwrap_or_else(|| saved.name().to_owned());
    let words =
        [(Visibility::Public, "May list what everyone sees"), (Visibility::Private, "Are asked not to")];
    let options = words.map(|(who, words)| (who.name().to_owned(), words.to_owned())).into();
    (!noindex).then(|| view! { <Select name label=part_label(Part::Search) options value/> })
}

const fn audience(who: Visibility) -> &'static str {
    match who {
        Visibility::Public => "Everyone",
        Visibility::SignedIn => "People who are signed in",
        Visibility::Private => "Only you",
    }
}

const fn part_label(part: Part) -> &'static str {
    match part {
        Part::Profile => "Page as a whole",
        Part::Name => "Name",
        Part::Avatar => "Picture",
        Part::Bio => "About you",
        Part::Links => "Links",
        Part::Email => "E-mail address",
        Part::Language => "Language",
        Part::TimeZone => "Time zone",
        Part::Joined => "Member since",
        Part::Search => "Search engines",
    }
}
