//! `/account/keys/secret`: a new key, shown this once. It comes in the encrypted form-state cookie of the form that made it,
//! which is taken away with this answer; nothing on the way may keep the page, and whoever opens it again finds no key.

use crate::account::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, CopyButton, LinkButton, NoticeBox, PageTitle, Tone};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::keys;
use vestibule_model::keys::ApiKey;

/// `/account/keys/secret`.
#[component]
pub fn SecretPage() -> impl IntoView {
    let secret = server::take_flash(paths::KEY_SECRET).value("secret");
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let content = match keys::named(&secret).filter(|_| !secret.is_empty()) {
            Some(id) => {
                let key = keys::show(&site.domain, actor.person()?, id).await?;
                let address = format!("{}{}/me", site.domain.public_url(), server::api_root());
                shown(&key, secret, &address)
            }
            None => gone(),
        };
        Ok(view! { <AccountNav here=paths::KEYS/>{content} })
    })
}

fn shown(key: &ApiKey, secret: String, address: &str) -> AnyView {
    let keep = format!("VESTIBULE_KEY={secret}");
    let call = format!("curl {address} -H \"Authorization: Bearer $VESTIBULE_KEY\"");
    let (name, href) = (key.name.as_str().to_owned(), paths::key_of(key.id));
    view! {
        <PageTitle text="Your new key"/>
        <h1>"Your new key"</h1>
        <NoticeBox tone=Tone::Warning>
            "Copy it now. This is the only time it is shown: we keep nothing that it could be read from."
        </NoticeBox>
        <Card>
            <h2><bdi>{name}</bdi></h2>
            <pre class="secret"><code id="key-secret">{secret}</code></pre>
            <CopyButton of="key-secret".to_owned() label="Copy the key".to_owned()/>
        </Card>
        <Card title="Use it">
            <p>"In the settings of the program that uses it, never in its code:"</p>
            <pre class="secret"><code id="key-env">{keep}</code></pre>
            <p>"To try it in a terminal, with that variable set:"</p>
            <pre class="secret"><code id="key-curl">{call}</code></pre>
            <CopyButton of="key-curl".to_owned() label="Copy the command".to_owned()/>
        </Card>
        <div class="actions"><LinkButton href label="I have stored it"/></div>
    }
    .into_any()
}

fn gone() -> AnyView {
    view! {
        <PageTitle text="Shown already"/>
        <section class="card card-narrow">
            <h1>"This key was shown already"</h1>
            <p>"A key is shown once, right after it was made. If it was not stored, give the key a new secret, or make another one."</p>
            <LinkButton href=paths::KEYS label="Your API keys"/>
        </section>
    }
    .into_any()
}
