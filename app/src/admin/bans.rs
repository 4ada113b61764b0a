//! `/admin/bans`: addresses and networks whose requests are not taken, those that are over included, and the form that adds
//! one; `/admin/bans/{id}`: one of them, with what an automatic one was imposed for. People are banned on their own pages.

pub mod actions;
pub mod one;

pub use one::BanRecordPage;

use super::AdminPage;
use super::person::ban::spans;
use crate::errors::page;
use crate::parts::{
    Column, Details, ErrorSummary, Field, Filters, Hidden, Moment, Pager, Select, SubmitButton, Table, Told,
};
use crate::paths;
use crate::paths::actions::{BAN_NETWORK, LIFT_BAN};
use crate::server::{self, Flash};
use leptos::prelude::*;
use vestibule_domain::bans;
use vestibule_model::bans::{AddressBan, AddressBansQuery, Ending, LONGEST_NETWORK, LONGEST_REASON};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Problem, Result, Timestamp};

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[
    ("network", "Address or network"),
    ("reason", "Reason"),
    ("span", "How long"),
    ("until", "Until"),
    ("address", "Address"),
    ("state", "State"),
    ("by", "Imposed by"),
    ("cursor", "Place"),
];

/// What stands in the address of the page.
struct Asked {
    address: String,
    state: String,
    by: String,
    cursor: String,
}

impl Asked {
    fn read() -> Self {
        let query = server::query;
        Self { address: query("address"), state: query("state"), by: query("by"), cursor: query("cursor") }
    }

    /// The bans that fit.
    async fn find(&self) -> Result<Listed<AddressBan>> {
        let site = server::site()?;
        let chosen = |value: &str, field: &'static str, of: [&str; 2]| match value {
            "" => Ok(None),
            value if value == of[0] => Ok(Some(true)),
            value if value == of[1] => Ok(Some(false)),
            _ => Err(Error::invalid(field, Problem::NotOffered)),
        };
        let query = AddressBansQuery {
            address: Some(self.address.clone()).filter(|typed| !typed.trim().is_empty()),
            standing: chosen(&self.state, "state", ["standing", "all"])?.filter(|standing| *standing),
            automatic: chosen(&self.by, "by", ["program", "people"])?,
        };
        let cursor = Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty());
        let may = server::actor().allow()?;
        bans::list_networks(&site.domain, &may, &query, &Page::parse(None, cursor, None)?).await
    }

    fn filters(&self) -> bool {
        [&self.address, &self.state, &self.by].into_iter().any(|text| !text.is_empty())
    }

    /// The list's address with the page that begins at `cursor`.
    fn at(&self, cursor: &str) -> String {
        let pairs = [
            ("address", self.address.as_str()),
            ("state", &self.state),
            ("by", &self.by),
            ("cursor", cursor),
        ];
        paths::with_queries(paths::ADMIN_BANS, &pairs)
    }
}

/// `/admin/bans`.
#[component]
pub fn BansPage() -> impl IntoView {
    let (asked, flash) = (Asked::read(), server::take_flash(paths::ADMIN_BANS));
    page(async move {
        let now = server::site()?.domain.now();
        let (listed, flash) = match asked.find().await {
            Ok(listed) => (listed, flash),
            Err(error @ Error::Invalid { .. }) => {
                server::set_error_status(&error);
                (Listed::whole(Vec::new()), Flash::failed(paths::ADMIN_BANS, error, &[]))
            }
            Err(error) => return Err(error),
        };
        let first = (!asked.cursor.is_empty()).then(|| asked.at(""));
        let next = listed.next.map(|next| asked.at(next.as_str()));
        let (filters, form) = (filters(&asked, &flash), form(&flash, now));
        let rows = listed.items.into_iter().map(|ban| row(ban, now)).collect::<Vec<_>>();
        Ok(view! {
            <AdminPage
                title="Bans" here=paths::ADMIN_BANS
                lead="Addresses and networks whose requests are not taken. Whoever is banned is told no reason. People are banned on their own pages."
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                <p><a href=paths::ADMIN_ABUSE>"Who offended, and what the program did about it"</a></p>
                {form}
                {filters}
                <Table caption="Bans of addresses and networks" columns=columns() rows empty="No ban fits."/>
                <Pager first next/>
            </AdminPage>
        })
    })
}

fn form(flash: &Flash, now: Timestamp) -> impl IntoView + use<> {
    let open = flash.error.is_some() && flash.typed("network").is_some();
    let zone = server::zone();
    let hint = format!(
        "As clocks show it in {}; used with “Until the moment below”.",
        zone.name().replace('_', " ")
    );
    let span = flash.typed("span").unwrap_or_else(|| "lifted".to_owned());
    let [network, reason, until] = ["network", "reason", "until"].map(|field| flash.value(field));
    let [of_network, of_reason, of_span, of_until] =
        ["network", "reason", "span", "until"].map(|field| flash.problem(field));
    view! {
        <Details summary="Ban an address or network" open=open>
            <form method="post" action=BAN_NETWORK novalidate=true>
                <Field
                    name="network" label="Address or network" value=network most=u32::try_from(LONGEST_NETWORK).ok()
                    hint="As 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32. Of a single IPv6 address its whole /64 is banned; write /128 behind it to ban it alone." problem=of_network
                />
                <Field
                    name="reason" label="Reason" value=reason most=Some(LONGEST_REASON)
                    hint="For administrators alone." problem=of_reason
                />
                <Select name="span" label="How long" value=span options=spans(now) problem=of_span/>
                <Field
                    name="until" label="Until (optional)" kind="datetime-local" required=false value=until hint
                    problem=of_until
                />
                <SubmitButton label="Ban" look="danger"/>
            </form>
        </Details>
    }
}

fn filters(asked: &Asked, flash: &Flash) -> impl IntoView + use<> {
    let owned = |options: &[(&str, &str)]| {
        options.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect::<Vec<_>>()
    };
    let states = owned(&[("", "All"), ("standing", "Those that hold")]);
    let by = owned(&[("", "Anybody"), ("people", "People"), ("program", "The program")]);
    let [of_address, of_state, of_by] = ["address", "state", "by"].map(|field| flash.problem(field));
    let (address, state, chosen) = (asked.address.clone(), asked.state.clone(), asked.by.clone());
    view! {
        <Filters action=paths::ADMIN_BANS label="Bans" active=asked.filters()>
            <Field
                name="address" label="Address" required=false value=address problem=of_address
                hint="Finds every ban around it."
            />
            <Select name="state" label="State" value=state options=states problem=of_state/>
            <Select name="by" label="Imposed by" value=chosen options=by problem=of_by/>
        </Filters>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Network").names_row(),
        Column::new("Reason"),
        Column::new("By"),
        Column::new("Since"),
        Column::new("Until"),
        Column::new("State"),
        Column::new("Lift it").unseen(),
    ]
}

fn row(ban: AddressBan, now: Timestamp) -> Vec<AnyView> {
    let href = paths::admin_ban(ban.id);
    let (state, lift) = (state(&ban, now), lift(&ban, now));
    vec![
        view! { <a href=href><code>{ban.network}</code></a> }.into_any(),
        ban.reason.to_string().into_any(),
        by(ban.automatic).into_any(),
        moment(ban.since),
        ban.until.map_or_else(|| "Until lifted".into_any(), moment),
        state,
        lift,
    ]
}

fn by(automatic: bool) -> &'static str {
    if automatic { "The program" } else { "A person" }
}

fn moment(at: Timestamp) -> AnyView {
    view! { <Moment at exact=true/> }.into_any()
}

/// Whether it holds, or how and when it ended.
fn state(ban: &AddressBan, now: Timestamp) -> AnyView {
    if ban.holds(now) {
        return view! { <span class="badge badge-warning">"Holds"</span> }.into_any();
    }
    match (ban.ended_at.or(ban.until), ban.ending) {
        (Some(at), Some(Ending::Lifted)) => view! { "Lifted "{moment(at)} }.into_any(),
        (Some(at), Some(Ending::Replaced)) => view! { "Replaced "{moment(at)} }.into_any(),
        (Some(at), _) => view! { "By itself "{moment(at)} }.into_any(),
        (None, _) => "Over".into_any(),
    }
}

/// The form that lifts it; nothing for one that is over.
fn lift(ban: &AddressBan, now: Timestamp) -> AnyView {
    if !ban.holds(now) {
        return ().into_any();
    }
    let id = ban.id.to_string();
    view! {
        <form method="post" action=LIFT_BAN>
            <Hidden name="ban" value=id/>
            <SubmitButton label="Lift" look="quiet"/>
        </form>
    }
    .into_any()
}
