//! The smallest project built on Vestibule: a guest book with one page, one endpoint and one permission of its own.
//!
//! Everything else (accounts, sign-in, mail, the command line) is Vestibule's. `docs/src/extend.md` explains each part.

mod guestbook;
pub mod pages;

use vestibule::Vestibule;

/// The program: Vestibule, and what is ours.
pub fn program() -> Vestibule {
    Vestibule::builder().extend(guestbook::Guestbook).routes(guestbook::routes).pages(
        vestibule::app::shell,
        pages::App,
        &pages::policies(),
    )
}
