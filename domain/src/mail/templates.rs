//! The templates in `domain/templates/mail`: MJML for the HTML part, plain text beside it, one layout for each. MJML is
//! laid out once, before anything is filled in, so that what people typed meets the HTML escaper and never an MJML parser.

use super::wording::Page;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context, syntax::SyntaxConfig};
use mrml::prelude::{parser::ParserOptions, render::RenderOptions};
use std::{collections::HashMap, sync::LazyLock};

/// Where the layout takes the message's own part.
const PLACE: &str = "<!-- message -->";

const LAYOUT: &str = include_str!("../../templates/mail/layout.mjml");

/// Every template: its name, MJML and text. The names are those of `Message::kind`.
const SOURCES: [(&str, &str, &str); 11] = [
    source(
        "verify",
        include_str!("../../templates/mail/verify.mjml"),
        include_str!("../../templates/mail/verify.txt"),
    ),
    source(
        "already_registered",
        include_str!("../../templates/mail/already_registered.mjml"),
        include_str!("../../templates/mail/already_registered.txt"),
    ),
    source(
        "finish_registration",
        include_str!("../../templates/mail/finish_registration.mjml"),
        include_str!("../../templates/mail/finish_registration.txt"),
    ),
    source(
        "reset",
        include_str!("../../templates/mail/reset.mjml"),
        include_str!("../../templates/mail/reset.txt"),
    ),
    source(
        "password_changed",
        include_str!("../../templates/mail/password_changed.mjml"),
        include_str!("../../templates/mail/password_changed.txt"),
    ),
    source(
        "password_locked",
        include_str!("../../templates/mail/password_locked.mjml"),
        include_str!("../../templates/mail/password_locked.txt"),
    ),
    source(
        "token_reused",
        include_str!("../../templates/mail/token_reused.mjml"),
        include_str!("../../templates/mail/token_reused.txt"),
    ),
    source(
        "account_expiring",
        include_str!("../../templates/mail/account_expiring.mjml"),
        include_str!("../../templates/mail/account_expiring.txt"),
    ),
    source(
        "deletion_asked",
        include_str!("../../templates/mail/deletion_asked.mjml"),
        include_str!("../../templates/mail/deletion_asked.txt"),
    ),
    source(
        "deletion_cancelled",
        include_str!("../../templates/mail/deletion_cancelled.mjml"),
        include_str!("../../templates/mail/deletion_cancelled.txt"),
    ),
    source(
        "account_deleted",
        include_str!("../../templates/mail/account_deleted.mjml"),
        include_str!("../../templates/mail/account_deleted.txt"),
    ),
];

const fn source(
    name: &'static str,
    mjml: &'static str,
    text: &'static str,
) -> (&'static str, &'static str, &'static str) {
    (name, mjml, text)
}

static COMPILED: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(compile);

/// Whether all templates compile; they are compiled once for the process.
pub(super) fn check() -> Result<(), String> {
    COMPILED.as_ref().map(drop).map_err(Clone::clone)
}

/// The text and the HTML part of a message.
pub(super) fn render(kind: &str, page: &Page) -> Result<(String, String), String> {
    let environment = COMPILED.as_ref().map_err(Clone::clone)?;
    let values = context! {
        subject => page.subject.as_str(),
        preheader => page.preheader.as_str(),
        site => page.site.as_str(),
        site_url => page.site_url.as_str(),
        name => page.name.as_deref(),
        lifetime => page.lifetime.as_deref(),
        link => page.link.as_deref(),
        forgot_link => page.forgot_link.as_deref(),
        at => page.at.as_deref(),
        address => page.address.as_deref(),
    };
    let part = |name: String| {
        let template = environment.get_template(&name).map_err(|cause| cause.to_string())?;
        template.render(&values).map_err(|cause| cause.to_string())
    };
    Ok((part(format!("{kind}.txt"))?, part(format!("{kind}.html"))?))
}

fn compile() -> Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Lines that hold only a tag leave no blank line behind in the text parts.
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|cause| cause.to_string())?);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "txt")) => AutoEscape::None,
        _ => AutoEscape::Html,
    });
    let broken = |name: &str, cause: &dyn std::fmt::Display| format!("template {name}: {cause}");
    environment
        .add_template("layout.txt", include_str!("../../templates/mail/layout.txt"))
        .map_err(|cause| broken("layout.txt", &cause))?;
    for (name, mjml, text) in SOURCES {
        let html = lay_out(mjml).map_err(|cause| broken(name, &cause))?;
        environment.add_template_owned(format!("{name}.html"), html).map_err(|cause| broken(name, &cause))?;
        environment.add_template_owned(format!("{name}.txt"), text).map_err(|cause| broken(name, &cause))?;
    }
    Ok(environment)
}

/// MJML to HTML. No fonts are fetched: a mail must not call anyone when it is opened.
fn lay_out(mjml: &str) -> Result<String, String> {
    let whole = LAYOUT.replace(PLACE, mjml);
    let parsed =
        mrml::parse_with_options(&whole, &ParserOptions::default()).map_err(|cause| cause.to_string())?;
    let options = RenderOptions { disable_comments: true, social_icon_origin: None, fonts: HashMap::new() };
    parsed.element.render(&options).map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests;
