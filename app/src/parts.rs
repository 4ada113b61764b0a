//! The kit: parts that pages are made of, on native elements, styled by `style/parts.css`. A project's own pages use the
//! same parts. Each escapes what it is given. No part knows an account, a route or the database.

pub mod autosave;
#[cfg(feature = "ssr")]
pub mod avatar;
#[cfg(feature = "ssr")]
pub mod buttons;
#[cfg(feature = "ssr")]
pub mod chart;
pub mod copy;
#[cfg(feature = "ssr")]
pub mod dead_link;
pub mod draft;
#[cfg(feature = "ssr")]
pub mod fields;
pub mod icons;
#[cfg(feature = "ssr")]
pub mod messages;
#[cfg(feature = "ssr")]
pub mod moment;
#[cfg(feature = "ssr")]
pub mod pager;
pub mod password_field;
#[cfg(feature = "ssr")]
pub mod select;
#[cfg(feature = "ssr")]
pub mod surfaces;
#[cfg(feature = "ssr")]
pub mod table;
#[cfg(feature = "ssr")]
pub mod text_area;
#[cfg(feature = "ssr")]
pub mod title;

pub use autosave::AutoSave;
#[cfg(feature = "ssr")]
pub use avatar::Avatar;
#[cfg(feature = "ssr")]
pub use buttons::{LinkButton, SubmitButton};
#[cfg(feature = "ssr")]
pub use chart::{Chart, Look, Series};
pub use copy::CopyButton;
#[cfg(feature = "ssr")]
pub(crate) use dead_link::DeadLink;
pub use draft::Draft;
#[cfg(feature = "ssr")]
pub use fields::{Checkbox, Field, Hidden};
pub use icons::{Icon, Logo};
#[cfg(feature = "ssr")]
pub(crate) use messages::Told;
#[cfg(feature = "ssr")]
pub use messages::{ErrorSummary, NoticeBox, Tone};
#[cfg(feature = "ssr")]
pub use moment::Moment;
#[cfg(feature = "ssr")]
pub use pager::{Filters, Pager};
pub use password_field::PasswordField;
#[cfg(feature = "ssr")]
pub use select::Select;
#[cfg(feature = "ssr")]
pub use surfaces::{Card, DangerZone, Details, Fact, Facts};
#[cfg(feature = "ssr")]
pub use table::{Column, Order, Table};
#[cfg(feature = "ssr")]
pub use text_area::TextArea;
#[cfg(feature = "ssr")]
pub use title::PageTitle;

/// The ids of a field's hint and problem, for `aria-describedby`; nothing when the field has neither.
fn described_by(name: &str, hint: bool, problem: bool) -> Option<String> {
    let ids = [(hint, "hint"), (problem, "problem")].into_iter().filter(|(there, _)| *there);
    let ids = ids.map(|(_, part)| format!("{name}-{part}")).collect::<Vec<_>>().join(" ");
    (!ids.is_empty()).then_some(ids)
}
