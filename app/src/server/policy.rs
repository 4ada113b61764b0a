//! How a server function states its policy. The server compares these with the list of server functions at start and
//! refuses to serve one without.

pub use inventory;
pub use vestibule_domain::endpoints::FnPolicy;

/// States the policy of the server function served at `$path`; stands beside its `#[server]`. Both are constants.
#[macro_export]
macro_rules! policy {
    ($path:expr, $policy:expr) => {
        $crate::server::policy::inventory::submit! {
            $crate::server::policy::FnPolicy { path: $path, policy: $policy }
        }
    };
}
