//! Fields of forms: one line of text, a box to tick, a hidden value. Label, hint and problem are bound to the input, so
//! that a screen reader says them with it.

use super::{described_by, icons::Icon};
use leptos::prelude::*;

/// A labelled `<input>`.
#[component]
pub fn Field(
    /// The field's name, and its id unless it has another one.
    #[prop(into)]
    name: String,
    /// Its id, where several of one name stand on a page.
    #[prop(into, default = String::new())]
    id: String,
    /// What the person reads.
    #[prop(into)]
    label: String,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What stands in it.
    #[prop(into, default = String::new())]
    value: String,
    /// What a password manager may fill in (HTML Standard 4.10.18.7).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A sentence that helps.
    #[prop(into, default = String::new())]
    hint: String,
    /// The sentence beside a field that does not fit.
    #[prop(default = None)]
    problem: Option<String>,
    /// Whether it may not stay empty.
    #[prop(default = true)]
    required: bool,
    /// The id of a `<datalist>` whose values are offered while one types.
    #[prop(optional)]
    list: Option<&'static str>,
    /// Most characters that can be typed.
    #[prop(default = None)]
    most: Option<u32>,
) -> impl IntoView {
    let id = if id.is_empty() { name.clone() } else { id };
    let described = described_by(&id, !hint.is_empty(), problem.is_some());
    let bad = problem.is_some();
    let machine = matches!(kind, "email") || autocomplete == "username";
    view! {
        <div class="field" class:field-bad=bad>
            <label for=id.clone()>{label}</label>
            {hint_line(&id, hint)}
            {problem_line(&id, problem)}
            <input
                type=kind
                id=id
                name=name
                value=value
                autocomplete=autocomplete
                autocapitalize=machine.then_some("none")
                spellcheck=machine.then_some("false")
                required=required
                list=list
                maxlength=most
                aria-describedby=described
                aria-invalid=bad.then_some("true")
            />
        </div>
    }
}

/// A box to tick, sent as `true`.
#[component]
pub fn Checkbox(
    /// The field's name, and its id unless it has another one.
    #[prop(into)]
    name: String,
    /// Its id, where several of one name stand on a page.
    #[prop(into, default = String::new())]
    id: String,
    /// What the person reads.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    #[prop(default = false)]
    checked: bool,
) -> impl IntoView {
    let id = if id.is_empty() { name.clone() } else { id };
    view! {
        <div class="check">
            <input type="checkbox" id=id.clone() name=name value="true" checked=checked/>
            <label for=id>{label}</label>
        </div>
    }
}

/// A value the form carries unseen.
#[component]
pub fn Hidden(
    /// The field's name.
    name: &'static str,
    /// What it carries.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

/// The line under a label that helps.
pub(super) fn hint_line(name: &str, hint: String) -> impl IntoView + use<> {
    let id = format!("{name}-hint");
    (!hint.is_empty()).then(|| view! { <p class="field-hint" id=id>{hint}</p> })
}

/// The line under a label that says what does not fit.
pub(super) fn problem_line(name: &str, problem: Option<String>) -> impl IntoView + use<> {
    let id = format!("{name}-problem");
    problem.map(|sentence| view! { <p class="field-problem" id=id><Icon name="alert"/>{sentence}</p> })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_stay_inside_their_attributes() {
        let html = Owner::new_root(None).with(|| {
            view! {
                <Field
                    name="email"
                    label="<b>E-mail</b>"
                    value="\"><img src=x onerror=alert(1)>'"
                    hint="</p><script>"
                    problem=Some("</p><script>".to_owned())
                />
                <Hidden name="next" value="\"><script>alert(1)</script>"/>
                <Checkbox name="remember" label="<script>"/>
            }
            .to_html()
        });
        assert_eq!(
            html.matches("<script").count() + html.matches("<img").count() + html.matches("<b>").count(),
            0,
            "{html}"
        );
        assert!(html.contains(r#"aria-describedby="email-hint email-problem""#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
    }
}
