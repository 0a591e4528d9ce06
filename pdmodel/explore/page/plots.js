// The middle: linked plots of quantities, and what moves a state.

/* global uPlot */
import { change, listen, quantity, store, tell } from "./store.js";
import { capital, drawing, element, look, number, readable, shade } from "./words.js";

const LOWEST = 170;
const SCALES = ["linear", "log", "fold"];
const cards = [];
const LINK = { key: "days", scales: ["x", null] };

export function plots(root) {
  const rebuild = () => {
    for (const card of cards.splice(0)) card.plot?.destroy();
    root.replaceChildren();
    store.view.quantities.forEach((_, index) => cards.push(curveCard(root, index)));
    cards.push(fluxCard(root));
    redraw();
  };
  rebuild();
  listen((what) => {
    if (what === "replaced" || what === "rebuilt") rebuild();
    if (what === "answered" || what === "pinned") redraw();
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
    card.box.classList.remove("stale");
    card.update();
  }
  const hand = store.answer.hand;
  requestAnimationFrame(() => {
    const lag = document.getElementById("lag");
    lag.textContent = `${Math.round(performance.now() - hand)} ms from hand to page (simulated in ${Math.round(store.answer.milliseconds.runs)})`;
  });
}

// Return the height at which all plots are seen at once, where there is room for that.
function tall() {
  const root = document.getElementById("plots");
  const columns = Math.max(1, getComputedStyle(root).gridTemplateColumns.split(" ").length);
  const rows = Math.ceil(cards.length / columns);
  return Math.max(LOWEST, Math.floor((root.parentElement.clientHeight - 24) / rows) - 58);
}

function fit(card) {
  const width = card.body.clientWidth;
  const height = tall();
  if (card.plot && width && (card.plot.width !== width || card.plot.height !== height)) card.plot.setSize({ width, height });
}

// Curves -----------------------------------------------------------------------------------------

function curveCard(root, index) {
  const name = store.view.quantities[index];
  const select = element("select", { "aria-label": "Quantity of this plot" }, ...store.facts.quantities.map((each) => element("option", {
    value: each.name, selected: each.name === name,
  }, capital(each.label || readable(each.name, store.facts.words)))));
  select.addEventListener("change", () => {
    change(`quantity ${index}`, (view) => { view.quantities[index] = select.value; });
    tell("rebuilt");
  });
  const unit = element("span", { className: "unit" });
  const scale = element("button", { title: "linear, logarithmic, over the value at the start" });
  scale.addEventListener("click", () => {
    store.scales ??= {};
    store.scales[name] = SCALES[(SCALES.indexOf(store.scales[name] ?? "linear") + 1) % SCALES.length];
    card.plot?.destroy();
    card.plot = null;
    card.update();
  });
  const key = element("div", { className: "key" });
  const body = element("div");
  const box = element("article", { className: "card" }, element("header", {}, select, unit, element("span", { className: "scales" }, scale)), key, body);
  root.append(box);
  const card = { box, body, plot: null, title: () => `${select.selectedOptions[0]?.textContent ?? name}, ${unit.textContent}` };
  card.update = () => {
    const how = store.scales?.[name] ?? "linear";
    scale.textContent = how;
    const facts = quantity(name);
    unit.textContent = how === "fold" ? "over start" : facts.unit === "1" ? "" : facts.unit;
    const data = curves(name, how);
    if (card.plot && card.shape === data.shape) card.plot.setData(data.columns);
    else {
      card.plot?.destroy();
      card.shape = data.shape;
      card.plot = make(body, data, how, (u) => { brackets(u, name, how); rug(u); });
    }
    if (!data.columns[0].length) key.textContent = "not in this model";
    else key.replaceChildren(...store.answer.patients.map((patient, n) => keyOf(patient, n, name, how)));
  };
  return card;
}

function keyOf(patient, index, name, how) {
  const { colour, dash } = look(index);
  const line = drawing("svg", { viewBox: "0 0 22 8", "aria-hidden": "true" }, drawing("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash.join(" ") }));
  const values = patient.curves[name]?.values;
  const last = values ? number(how === "fold" ? values.at(-1) / values[0] : values.at(-1)) : "failed";
  return element("span", { title: "value at the end" }, line, `${patient.name} ${last}`);
}

// Return columns for uPlot: days, then per patient its curve, then lowest and highest within days.
function curves(name, how) {
  const shown = [...answers()].flatMap(({ answer, pinned }) => answer.patients.map((patient, index) => ({ patient, index, pinned })))
    .filter(({ patient }) => patient.curves[name]);
  const days = shown[0]?.patient.days ?? [];
  const columns = [days];
  const series = [{}];
  const bands = [];
  for (const { patient, index, pinned } of shown) {
    const curve = patient.curves[name];
    const start = curve.values[0];
    const scaled = (values) => onto(days, patient.days, values.map((v) => (how === "fold" && v !== null ? v / start : v)));
    columns.push(scaled(curve.values));
    series.push(stroke(patient.name, index, pinned));
    if (curve.low && !pinned) {
      columns.push(scaled(curve.high), scaled(curve.low));
      const thin = { label: `${patient.name}, within days`, width: 0, points: { show: false } };
      series.push(thin, { ...thin });
      bands.push({ series: [columns.length - 2, columns.length - 1], fill: `${look(index).colour}33` });
    }
  }
  return { columns, series, bands, shape: `${how} ${series.map((each) => each.label).join("|")}` };
}

function* answers() {
  if (store.pinned) yield { answer: store.pinned, pinned: true };
  yield { answer: store.answer, pinned: false };
}

function stroke(label, index, pinned) {
  const { colour, dash } = look(index);
  return {
    label: pinned ? `${label}, pinned` : label, stroke: pinned ? `${colour}99` : colour, dash,
    width: pinned ? 0.8 : 1.8, points: { show: false }, spanGaps: false,
  };
}

// Values of one row of days at those of another; the same days are the usual case.
function onto(days, own, values) {
  if (days === own || (days.length === own.length && days.at(-1) === own.at(-1))) return values;
  let at = 0;
  return days.map((day) => {
    while (at + 1 < own.length && own[at + 1] <= day) at += 1;
    if (day < own[0] || day > own.at(-1) + 1e-9) return null;
    const next = Math.min(at + 1, own.length - 1);
    const share = own[next] > own[at] ? (day - own[at]) / (own[next] - own[at]) : 0;
    return values[at] === null || values[next] === null ? null : values[at] + share * (values[next] - values[at]);
  });
}

function axes(log) {
  const ink = shade("soft");
  const grid = { stroke: shade("grid"), width: 1 };
  const common = { stroke: ink, grid, ticks: { ...grid, size: 3 }, font: "11px system-ui, sans-serif" };
  return [
    { ...common, size: 24, label: "days", labelSize: 13, labelGap: 0, labelFont: "11px system-ui, sans-serif", values: (_, ticks) => ticks.map((tick) => number(tick)) },
    { ...common, size: 46, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : log && ticks.length > 8 && Math.log10(tick) % 1 ? "" : number(tick))) },
  ];
}

function make(body, data, how, paint) {
  const log = how === "log";
  return new uPlot({
    width: body.clientWidth || 280, height: tall(), series: data.series, bands: data.bands, axes: axes(log),
    scales: {
      x: { time: false },
      y: log ? { distr: 3 } : { range: (_, low, high) => (low === null ? [0, 1] : [Math.min(0, low), high > 0 ? high * 1.05 : high + 1]) },
    },
    cursor: { sync: LINK, y: false, points: { size: 5 } }, legend: { show: false }, hooks: { draw: [paint] },
  }, data.columns, body);
}

// Ranges that were reported, as brackets on the day they are of; levels, and multiples of the start.
function brackets(u, name, how) {
  const context = u.ctx;
  for (const target of store.facts.targets) {
    const index = store.view.patients.findIndex((patient) => patient.group === target.group);
    if (index < 0 || target.observable !== name || target.day === null || !(target.level || target.relative)) continue;
    const values = store.answer.patients[index]?.curves[name]?.values;
    if (!values) continue;
    const factor = how === "fold" ? (target.level ? 1 / values[0] : 1) : target.level ? 1 : values[0];
    const edge = (bound, otherwise) => (bound === null ? otherwise : u.valToPos(bound * factor, "y", true));
    const { top, height } = u.bbox;
    const x = u.valToPos(target.day, "x", true);
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
    const high = Math.max(top, edge(target.high, top));
    const low = Math.min(top + height, edge(target.low, top + height));
    if (!(low > high)) continue;
    context.save();
    context.strokeStyle = look(index).colour;
    context.lineWidth = 1.6 * devicePixelRatio;
    context.setLineDash([]);
    context.beginPath();
    const arm = 3 * devicePixelRatio;
    if (target.high !== null) { context.moveTo(x - arm, high); context.lineTo(x + arm, high); }
    context.moveTo(x, high);
    context.lineTo(x, low);
    if (target.low !== null) { context.moveTo(x - arm, low); context.lineTo(x + arm, low); }
    context.stroke();
    context.restore();
  }
}

// Doses as a rug along the axis, as high as their amount.
function rug(u) {
  const most = Math.max(...store.answer.doses.flatMap((each) => each.amounts), 0);
  if (!most) return;
  const { left, width, top, height } = u.bbox;
  u.ctx.save();
  u.ctx.fillStyle = shade("soft");
  u.ctx.globalAlpha = 0.55;
  for (const { days, amounts } of store.answer.doses) {
    days.forEach((day, n) => {
      const x = u.valToPos(day, "x", true);
      const tall = (3 + (5 * amounts[n]) / most) * devicePixelRatio;
      if (x >= left - 1 && x <= left + width) u.ctx.fillRect(x, top + height - tall, Math.max(0.6, devicePixelRatio * 0.5), tall);
    });
  }
  u.ctx.restore();
}

// What moves a state -----------------------------------------------------------------------------

function fluxCard(root) {
  const { facts, view } = store;
  const state = element("select", { "aria-label": "State whose processes are shown" }, ...facts.states.map((each) => element("option", {
    value: each, selected: each === view.flux.state,
  }, `What moves ${quantity(each).label || readable(each, facts.words)}`)));
  const patient = element("select", { "aria-label": "Patient whose processes are shown" }, ...view.patients.map((each) => element("option", { selected: each.name === view.flux.patient }, each.name)));
  for (const select of [state, patient]) {
    select.addEventListener("change", () => change("flux", (now) => { now.flux = { state: state.value, patient: patient.value }; }));
  }
  const unit = element("span", { className: "unit" });
  const key = element("div", { className: "key" });
  const body = element("div");
  const box = element("article", { className: "card" }, element("header", {}, state, patient), key, body);
  root.append(box);
  const card = { box, body, plot: null, title: () => `${state.selectedOptions[0]?.textContent}, ${unit.textContent}, ${patient.value}` };
  card.update = () => {
    const { flux } = store.answer;
    const facts = quantity(flux.state);
    unit.textContent = `${facts.unit === "1" ? "" : facts.unit} a day`;
    const stack = stacked(flux.processes);
    const columns = [flux.days, stack.high, stack.low];
    card.layers = stack.layers;
    if (card.plot) card.plot.setData(columns);
    else {
      const hidden = { points: { show: false }, width: 0 };
      const data = { columns, series: [{}, { ...hidden, label: "gain" }, { ...hidden, label: "loss" }], bands: [] };
      card.plot = make(body, data, "flux", (u) => paint(u, card));
    }
    key.replaceChildren(unit, ...flux.processes.map((process, n) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = look(n).colour;
      return element("span", {}, swatch, readable(process.name, store.facts.words));
    }));
  };
  return card;
}

function stacked(processes) {
  const count = processes[0]?.values.length ?? 0;
  const high = new Array(count).fill(0);
  const low = new Array(count).fill(0);
  const layers = processes.map(({ values }) => values.map((value, n) => {
    const side = value >= 0 ? high : low;
    const from = side[n];
    side[n] += value;
    return [from, side[n]];
  }));
  return { high, low, layers };
}

function paint(u, card) {
  const days = u.data[0];
  const context = u.ctx;
  context.save();
  context.beginPath();
  context.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  context.clip();
  card.layers.forEach((layer, n) => {
    context.fillStyle = look(n).colour;
    context.globalAlpha = 0.75;
    context.beginPath();
    layer.forEach(([, to], k) => context.lineTo(u.valToPos(days[k], "x", true), u.valToPos(to, "y", true)));
    for (let k = layer.length - 1; k >= 0; k -= 1) context.lineTo(u.valToPos(days[k], "x", true), u.valToPos(layer[k][0], "y", true));
    context.fill();
  });
  context.restore();
}
