//! A throwaway Postgres cluster for the tests: in a temporary folder, on a free loopback port, without fsync.
//!
//! Called by the rust part of `cargo xtask test` when `TEST_POSTGRES_URL` names no server. Must never touch a cluster it
//! did not create.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::run::{Outcome, at, command, output, succeeds};
use crate::tools;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 400
shared_buffers = 128MB
autovacuum = off
";

/// A running cluster; dropping it, or the death of this process in any way, stops and removes it.
pub(crate) struct Cluster {
    /// `postgres://…` of a superuser in the database `postgres`.
    pub(crate) url: String,
    guard: Option<(Child, ChildStdin)>,
}

impl Cluster {
    /// Creates and starts a cluster; about two seconds.
    pub(crate) fn start() -> Outcome<Self> {
        let programs = programs()?;
        let dir = std::env::temp_dir().join(format!("vestibule-postgres-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).map_err(at(&dir))?;
        let account = Account::choose()?;
        account.own(&dir)?;
        let password = random_hex()?;
        let secret = dir.join("password");
        fs::write(&secret, &password).map_err(at(&secret))?;
        account.own(&secret)?;
        let mut initdb = account.command(&programs.join("initdb"));
        initdb.args([
            "--username=vestibule",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=password",
            "--no-sync",
        ]);
        output(initdb.arg("--pwfile").arg(&secret).arg("--pgdata").arg(dir.join("data")))?;
        let port = free_port()?;
        let conf = dir.join("data/postgresql.conf");
        let given = fs::read_to_string(&conf).map_err(at(&conf))?;
        fs::write(&conf, format!("{given}{SETTINGS}port = {port}\n")).map_err(at(&conf))?;
        let guard = account.guard(&programs, &dir)?;
        let cluster = Self {
            url: format!("postgres://vestibule:{password}@127.0.0.1:{port}/postgres"),
            guard: Some(guard),
        };
        let mut start = account.command(&programs.join("pg_ctl"));
        start.args(["start", "--wait", "--silent", "--pgdata"]).arg(dir.join("data"));
        start.arg("--log").arg(dir.join("log"));
        // pg_ctl's server would keep a pipe of ours open for ever; its log is the file.
        if succeeds(&mut start) {
            return Ok(cluster);
        }
        let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
        Err(format!("the throwaway Postgres did not start:\n{log}").into())
    }
}

/// `cargo xtask postgres`: a cluster for tests run by hand.
pub(crate) fn hold() -> Outcome {
    let cluster = Cluster::start()?;
    println!("export TEST_POSTGRES_URL={}", cluster.url);
    // Ends by Ctrl-C, which the guard notices, or with the end of our input.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).map_err(|cause| format!("input: {cause}"))?;
    Ok(())
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((mut guard, stdin)) = self.guard.take() {
            drop(stdin);
            let _ = guard.wait();
        }
    }
}

/// The folder of Postgres' own programs, the newest version first; installed when there is none.
pub(crate) fn programs() -> Outcome<PathBuf> {
    let search = || {
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, bin): &(u32, PathBuf)| bin.join("initdb").is_file())
            .collect();
        versions.sort();
        let packaged = versions.pop().map(|(_, bin)| bin);
        packaged.or_else(|| Some(tools::find("initdb")?.parent()?.to_owned()))
    };
    if let Some(found) = search() {
        return Ok(found);
    }
    tools::apt_install("postgresql")?;
    search().ok_or_else(|| "apt installed postgresql, but there is no initdb".into())
}

/// Who runs the cluster: Postgres refuses to run as root.
enum Account {
    Ours,
    Named { name: &'static str, group: String },
}

impl Account {
    fn choose() -> Outcome<Self> {
        if output(command("id").arg("-u"))?.trim() != "0" {
            return Ok(Self::Ours);
        }
        let exists = |name: &&str| succeeds(command("id").arg(name));
        let name = ["postgres", "nobody"].into_iter().find(exists);
        let name = name.ok_or("there is neither a user postgres nor a user nobody")?;
        let group = output(command("id").args(["-g", name]))?.trim().to_owned();
        Ok(Self::Named { name, group })
    }

    fn own(&self, path: &Path) -> Outcome {
        match self {
            Self::Ours => Ok(()),
            Self::Named { name, .. } => output(command("chown").arg(name).arg(path)).map(drop),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut run = match self {
            Self::Ours => Command::new(program),
            Self::Named { name, group } => {
                let mut switch = Command::new("setpriv");
                switch.args([format!("--reuid={name}"), format!("--regid={group}")]);
                switch.args(["--clear-groups", "--"]).arg(program);
                switch
            }
        };
        run.current_dir("/").stdin(Stdio::null());
        run
    }

    /// A shell that waits until our end of its pipe closes, however that happens, and then cleans up. Its own process
    /// group keeps Ctrl-C from it.
    fn guard(&self, programs: &Path, dir: &Path) -> Outcome<(Child, ChildStdin)> {
        let script =
            r#"cat >/dev/null; "$1/pg_ctl" stop --silent --mode=immediate --pgdata "$2/data"; rm -rf "$2""#;
        let mut shell = self.command(Path::new("/bin/sh"));
        shell.args(["-c", script, "guard"]).arg(programs).arg(dir).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = shell.spawn().map_err(|cause| format!("sh: {cause}"))?;
        let stdin = shell.stdin.take().ok_or("the guard has no input")?;
        Ok((shell, stdin))
    }
}

/// A port of 127.0.0.1 that was free a moment ago.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|cause| format!("no free port: {cause}"))?;
    let address = listener.local_addr().map_err(|cause| format!("no free port: {cause}"))?;
    Ok(address.port())
}

fn random_hex() -> Outcome<String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    fs::File::open(source).and_then(|mut file| file.read_exact(&mut bytes)).map_err(at(source))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
