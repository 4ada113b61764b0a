//! The picture of a person: the one they gave, or their initials on a colour of their own. Drawn on the server; names are
//! text in it and nothing else.
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use leptos::prelude::*;

/// A picture beside the name it belongs to, so that it says nothing to a screen reader that the name does not.
#[component]
pub fn Avatar(
    /// What the colour comes from: the same for the same person.
    #[prop(into)]
    seed: String,
    /// Whose initials are shown where there is no picture.
    #[prop(into)]
    name: String,
    /// Where the picture is, if there is one.
    #[prop(default = None)]
    src: Option<String>,
) -> impl IntoView {
    match src {
        Some(src) => view! { <img class="avatar" src=src alt="" width="56" height="56"/> }.into_any(),
        None => view! {
            <svg class="avatar" viewBox="0 0 56 56" aria-hidden="true" focusable="false">
                <rect width="56" height="56" fill=colour(&seed)/>
                <text x="28" y="29" dy="0.35em" text-anchor="middle" fill="#fff">{initials(&name)}</text>
            </svg>
        }
        .into_any(),
    }
}

/// Dark enough for white letters at any hue (contrast 4.5:1 and more).
fn colour(seed: &str) -> String {
    // FNV-1a: not secret, only spread.
    let hash =
        seed.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("hsl({},45%,30%)", hash % 360)
}

/// The first letters of the first and the last word of a name.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, letters) in [
            ("Ada Lovelace", "AL"),
            ("ada", "A"),
            ("Jean Luc de la Tour", "JT"),
            ("李 小龍", "李小"),
            ("", ""),
        ] {
            assert_eq!(initials(name), letters);
        }
    }

    #[test]
    fn a_hostile_name_is_drawn_as_letters() {
        let html = Owner::new_root(None).with(|| {
            view! {
                <Avatar seed="</svg><script>" name="<script>alert(1)</script> &\"'>"/>
                <Avatar seed="a" name="a" src=Some("\"><script>".to_owned())/>
            }
            .to_html()
        });
        assert_eq!(html.matches("<script").count(), 0, "{html}");
        assert!(html.contains("&lt;&amp;") && html.contains("fill=\"hsl("), "{html}");
    }
}
