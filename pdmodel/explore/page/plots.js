// The middle: linked plots of quantities, and what moves a state.

import { curvesOf, main, onto, way } from "./compared.js";
import { fluxCard } from "./flux.js";
import { brackets, heights, measured, points, rug } from "./marks.js";
import { draw, drop, keys, panel } from "./panel.js";
import { change, listen, quantity, store, tell } from "./store.js";
import { capital, drawing, element, look, mark, number, readable } from "./words.js";

const LOWEST = 170;
const SCALES = ["linear", "log", "fold"];
const cards = [];

export function plots(root) {
  let built = "";
  const wanted = () => JSON.stringify([store.view.quantities, store.view.flux, store.view.patients.map((each) => each.name)]);
  const rebuild = () => {
    built = wanted();
    for (const card of cards.splice(0)) drop(card.plot);
    root.replaceChildren();
    store.view.quantities.forEach((_, index) => cards.push(curveCard(root, index)));
    cards.push(fluxCard(root, tall));
    redraw();
  };
  rebuild();
  listen((what) => {
    if ((what === "rebuilt" || what === "replaced") && wanted() !== built) rebuild();
    if (what === "answered" || what === "pinned") redraw();
    if (what === "pinned") cards.forEach(fit);
    if (what === "answered") sayLag();
    if (what === "failed") for (const card of cards) card.box.classList.add("stale");
  });
  new ResizeObserver(() => cards.forEach(fit)).observe(root);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);
}

export function canvases() {
  return cards.map((card) => ({ title: card.title(), canvas: card.plot?.ctx.canvas })).filter((each) => each.canvas);
}

function redraw() {
  if (!store.answer) return;
  for (const card of cards) {
    card.box.classList.toggle("stale", Boolean(store.fault));
    card.update();
  }
}

// Say how long the hand waited, in the frame in which it sees the answer.
function sayLag() {
  const { hand, milliseconds } = store.answer;
  requestAnimationFrame(() => {
    const lag = document.getElementById("lag");
    lag.textContent = `${Math.round(performance.now() - hand)} ms from hand to page (simulated in ${Math.round(milliseconds.runs)})`;
  });
}

// Return the height at which all plots are seen at once, where there is room for that.
function tall() {
  const root = document.getElementById("plots");
  const columns = Math.max(1, getComputedStyle(root).gridTemplateColumns.split(" ").length);
  const rows = Math.ceil(cards.length / columns);
  const above = root.offsetTop - root.parentElement.offsetTop;
  return Math.max(LOWEST, Math.floor((root.parentElement.clientHeight - above - 18) / rows) - 58);
}

function fit(card) {
  const width = card.body.clientWidth;
  const height = tall();
  if (card.plot && width && (card.plot.width !== width || card.plot.height !== height)) card.plot.setSize({ width, height });
}

function curveCard(root, index) {
  const name = store.view.quantities[index];
  const title = ({ label, name: own }) => capital(label || readable(own, store.facts.words));
  const select = element("select", { "aria-label": "Quantity of this plot" }, ...store.facts.quantities.map((each) => element("option", {
    value: each.name, selected: each.name === name,
  }, title(each))));
  select.addEventListener("change", () => {
    change(`quantity ${index}`, (view) => { view.quantities[index] = select.value; });
    tell("rebuilt");
  });
  const unit = element("span", { className: "unit" });
  const scale = element("button", { title: "linear, logarithmic, over the value at the start" });
  scale.addEventListener("click", () => {
    store.scales ??= {};
    store.scales[name] = SCALES[(SCALES.indexOf(store.scales[name] ?? "linear") + 1) % SCALES.length];
    drop(card.plot);
    card.plot = null;
    card.update();
  });
  const key = element("div", { className: "key" });
  const body = element("div", { tabIndex: 0, role: "group", "aria-label": `Plot of ${title(quantity(name))}; plus, minus and arrows look closer, Escape shows all` });
  const box = element("article", { className: "card" }, element("header", {}, select, unit, element("span", { className: "scales" }, scale)), key, body);
  root.append(box);
  const card = { box, body, plot: null, title: () => `${select.selectedOptions[0]?.textContent ?? name}, ${unit.textContent}` };
  body.addEventListener("keydown", (event) => keys(event, card.plot));
  card.update = () => {
    const how = store.scales?.[name] ?? "linear";
    scale.textContent = how;
    unit.textContent = unitOf(name, how);
    const data = curves(name, how);
    if (card.plot && card.shape === data.shape) draw(card.plot, data.columns);
    else {
      drop(card.plot);
      card.shape = data.shape;
      card.plot = panel(body, tall(), data, how === "log", (u) => paint(u, name, how), () => (way() === "difference" ? [] : heights(card.plot, name, how)));
    }
    key.replaceChildren(...keysOf(name, how));
  };
  return card;
}

function unitOf(name, how) {
  const { unit } = quantity(name);
  if (way() === "difference") return how === "linear" ? `B − A${unit === "1" ? "" : `, ${unit}`}` : "B over A";
  return how === "fold" ? "over start" : unit === "1" ? "" : unit;
}

function paint(u, name, how) {
  rug(u, main());
  if (way() === "difference") return;
  brackets(u, name, how, main());
  points(u, name, how);
}

// Who is who: line, name and value at the end; then whose measured values stand on the plot.
function keysOf(name, how) {
  const shown = curvesOf(name, how).filter(({ behind }) => !behind);
  const failed = main().patients.filter((each) => each.failure).map((each) => element("span", {}, `${each.name} failed`));
  if (!shown.length && !failed.length) return ["not in this model"];
  const points = way() === "difference" ? [] : measured(name, how);
  const own = new Set(points.map((each) => each.index));
  const others = points.filter((each) => each.index < 0).map((each) => each.subject);
  const lines = shown.map(({ patient, index, curve }) => {
    const { colour, dash } = look(index);
    const line = drawing("svg", { viewBox: "0 0 22 8", "aria-hidden": "true" }, drawing("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash.join(" ") }));
    const last = curve.values.at(-1);
    const ratio = how === "fold" && way() !== "difference";
    return element("span", { title: "value at the end" }, line, own.has(index) ? markOf(index) : "", `${patient.name} ${number(ratio ? last / curve.values[0] : last)}`);
  });
  const rest = others.length ? [element("span", { title: others.join(", ") }, markOf(-1), others.length === 1 ? `measured in ${others[0]}` : `measured in ${others.length}`)] : [];
  return [...lines, ...failed, ...rest];
}

function markOf(index) {
  return drawing("svg", { viewBox: "0 0 8 8", class: "mark", role: "img", "aria-label": "measured:" },
    drawing("path", { d: mark(index, 4, 4, 3), fill: "none", stroke: index < 0 ? "var(--soft)" : look(index).colour, "stroke-width": 1.2 }));
}

// Return columns for uPlot: days, then per patient its curve, then lowest and highest within days.
function curves(name, how) {
  const shown = curvesOf(name, how);
  const days = shown.find(({ behind }) => !behind)?.days ?? shown[0]?.days ?? [];
  const columns = [days];
  const series = [{}];
  const bands = [];
  const over = how === "fold" && way() !== "difference";
  for (const { patient, index, behind, days: own, curve } of shown) {
    const start = curve.values[0];
    const scaled = (values) => onto(days, own, over ? values.map((v) => (v === null ? null : v / start)) : values);
    columns.push(scaled(curve.values));
    series.push(stroke(patient.name, index, behind));
    if (curve.low && !behind) {
      columns.push(scaled(curve.high), scaled(curve.low));
      const thin = { label: `${patient.name}, within days`, width: 0, points: { show: false } };
      series.push(thin, { ...thin });
      bands.push({ series: [columns.length - 2, columns.length - 1], fill: `${look(index).colour}33` });
    }
  }
  return { columns, series, bands, shape: `${way()} ${how} ${series.map((each) => each.label).join("|")}` };
}

function stroke(label, index, behind) {
  const { colour, dash } = look(index);
  return {
    label: behind ? `${label}, pinned` : label, stroke: behind ? `${colour}99` : colour, dash,
    width: behind ? 0.8 : 1.8, points: { show: false }, spanGaps: false,
  };
}
