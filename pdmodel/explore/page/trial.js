// Below the plots: a virtual trial of the model as the page stands, on a button, with a stop.

import { post } from "./ask.js";
import { listen, store } from "./store.js";
import { drawing, element, number, plain } from "./words.js";

let running = null;

export function trial(root) {
  if (!store.facts.trials.length) return;
  const which = element("select", { id: "trial-name", "aria-label": "Trial" },
    ...store.facts.trials.map((each) => element("option", { value: each.name }, plain(each.name))));
  const many = element("input", { type: "number", id: "trial-patients", value: 200, min: 10, max: 2000, step: 10, "aria-label": "Virtual patients" });
  const button = element("button", { id: "trial-run" }, "Run");
  const said = element("output", { "aria-live": "polite" });
  const shown = element("div");
  button.addEventListener("click", () => (running ? running.abort() : run(which.value, Number(many.value), button, said, shown)));
  root.append(element("article", { className: "card trial" },
    element("header", {}, element("strong", {}, "Virtual trial"), which, many, element("span", {}, "patients"), button, said), shown));
  listen((what) => {
    if (what === "changed" || what === "dragged" || what === "replaced") shown.classList.add("stale");
  });
}

async function run(name, patients, button, said, shown) {
  running = new AbortController();
  button.textContent = "Stop";
  said.textContent = "drawing patients …";
  try {
    const reply = await post("trial", { ...store.view, trial: name, virtual: patients }, running.signal);
    for await (const line of lines(reply)) {
      if (line.error) throw new Error(line.error);
      if (line.of) said.textContent = `${line.done} of ${line.of} patients`;
      if (line.result) show(line.result, said, shown);
    }
  } catch (error) {
    said.textContent = error.name === "AbortError" ? "stopped" : error.message;
  }
  running = null;
  button.textContent = "Run";
}

async function* lines(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n");
    rest = parts.pop();
    for (const part of parts) if (part.trim()) yield JSON.parse(part);
  }
}

function show(result, said, shown) {
  const inside = result.patterns.filter((each) => each.inside).length;
  const lost = result.failures ? `; ${result.failures} could not be simulated` : "";
  said.textContent = `${result.patients} patients${lost}; ${inside} of ${result.patterns.length} patterns inside`;
  shown.classList.remove("stale");
  shown.replaceChildren(...(result.bars.length ? [waterfall(result)] : []), table(result.patterns));
}

function table(patterns) {
  const range = (low, high) => (low === null && high === null ? "" : low === null ? `≤ ${number(high)}` : high === null ? `≥ ${number(low)}` : `${number(low)} to ${number(high)}`);
  const short = (value) => (value === null ? null : +value.toPrecision(3));
  const rows = patterns.map((each) => element("tr", { title: `${each.use}; limits ${each.status}; source: ${each.source}` },
    element("td", { className: each.inside ? "met" : "missed" }, element("span", { className: "mark" }, each.inside ? "✓" : "✗")),
    element("td", {}, each.meaning),
    element("td", { className: "number" }, each.reported === null ? "" : number(short(each.reported))),
    element("td", { className: "number" }, range(short(each.low), short(each.high))),
    element("td", { className: "number" }, number(short(each.model))),
    element("td", { className: "number" }, range(short(each.model_low), short(each.model_high))),
    element("td", {}, each.unit === "1" ? "" : each.unit)));
  return element("table", {},
    element("thead", {}, element("tr", {}, ...["", "pattern", "reported", "allowed", "model", "90 %", ""].map((each) => element("th", {}, each)))),
    element("tbody", {}, ...rows));
}

// A bar a patient, the worst first; those beyond the limit of a response in the other colour.
function waterfall({ bars, label, limit }) {
  const [wide, tall] = [600, 110];
  const high = Math.max(20, ...bars);
  const low = Math.min(-20, ...bars);
  const y = (value) => 6 + ((tall - 12) * (high - value)) / (high - low);
  const step = (wide - 40) / bars.length;
  const svg = drawing("svg", { viewBox: `0 0 ${wide} ${tall}`, class: "waterfall", role: "img", "aria-label": `Best change of ${label}, a bar a patient` });
  bars.forEach((value, n) => svg.append(drawing("rect", {
    x: (40 + n * step).toFixed(2), y: Math.min(y(0), y(value)).toFixed(2), width: Math.max(step * 0.85, 0.5).toFixed(2),
    height: Math.abs(y(value) - y(0)).toFixed(2), fill: limit !== null && value <= limit ? "var(--c0)" : "var(--c1)",
  })));
  const text = (words, x, at) => {
    const made = drawing("text", { x, y: at, fill: "var(--soft)", "font-size": 9 });
    made.textContent = words;
    svg.append(made);
  };
  if (limit !== null) svg.append(drawing("line", { x1: 40, x2: wide, y1: y(limit), y2: y(limit), stroke: "var(--soft)", "stroke-dasharray": "4 3" }));
  for (const value of [high, 0, limit, low].filter((each) => each !== null)) text(`${number(Math.round(value))} %`, 2, y(value) + 3);
  text(`best change of ${label}`, wide - 170, 12);
  return svg;
}
