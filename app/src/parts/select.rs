//! A choice of one of many. The options are written as text at once: a list of hundreds costs no more than its bytes.
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use super::{described_by, title::escape};
use leptos::prelude::*;

/// A labelled `<select>`.
#[component]
pub fn Select(
    /// The field's name, and its id.
    #[prop(into)]
    name: String,
    /// What the person reads.
    #[prop(into)]
    label: String,
    /// The value that is chosen.
    #[prop(into, default = String::new())]
    value: String,
    /// Values and what is read for each; any text, it is escaped here.
    options: Vec<(String, String)>,
    /// A sentence that helps.
    #[prop(into, default = String::new())]
    hint: String,
    /// The sentence beside a field that does not fit.
    #[prop(default = None)]
    problem: Option<String>,
) -> impl IntoView {
    let described = described_by(&name, !hint.is_empty(), problem.is_some());
    let bad = problem.is_some();
    let inside = written(&options, &value);
    view! {
        <div class="field" class:field-bad=bad>
            <label for=name.clone()>{label}</label>
            {super::fields::hint_line(&name, hint)}
            {super::fields::problem_line(&name, problem)}
            <select
                id=name.clone()
                name=name
                aria-describedby=described
                aria-invalid=bad.then_some("true")
                inner_html=inside
            ></select>
        </div>
    }
}

/// The options as HTML. A value that is none of them is offered too, so that saving a form does not change it unseen.
fn written(options: &[(String, String)], value: &str) -> String {
    let known = options.iter().any(|(option, _)| option == value);
    let own = (!known).then(|| (value.to_owned(), value.to_owned()));
    let mut html = String::with_capacity(options.len() * 64);
    for (option, label) in own.iter().chain(options) {
        html.push_str("<option value=\"");
        html.push_str(&escape(option).replace('"', "&quot;"));
        html.push_str(if option == value { "\" selected>" } else { "\">" });
        html.push_str(&escape(label));
        html.push_str("</option>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_options_stay_inside() {
        let options = vec![("\"><script>".to_owned(), "</option></select><script>".to_owned())];
        let html = Owner::new_root(None).with(|| {
            view! { <Select name="s" label="<b>" value="\"><img src=x>" options hint="<i>" problem=Some("<u>".to_owned())/> }
                .to_html()
        });
        for tag in ["<script", "<img", "<b>", "<i>", "<u>"] {
            assert!(!html.contains(tag), "{html}");
        }
        assert_eq!(html.matches("<option").count(), 2, "{html}");
        assert_eq!(html.matches(" selected").count(), 1, "{html}");
    }
}
