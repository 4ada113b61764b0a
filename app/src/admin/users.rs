//! `/admin/users`: the list of people. What it shows stands in its address, so that it can be kept, sent and gone back to;
//! who is ticked is asked about once more on `/admin/users/many`.

pub mod actions;
mod columns;
pub mod many;
pub mod new;

use self::columns::{Shown, chooser};
use super::AdminPage;
use crate::errors::page;
use crate::parts::{
    Column, ErrorSummary, Field, Filters, Hidden, LinkButton, Order, Pager, Select, SubmitButton, Table, Told,
};
use crate::server::{self, Flash};
use crate::text::status_word;
use crate::{paths, paths::with_queries};
use leptos::prelude::*;
use vestibule_domain::accounts;
use vestibule_model::accounts::{Account, AccountStatus};
use vestibule_model::groups::{ManageAccounts, Permission, ViewAccounts};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::people::{PeopleQuery, Sort};
use vestibule_model::{Error, Result};

/// What the address asks for, as it was typed.
#[derive(Clone, Default)]
struct Asked {
    search: String,
    status: String,
    group: String,
    sort: String,
    limit: String,
    cursor: String,
    columns: Vec<String>,
}

impl Asked {
    fn read() -> Self {
        let [search, status, group, sort, limit, cursor] =
            ["search", "status", "group", "sort", "limit", "cursor"].map(server::query);
        Self { search, status, group, sort, limit, cursor, columns: server::queries("column") }
    }

    fn query(&self) -> Result<(PeopleQuery, Page)> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let offered = |field: &'static str| move |problem| Error::invalid(field, problem);
        let query = PeopleQuery {
            search: some(&self.search),
            status: some(&self.status)
                .map(|name| AccountStatus::parse(&name))
                .transpose()
                .map_err(offered("status"))?,
            group: some(&self.group),
            sort: some(&self.sort).map(|name| Sort::parse(&name)).transpose().map_err(offered("sort"))?,
        };
        let page = Page::parse(some(&self.limit).as_deref(), some(&self.cursor).as_deref(), None)?;
        Ok((query, page))
    }

    /// The list's address with another order or another place in it.
    fn address(&self, sort: &str, cursor: &str) -> String {
        let Self { search, status, group, limit, columns, .. } = self;
        let pairs = [("search", search.as_str()), ("status", status), ("group", group), ("limit", limit)];
        let columns = columns.iter().map(|column| ("column", column.as_str()));
        let pairs =
            pairs.into_iter().chain(columns).chain([("sort", sort), ("cursor", cursor)]).collect::<Vec<_>>();
        with_queries(paths::ADMIN_USERS, &pairs)
    }

    fn csv(&self) -> String {
        let Self { search, status, group, sort, .. } = self;
        let pairs = [("search", search.as_str()), ("status", status), ("group", group), ("sort", sort)];
        with_queries(paths::ADMIN_USERS_CSV, &pairs)
    }

    fn narrows(&self) -> bool {
        [&self.search, &self.status, &self.group].iter().any(|text| !text.is_empty())
    }
}

/// The controls, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[
    ("search", "Search"),
    ("status", "State"),
    ("column", "Columns"),
    ("sort", "Order"),
    ("cursor", "Place"),
];

/// `/admin/users`.
#[component]
pub fn UsersPage() -> impl IntoView {
    let mut flash = server::take_flash(paths::ADMIN_USERS);
    let asked = Asked::read();
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let may = actor.allow::<ViewAccounts>()?;
        let wanted = Shown::read(&asked.columns).and_then(|shown| Ok((shown, asked.query()?)));
        let shown = wanted.as_ref().map_or_else(|_| Vec::new(), |(shown, _)| shown.clone());
        let listed = match wanted {
            Ok((_, (query, page))) => accounts::list(&site.domain, &may, &query, &page).await,
            Err(error) => Err(error),
        };
        let listed = listed.or_else(|error| match error {
            // Said beside the form, which shows what was typed.
            error @ Error::Invalid { .. } => {
                server::set_error_status(&error);
                flash.error = Some(error);
                Ok(Listed::whole(Vec::new()))
            }
            other => Err(other),
        })?;
        let manages = actor.holds(ManageAccounts::NAME);
        let deeds = many::deeds(|permission| actor.holds(permission));
        let actions = view! {
            <LinkButton href=asked.csv() label="Export as CSV" look="quiet"/>
            {manages.then(|| view! { <LinkButton href=paths::ADMIN_NEW_USER label="Invite somebody"/> })}
        };
        Ok(view! {
            <AdminPage title="People" here=paths::ADMIN_USERS actions=actions.into_any()>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                {filters(&asked, &shown, &flash)}
                {people(&asked, &shown, &listed, deeds)}
                {pager(&asked, &listed)}
            </AdminPage>
        })
    })
}

fn filters(asked: &Asked, shown: &[Shown], flash: &Flash) -> impl IntoView + use<> {
    let any = || (String::new(), "Any".to_owned());
    let states =
        AccountStatus::ALL.into_iter().map(|one| (one.name().to_owned(), status_word(one).to_owned()));
    let states = std::iter::once(any()).chain(states).collect::<Vec<_>>();
    let sizes = ["25", "50", "100"].map(|size| (size.to_owned(), size.to_owned())).to_vec();
    let limit = if asked.limit.is_empty() { "50".to_owned() } else { asked.limit.clone() };
    let (Asked { search, status, group, sort, .. }, active) = (asked.clone(), asked.narrows());
    let [of_search, of_status] = ["search", "status"].map(|field| flash.problem(field));
    let columns = chooser(shown);
    view! {
        <Filters action=paths::ADMIN_USERS label="People" active>
            <Field
                name="search" label="Search" kind="search" value=search required=false problem=of_search
                hint="Beginnings of a name, user name or address, or an id. is:banned and group:member narrow it too."
            />
            <Select name="status" label="State" value=status options=states problem=of_status/>
            <Field name="group" label="Group" value=group required=false/>
            <Select name="limit" label="On a page" value=limit options=sizes/>
            <Hidden name="sort" value=sort/>
            {columns}
        </Filters>
    }
}

fn columns(asked: &Asked, shown: &[Shown]) -> Vec<Column> {
    let sorted = |label: &'static str, up: Sort, down: Sort| {
        let now = Sort::parse(&asked.sort).ok().or((!asked.narrows()).then_some(Sort::Newest));
        let order =
            if now == Some(up) { Some(Order::Up) } else { (now == Some(down)).then_some(Order::Down) };
        let next = if now == Some(up) { down } else { up };
        Column::new(label).sorts(asked.address(next.name(), ""), order)
    };
    let fixed = [Column::new("Select").unseen(), sorted("Name", Sort::Name, Sort::NameBack).names_row()];
    let chosen = shown.iter().map(|one| match one.sorts() {
        Some((up, down)) => sorted(one.label(), up, down),
        None => Column::new(one.label()),
    });
    fixed.into_iter().chain(chosen).collect()
}

fn people(
    asked: &Asked,
    shown: &[Shown],
    listed: &Listed<Account>,
    deeds: Vec<(String, String)>,
) -> impl IntoView + use<> {
    let rows = listed.items.iter().map(|person| row(person, shown)).collect::<Vec<_>>();
    let (some, columns) = (!rows.is_empty(), columns(asked, shown));
    view! {
        <form method="get" action=paths::ADMIN_MANY_USERS>
            <Table caption="People" columns rows empty="Nobody fits."/>
            {(some && deeds.len() > 1).then(|| view! {
                <div class="filters">
                    <Select name="deed" label="With everybody who is ticked" options=deeds/>
                    <div class="actions"><SubmitButton label="Go on" look="quiet"/></div>
                </div>
            })}
        </form>
    }
}

fn row(person: &Account, shown: &[Shown]) -> Vec<AnyView> {
    let Account { id, name, username, .. } = person.clone();
    let label = format!("Select {name}");
    let handle = username.map(|name| view! { <br/><span class="quiet">"@"{name.to_string()}</span> });
    let fixed = [
        view! { <input type="checkbox" name="user" value=id.to_string() aria-label=label/> }.into_any(),
        view! { <a href=paths::admin_user(id)><bdi>{name.to_string()}</bdi></a>{handle} }.into_any(),
    ];
    fixed.into_iter().chain(shown.iter().map(|one| one.cell(person))).collect()
}

/// The state of an account, in a word.
pub(super) fn chip(status: AccountStatus) -> impl IntoView {
    let class = match status {
        AccountStatus::Active => "badge badge-good",
        AccountStatus::Banned => "badge badge-bad",
        _ => "badge",
    };
    view! { <span class=class>{status_word(status)}</span> }
}

fn pager(asked: &Asked, listed: &Listed<Account>) -> impl IntoView + use<> {
    let to = |cursor: &str| asked.address(&asked.sort, cursor);
    let first = (!asked.cursor.is_empty()).then(|| to(""));
    let previous = listed.previous.as_ref().map(|cursor| to(cursor.as_str()));
    let next = listed.next.as_ref().map(|cursor| to(cursor.as_str()));
    let words = match listed.items.len() {
        0 => String::new(),
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    };
    view! { <Pager first previous next words/> }
}
