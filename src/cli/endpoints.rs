//! `endpoints`: every address this program answers, with its policy.

use super::{Failure, house::House, output};
use crate::http::manifest::{self, Misfits};
use crate::http::{policy::Entry, router};
use serde::Serialize;
use vestibule_domain::endpoints::Who;

/// An address as `--json` tells it.
#[derive(Serialize)]
struct Row {
    path: String,
    method: String,
    /// `anyone`, `signed_in`, `permitted` or `this_machine`.
    who: &'static str,
    /// The permission, where one is needed.
    permission: Option<&'static str>,
    /// The group of endpoints it belongs to.
    tag: &'static str,
    /// Most bytes of a body.
    body_limit: usize,
    /// `bearer`, `cookie` or `none`.
    credential: &'static str,
}

/// Prints the manifest.
pub(crate) fn run(house: &House) -> Result<(), Failure> {
    let root = house.settings()?.settings.api.root;
    let misfits = |misfits: Misfits| Failure::Endpoints(misfits.to_string());
    if !house.output.is_json() {
        return output::text(&house.vestibule.manifest(&root).map_err(misfits)?);
    }
    let endpoints = router::collect(&house.vestibule, &root).map_err(misfits)?;
    let mut rows: Vec<Row> = endpoints.entries.iter().flat_map(rows).collect();
    rows.sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
    house.output.data(&rows, |_| String::new())
}

fn rows(entry: &Entry) -> impl Iterator<Item = Row> {
    let (who, permission) = match entry.policy.who {
        Who::Anyone => ("anyone", None),
        Who::SignedIn => ("signed_in", None),
        Who::Permitted(name) => ("permitted", Some(name)),
        Who::Loopback => ("this_machine", None),
    };
    entry.methods.iter().map(move |method| Row {
        path: entry.path.clone(),
        method: method.to_string(),
        who,
        permission,
        tag: entry.policy.tag,
        body_limit: entry.policy.body_limit,
        credential: manifest::credential(entry.family),
    })
}
