//! The server beside commands, and how it ends.

use super::program::{Program, finished};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command};

/// A server that is running.
struct Server(Child);

impl Server {
    /// Starts it on a free port and waits for the line that says where.
    fn start(program: &Program) -> Self {
        let mut child =
            program.command(&["serve", "--listen", &free_address()]).spawn().expect("the program starts");
        let err = BufReader::new(child.stderr.take().expect("its output is a pipe"));
        let out = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let (told, heard) = std::sync::mpsc::channel();
        for stream in [Box::new(err) as Box<dyn std::io::BufRead + Send>, Box::new(out)] {
            let told = told.clone();
            // Reads to the end, so that the server never waits for a reader.
            std::thread::spawn(move || {
                for line in stream.lines().map_while(Result::ok) {
                    let _ = told.send(line);
                }
            });
        }
        let wait = std::time::Duration::from_secs(20);
        while !heard
            .recv_timeout(wait)
            .expect("the server says where it listens")
            .contains("http://127.0.0.1:")
        {}
        Self(child)
    }

    fn signal(&self, name: &str) {
        signal(&self.0, name);
    }
}

/// Sends a signal to a process.
fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn commands_work_beside_a_server_a_second_server_does_not() {
    let program = Program::new();
    let mut server = Server::start(&program);
    program.create(&["ada@example.org", "--verified"]).done();
    assert!(program.run(&["user", "show", "ada@example.org"]).done().out.contains("Ada Lovelace"));
    let said = program.run(&["serve", "--listen", &free_address()]);
    assert_eq!(said.code, 69, "{said:?}");
    server.signal("INT");
    assert_eq!(server.0.wait().unwrap().code(), Some(0), "Ctrl-C ends it cleanly");
    assert!(is_whole(&program.data()), "no journal is left behind");
}

#[test]
fn sigterm_ends_the_server_cleanly() {
    let program = Program::new();
    let mut server = Server::start(&program);
    server.signal("TERM");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
}

#[test]
fn ctrl_c_ends_a_command_that_waits() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://ada@{}/absent", silent.local_addr().unwrap());
    let program = Program::new().set("VESTIBULE_DATABASE__URL", &url);
    let child = program.command(&["user", "list"]).spawn().unwrap();
    let _connection = silent.accept().unwrap();
    signal(&child, "INT");
    assert_eq!(finished(child).failed(130), "error: interrupted\n");
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").to_string()
}

/// SQLite removes the journal when the last connection closes properly.
fn is_whole(data: &Path) -> bool {
    data.join("vestibule.db").exists() && !data.join("vestibule.db-wal").exists()
}
