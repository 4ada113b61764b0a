//! Values that cannot be wrong: parsed once, trusted afterwards. Forms and views of every area are made of them.
//! Nothing here reads a clock, a database or a locale.

mod email;
mod ids;
mod name;
pub mod password;
mod timestamp;
mod username;

pub use email::Email;
pub use ids::{SessionId, TokenId, UserId};
pub use name::Name;
pub use timestamp::Timestamp;
pub use username::Username;
