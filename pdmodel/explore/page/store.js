// The state of the page: what is asked, what was answered, what was before. Everything that changes
// the view goes through `change`, so that undo and links know it.

const MOST_STEPS = 200;
const listeners = new Set();

export const store = { facts: null, view: null, answer: null, pinned: null, fault: "" };
const past = [];
let lastChange = { name: "", time: 0 };

export function listen(listener) {
  listeners.add(listener);
}

export function tell(what) {
  for (const listener of listeners) listener(what);
}

// Change the view; steps of one drag (same name, in quick succession) are one step of undo.
export function change(name, alter) {
  const now = performance.now();
  const same = name === lastChange.name && now - lastChange.time < 800;
  lastChange = { name, time: now };
  if (!same) {
    past.push(structuredClone(store.view));
    if (past.length > MOST_STEPS) past.shift();
  }
  alter(store.view);
  tell(same ? "dragged" : "changed");
}

export function replaceView(view) {
  past.push(structuredClone(store.view));
  store.view = structuredClone(view);
  lastChange = { name: "", time: 0 };
  tell("replaced");
}

export function undo() {
  if (!past.length) return;
  store.view = past.pop();
  lastChange = { name: "", time: 0 };
  tell("replaced");
}

export function canUndo() {
  return past.length > 0;
}

// A link holds the whole state, as text that addresses may hold.
export function encode(view) {
  const bytes = new TextEncoder().encode(JSON.stringify(view));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function decode(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}

export function parameter(name) {
  return store.facts.parameters.find((each) => each.name === name);
}

export function quantity(name) {
  return store.facts.quantities.find((each) => each.name === name) ?? { name, label: name, unit: "" };
}

export function group(patient) {
  return patient.group || patient.name;
}
