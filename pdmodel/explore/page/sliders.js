// A parameter under the hand: a slider, logarithmic where its range is wide, and a typed value.

import { element, number } from "./words.js";

const STEPS = 1000;

// Return a field for a parameter; `given` is called with each value, or null to go back.
export function field(facts, value, given, title = facts.label || facts.meaning || facts.name) {
  const range = { low: facts.low, high: facts.high };
  widen(range, value);
  const slider = element("input", {
    type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${title}, slider`,
  });
  const typed = element("input", { type: "text", inputMode: "decimal", "aria-label": `${title}, value` });
  const box = element(
    "div", { className: "field", title: describe(facts) },
    element("div", { className: "name" }, element("span", {}, title),
      element("span", { className: "unit" }, facts.unit === "1" ? "" : facts.unit)),
    element("div", { className: "row" }, slider, typed),
  );
  const show = (now) => {
    slider.value = place(facts, range, now);
    slider.setAttribute("aria-valuetext", `${number(now)} ${facts.unit}`);
    typed.value = number(now);
    box.classList.toggle("changed", now !== facts.value);
  };
  show(value);
  slider.addEventListener("input", () => {
    const now = +at(facts, range, slider.value / STEPS).toPrecision(4);
    typed.value = number(now);
    box.classList.toggle("changed", now !== facts.value);
    given(now);
  });
  typed.addEventListener("change", () => {
    const now = Number(typed.value.replace(",", "."));
    if (!Number.isFinite(now) || typed.value.trim() === "") return show(value);
    widen(range, now);
    show(now);
    given(now);
  });
  box.addEventListener("dblclick", () => {
    show(facts.value);
    given(null);
  });
  return box;
}

function describe(facts) {
  const source = facts.source ? `; source ${facts.source}` : "";
  return `${facts.name}: ${facts.meaning} (${facts.status || "no status"}${source}). ` +
    `As loaded ${number(facts.value)} ${facts.unit}; double click goes back to it.`;
}

// Typing goes beyond the slider; then the slider goes as far.
function widen(range, value) {
  range.low = Math.min(range.low, value);
  range.high = Math.max(range.high, value);
}

function logarithmic(facts, range) {
  return facts.log && range.low > 0;
}

function place(facts, range, value) {
  if (range.high === range.low) return 0;
  if (!logarithmic(facts, range)) return (STEPS * (value - range.low)) / (range.high - range.low);
  return (STEPS * Math.log(value / range.low)) / Math.log(range.high / range.low);
}

function at(facts, range, share) {
  if (!logarithmic(facts, range)) return range.low + share * (range.high - range.low);
  return range.low * (range.high / range.low) ** share;
}
