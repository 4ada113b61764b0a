//! The password field: an island. Without JavaScript it is a plain labelled input. In the browser it can show what is
//! typed, says when Caps Lock is on and, for a new password, how well it would withstand guessing. The word lists stay
//! on the server: the browser counts characters and asks `/fn/auth/password-strength` for the rest.
#![allow(missing_docs, reason = "the struct that #[island] makes of the arguments")]

use super::{Icon, described_by};
use crate::paths::actions;
use leptos::attr::custom::custom_attribute;
use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::time::Duration;
use vestibule_model::values::password::{MAX_BYTES, PasswordLength};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A password, current or new.
#[island]
pub fn PasswordField(
    /// The field's name, and its id unless it has another one.
    name: String,
    /// Its id, where several of one name stand on a page.
    #[prop(optional_no_strip)]
    id: Option<String>,
    /// What the person reads.
    label: String,
    /// The sentence beside a password that was not taken.
    problem: Option<String>,
    /// For a new password: how long it must be. Nothing for a current one.
    rule: Option<PasswordLength>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let hint = rule.map(|rule| format!("At least {} characters. A few unrelated words work well.", rule.min));
    let id = id.unwrap_or_else(|| name.clone());
    let described = described_by(&id, hint.is_some(), problem.is_some());
    let bad = problem.is_some();
    let rules =
        rule.map(|rule| format!("minlength: {}; maxlength: {}; allowed: unicode;", rule.min, rule.max));
    let (shown, set_shown) = signal(false);
    let (caps, set_caps) = signal(false);
    let (verdict, set_verdict) = signal(Verdict::default());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    view! {
        <div class="field" class:field-bad=bad>
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })}
            {problem.map(|problem| view! { <p class="field-problem" id=format!("{id}-problem")><Icon name="alert"/>{problem}</p> })}
            <div class="password">
                <input
                    node_ref=input
                    type=move || if shown.get() { "text" } else { "password" }
                    id=id.clone()
                    name=name
                    autocomplete=if rule.is_some() { "new-password" } else { "current-password" }
                    autocapitalize="none"
                    spellcheck="false"
                    required=true
                    {..custom_attribute("passwordrules", rules)}
                    aria-describedby=described
                    aria-invalid=bad.then_some("true")
                    on:keydown=move |event| set_caps.set(caps_lock(&event).unwrap_or(caps.get_untracked()))
                    on:keyup=move |event| set_caps.set(caps_lock(&event).unwrap_or(caps.get_untracked()))
                    on:blur=move |_| set_caps.set(false)
                    on:input=move |_| {
                        if let (Some(rule), Some(input)) = (rule, input.get_untracked()) {
                            judge(&input, rule, set_verdict, waiting);
                        }
                    }
                />
                {show_button(id, input, shown, set_shown)}
            </div>
            <p class="field-live" role="status">{move || if caps.get() { "Caps Lock is on." } else { "" }}</p>
            {rule.map(|_| strength(verdict))}
        </div>
    }
}

/// The button that shows what is typed. Its label stays and `aria-pressed` changes (ARIA Authoring Practices, "Button").
fn show_button(
    name: String,
    input: NodeRef<html::Input>,
    shown: ReadSignal<bool>,
    set_shown: WriteSignal<bool>,
) -> impl IntoView {
    let turn = move |_| {
        if let Some(input) = input.get_untracked() {
            keep_caret(&input, || set_shown.update(|shown| *shown = !*shown));
        }
    };
    view! {
        <button
            type="button"
            class="password-toggle"
            aria-label="Show password"
            aria-pressed=move || if shown.get() { "true" } else { "false" }
            aria-controls=name
            on:click=turn
        >
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                <path d=EYE/>
                <path class="password-struck" d="m3 17 14-14"/>
            </svg>
        </button>
    }
}

const EYE: &str = "M1.5 10S4.6 4.5 10 4.5 18.5 10 18.5 10 15.4 15.5 10 15.5 1.5 10 1.5 10z\
                   M12.5 10a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z";

/// How well a new password would withstand guessing, as a bar and in words.
fn strength(verdict: ReadSignal<Verdict>) -> impl IntoView {
    view! {
        <div class="strength" hidden=move || verdict.with(|v| v.text.is_empty())>
            <meter
                min="0"
                max="4"
                low="2"
                high="3"
                optimum="4"
                aria-label="Password strength"
                prop:value=move || verdict.with(|v| v.score)
            ></meter>
            <p role="status">{move || verdict.with(|v| v.text.clone())}</p>
        </div>
    }
}

/// What is said about a new password while it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Verdict {
    score: f64,
    text: String,
}

/// Whether Caps Lock is on; nothing when the event is no key press (browsers send bare events when they fill a form in).
fn caps_lock(event: &ev::KeyboardEvent) -> Option<bool> {
    event.is_instance_of::<web_sys::KeyboardEvent>().then(|| event.get_modifier_state("CapsLock"))
}

/// Runs `change` and puts focus and caret back where they were.
fn keep_caret(input: &web_sys::HtmlInputElement, change: impl FnOnce()) {
    let (start, end) = (input.selection_start().ok().flatten(), input.selection_end().ok().flatten());
    change();
    let input = input.clone();
    // After the new type is in the document: setting it moves the caret.
    request_animation_frame(move || {
        let _ = input.focus();
        if let (Some(start), Some(end)) = (start, end) {
            let _ = input.set_selection_range(start, end);
        }
    });
}

/// Says at once what the length says, and 300 ms after the last key what the server says.
fn judge(
    input: &web_sys::HtmlInputElement,
    rule: PasswordLength,
    say: WriteSignal<Verdict>,
    waiting: StoredValue<Option<TimeoutHandle>>,
) {
    if let Some(Some(waiting)) = waiting.try_get_value() {
        waiting.clear();
    }
    let password = input.value();
    let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    if length == 0 || length > rule.max || password.len() > MAX_BYTES {
        let text = if length == 0 { String::new() } else { format!("At most {} characters.", rule.max) };
        return say.set(Verdict { score: 0.0, text });
    }
    if length < rule.min {
        let missing = rule.min - length;
        let text = format!("{missing} more character{} to go.", if missing == 1 { "" } else { "s" });
        return say.set(Verdict { score: 0.0, text });
    }
    let (about, input) = (words_about(input), input.clone());
    let ask = move || {
        spawn_local(async move {
            let verdict = ask_server(&password, &about).await;
            // An answer about what stands there no more is not told.
            if let Some(verdict) = verdict.filter(|_| input.value() == password) {
                say.set(verdict);
            }
        });
    };
    waiting.set_value(set_timeout_with_handle(ask, Duration::from_millis(300)).ok());
}

/// What the person wrote about themselves in the same form: a password made of it is easy to guess.
fn words_about(input: &web_sys::HtmlInputElement) -> String {
    let Some(form) = input.form() else { return String::new() };
    let values = ["email", "name", "username"].into_iter().filter_map(|name| {
        let field = form.get_with_name(name)?;
        Some(field.dyn_ref::<web_sys::HtmlInputElement>()?.value())
    });
    values.collect::<Vec<_>>().join(" ")
}

async fn ask_server(password: &str, about: &str) -> Option<Verdict> {
    let body = web_sys::UrlSearchParams::new().ok()?;
    body.append("password", password);
    body.append("about", about);
    let request = web_sys::RequestInit::new();
    request.set_method("POST");
    request.set_body(&body);
    let sent = window().fetch_with_str_and_init(actions::PASSWORD_STRENGTH, &request);
    let answer = JsFuture::from(sent).await.ok()?.dyn_into::<web_sys::Response>().ok()?;
    if !answer.ok() {
        return None;
    }
    let strength = JsFuture::from(answer.json().ok()?).await.ok()?;
    let read = |key: &str| js_sys::Reflect::get(&strength, &JsValue::from_str(key)).ok();
    Some(Verdict { score: read("score")?.as_f64()?, text: read("words")?.as_string()? })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_stay_inside_and_no_script_is_needed() {
        let html = Owner::new_root(None).with(|| {
            view! {
                <PasswordField
                    name="password".to_owned()
                    label="\"><script>".to_owned()
                    problem=Some("'><img src=x onerror=alert(1)>".to_owned())
                    rule=Some(PasswordLength::default())
                />
            }
            .to_html()
        });
        assert_eq!(html.matches("<script").count() + html.matches("<img").count(), 0, "{html}");
        assert!(html.contains(r#"type="password""#), "{html}");
        assert!(html.contains(r#"autocomplete="new-password""#), "{html}");
        assert!(!html.contains(" value="), "{html}");
    }
}
