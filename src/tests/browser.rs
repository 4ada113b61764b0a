//! A browser without JavaScript: keeps cookies, posts forms, follows `303`.

use super::app::{Answer, App};
use axum::body::Body;
use http::{Method, Request, StatusCode};
use std::collections::BTreeMap;

/// A person's browser.
pub(crate) struct Browser<'a> {
    app: &'a App,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn on(app: &'a App) -> Self {
        Self { app, cookies: BTreeMap::new() }
    }

    /// Opens a page.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header("sec-fetch-site", "none");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form from a page of the site; the answer is not followed.
    pub(crate) async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            self.request(Method::POST, action).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.header("sec-fetch-site", "same-origin").body(Body::from(body)).unwrap()).await
    }

    /// Posts a form and opens the page it leads to.
    pub(crate) async fn submit_and_follow(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.submit(action, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let next = answer.header("location").to_owned();
        assert!(next.starts_with('/') && !next.starts_with("//"), "{next}");
        self.open(&next).await
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.app.raw(request).await;
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("accept", "text/html,*/*;q=0.8");
        let request = request.header("host", "127.0.0.1:3000");
        if self.cookies.is_empty() {
            return request;
        }
        let line =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        request.header("cookie", line)
    }
}
