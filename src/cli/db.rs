//! `db`: the database's schema.

use super::{Failure, house, house::House, output};
use clap::Subcommand;
use serde::Serialize;
use vestibule_domain::{Domain, db::MigrationStatus};

/// What to do with the schema.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the schema up to date; doing it twice is harmless
    Migrate,
    /// List the migrations and whether the database has them; exit code 1 when one is missing
    Status,
}

/// The schema as `--json` tells it.
#[derive(Serialize)]
struct Schema {
    /// Whether nothing is missing.
    migrated: bool,
    migrations: Vec<MigrationStatus>,
}

impl Schema {
    fn of(migrations: Vec<MigrationStatus>) -> Self {
        Self { migrated: migrations.iter().all(|one| one.applied), migrations }
    }
}

/// Runs a `db` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Migrate => migrate(house),
        Command::Status => status(house),
    }
}

fn migrate(house: &House) -> Result<(), Failure> {
    let settings = house.settings()?.settings;
    let mut options = settings.domain_options(house.vestibule.extensions.clone(), false);
    options.migrate = true;
    let (missing, after) = house::block_on(async {
        let url = options.database_url.clone();
        let before = Domain::schema(&url).await?;
        let domain = Domain::open(options).await?;
        domain.close().await;
        let missing: Vec<_> = before.into_iter().filter(|one| !one.applied).collect();
        Ok((missing, Domain::schema(&url).await?))
    })?;
    for one in &missing {
        house.output.say(&format!("applied {:04} {}", one.version, one.name));
    }
    if missing.is_empty() {
        house.output.say("the schema was up to date");
    }
    if house.output.is_json() { house.output.data(&Schema::of(after), |_| String::new()) } else { Ok(()) }
}

fn status(house: &House) -> Result<(), Failure> {
    let settings = house.settings()?.settings;
    let migrations = house::block_on(async { Ok(Domain::schema(&settings.database_url()).await?) })?;
    let schema = Schema::of(migrations);
    house.output.data(&schema, |schema| {
        let state = |one: &MigrationStatus| if one.applied { "applied" } else { "missing" };
        let row =
            |one: &MigrationStatus| vec![format!("{:04}", one.version), one.name.clone(), state(one).into()];
        output::table(&["VERSION", "NAME", "STATE"], schema.migrations.iter().map(row))
    })?;
    if schema.migrated { Ok(()) } else { Err(Failure::Found) }
}
