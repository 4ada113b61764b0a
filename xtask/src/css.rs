//! One style sheet from `style/main.css` and what it imports: the imported text takes the place of its `@import`.
//!
//! Called by the site build, which so needs no bundler. Must never rewrite a rule: browsers read what people wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Outcome, at};

/// The text of the file with every relative `@import` replaced by what it names, wrapped in its `layer(…)`.
pub(crate) fn bundle(file: &Path) -> Outcome<String> {
    bundle_inside(file, &mut Vec::new())
}

fn bundle_inside(file: &Path, open: &mut Vec<PathBuf>) -> Outcome<String> {
    if open.iter().any(|outer| outer == file) {
        return Err(format!("{}: imports itself", file.display()).into());
    }
    open.push(file.to_owned());
    let text = fs::read_to_string(file).map_err(at(file))?;
    let mut whole = String::new();
    for line in text.lines() {
        let Some(import) = Import::read(line) else {
            whole.extend([line, "\n"]);
            continue;
        };
        let inner = bundle_inside(&file.with_file_name(import.path), open)?;
        match import.layer {
            Some(layer) => whole.extend(["@layer ", layer, " {\n", &inner, "}\n"]),
            None => whole.push_str(&inner),
        }
    }
    open.pop();
    Ok(whole)
}

/// `@import "tokens.css" layer(tokens);` or `@import url("tokens.css");`, alone on its line.
struct Import<'a> {
    path: &'a str,
    layer: Option<&'a str>,
}

impl<'a> Import<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let rest = line.trim().strip_prefix("@import")?.trim_end_matches(';');
        let mut parts = rest.split(['"', '\'']);
        let path = parts.nth(1).filter(|path| !path.contains("://"))?;
        let after = parts.next().unwrap_or_default();
        let layer =
            after.split_once("layer(").and_then(|(_, name)| name.split_once(')')).map(|(name, _)| name);
        Some(Self { path, layer })
    }
}

/// The sheet without comments, indentation and line ends; strings stay as they are.
pub(crate) fn minify(text: &str) -> String {
    let mut small = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' || first == '\'' {
            let end = string_end(rest, first);
            small.push_str(&rest[..end]);
            end
        } else if first.is_whitespace() {
            if !small.ends_with([' ', '{', '}', ';', ',']) && !small.is_empty() {
                small.push(' ');
            }
            first.len_utf8()
        } else {
            if matches!(first, '{' | '}' | ';') && small.ends_with(' ') {
                small.pop();
            }
            if first == '}' && small.ends_with(';') {
                small.pop();
            }
            small.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    small
}

/// The length of the quoted string at the start of the text, quotes included.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return index + letter.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Import, minify};

    #[test]
    fn imports_are_read_in_every_spelling() {
        let read = |line| Import::read(line).map(|import| (import.path, import.layer));
        assert_eq!(read("@import \"tokens.css\";"), Some(("tokens.css", None)));
        assert_eq!(read("  @import url('a/b.css') layer(parts);"), Some(("a/b.css", Some("parts"))));
        assert_eq!(read("@import \"https://example.org/x.css\";"), None);
        assert_eq!(read("@layer tokens, base;"), None);
    }

    #[test]
    fn minified_rules_keep_their_meaning() {
        let sheet =
            "/* head */\n.a  .b {\n  margin: calc(1px + 2px) auto;\n  content: \"  /* kept */ \";\n}\n\n.c{}";
        assert_eq!(minify(sheet), ".a .b{margin: calc(1px + 2px) auto;content: \"  /* kept */ \"}.c{}");
    }
}
