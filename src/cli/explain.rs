//! `explain`: what somebody may do, or whether they may do one thing, and why.

use super::endpoints::with_endpoints;
use super::users::{find, view};
use super::{Failure, groups::known, house::House, output};
use clap::Args;
use vestibule_app::text;
use vestibule_domain::{endpoints, groups};
use vestibule_model::Error;
use vestibule_model::accounts::AccountStatus;
use vestibule_model::endpoints::{Explanation, Step};
use vestibule_model::groups::{EffectiveRights, Right};

/// Whom, and what, to explain.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  explain ada@example.org\n  explain ada accounts:view\n  explain ada GET /admin/users"
)]
pub(crate) struct Explain {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// A permission, or a method and an address
    #[arg(value_name = "WHAT", num_args = 0..=2)]
    what: Vec<String>,
}

/// Explains.
pub(crate) fn run(house: &House, asked: &Explain) -> Result<(), Failure> {
    let words: Vec<&str> = asked.what.iter().flat_map(|word| word.split_whitespace()).collect();
    match *words.as_slice() {
        [] => rights(house, &asked.account, None),
        [permission] => rights(house, &asked.account, Some(permission)),
        [method, path] => endpoint(house, &asked.account, method, path),
        _ => Err(Failure::Usage("expected a permission, or a method and an address".into())),
    }
}

fn rights(house: &House, called: &str, permission: Option<&str>) -> Result<(), Failure> {
    let rights = house.with_domain(|domain| async move {
        let asked = permission.map(str::to_owned);
        known(&domain, &asked)?;
        let user = find(&domain, called).await?.id;
        Ok(groups::of_person(&domain, &view()?, user, permission).await?)
    })?;
    house.output.data(&rights, |rights| {
        let lines = rights.permissions.iter().map(told).collect::<Vec<_>>();
        let all = if lines.is_empty() { "holds no permission".to_owned() } else { lines.join("\n") };
        format!("groups: {}\n{}{all}", rights.groups.join(", "), standing(rights))
    })
}

fn told(right: &Right) -> String {
    if right.held {
        format!("allowed  {}  through {}", right.permission, right.through.join(", "))
    } else {
        format!("refused  {}  none of the groups holds it", right.permission)
    }
}

/// What keeps the person from using any of it.
fn standing(rights: &EffectiveRights) -> String {
    match rights.status {
        AccountStatus::Active => String::new(),
        status => format!("but cannot use it: the account is {}\n", status.name()),
    }
}

fn endpoint(house: &House, called: &str, method: &str, path: &str) -> Result<(), Failure> {
    let explanation = with_endpoints(house, |domain| async move {
        let user = find(&domain, called).await?.id;
        endpoints::explain(&domain, &view()?, user, (method, path)).await.map_err(|error| match error {
            Error::NotFound => Failure::Input(format!("Nothing answers {method} {path}.")),
            other => Failure::Refused(other),
        })
    })?;
    house.output.data(&explanation, explained)
}

fn explained(explanation: &Explanation) -> String {
    let verdict = if explanation.allowed { "allowed" } else { "refused" };
    let head = format!("{verdict}: {} {}", explanation.endpoint.method, explanation.endpoint.path);
    let line = |step: &Step| {
        vec![if step.holds { "yes" } else { "NO" }.to_owned(), text::reason_sentence(&step.reason)]
    };
    format!("{head}\n{}", output::table(&["PASSES", "WHY"], explanation.steps.iter().map(line)))
}
