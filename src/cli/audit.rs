//! `audit`: what happened, as a list, one row, or a file; and whether anybody touched it. Works beside a running server.

use super::{Failure, house::House, output};
use crate::trail_file::{Format, Writer};
use clap::{Args, Subcommand};
use std::io::{self, Write as _};
use std::{fs::File, path::PathBuf};
use vestibule_domain::audit::{self, Noted};
use vestibule_domain::{Actor, Allowed, Client};
use vestibule_model::audit::{Entry, Fault, FaultKind, Filter, Verdict};
use vestibule_model::groups::ViewAudit;
use vestibule_model::listing::{Cursor, Limit, Page};
use vestibule_model::{Error, Timestamp, UserId};

/// What to do with the trail.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what happened, newest first
    List(List),
    /// Show one row, with what was changed
    Show {
        /// The row's id
        id: String,
    },
    /// Write what happened into a file, newest first
    Export(Export),
    /// Look whether a row was changed, is missing, was put in or moved
    Verify(Verify),
}

/// Which rows.
#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Done by the account with this id
    #[arg(long, value_name = "ID")]
    actor: Option<UserId>,
    /// Done to the account with this id
    #[arg(long, value_name = "ID")]
    subject: Option<UserId>,
    /// Only this kind of event, as `signed_in`
    #[arg(long)]
    event: Option<String>,
    /// At this moment or later, as 2026-11-23T05:18:19Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
    /// In the request with this id
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// From this network address
    #[arg(long)]
    address: Option<String>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write it as 2026-11-23T05:18:19Z".to_owned())
}

impl Which {
    fn filter(self) -> Filter {
        let Self { actor, subject, event, from, to, request, address } = self;
        Filter { actor, subject, event, from, to, request_id: request, address }
    }
}

/// What to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Go on where the list before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// What to write, and where.
#[derive(Args, Debug)]
#[command(after_help = "Example: audit export --from 2026-11-01T00:00:00Z --format csv --out november.csv")]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// What the file is
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The file; standard output without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What to hold the trail against.
#[derive(Args, Debug)]
#[command(
    after_help = "Keep what it prints as head somewhere else: --expect finds rows that were cut off the end, which leave no \
                  other trace."
)]
pub(crate) struct Verify {
    /// A head that was printed earlier
    #[arg(long, value_name = "SEQ:SEAL")]
    expect: Option<String>,
}

/// Runs an `audit` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(list) => self::list(house, list),
        Command::Show { id } => show(house, &id),
        Command::Export(export) => self::export(house, export),
        Command::Verify(verify) => self::verify(house, &verify),
    }
}

fn view() -> Result<Allowed<ViewAudit>, Error> {
    Actor::Operator.allow()
}

fn list(house: &House, list: List) -> Result<(), Failure> {
    let fits = |field: &'static str| move |problem| Error::invalid(field, problem);
    let limit = Limit::new(list.limit).map_err(fits("limit"))?;
    let cursor = list.cursor.as_deref().map(Cursor::parse).transpose().map_err(fits("cursor"))?;
    let (filter, page) = (list.which.filter(), Page { limit, cursor, total: false });
    let listed = house
        .with_domain(|domain| async move { Ok(audit::list(&domain, &view()?, &filter, &page).await?) })?;
    house.output.data(&listed, |listed| {
        let heading = ["TIME", "EVENT", "BY", "WHOM", "ADDRESS", "ID"];
        output::table(&heading, listed.items.iter().map(row))
    })?;
    if let Some(next) = listed.next.filter(|_| !house.output.is_json()) {
        house.output.say(&format!("there is more: --cursor {next}"));
    }
    Ok(())
}

fn row(entry: &Entry) -> Vec<String> {
    let someone = |name: &Option<String>, id: Option<UserId>| {
        name.clone().or_else(|| id.map(|id| id.to_string())).unwrap_or_default()
    };
    let by = match entry.actor {
        Some(actor) => someone(&entry.actor_name, Some(actor)),
        None => entry.by.name().to_owned(),
    };
    vec![
        entry.at.to_string(),
        entry.event.clone(),
        by,
        someone(&entry.subject_name, entry.subject),
        entry.address.clone().unwrap_or_default(),
        entry.id.clone(),
    ]
}

fn show(house: &House, id: &str) -> Result<(), Failure> {
    let entry = house.with_domain(|domain| async move { Ok(audit::find(&domain, &view()?, id).await?) })?;
    house.output.data(&entry, told)
}

fn told(entry: &Entry) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let id = |id: Option<UserId>| id.map(|id| id.to_string()).unwrap_or_default();
    let whole = output::record([
        ("id", entry.id.clone()),
        ("place", entry.seq.map(|seq| seq.to_string()).unwrap_or_default()),
        ("time", entry.at.to_string()),
        ("event", entry.event.clone()),
        (
            "by",
            format!("{} {} {}", entry.by.name(), id(entry.actor), text(&entry.actor_name)).trim().to_owned(),
        ),
        ("session", text(&entry.session)),
        ("key", text(&entry.key)),
        ("whom", format!("{} {}", id(entry.subject), text(&entry.subject_name)).trim().to_owned()),
        ("detail", entry.detail.to_string()),
        ("request", text(&entry.request_id)),
        ("address", text(&entry.address)),
    ]);
    let changes = entry.changes.iter().map(|one| format!("\n{}: {} -> {}", one.field, one.before, one.after));
    format!("{whole}{}", changes.collect::<String>())
}

fn export(house: &House, export: Export) -> Result<(), Failure> {
    let (filter, mut writer, out) = (export.which.filter(), Writer::new(export.format), export.out);
    let broken = |cause| {
        let name = out.as_ref().map_or_else(|| "standard output".to_owned(), |out| out.display().to_string());
        Failure::Io(name, cause)
    };
    let mut file: Box<dyn io::Write> = match &out {
        Some(path) => Box::new(io::BufWriter::new(File::create(path).map_err(broken)?)),
        None => Box::new(io::stdout().lock()),
    };
    house.with_domain(|domain| async move {
        let mut export = audit::export(&domain, &view()?, filter, &Client::local()).await?;
        loop {
            let rows = export.next().await?;
            file.write_all(writer.piece(&rows).as_bytes()).map_err(broken)?;
            if rows.is_empty() {
                return file.flush().map_err(broken);
            }
        }
    })
}

fn verify(house: &House, verify: &Verify) -> Result<(), Failure> {
    let expected = verify.expect.as_deref().map(str::parse::<Noted>).transpose()?;
    let verdict = house.with_domain(|domain| async move {
        Ok(audit::verify(&domain, &view()?, expected.as_ref()).await?)
    })?;
    house.output.data(&verdict, said)?;
    if verdict.is_whole() { Ok(()) } else { Err(Failure::Found) }
}

fn said(verdict: &Verdict) -> String {
    let mut lines: Vec<_> = verdict.faults.iter().map(fault).collect();
    if verdict.more_faults {
        lines.push("and more".to_owned());
    }
    if verdict.is_whole() {
        lines.push(format!("{} rows, and nobody touched them", verdict.rows));
    }
    if verdict.kept_after > 0 {
        lines.push(format!("rows up to {} are not kept any longer", verdict.kept_after));
    }
    lines.push(format!("head {}", verdict.head));
    lines.join("\n")
}

fn fault(fault: &Fault) -> String {
    let what = match fault.kind {
        FaultKind::Changed => "was changed, or stands in another's place",
        FaultKind::Missing => "is missing, and maybe more behind it",
        FaultKind::Added => "was put in from outside",
        FaultKind::Head => return "the note of where the chain ends was changed from outside".to_owned(),
        FaultKind::Unexpected => "is not as it was noted earlier",
    };
    let id = fault.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    let seq = fault.seq.map_or_else(|| "a row without a place".to_owned(), |seq| format!("row {seq}"));
    format!("{seq}{id} {what}")
}
