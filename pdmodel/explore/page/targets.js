// The right side: what was reported, met or missed; and every change from the model as loaded.

import { post } from "./ask.js";
import { listen, parameter, quantity, store, tell } from "./store.js";
import { drawing, element, number, plain, readable } from "./words.js";

let opened = "";

export function targets(root, changes, score) {
  const draw = () => {
    if (!store.answer) return;
    root.replaceChildren(...list());
    changes.replaceChildren(...table());
    tally(score);
  };
  listen((what) => {
    if (what === "answered" || what === "pinned") draw();
  });
  root.addEventListener("click", (event) => {
    const row = event.target.closest(".target");
    if (!row) return;
    opened = opened === row.dataset.id ? "" : row.dataset.id;
    draw();
    root.querySelector(`[data-id="${CSS.escape(row.dataset.id)}"]`)?.focus();
  });
}

function tally(score) {
  const results = store.answer.targets;
  const met = results.filter((each) => each.met).length;
  score.textContent = results.length ? `${met} of ${results.length} targets met` : "";
  score.className = met === results.length ? "all" : "some";
}

function list() {
  const { facts, answer, pinned } = store;
  const results = new Map(answer.targets.map((each) => [each.id, each]));
  const before = new Map((pinned?.targets ?? []).map((each) => [each.id, each]));
  const groups = [...new Set(facts.targets.map((each) => each.group))];
  if (!facts.targets.length) return [element("p", { className: "note" }, "This model has no targets: nothing was reported that it could be held against.")];
  return groups.flatMap((group) => [
    element("h2", {}, readable(group.replace("/", " against "), facts.words)),
    ...facts.targets.filter((each) => each.group === group).flatMap((target) => row(target, results.get(target.id), before.get(target.id))),
  ]);
}

function row(target, result, before) {
  const label = quantity(target.observable).label || readable(target.observable, store.facts.words);
  const words = `${label}: ${target.words.charAt(0).toLowerCase()}${target.words.slice(1)}`;
  const button = element("button", {
    className: `target ${result.met ? "met" : "missed"}`, dataset: { id: target.id }, title: words,
    "aria-expanded": String(opened === target.id),
    "aria-label": `${result.met ? "met" : "missed"}: ${words}, ${number(result.value)} ${target.unit === "1" ? "" : target.unit}`,
  },
  element("span", { className: "mark", "aria-hidden": "true" }, result.met ? "✓" : "✗"),
  element("span", { className: "words" }, words), gauge(target, result, before),
  element("span", { className: "number" }, number(result.value && +result.value.toPrecision(3))));
  return opened === target.id ? [button, detail(target, result)] : [button];
}

function detail(target, result) {
  const unit = target.unit === "1" ? "" : ` ${target.unit}`;
  const range = target.value !== null
    ? `reported ${number(target.value)} ± ${number(target.sigma)}${unit}`
    : `allowed ${target.low === null ? "up" : `from ${number(target.low)}`}${target.high === null ? "" : ` to ${number(target.high)}`}${unit}`;
  return element("div", { className: "detail" },
    element("p", {}, `${target.meaning ? `${target.meaning}. ` : ""}It is ${number(result.value)}${unit}; ${range}.`),
    element("p", {}, `Direction ${target.direction_status}, threshold ${target.threshold_status}. Source: ${target.source}.`),
    moved.id === target.id && moved.view === store.answer.view ? margins(moved.rows, target) : asker(target));
}

// Which numbers move the target, asked when it is wanted, for slopes take longer than a run.
let moved = { id: "", view: null, rows: [] };

function asker(target) {
  const button = element("button", {}, "Which numbers move it?");
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "differentiating …";
    const { view } = store.answer;
    try {
      moved = { id: target.id, view, rows: await (await post("margins", { ...view, target: target.id })).json() };
      tell("pinned");
    } catch (error) {
      button.textContent = error.message;
    }
  });
  return button;
}

// A bar a parameter: to which side and how far it moves the target, and what would just do.
function margins(rows, target) {
  const most = Math.max(...rows.map((each) => Math.abs(each.slope)), 1e-12);
  const bars = rows.filter((each) => Math.abs(each.slope) >= most / 100).map((each) => {
    const wide = (34 * Math.abs(each.slope)) / most;
    const bar = drawing("svg", { viewBox: "0 0 70 10", class: "bar", "aria-hidden": "true" },
      drawing("rect", { x: each.slope < 0 ? 35 - wide : 35, y: 2, width: wide, height: 6, fill: "var(--mark)" }),
      drawing("line", { x1: 35, x2: 35, y1: 0, y2: 10, stroke: "var(--soft)" }));
    const whose = each.group ? `, ${each.group}` : "";
    const cure = each.factor === null ? "" : `×${number(+each.factor.toPrecision(3))}`;
    return element("tr", {}, element("td", {}, `${readable(each.name, store.facts.words)}${whose}`),
      element("td", {}, bar), element("td", { className: "number" }, number(+each.slope.toPrecision(2))), element("td", { className: "number" }, cure));
  });
  const what = target.log ? "per cent a per cent of the number" : `${target.unit === "1" ? "change" : target.unit} a doubling-like step (e-fold) of the number`;
  return element("table", {}, element("caption", {}, `Slopes here, ${what}; what would do is a first guess.`),
    element("thead", {}, element("tr", {}, ...["number", "", "slope", "would do"].map((each) => element("th", {}, each)))), element("tbody", {}, ...bars));
}

// A small axis: the allowed range, the value, and the pinned one hollow.
function gauge(target, result, before) {
  const svg = drawing("svg", { viewBox: "0 0 78 14", "aria-hidden": "true" });
  const values = [target.low, target.high, target.value, result.value, before?.value].filter((each) => each !== null && each !== undefined);
  const log = target.log && values.every((each) => each > 0);
  const scale = (value) => (log ? Math.log(value) : value);
  const ends = [target.low, target.high, target.value].filter((each) => each !== null).map(scale);
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const room = Math.max(high - low, log ? 0.7 : Math.abs(high) * 0.5, 1e-9);
  const x = (value) => Math.min(76, Math.max(2, 20 + (38 * (scale(value) - low)) / (room || 1)));
  const from = target.low === null ? 2 : x(target.low);
  const to = target.high === null ? 76 : x(target.high);
  svg.append(drawing("rect", { x: Math.min(from, to - 2), y: 5, width: Math.max(to - from, 2), height: 4, rx: 2, fill: "var(--soft)", opacity: 0.45 }));
  if (before?.value !== null && before?.value !== undefined) svg.append(drawing("circle", { cx: x(before.value), cy: 7, r: 3.2, fill: "none", stroke: "var(--soft)" }));
  if (result.value !== null) svg.append(drawing("circle", { cx: x(result.value), cy: 7, r: 3, fill: result.met ? "var(--ok)" : "var(--bad)" }));
  return svg;
}

// Every change from the model as it was loaded, with the status of each number.
function table() {
  const { view, facts } = store;
  const rows = [];
  for (const [slot, name] of Object.entries(view.swaps)) {
    const held = facts.slots.find((each) => each.slot === slot)?.held ?? "";
    rows.push([plain(slot), readable(name, facts.words), readable(held, facts.words), "mechanism"]);
  }
  for (const [name, value] of Object.entries(view.values)) {
    const known = parameter(name);
    rows.push([known.label || plain(name), number(value), number(known.value), known.status]);
  }
  view.patients.forEach((patient, index) => {
    for (const [name, value] of Object.entries(patient.values)) {
      const before = facts.view.patients[index]?.values[name] ?? parameter(name).value;
      if (value !== before) rows.push([`${plain(name)}, ${patient.name}`, number(value), number(before), parameter(name).status]);
    }
  });
  if (view.schedule !== facts.view.schedule) rows.push(["schedule", view.schedule, facts.view.schedule, ""]);
  if (!rows.length) return [element("h2", {}, "Changes"), element("p", { className: "note" }, "None: this is the model as it was loaded.")];
  return [element("h2", {}, "Changes"), element("table", {},
    element("thead", {}, element("tr", {}, ...["what", "now", "as loaded", "status"].map((each) => element("th", {}, each)))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))))))];
}
