//! Groups and permissions: who may do what, and why.

use crate::{Allowed, Client, Domain};
use vestibule_model::groups::{ManageGroups, PermissionInfo};
use vestibule_model::{Result, UserId};

/// Every permission that exists: the product's and its extensions', sorted by name.
pub fn permissions(domain: &Domain) -> Vec<PermissionInfo> { todo!() }
/// Puts a person into a group.
pub async fn join(domain: &Domain, by: &Allowed<ManageGroups>, user: UserId, group: &str, client: &Client) -> Result<()> { todo!() }
/// Takes a person out of a group; never the last administrator.
pub async fn leave(domain: &Domain, by: &Allowed<ManageGroups>, user: UserId, group: &str, client: &Client) -> Result<()> { todo!() }
