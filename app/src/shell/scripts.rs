//! The two inline scripts of a document, both under the answer's CSP nonce. Leptos' own `HydrationScripts` is not used:
//! its preload link carries no nonce and so breaks `strict-dynamic`, it loads the wasm on pages without islands, and it
//! does not tell when the islands are awake.

use super::Assets;
use leptos::prelude::*;

/// Loads the wasm once the page is idle and wakes the islands, outermost first. A page without islands loads nothing.
/// `data-hydrated` on `<html>` says that everything which will move can move now; browser tests wait for it.
///
/// The walk is that of Leptos 0.8.23 (`hydration/island_script.js`), which hands an island with children back its owner
/// by the callback on `leptos-children`.
const WAKE: &str = r#"(js,wasm)=>{
const root=document.documentElement,owners=[];
const walk=(node,mod)=>{
const tag=node.localName,inner=tag==="leptos-children";
if(tag==="leptos-island"){
const wakeUp=mod[node.dataset.component];
if(wakeUp){owners.at(-1)?.();wakeUp(node)}else console.warn("not in this build: "+node.dataset.component)}
if(inner)owners.push(node.$$on_hydrate);
for(const child of node.children)walk(child,mod);
if(inner)owners.pop()};
const ready=()=>{root.dataset.hydrated="true"};
const wake=async()=>{
const file=fetch(wasm),mod=await import(js);
await mod.default({module_or_path:file});
mod.hydrate();walk(document.body,mod);ready()};
if(!document.querySelector("leptos-island"))ready();
else if("requestIdleCallback" in window)requestIdleCallback(wake,{timeout:1000});
else setTimeout(wake)}"#;

pub(super) fn hydration(assets: &Assets, nonce: Option<String>) -> impl IntoView + use<> {
    let script = format!("({})({:?},{:?})", WAKE.replace('\n', ""), assets.js, assets.wasm);
    view! { <script type="module" nonce=nonce>{script}</script> }
}

/// Pages a person is about to open are fetched when the pointer rests on their link (Speculation Rules API). Never
/// addresses that carry a token, and nothing that is not a page.
const RULES: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/*\\?*"}},{"not":{"href_matches":["/fn/*","/api/*","/docs/*","/dev/*","/pkg/*","/account/history.*"]}}]},"eagerness":"moderate"}]}"#;

pub(super) fn speculation_rules(nonce: Option<String>) -> impl IntoView {
    view! { <script type="speculationrules" nonce=nonce>{RULES}</script> }
}
