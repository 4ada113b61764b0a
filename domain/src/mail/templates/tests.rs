//! Every template as its reader sees it: the text part whole, the HTML part reduced to its words and links. And what a
//! site's own templates are refused for.

use super::*;
use crate::mail::{letter::Letterhead, samples};
use std::fs;

fn parts(site: &str, name: Option<&str>, message: &crate::mail::Message) -> Parts {
    let head = Letterhead::new("no-reply@example.org", site, "https://example.org", None);
    let head = head.unwrap();
    head.render(&samples::filled(&head, message, name)).unwrap()
}

/// The words of an HTML page; a link shows where it leads in brackets, unless that is its text.
fn words(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html.split_once("<body").unwrap().1;
    rest = rest.split_once('>').unwrap().1;
    let mut target = None;
    while let Some((text, after)) = rest.split_once('<') {
        out.push_str(text);
        let (tag, after) = after.split_once('>').unwrap();
        if let Some(href) = tag.split_once("href=\"").filter(|_| tag.starts_with("a ")) {
            target = Some((out.len(), href.1.split('"').next().unwrap().to_owned()));
        } else if tag == "/a" {
            let (from, href) = target.take().unwrap();
            if out[from..].trim() != href {
                out.extend([" [", &href, "]"]);
            }
        } else if tag == "/div" || tag == "/td" {
            out.push('\n');
        }
        rest = after;
    }
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").replace("&#x2f;", "/")
}

#[test]
fn every_message_reads_well() {
    for message in samples::all() {
        let Parts { subject, text, html } = parts("Example", Some("Ada"), &message);
        let shown = format!("Subject: {subject}\n\n{text}\n=== HTML ===\n{}\n", words(&html));
        insta::assert_snapshot!(message.kind(), shown);
    }
}

#[test]
fn nothing_is_left_unfilled_and_no_line_is_too_long() {
    for message in samples::all() {
        for name in [None, Some("Ada")] {
            let Parts { text, html, .. } = parts("Example", name, &message);
            for part in [&text, &html] {
                assert!(!part.contains("{{") && !part.contains("{%") && !part.contains("none,"), "{part}");
                assert!(!part.contains("undefined"), "{part}");
            }
            assert!(
                text.lines().all(|line| line.chars().count() <= 78 || line.starts_with("https://")),
                "{text}"
            );
            assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{text:?}");
        }
    }
}

#[test]
fn opening_a_mail_fetches_nothing_and_it_suits_the_dark() {
    for message in samples::all() {
        let html = parts("Example", Some("Ada"), &message).html;
        for fetched in ["<img", "<link", "@import", "url(", "<script", "fonts.g"] {
            assert!(!html.contains(fetched), "{fetched} in {html}");
        }
        assert!(
            html.contains(r#"name="color-scheme" content="light dark""#)
                && html.contains("prefers-color-scheme: dark")
        );
        assert!(html.contains(r#"lang="en""#), "{html}");
    }
}

#[test]
fn c06_c59_what_people_typed_is_inert_in_mails() {
    let hostile = r#"</td><a href='x'>"&{{ 7*7 }}<mj-raw>"#;
    for message in samples::all() {
        let Parts { subject, html, .. } = parts(hostile, Some(r#"<b onload=x>"&{{ site }}"#), &message);
        assert!(!subject.contains("49") && !subject.contains('\n'), "{subject}");
        assert!(
            !html.contains("<a href='x'>") && !html.contains("<b onload") && !html.contains("<mj-raw"),
            "{html}"
        );
        assert!(html.contains("&lt;b onload=x&gt;&quot;&amp;{{ site }}"), "{html}");
        assert!(html.contains("{{ 7*7 }}") && !html.contains("49"), "{html}");
    }
}

#[test]
fn every_kind_has_a_sample_and_every_sample_its_templates() {
    let samples: Vec<_> = samples::all().iter().map(crate::mail::Message::kind).collect();
    assert_eq!(samples, KINDS);
}

#[test]
fn our_own_templates_keep_what_a_sites_own_must_keep() {
    let files = Files::ours();
    let made = Templates::compile(&files).unwrap_or_else(|fault| panic!("{fault}"));
    check::check(&made, &files).unwrap_or_else(|fault| panic!("{fault}"));
}

/// What is said about a folder of these files.
fn said(files: &[(&str, &str)]) -> Result<Templates, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let shown = format!("{}/", folder.path().display());
    let own = Templates::own(folder.path()).map_err(|said| said.replace(&shown, ""));
    own.map(|own| own.expect("there are files"))
}

#[test]
fn a_sites_own_file_takes_the_place_of_ours() {
    assert!(Templates::own(std::path::Path::new("absent")).unwrap().is_none());
    let templates = said(&[
        ("verify.subject.txt", "Hey {{ name }}, {{ site }} here\nA word before\n"),
        ("verify.txt", "{% extends \"layout.txt\" %}{% block message %}Here: {{ link }}{% endblock %}"),
        ("README", "not a template"),
        (".verify.mjml.swp", "not one either"),
    ]);
    let parts = templates.unwrap().render(&samples::page("verify")).unwrap();
    assert_eq!(parts.subject, "Hey Ada, Example here");
    assert!(parts.text.contains("Here: https://example.org/verify?token="), "{}", parts.text);
    assert!(parts.html.contains("A word before") && parts.html.contains("Confirm e-mail address"));
}

#[test]
fn what_does_not_fit_is_refused_with_file_and_line() {
    let body = |inner: &str| {
        format!("<mj-text>\n{inner}</mj-text>\n<mj-button href=\"{{{{ link }}}}\">x</mj-button>")
    };
    let rows = [
        (
            "verify.txt",
            "Hello\n{{ usr }} {{ link }}".to_owned(),
            "verify.txt: line 2: there is no value `usr` here; there are",
        ),
        (
            "verify.txt",
            "{% if false %}\n{{ usr }}{% endif %}{{ link }}".to_owned(),
            "verify.txt: line 2: there is no value `usr`",
        ),
        ("verify.mjml", body("{{ usr }}"), "verify.mjml: line 2: there is no value `usr`"),
        ("verify.subject.txt", "{{ usr }}".to_owned(), "verify.subject.txt: line 1: there is no value `usr`"),
        ("verify.subject.txt", String::new(), "verify.subject.txt: line 1: the first line is the subject"),
        ("verify.txt", "Hello".to_owned(), "verify.txt: the link {{ link }} is missing"),
        (
            "verify.mjml",
            "<mj-text>{{ link }}</mj-text>".to_owned(),
            "verify.mjml: the link {{ link }} is missing as the href",
        ),
        ("verify.txt", "a\n{% if %}".to_owned(), "verify.txt: line 2: "),
        ("verify.mjml", body("{{ site|nonsense }}"), "verify.mjml: line 2: "),
        ("verify.mjml", body("{{ site|safe }}{{ name|safe }}"), "verify.mjml: it writes a value unescaped"),
        ("verify.mjml", body("").replace("mj-button", "mj-buton"), "verify.mjml: line 3: `<mj-buton`"),
        ("verify.mjml", "<mj-text>\n\n<b".to_owned(), "verify.mjml: "),
        (
            "layout.mjml",
            "<mjml><mj-body></mj-body></mjml>".to_owned(),
            "layout.mjml: `<!-- message -->` is missing",
        ),
        ("layout.txt", "Hello".to_owned(), "layout.txt: `{% block message %}` is missing"),
        (
            "layout.txt",
            "{% block message %}{% endblock %}\n{{ link }}".to_owned(),
            "layout.txt: line 2: there is no value `link`",
        ),
        ("verfy.mjml", String::new(), "verfy.mjml: there is no template of this name"),
    ];
    for (name, text, expected) in rows {
        let said = said(&[(name, &text)]).map(drop).expect_err(expected);
        assert!(said.starts_with(expected), "{said:?} instead of {expected:?}");
    }
}
