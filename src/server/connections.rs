//! Connections: accepts them, speaks HTTP/1.1 on each, and lets them finish. HTTP/2 is left to the proxy in front, and
//! with it its floods (C71). Knows the router as one function and nothing of what it answers.

use super::linger::Lingering;
use super::patience::Patience;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

/// Longest time for the head of a request to arrive, and for a kept connection to stay silent.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time in which a caller takes nothing of an answer: who reads nothing must not keep a place.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of a request's head that are read; more, or more than 100 headers, is answered by a bare 431. What is less but
/// more than `http/limits.rs` allows is refused there, in words.
const MAX_HEAD: usize = 64 * 1024;
/// Most bytes that are read ahead on a connection.
const MAX_BUFFER: usize = 128 * 1024;
/// Most connections at once; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 10_000;
/// Wait after the system refused a connection for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The open connections of a server, all of whose requests `answer` answers.
pub(super) struct Connections<A> {
    answer: A,
    http: http1::Builder,
    open: GracefulShutdown,
    places: Arc<Semaphore>,
}

impl<A, F> Connections<A>
where
    A: Fn(SocketAddr, Request) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response, Infallible>> + Send + 'static,
{
    pub(super) fn new(answer: A) -> Self {
        let mut http = http1::Builder::new();
        http.header_read_timeout(HEAD_TIMEOUT).max_header_size(MAX_HEAD).max_buf_size(MAX_BUFFER);
        Self {
            answer,
            http,
            open: GracefulShutdown::new(),
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        }
    }

    /// Accepts connections until `end`.
    pub(super) async fn serve(&mut self, listener: &TcpListener, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            let accepted = async {
                let place = Arc::clone(&self.places).acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                () = &mut end => return,
                accepted = accepted => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.open(stream, peer, place.ok()),
                Err(cause) => {
                    tracing::warn!(%cause, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn open(&self, stream: TcpStream, peer: SocketAddr, place: Option<tokio::sync::OwnedSemaphorePermit>) {
        // Answers are written whole; waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let answer = self.answer.clone();
        let service =
            service_fn(move |request: hyper::Request<Incoming>| answer(peer, request.map(Body::new)));
        let mut http = self.http.clone();
        http.timer(Patience::default());
        let mut stream = TimeoutStream::new(Lingering::new(stream));
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let connection = self.open.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            if let Err(cause) = connection.await {
                tracing::debug!(%cause, "a connection broke");
            }
            drop(place);
        });
    }

    /// Lets running requests finish, and closes what is idle; after `patience` whatever is left is cut off.
    pub(super) async fn finish(self, patience: Duration) {
        if tokio::time::timeout(patience, self.open.shutdown()).await.is_err() {
            tracing::warn!("some requests did not finish in time and were cut off");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tower::ServiceExt;

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_of_an_answer_loses_the_place() {
        let large = || async { Body::from(vec![b'a'; 64 * 1024 * 1024]) };
        let router = Router::new().route("/", get(large));
        let mut connections = Connections::new(move |_, request| router.clone().oneshot(request));
        let places = Arc::clone(&connections.places);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let long_after = async {
            // One place is the caller's, and one waits for the next.
            while places.available_permits() != MAX_CONNECTIONS - 2 {
                tokio::task::yield_now().await;
            }
            for _ in 0..2 * WRITE_TIMEOUT.as_secs() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        connections.serve(&listener, long_after).await;
        assert_eq!(places.available_permits(), MAX_CONNECTIONS);
    }

    /// Sends `request` and answers with what comes until the server closes.
    async fn told(to: std::net::SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_cut_off_and_others_are_served_meanwhile() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|| async { "here" }));
        let mut connections = Connections::new(move |_, request| router.clone().oneshot(request));
        let places = Arc::clone(&connections.places);
        let serving = tokio::spawn(async move { connections.serve(&listener, std::future::pending()).await });
        let whole = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let mut slow = TcpStream::connect(to).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        // Accepted after the slow one.
        assert!(told(to, whole).await.starts_with("HTTP/1.1 200"));
        let mut rest = Vec::new();
        tokio::select! {
            biased;
            read = slow.read_to_end(&mut rest) => panic!("cut off too early: {read:?}"),
            () = tokio::time::sleep(HEAD_TIMEOUT / 2) => {}
        }
        assert!(told(to, whole).await.starts_with("HTTP/1.1 200"));
        slow.read_to_end(&mut rest).await.unwrap();
        assert!(!String::from_utf8_lossy(&rest).contains("HTTP/1.1 200"), "{rest:?}");
        while places.available_permits() != MAX_CONNECTIONS - 1 {
            tokio::task::yield_now().await;
        }
        serving.abort();
    }
}
