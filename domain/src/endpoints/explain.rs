//! Whether somebody may call an endpoint, and why: what the guard of the route would look at, in its order, with every
//! answer and not the first refusal alone. Called by the command line and the administrators' pages.

use super::{Endpoint, Proof, Who};
use crate::accounts::{self, Which};
use crate::{Allowed, Domain, groups};
use vestibule_model::accounts::{Account, AccountStatus};
use vestibule_model::endpoints::{EndpointView, Explanation, Reason, RuleForm, Step};
use vestibule_model::groups::{ADMIN, EffectiveRights, ViewAccounts};
use vestibule_model::{Error, Result, UserId};

/// Whether the person may call `method` at `path`, and why.
///
/// # Errors
/// [`Error::NotFound`] for an unknown person, and for an address that nothing answers.
pub async fn explain(
    domain: &Domain,
    by: &Allowed<ViewAccounts>,
    user: UserId,
    (method, path): (&str, &str),
) -> Result<Explanation> {
    let catalog = domain.endpoints();
    let endpoint = catalog.find(method, path).ok_or(Error::NotFound)?;
    let account = accounts::show(domain, by, &Which::Id(user)).await?;
    let rights = groups::of_person(domain, by, user, None).await?;
    let view = endpoint.view(&domain.endpoint_rules().in_force());
    let unconfirmed_may = !domain.rules().accounts.verification_required;
    let steps = steps(endpoint, &view, (&account, unconfirmed_may), &rights);
    Ok(Explanation { id: user, allowed: steps.iter().all(|step| step.holds), endpoint: view, steps })
}

/// `account`: with whether one whose address is not confirmed may sign in here.
fn steps(
    endpoint: &Endpoint,
    view: &EndpointView,
    (account, unconfirmed_may): (&Account, bool),
    rights: &EffectiveRights,
) -> Vec<Step> {
    let mut steps = Vec::new();
    if endpoint.policy.who != Who::Anyone || !view.rules.is_empty() {
        let reason = Reason::Account { status: account.status, ban: account.ban.clone() };
        let holds = match account.status {
            AccountStatus::Active => true,
            AccountStatus::Unconfirmed => unconfirmed_may,
            _ => false,
        };
        steps.push(Step { holds, reason });
    }
    steps.push(match endpoint.policy.who {
        Who::Anyone => Step { holds: true, reason: Reason::Anyone },
        // Who the person is says nothing of where they sit.
        Who::Loopback => Step { holds: false, reason: Reason::ThisMachine },
        Who::SignedIn => Step { holds: true, reason: Reason::SignedIn },
        Who::Permitted(name) => {
            let through = through(rights, name);
            Step {
                holds: !through.is_empty(),
                reason: Reason::Permission { permission: name.to_owned(), through },
            }
        }
    });
    for rule in &view.rules {
        let through = meeting(rights, &rule.rule);
        let holds = rule.rule.who.is_some() || !through.is_empty();
        let (tag, from) = (rule.tag.clone(), rule.from);
        steps.push(Step { holds, reason: Reason::Rule { tag, rule: rule.rule.clone(), from, through } });
    }
    if endpoint.policy.proof != Proof::Unasked {
        steps.push(Step { holds: true, reason: Reason::Proof });
    }
    steps
}

/// The groups through which a permission is held. One that nobody declares any more is held by administrators.
fn through(rights: &EffectiveRights, permission: &str) -> Vec<String> {
    match rights.permissions.iter().find(|right| right.permission == permission) {
        Some(right) => right.through.clone(),
        None => rights.groups.iter().filter(|group| *group == ADMIN).cloned().collect(),
    }
}

/// The groups through which a rule is met.
fn meeting(rights: &EffectiveRights, rule: &RuleForm) -> Vec<String> {
    match (&rule.permission, &rule.group) {
        (Some(permission), _) => through(rights, permission),
        (None, Some(group)) => {
            rights.groups.iter().filter(|one| *one == group || *one == ADMIN).cloned().collect()
        }
        (None, None) => Vec::new(),
    }
}
