// The left side: schedule, patients, numbers, mechanisms.

import { field } from "./sliders.js";
import { change, listen, parameter, store, tell } from "./store.js";
import { capital, element, plain, readable } from "./words.js";

const SHOWN = 40;
let wrongSchedule;
let numbers;
let search;

export function controls(root) {
  const draw = () => {
    const open = document.activeElement?.id;
    root.replaceChildren(...schedule(), ...patients(), ...parameters(), ...mechanisms());
    if (open) document.getElementById(open)?.focus();
  };
  draw();
  listen((what) => {
    if (what === "replaced" || what === "rebuilt") draw();
    if (what === "answered") wrongSchedule.textContent = "";
    if (what === "failed") wrongSchedule.textContent = store.about === "schedule" ? store.fault : "";
  });
}

// Schedule ---------------------------------------------------------------------------------------

function schedule() {
  const words = element("textarea", {
    id: "schedule", className: "wide", rows: 2, value: store.view.schedule, spellcheck: false, "aria-label": "Schedule in words",
  });
  const amounts = element("div", {}, ...dose(words));
  words.addEventListener("input", () => {
    change("schedule", (view) => { view.schedule = words.value; });
    amounts.replaceChildren(...dose(words));
  });
  wrongSchedule = element("p", { className: "wrong", role: "status" });
  const examples = element("select", { className: "wide", id: "examples", "aria-label": "Examples of schedules" },
    element("option", { value: "" }, "examples …"),
    ...store.facts.examples.map((each) => element("option", {}, each)));
  examples.addEventListener("change", () => {
    if (!examples.value) return;
    change("example", (view) => { view.schedule = examples.value; });
    tell("rebuilt");
  });
  const days = field(
    { name: "days", label: "", meaning: "length of the run", unit: "days", value: store.facts.view.days,
      low: 7, high: Math.max(730, store.facts.view.days), log: true, status: "" },
    store.view.days, (now) => change("days", (view) => { view.days = now ?? store.facts.view.days; }), "length of the run");
  return [element("h2", {}, "What is given"), words, wrongSchedule, amounts, examples, days];
}

// The amounts in the words, each under a slider: the words stay what is asked.
function dose(words) {
  const amounts = [...store.view.schedule.matchAll(/(\d+(?:\.\d+)?)(?=\s*(?:mg|ug|µg|g|mL|IU|nmol|ng)\b)/g)].slice(0, 3);
  return amounts.map((match, index) => {
    const value = Number(match[1]);
    const facts = { name: `dose${index}`, label: "", meaning: "an amount in the words above", unit: match.input.slice(match.index + match[1].length).trim().split(/\s/)[0],
      value, low: value / 8, high: value * 4, log: true, status: "" };
    const box = field(facts, value, (now) => {
      let n = -1;
      const text = words.value.replace(/(\d+(?:\.\d+)?)(?=\s*(?:mg|ug|µg|g|mL|IU|nmol|ng)\b)/g,
        (same) => (++n === index ? String(now ?? value) : same));
      words.value = text;
      change(`dose ${index}`, (view) => { view.schedule = text; });
    }, amounts.length > 1 ? `dose ${index + 1}` : "dose");
    box.dataset.dose = index;
    return box;
  });
}

// Patients ---------------------------------------------------------------------------------------

export function patients() {
  const boxes = store.view.patients.map((patient, index) => one(patient, index));
  const add = element("button", { disabled: store.view.patients.length >= store.facts.most_patients }, "Add a patient");
  add.addEventListener("click", () => {
    change("add", (view) => {
      const taken = new Set(view.patients.map((each) => each.name));
      let n = view.patients.length + 1;
      while (taken.has(`patient ${n}`)) n += 1;
      view.patients.push({ name: `patient ${n}`, group: "", values: { ...view.patients.at(-1).values } });
    });
    tell("rebuilt");
  });
  return [element("h2", {}, "Patients"), ...boxes, add];
}

function one(patient, index) {
  const name = element("input", { type: "text", value: patient.name, "aria-label": "Name of the patient", disabled: Boolean(patient.group) });
  name.addEventListener("change", () => {
    const taken = store.view.patients.some((each, n) => n !== index && each.name === name.value);
    if (!name.value.trim() || taken) { name.value = patient.name; return; }
    change("name", (view) => {
      if (view.flux.patient === view.patients[index].name) view.flux.patient = name.value;
      view.patients[index].name = name.value;
    });
    tell("rebuilt");
  });
  const remove = element("button", { title: `Take ${patient.name} away`, "aria-label": `Take ${patient.name} away`, disabled: store.view.patients.length === 1 }, "×");
  remove.addEventListener("click", () => {
    change("remove", (view) => {
      view.patients.splice(index, 1);
      if (!view.patients.some((each) => each.name === view.flux.patient)) view.flux.patient = view.patients[0].name;
    });
    tell("rebuilt");
  });
  const fields = Object.keys(patient.values).map((key) => {
    const facts = { ...parameter(key), value: store.facts.view.patients[index]?.values[key] ?? parameter(key).value };
    return field(facts, patient.values[key], (now) => change(`own ${index} ${key}`, (view) => {
      view.patients[index].values[key] = now ?? facts.value;
    }), readable(key, store.facts.words));
  });
  const differs = element("select", { className: "wide", "aria-label": `What else differs in ${patient.name}` },
    element("option", { value: "" }, "differs in …"),
    ...store.facts.parameters.filter((each) => !(each.name in patient.values)).map((each) => element("option", { value: each.name }, plain(each.name))));
  differs.addEventListener("change", () => {
    if (!differs.value) return;
    change("differs", (view) => {
      view.patients[index].values[differs.value] = view.values[differs.value] ?? parameter(differs.value).value;
    });
    tell("rebuilt");
  });
  const box = element("div", { className: "patient" }, element("div", { className: "title" }, name, remove), ...fields, differs);
  box.style.borderColor = `var(--c${index % 6})`;
  return box;
}

// Numbers ----------------------------------------------------------------------------------------

export function parameters() {
  search = element("input", { type: "search", id: "search", className: "wide", placeholder: "search all numbers", "aria-label": "Search all numbers", value: search?.value ?? "" });
  numbers = element("div");
  search.addEventListener("input", list);
  list();
  return [element("h2", {}, "Numbers"), search, numbers];
}

function list() {
  const sought = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const of = (each) => `${each.name} ${plain(each.name)} ${each.label} ${each.meaning}`.toLowerCase();
  const matches = store.facts.parameters.filter((each) => (sought.length
    ? sought.every((word) => of(each).includes(word))
    : each.name in store.view.values || each.vary));
  numbers.replaceChildren(
    ...matches.slice(0, SHOWN).map((each) => field(each, store.view.values[each.name] ?? each.value, (now) => change(`value ${each.name}`, (view) => {
      if (now === null || now === each.value) delete view.values[each.name];
      else view.values[each.name] = now;
    }), each.label || capital(readable(each.name, store.facts.words)))),
    element("p", { className: "note" }, matches.length > SHOWN
      ? `${matches.length - SHOWN} more; search for them`
      : sought.length ? "" : `${store.facts.parameters.length} numbers in all; search for the others`));
}

// Mechanisms -------------------------------------------------------------------------------------

function mechanisms() {
  const slots = store.facts.slots.filter((slot) => slot.mechanisms.length > 1);
  return [element("h2", {}, "Mechanisms"), ...slots.flatMap(slotField)];
}

function slotField(slot) {
  const chosen = store.view.swaps[slot.slot] ?? slot.held;
  const select = element("select", { className: "wide", id: `slot-${slot.slot}` }, ...slot.mechanisms.map((each) => element("option", {
    value: each.name, selected: each.name === chosen,
  }, `${each.name === slot.held ? "" : "• "}${readable(each.name, store.facts.words)}`)));
  const label = element("label", { className: "field", for: select.id }, capital(slot.meaning || slot.slot));
  label.classList.toggle("changed", chosen !== slot.held);
  const facts = slot.mechanisms.find((each) => each.name === chosen);
  const said = element("p", { className: "note" }, chosen === slot.held ? "" : `${facts.claim}${facts.refuted_by ? ` · refuted by: ${facts.refuted_by}` : ""}`);
  select.title = `${facts.claim} Refuted by: ${facts.refuted_by}`;
  select.addEventListener("change", () => {
    change(`slot ${slot.slot}`, (view) => {
      if (select.value === slot.held) delete view.swaps[slot.slot];
      else view.swaps[slot.slot] = select.value;
    });
    tell("rebuilt");
  });
  return [label, select, said];
}
