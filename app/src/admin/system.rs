//! `/admin/system`: version, database, migrations, and what `vestibule doctor` finds; all of it as text without secrets, to be
//! sent to somebody who helps.

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, Details, Fact, Facts, LinkButton, Table};
use crate::server::system::{Finding, Weight};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::{Domain, db};
use vestibule_model::groups::ViewSettings;
use vestibule_model::{Error, Result};

/// What is known of the program.
struct Known {
    engine: &'static str,
    applied: usize,
    shipped: usize,
    newest: String,
    findings: Vec<Finding>,
}

impl Known {
    async fn of(domain: &Domain, findings: Vec<Finding>) -> Result<Self> {
        let migrations = db::migrations(domain.db()).await.map_err(|_| Error::Unavailable)?;
        let newest = migrations.last().map(|one| format!("{:04} {}", one.version, one.name));
        Ok(Self {
            engine: domain.db().engine(),
            applied: migrations.iter().filter(|one| one.applied).count(),
            shipped: migrations.len(),
            newest: newest.unwrap_or_default(),
            findings,
        })
    }

    fn text(&self) -> String {
        let findings =
            self.findings.iter().map(|one| format!("{:?} {}: {}", one.weight, one.check, one.said));
        let head = format!(
            "vestibule {}\ndatabase {}\nmigrations {} of {}, newest {}",
            env!("CARGO_PKG_VERSION"),
            self.engine,
            self.applied,
            self.shipped,
            self.newest
        );
        std::iter::once(head).chain(findings).collect::<Vec<_>>().join("\n")
    }
}

/// `/admin/system`.
#[component]
pub fn SystemPage() -> impl IntoView {
    page(async move {
        server::actor().allow::<ViewSettings>()?;
        let site = server::site()?;
        let findings = (site.system.examine)().await;
        let known = Known::of(&site.domain, findings).await?;
        let text = known.text();
        let columns = vec![Column::new("Check").names_row(), Column::new("State"), Column::new("Found")];
        let rows = known.findings.iter().map(row).collect();
        Ok(view! {
            <AdminPage title="System" here=paths::ADMIN_SYSTEM lead="What runs here, and what would keep it from working.">
                <Card>
                    <Facts>
                        <Fact label="Version">{env!("CARGO_PKG_VERSION")}</Fact>
                        <Fact label="Database">{known.engine}</Fact>
                        <Fact label="Migrations">{format!("{} of {} applied; the newest is {}", known.applied, known.shipped, known.newest)}</Fact>
                        <Fact label="Address">{site.domain.public_url().to_owned()}</Fact>
                    </Facts>
                    <div class="actions">
                        <LinkButton href=paths::API_DOCS label="REST API" look="quiet"/>
                        <LinkButton href="/readyz" label="Readiness" look="quiet"/>
                    </div>
                </Card>
                <Card title="Checks"><Table caption="Checks" columns rows empty="This program brings no checks."/></Card>
                <Details summary="As text, to send to somebody who helps"><pre class="source">{text}</pre></Details>
            </AdminPage>
        })
    })
}

fn row(finding: &Finding) -> Vec<AnyView> {
    let (class, words) = match finding.weight {
        Weight::Good => ("badge badge-good", "Good"),
        Weight::Warning => ("badge badge-warning", "Look here"),
        Weight::Failed => ("badge badge-warning", "Does not work"),
    };
    vec![
        finding.check.into_any(),
        view! { <span class=class>{words}</span> }.into_any(),
        finding.said.clone().into_any(),
    ]
}
