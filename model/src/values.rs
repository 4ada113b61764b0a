//! Values that cannot be wrong: parsed once, trusted afterwards. Forms and views of every area are made of them.
//! Nothing here reads a clock, a database or a locale.

mod bio;
mod device_name;
mod email;
mod ids;
mod language;
mod name;
pub mod password;
pub(crate) mod text;
mod timestamp;
mod username;

pub use bio::Bio;
pub(crate) use bio::lines as bio_lines;
pub use device_name::DeviceName;
pub use email::Email;
pub use ids::{BanId, ExportId, KeyId, NoteId, SessionId, TokenId, UserId};
pub use language::{LANGUAGES, Language};
pub use name::Name;
pub use timestamp::Timestamp;
pub use username::Username;
