// What moves a state: the rates of its processes in one patient, gains above and losses below.

import { main, processes, way } from "./compared.js";
import { draw, keys, panel } from "./panel.js";
import { change, quantity, store } from "./store.js";
import { element, look, readable } from "./words.js";

export function fluxCard(root, tall) {
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
  const body = element("div", { tabIndex: 0, role: "group", "aria-label": "Plot of what moves a state; plus, minus and arrows look closer, Escape shows all" });
  const box = element("article", { className: "card" }, element("header", {}, state, patient), key, body);
  root.append(box);
  const card = { box, body, plot: null, title: () => `${state.selectedOptions[0]?.textContent}, ${unit.textContent}, ${patient.value}` };
  body.addEventListener("keydown", (event) => keys(event, card.plot));
  card.update = () => {
    const { flux } = main();
    const facts = quantity(flux.state);
    unit.textContent = `${way() === "difference" ? "B − A, " : ""}${facts.unit === "1" ? "" : facts.unit} a day`;
    const shown = processes();
    const stack = stacked(shown);
    const columns = [flux.days, stack.high, stack.low];
    card.layers = stack.layers;
    if (card.plot) draw(card.plot, columns);
    else {
      const hidden = { points: { show: false }, width: 0 };
      const data = { columns, series: [{}, { ...hidden, label: "gain" }, { ...hidden, label: "loss" }], bands: [] };
      card.plot = panel(body, tall(), data, false, (u) => paint(u, card));
    }
    key.replaceChildren(unit, ...shown.map((process, n) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = look(n).colour;
      return element("span", {}, swatch, readable(process.name, store.facts.words));
    }));
  };
  return card;
}

function stacked(rates) {
  const count = rates[0]?.values.length ?? 0;
  const high = new Array(count).fill(0);
  const low = new Array(count).fill(0);
  const layers = rates.map(({ values }) => values.map((value, n) => {
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
  const x = days.map((day) => u.valToPos(day, "x", true));
  card.layers.forEach((layer, n) => {
    context.fillStyle = look(n).colour;
    context.globalAlpha = 0.75;
    context.beginPath();
    layer.forEach(([, to], k) => context.lineTo(x[k], u.valToPos(to, "y", true)));
    for (let k = layer.length - 1; k >= 0; k -= 1) context.lineTo(x[k], u.valToPos(layer[k][0], "y", true));
    context.fill();
  });
  context.restore();
}
