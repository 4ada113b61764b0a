//! The limits that a program comes with: the product's own, and those of its extensions. Settings and administrators change
//! them; nothing here reads either.

use crate::Extension;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::limits::{By, Limit, Rule};

/// Limits that need no thought. Those that guard secrets and mail are strict, and roomy enough for an office behind one
/// address.
pub(super) fn defaults() -> Vec<Limit> {
    let strict = |most, per| Rule::Strict { most, per };
    let [minutes, hour] = [Duration::from_mins(10), Duration::from_hours(1)];
    let address = &[By::Address];
    vec![
        Limit::new("sign_in", &["sign-in"], address, strict(60, minutes)),
        Limit::new("social", &["social"], address, strict(60, minutes)),
        Limit::new("register", &["register"], address, strict(30, hour)),
        Limit::new("recovery", &["recovery"], address, strict(30, hour)),
        Limit::new("resend", &["resend"], address, strict(30, hour)),
        Limit::new(
            "refresh",
            &["refresh"],
            address,
            Rule::Steady { most: 300, per: Duration::from_mins(1), burst: 300 },
        ),
        Limit::new(
            "api",
            &["api"],
            &[By::Person],
            Rule::Steady { most: 1_200, per: Duration::from_mins(1), burst: 600 },
        ),
    ]
}

/// Everything that the program states, by name.
pub(super) fn stated(own: bool, extensions: &[Arc<dyn Extension>]) -> BTreeMap<String, Limit> {
    let own = if own { defaults() } else { Vec::new() };
    let added = extensions.iter().flat_map(|extension| extension.limits());
    own.into_iter().chain(added).map(|limit| (limit.name.to_string(), limit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::limits::LimitForm;

    #[test]
    fn the_limits_of_the_program_could_be_set_by_hand() {
        for limit in defaults() {
            assert_eq!(LimitForm::from(&limit).parse(&limit.name, None).as_ref(), Ok(&limit));
        }
    }
}
