// The page of one file: what is moved on the left, curves in the middle, what it is on the right.

import { patients, parameters } from "../page/controls.js";
import { pins } from "../page/pins.js";
import { plots } from "../page/plots.js";
import { field } from "../page/sliders.js";
import { canUndo, change, listen, parameter, replaceView, store, tell, undo } from "../page/store.js";
import { capital, element, number, readable } from "../page/words.js";

const $ = (id) => document.getElementById(id);
let asked = false;

// Answer at the next frame, so that a hand that moves on is followed and never waited for.
function ask(answer) {
  const hand = performance.now();
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const began = performance.now();
    const now = answer(store.view);
    store.answer = { ...now, view: structuredClone(store.view), hand, milliseconds: { runs: performance.now() - began } };
    tell("answered");
  });
}

function doses(file) {
  const boxes = file.given.drugs.map(({ name, state, first, unit }) => field(
    { name, label: "", meaning: "all doses of the schedule in proportion to its first", unit, value: first, low: 0, high: first * 4, log: false, status: "" },
    first * (store.view.amounts[state] ?? 1),
    (now) => change(`dose ${state}`, (view) => { view.amounts[state] = (now ?? first) / first; }),
    capital(readable(name, store.facts.words)),
  ));
  const note = boxes.length ? "The first amount; the others follow in proportion. When it is given stays as it is." : "";
  return [element("h2", {}, "What is given"), element("p", {}, store.facts.view.schedule), ...boxes, element("p", { className: "note" }, note)];
}

function controls(root, file) {
  const draw = () => {
    const open = document.activeElement?.id;
    root.replaceChildren(...doses(file), ...patients(), ...parameters());
    if (open) $(open)?.focus();
  };
  draw();
  listen((what) => { if (what === "replaced" || what === "rebuilt") draw(); });
}

function line(name, words) {
  return words ? [element("h3", {}, name), element("p", {}, words)] : [];
}

function about(root) {
  const { model, targets, data } = store.facts;
  const brackets = targets.some((each) => each.level || each.relative);
  root.replaceChildren(
    element("h2", {}, "What this is"),
    element("p", {}, `A mechanistic model whose equations are in this file and are solved in this browser as you move the numbers on the left. It asks nothing of the network.`),
    ...line("It claims", model.claim), ...line("It would be refuted by", model.refuted_by),
    element("h2", {}, "How to read the plots"),
    element("p", {}, "One colour and one kind of line a patient; the number beside the name is the value at the end. The grey marks along the bottom are what is given. Drag across a plot to look closer, double click to see all. The word in the corner changes the scale. A double click on a slider goes back to the number of the model, Reset to the state that was saved."),
    element("p", {}, brackets ? "Brackets are ranges that were reported, in the colour of the patients they are of." : ""),
    element("p", {}, data ? `Open marks are measured values (${data.name}), in the colour of the patient they are of; a bar says that the value lies beyond a limit.` : ""),
  );
}

function changes(root) {
  const rows = Object.entries(store.view.values).map(([name, value]) => [parameter(name), value]).filter(([facts]) => facts);
  if (!rows.length) return root.replaceChildren();
  const head = element("tr", {}, ...["number", "model", "now", "status"].map((each) => element("th", {}, each)));
  root.replaceChildren(element("h2", {}, "What differs from the model"), element("table", {}, head, ...rows.map(([facts, value]) => element("tr", {},
    element("td", {}, facts.label || readable(facts.name, store.facts.words)), element("td", { className: "number" }, number(facts.value)),
    element("td", { className: "number" }, number(value)), element("td", {}, facts.status)))));
}

function fault() {
  const words = store.answer.patients.filter((each) => each.failure).map((each) => `${each.name} cannot be simulated: ${each.failure}`).join("\n");
  $("fault").textContent = words;
  $("fault").hidden = !words;
}

export function begin(answer, facts, file) {
  store.facts = facts;
  store.view = structuredClone(facts.view);
  $("model").textContent = facts.model.name;
  $("claim").textContent = facts.model.claim;
  $("made").textContent = file.made;
  document.title = `pdmodel: ${facts.model.name}`;
  listen((what) => {
    if (what === "changed" || what === "dragged" || what === "replaced") ask(answer);
    if (what === "answered") fault();
    $("undo").disabled = !canUndo();
    changes($("changes"));
  });
  store.answer = { ...answer(store.view), view: structuredClone(store.view), hand: performance.now(), milliseconds: { runs: 0 } };
  controls($("controls"), file);
  plots($("plots"));
  about($("about"));
  pins($("pin"), $("compared"), (view, then) => then(answer(view)));
  $("undo").addEventListener("click", undo);
  $("reset").addEventListener("click", () => replaceView(facts.view));
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && !["range", "radio"].includes(event.target.type);
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing) { event.preventDefault(); undo(); }
  });
  $("undo").disabled = true;
  ask(answer);
}
