//! Rules of the house that no compiler knows: what may be written where, and what may reach the browser.
//!
//! Called by check and test. Must never need more than the text of the files and `cargo tree`.

use std::fs;
use std::path::Path;

use crate::run::{Outcome, cargo, command, output, root};

/// Crates that belong to the server; one of them in the wasm means that a floor leaks.
const SERVER_ONLY: [&str; 12] = [
    "argon2", "axum", "chrono", "hyper", "jiff", "lettre", "moka", "reqwest", "sqlx", "time", "tokio",
    "zxcvbn",
];

/// Crates that leptos brings along and the linker drops, as long as nobody here calls them.
const NEVER_DIRECTLY: [&str; 3] = ["idna", "regex", "url"];

/// One rule: in files that `applies` accepts, no line of code may contain one of the texts.
struct Rule {
    forbidden: &'static [&'static str],
    applies: fn(&str) -> bool,
    /// Whether a comment may speak of it.
    code_only: bool,
    why: &'static str,
}

// The texts are split so that this file does not break its own rules.
const RULES: [Rule; 4] = [
    Rule {
        forbidden: &["<textarea", "<noscript", "<Title", "inner_html"],
        applies: |path| in_pages(path) && !path.starts_with("app/src/parts/"),
        code_only: true,
        why: "leptos does not escape text there on the server: use TextArea and PageTitle of app/src/parts (DESIGN D8)",
    },
    Rule {
        forbidden: &["sqlx::", "sql!("],
        applies: |path| {
            is_rust(path) && ["src/", "app/", "frontend/", "examples/"].iter().any(|d| path.starts_with(d))
        },
        code_only: true,
        why: "all SQL lives in domain/ (DESIGN 1)",
    },
    Rule {
        forbidden: &[
            concat!("/ro", "ot/"),
            concat!("/ho", "me/"),
            concat!("/Us", "ers/"),
            concat!("/wo", "rk/"),
        ],
        applies: |_| true,
        code_only: false,
        why: "a path of one machine",
    },
    Rule {
        forbidden: &["\"resolved\":"],
        applies: |path| path.ends_with("package-lock.json"),
        code_only: false,
        why: "a registry's address; end2end/.npmrc leaves it out",
    },
];

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

fn in_pages(path: &str) -> bool {
    is_rust(path) && (path.starts_with("app/") || path.starts_with("examples/"))
}

/// Every rule on every file that git knows or would add.
pub(crate) fn texts() -> Outcome {
    let listed = output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut broken = Vec::new();
    for path in listed.lines() {
        if let Ok(text) = fs::read_to_string(root().join(path)) {
            broken.extend(violations(path, &text));
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
}

fn violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if is_rust(path) && !text.starts_with("//!") {
        found.push(format!(
            "{path}:1: a file opens with `//!`: what lives here, who calls it, what must never be here"
        ));
    }
    for rule in RULES.iter().filter(|rule| (rule.applies)(path)) {
        for (index, line) in text.lines().enumerate() {
            if rule.code_only && line.trim_start().starts_with("//") {
                continue;
            }
            if let Some(hit) = rule.forbidden.iter().find(|forbidden| stands_in(line, forbidden)) {
                found.push(format!("{path}:{}: `{hit}`: {}", index + 1, rule.why));
            }
        }
    }
    found
}

/// Whether the line contains the text as more than the tail of a longer path or word.
fn stands_in(line: &str, text: &str) -> bool {
    let inner = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '}' | '~');
    line.match_indices(text).any(|(at, _)| !text.starts_with('/') || !line[..at].ends_with(inner))
}

/// No server crate in what the browser downloads.
pub(crate) fn browser_dependencies() -> Outcome {
    let tree = |more: &str| {
        let tree =
            "tree --package vestibule-frontend --target wasm32-unknown-unknown --edges normal --prefix none";
        output(&mut cargo(&format!("{tree} {more}")))
    };
    let all = tree("--format {p}")?;
    let name = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let mut leaked: Vec<String> = all.lines().map(name).collect();
    leaked.retain(|name| SERVER_ONLY.contains(&name.as_str()) || name.starts_with("sqlx-"));
    for krate in NEVER_DIRECTLY {
        // An error means that the crate is not in the tree at all.
        let users = tree(&format!("--depth 1 --invert {krate}")).unwrap_or_default();
        if users.lines().any(|line| line.starts_with("vestibule-")) {
            leaked.push(krate.to_owned());
        }
    }
    leaked.sort_unstable();
    leaked.dedup();
    let Some(first) = leaked.first() else { return Ok(()) };
    let ask =
        format!("cargo tree -p vestibule-frontend --target wasm32-unknown-unknown -e normal -i {first}");
    Err(format!("the browser would download {}; see: {ask}", leaked.join(", ")).into())
}

#[cfg(test)]
mod tests {
    use super::{stands_in, violations};

    #[test]
    fn raw_elements_are_found_outside_the_parts_and_outside_comments() {
        let text = "//! A page.\n// <textarea\nview! { <textarea></textarea> }\n";
        assert_eq!(violations("app/src/account/page.rs", text).len(), 1);
        assert!(violations("app/src/parts/area.rs", text).is_empty());
    }

    #[test]
    fn a_file_without_an_opening_is_found() {
        assert_eq!(violations("src/x.rs", "use std::fs;\n").len(), 1);
    }

    #[test]
    fn only_absolute_paths_count() {
        let home = concat!("/ho", "me/");
        assert!(stands_in(&format!("see {home}me"), home));
        assert!(!stands_in(&format!("see docs{home}me"), home));
    }
}
