//! Text of several lines. Leptos 0.8 writes the children of `<textarea>` into the document unescaped on the server, so
//! no page may use the raw element; this part escapes, and is the only one that writes it.

use super::{described_by, title::escape};
use leptos::prelude::*;

/// A labelled `<textarea>`.
#[component]
pub fn TextArea(
    /// The field's name, and its id.
    #[prop(into)]
    name: String,
    /// What the person reads.
    #[prop(into)]
    label: String,
    /// What stands in it; any text, it is escaped here.
    #[prop(into, default = String::new())]
    value: String,
    /// A sentence that helps.
    #[prop(into, default = String::new())]
    hint: String,
    /// The sentence beside a field that does not fit.
    #[prop(default = None)]
    problem: Option<String>,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u32,
    /// Most characters that can be typed.
    #[prop(default = None)]
    most: Option<u32>,
) -> impl IntoView {
    let described = described_by(&name, !hint.is_empty(), problem.is_some());
    let bad = problem.is_some();
    // A line feed right after the tag is dropped by the parser (HTML Standard 13.1.2.5), so one is given away.
    let mut inside = value;
    inside.insert(0, '\n');
    let inside = escape(&inside);
    view! {
        <div class="field" class:field-bad=bad>
            <label for=name.clone()>{label}</label>
            {super::fields::hint_line(&name, hint)}
            {super::fields::problem_line(&name, problem)}
            <textarea
                id=name.clone()
                name=name
                rows=rows
                maxlength=most
                aria-describedby=described
                aria-invalid=bad.then_some("true")
                inner_html=inside
            ></textarea>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_hostile_text_stays_inside() {
        let html = Owner::new_root(None).with(|| {
            view! {
                <TextArea
                    name="bio"
                    label="</label><script>a</script>"
                    value="</textarea><script>alert(1)</script>&lt;"
                    hint="<img src=x onerror=a>"
                    problem=Some("\"><img onerror>".to_owned())
                />
            }
            .to_html()
        });
        assert!(
            html.contains("\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;</textarea>"),
            "{html}"
        );
        assert_eq!(html.matches("<script").count() + html.matches("<img").count(), 0, "{html}");
    }
}
