//! `endpoints`: every address this program answers, with its policy.

use super::{Failure, house::House};

/// Prints the manifest.
pub(crate) fn run(house: &House) -> Result<(), Failure> {
    let settings = house.settings()?.settings;
    let manifest = house.vestibule.manifest(&settings.api.root);
    house.output.text(&manifest.map_err(|misfits| Failure::Endpoints(misfits.to_string()))?)
}
