//! The page's title. Leptos 0.8 writes `<Title>` into the document unescaped on the server, so no page may use it; this
//! part escapes, and is the only caller.

use crate::server::try_site;
use leptos::prelude::*;

/// `<title>`: `text`, a dot and the site's name.
#[component]
pub fn PageTitle(
    /// What the page is called; any text, it is escaped here.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let site = try_site().map(|site| site.domain.site_name().to_owned()).unwrap_or_default();
    let whole = if site.is_empty() { text } else { format!("{text} · {site}") };
    view! { <leptos_meta::Title text=escape(&whole)/> }
}

/// Text as it stands in `<title>` or `<textarea>`, where the only things that have a meaning are `&` and `<`.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt as _, stream};

    #[tokio::test]
    async fn f2_a_hostile_title_stays_text() {
        let _ = any_spawner::Executor::init_tokio();
        let (context, output) = leptos_meta::ServerMetaContext::new();
        let html = Owner::new_root(None).with(|| {
            provide_context(context);
            view! { <PageTitle text="</title><script>alert(1)</script>&amp;"/> }.to_html()
        });
        assert_eq!(html, "");
        let page = stream::once(std::future::ready("<html><head></head></html>".to_owned()));
        let page = output.inject_meta_context(page).await.collect::<String>().await;
        assert!(
            page.contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</title>"),
            "{page}"
        );
    }
}
