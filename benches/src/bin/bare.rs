//! The least that axum can do: one handler with a small JSON answer and no layer, on the address given as argument.
//!
//! Started by `cargo xtask bench`, whose every HTTP figure is a ratio to this one. Must never grow a layer.

use std::error::Error;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

const ANSWER: &str =
    r#"{"id":"019a0000-0000-7000-8000-000000000000","email":"ada@example.org","name":"Ada Lovelace"}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: bare <address>")?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    let handler = get(|| async { ([(CONTENT_TYPE, "application/json")], ANSWER) });
    axum::serve(listener, Router::new().route("/", handler)).await?;
    Ok(())
}
