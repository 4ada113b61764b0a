//! `/admin/users/{id}/ban`: why somebody is kept out and until when. Every end that can be chosen is told exactly, as clocks
//! show it where the administrator lives and in UTC.

use super::{About, id};
use crate::admin::AdminPage;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Field, Hidden, NoticeBox, Select, SubmitButton, TextArea, Tone};
use crate::text::{day_and_time, moment};
use crate::{paths, paths::actions, server};
use leptos::prelude::*;
use std::time::Duration;
use vestibule_model::Timestamp;
use vestibule_model::bans::LONGEST_REASON;
use vestibule_model::people::LONGEST_REMARK;

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] =
    &[("reason", "Reason"), ("span", "How long"), ("until", "Until"), ("note", "Note")];

/// Spans that are offered, in hours.
const SPANS: [(u64, &str); 5] =
    [(1, "1 hour"), (24, "1 day"), (7 * 24, "7 days"), (30 * 24, "30 days"), (90 * 24, "90 days")];

/// `/admin/users/{id}/ban`.
#[component]
pub fn BanPage() -> impl IntoView {
    let id = id();
    let flash = server::take_flash(&format!("{}/{id}/ban", paths::ADMIN_USERS));
    page(async move {
        let about = About::read(&id, flash).await?;
        let (account, flash) = (about.account.clone(), about.flash.clone());
        let now = about.site.domain.now();
        let standing = account.ban.clone().map(|ban| {
            let until = ban.until.map_or_else(|| "until it is lifted".to_owned(), |at| format!("until {}", both(at)));
            view! { <NoticeBox tone=Tone::Warning><p>"There is a ban "{until}". This one takes its place."</p></NoticeBox> }
        });
        let reason = account.ban.as_ref().map(|ban| ban.reason.to_string()).unwrap_or_default();
        let reason = flash.typed("reason").unwrap_or(reason);
        let examples = about.site.domain.rules().accounts.ban_reasons.iter();
        let examples = examples.map(|reason| view! { <option value=reason.clone()></option> }).collect_view();
        let zone = server::zone();
        let hint = format!(
            "As clocks show it in {}; used with “Until the moment below”.",
            zone.name().replace('_', " ")
        );
        let title = format!("Ban {}", account.name);
        Ok(view! {
            <AdminPage title here=paths::ADMIN_USERS>
                {standing}
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                <Card>
                    <form method="post" action=actions::BAN novalidate=true>
                        <Hidden name="user" value=account.id.to_string()/>
                        <Field
                            name="reason" label="Reason" value=reason list="reasons" most=Some(LONGEST_REASON)
                            hint="In words that the person is shown. Some are offered while you type." problem=flash.problem("reason")
                        />
                        <datalist id="reasons">{examples}</datalist>
                        <Select
                            name="span" label="How long" value=flash.typed("span").unwrap_or_else(|| "lifted".to_owned())
                            options=spans(now) problem=flash.problem("span")
                        />
                        <Field
                            name="until" label="Until (optional)" kind="datetime-local" required=false
                            value=flash.value("until") hint problem=flash.problem("until")
                        />
                        <TextArea
                            name="note" label="Note (optional)" value=flash.value("note") most=Some(LONGEST_REMARK)
                            hint="For administrators; it is kept with the notes on the person." problem=flash.problem("note")
                        />
                        <p>"Every session and token of theirs ends at once, and a mail tells them why and until when."</p>
                        <div class="actions">
                            <SubmitButton label="Ban" look="danger"/>
                            <a class="button button-quiet" href=paths::admin_user(account.id)>"Do nothing"</a>
                        </div>
                    </form>
                </Card>
            </AdminPage>
        })
    })
}

/// A moment where the reader lives and, where that is not UTC, in UTC too.
fn both(at: Timestamp) -> String {
    let (here, utc) = (day_and_time(at), moment(at));
    if here.ends_with("UTC") { here } else { format!("{here} ({utc})") }
}

/// The ends that can be chosen. The moment itself is what is sent: what was read is what holds.
pub(crate) fn spans(now: Timestamp) -> Vec<(String, String)> {
    // To the minute, as it is said.
    let now = Timestamp::from_seconds((now.seconds() / 60 + 1) * 60);
    let span = |(hours, label): &(u64, &str)| {
        let end = now.after(Duration::from_hours(*hours));
        (end.to_string(), format!("{label}: until {}", both(end)))
    };
    let fixed = [("lifted", "Until it is lifted"), ("custom", "Until the moment below")];
    let fixed = fixed.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    fixed.chain(SPANS.iter().map(span)).collect()
}
