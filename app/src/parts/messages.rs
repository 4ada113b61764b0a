//! What is said to a person above a form or page: what was done, what went wrong.

use super::icons::Icon;
use crate::server::{Flash, control};
use crate::text::{Notice, field_sentence_for, notice_sentence, sentence};
use leptos::prelude::*;
use vestibule_model::Error;

/// What a message is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It went well.
    Good,
    /// Good to know.
    Plain,
    /// Look here.
    Warning,
}

impl Tone {
    const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Good => ("notice notice-good", "check"),
            Self::Plain => ("notice", "info"),
            Self::Warning => ("notice notice-warning", "alert"),
        }
    }
}

/// A message in a box.
#[component]
pub fn NoticeBox(
    /// What it is like.
    #[prop(default = Tone::Plain)]
    tone: Tone,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let (class, icon) = tone.look();
    view! { <div class=class role="status"><Icon name=icon/><div>{children()}</div></div> }
}

/// What went wrong with a form, in one place: takes the focus when the page opens and leads to each field.
#[component]
pub fn ErrorSummary(
    /// What the form left.
    flash: Flash,
    /// The form's fields as `(name, label)`, in order; a problem of any other field is not shown as a link.
    fields: &'static [(&'static str, &'static str)],
    /// Fields that are known only when the page is made, after those.
    #[prop(optional)]
    more: Vec<(String, String)>,
) -> impl IntoView {
    let error = flash.error?;
    let fixed = fields.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned()));
    let listed = listed(&error, fixed.chain(more));
    let list = (!listed.is_empty()).then(|| {
        let items =
            listed.into_iter().map(|(name, text)| view! { <li><a href=format!("#{name}")>{text}</a></li> });
        view! { <ul>{items.collect_view()}</ul> }
    });
    Some(view! {
        <div class="notice notice-bad" role="alert" tabindex="-1" autofocus=true>
            <Icon name="alert"/>
            <div><p>{sentence(&error)}</p>{list}{reference(&error)}</div>
        </div>
    })
}

fn listed(error: &Error, fields: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let Error::Invalid { fields: wrong } = error else { return Vec::new() };
    let texts = fields.filter_map(|(name, label)| {
        let wrong = wrong.iter().find(|wrong| control(&wrong.field) == name)?;
        let text = format!("{label}: {}", field_sentence_for(&name, &wrong.problem));
        Some((name, text))
    });
    texts.collect()
}

/// The id under which the log explains an internal error.
pub(crate) fn reference(error: &Error) -> Option<impl IntoView + use<>> {
    match error {
        Error::Internal { id } => {
            Some(view! { <p class="reference">"Reference: "<code>{id.clone()}</code></p> })
        }
        _ => None,
    }
}

/// What the page before this one did, if it left word.
#[component]
pub(crate) fn Told(
    /// What was left.
    notice: Option<Notice>,
) -> impl IntoView {
    notice.map(|notice| view! { <NoticeBox tone=Tone::Good>{notice_sentence(notice)}</NoticeBox> })
}
