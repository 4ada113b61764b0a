//! The page between this site and a provider: it says where the browser goes, and sends it there. The answer to the
//! provider's button is this page and not a redirect, because the content security policy lets forms lead nowhere but to
//! this site, redirects included; a page that refreshes itself works without JavaScript and leaves the policy as it is.
//! Made by `src/http`, outside of page rendering.

use crate::parts::LinkButton;
use crate::shell::{Frame, leading_document};
use leptos::prelude::*;

/// The whole document that leads to `url` at the provider called `label`.
pub fn going_page(frame: Frame<'_>, label: &str, url: &str) -> String {
    let title = format!("Taking you to {label} · {}", frame.site_name);
    let (label, url) = (label.to_owned(), url.to_owned());
    Owner::new_root(None).with(|| {
        let href = url.clone();
        let page = view! {
            <section class="card card-narrow going">
                <h1>"Taking you to "<bdi>{label.clone()}</bdi></h1>
                <p>"Sign in there, and you come back here."</p>
                <LinkButton href label=format!("Go on to {label}")/>
            </section>
        };
        leading_document(frame, title, &url, page.into_any()).to_html()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_on_without_javascript_and_escapes_what_it_is_given() {
        let frame = Frame { site_name: "<b>Site</b>", nonce: "n0", actor: None, open: true };
        let url = "https://id.example.org/auth?state=a&claims=%22\"><script>";
        let html = going_page(frame, "<i>Mine</i>", url);
        let head = html.split("</head>").next().unwrap();
        assert!(
            head.contains("http-equiv=\"refresh\"") && head.contains("0;url=https://id.example.org/auth?"),
            "{html}"
        );
        assert!(html.contains("Go on to "), "{html}");
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert_eq!(html.matches("<i>").count() + html.matches("<b>").count(), 0, "{html}");
    }
}
