//! The pages of one's own account, as a browser without JavaScript and a program use them.

mod devices;
mod exports;
mod history;
mod nudges;
mod pause;
