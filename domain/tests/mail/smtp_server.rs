//! A real SMTP server on loopback that behaves as badly as it is told: for the tests of mail alone.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// How the server behaves; changed while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes mail.
    Takes,
    /// Takes mail once it is told to be in another mood.
    TakesWhenTold,
    /// Answers every recipient with 451.
    RefusesForNow,
    /// Answers every recipient with 550.
    RefusesForEver,
    /// Takes a mail and hangs up without saying so.
    HangsUpAfterData,
    /// Takes connections and never says a word.
    IsSilent,
}

/// A mail that arrived whole.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// Whom `MAIL FROM` named.
    pub(crate) from: String,
    /// Whom `RCPT TO` named.
    pub(crate) to: Vec<String>,
    /// Headers and body, lines ended by `\n`.
    pub(crate) data: String,
}

impl Arrived {
    /// The first header called `name`.
    pub(crate) fn header(&self, name: &str) -> &str {
        let head = self.data.split("\n\n").next().unwrap_or_default();
        let line = head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{}:", name.to_ascii_lowercase())));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }
}

#[derive(Debug)]
struct State {
    mood: Mood,
    arrived: Vec<Arrived>,
    connections: usize,
    commands: Vec<String>,
}

/// The server.
pub(crate) struct SmtpServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: Option<JoinHandle<()>>,
}

impl SmtpServer {
    /// Starts one.
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let state = State { mood, arrived: Vec::new(), connections: 0, commands: Vec::new() };
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(Mutex::new(state));
        let listening = Some(tokio::spawn(listen(listener, Arc::clone(&state))));
        Self { address, state, listening }
    }

    /// The address, with whatever options.
    pub(crate) fn url(&self, options: &str) -> String {
        format!("smtp://{}{options}", self.address)
    }

    /// Changes how it behaves.
    pub(crate) fn set(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Hangs up everywhere and refuses connections.
    pub(crate) async fn go_away(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _ = listening.await;
        }
    }

    /// Listens again on the same port.
    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is still free");
        self.listening = Some(tokio::spawn(listen(listener, Arc::clone(&self.state))));
    }

    /// Every mail that arrived.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.state().arrived.clone()
    }

    /// Connections that were made.
    pub(crate) fn connections(&self) -> usize {
        self.state().connections
    }

    /// Every command that was given.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.state().commands.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked with it")
    }
}

/// Connections live in the set, so that ending this task ends them all.
async fn listen(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut open = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.lock().expect("no test panicked with it").connections += 1;
        let state = Arc::clone(&state);
        open.spawn(async move { converse(stream, &state).await.unwrap_or_default() });
    }
}

async fn converse(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let now = || state.lock().expect("no test panicked with it").mood;
    if now() == Mood::IsSilent {
        sleep(Duration::from_mins(10)).await;
    }
    let mut stream = BufReader::new(stream);
    let (mut from, mut to) = (String::new(), Vec::new());
    stream.write_all(b"220 sink.test ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        state.lock().expect("no test panicked with it").commands.push(line.to_owned());
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (word.as_str(), now()) {
            ("EHLO", _) => "250-sink.test\r\n250 8BITMIME\r\n",
            ("RCPT", Mood::RefusesForNow) => "451 4.2.1 greylisted\r\n",
            ("RCPT", Mood::RefusesForEver) => "550 5.1.1 no such mailbox\r\n",
            ("MAIL", _) => {
                from = between_angles(line);
                to.clear();
                "250 ok\r\n"
            }
            ("RCPT", _) => {
                to.push(between_angles(line));
                "250 ok\r\n"
            }
            ("DATA", _) => {
                stream.write_all(b"354 go on\r\n").await?;
                let data = read_data(&mut stream).await?;
                while now() == Mood::TakesWhenTold {
                    sleep(Duration::from_millis(5)).await;
                }
                let mail = Arrived { from: from.clone(), to: to.clone(), data };
                state.lock().expect("no test panicked with it").arrived.push(mail);
                if now() == Mood::HangsUpAfterData {
                    return Ok(());
                }
                "250 taken\r\n"
            }
            ("NOOP" | "RSET", _) => "250 ok\r\n",
            ("QUIT", _) => "221 bye\r\n",
            _ => "502 what?\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
        if word == "QUIT" {
            return Ok(());
        }
    }
}

/// Lines up to the lone dot, with the doubled dots undone (RFC 5321 4.5.2).
async fn read_data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        let line = line.strip_suffix("\r\n").unwrap_or(&line);
        if line == "." {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(line));
        data.push('\n');
    }
}

fn between_angles(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
