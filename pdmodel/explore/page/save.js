// What leaves the page: a link, lines of Python, a table, a picture, a drawing.

import { post } from "./ask.js";
import { measured } from "./marks.js";
import { canvases } from "./plots.js";
import { encode, store, tell } from "./store.js";
import { drawing, look, mark, number, shade } from "./words.js";

export function copyLink(button) {
  const address = `${location.origin}${location.pathname}#${encode(store.view)}`;
  history.replaceState(null, "", address);
  copy(address, button);
}

export function copy(text, button) {
  const before = button.textContent;
  const say = (words) => { button.textContent = words; setTimeout(() => { button.textContent = before; }, 1500); };
  (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => say("Copied"), () => say("In the address bar"));
}

export async function showPython() {
  const dialog = document.getElementById("code");
  const text = await asked("python");
  if (text === null) return;
  dialog.querySelector("pre").textContent = text;
  dialog.showModal();
}

export async function saveTable() {
  const text = await asked("table");
  if (text !== null) save(new Blob([text], { type: "text/csv" }), "csv");
}

export async function saveFile() {
  const text = await asked("file");
  if (text !== null) save(new Blob([text], { type: "text/html" }), "html");
}

async function asked(path) {
  try {
    return await (await post(path, store.view)).text();
  } catch (error) {
    store.fault = error.message;
    tell("failed");
    return null;
  }
}

function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `pdmodel_${store.facts.model.name}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// All plots on one picture, three in a row, titles above, who is who below.
export function savePicture() {
  const all = canvases();
  if (!all.length) return;
  const wide = Math.max(...all.map((each) => each.canvas.width));
  const tall = Math.max(...all.map((each) => each.canvas.height));
  const title = 22 * devicePixelRatio;
  const columns = Math.min(3, all.length);
  const rows = Math.ceil(all.length / columns);
  const canvas = document.createElement("canvas");
  canvas.width = columns * wide;
  canvas.height = rows * (tall + title) + title;
  const context = canvas.getContext("2d");
  context.fillStyle = shade("card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
  all.forEach((each, n) => {
    const x = (n % columns) * wide;
    const y = Math.floor(n / columns) * (tall + title);
    context.fillStyle = shade("ink");
    context.fillText(each.title, x + 8 * devicePixelRatio, y + title * 0.75, wide - 12);
    context.drawImage(each.canvas, x, y + title);
  });
  context.fillText(caption(), 8 * devicePixelRatio, canvas.height - title * 0.3, canvas.width - 12);
  canvas.toBlob((blob) => save(blob, "png"));
}

function caption() {
  const who = store.answer.patients.map((each) => each.name).join(", ");
  return `pdmodel ${store.facts.model.name} (${store.facts.model.hash}); ${store.answer.regimen}; ${who}`;
}

// The curves as a drawing that other programs can edit.
export function saveDrawing() {
  if (!store.answer) return;
  const names = store.view.quantities;
  const [wide, tall, columns] = [300, 200, 3];
  const rows = Math.ceil(names.length / columns);
  const svg = drawing("svg", {
    xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${columns * wide} ${rows * tall + 24}`, "font-family": "sans-serif", "font-size": 10, fill: "#1d2328",
  });
  names.forEach((name, n) => svg.append(panel(name, (n % columns) * wide, Math.floor(n / columns) * tall, wide, tall)));
  const foot = drawing("text", { x: 8, y: rows * tall + 14 });
  foot.textContent = caption();
  svg.append(foot);
  save(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }), "svg");
}

function panel(name, left, top, wide, tall) {
  const facts = store.facts.quantities.find((each) => each.name === name);
  const curves = store.answer.patients.filter((each) => each.curves[name]);
  const [x0, y0, width, height] = [left + 44, top + 24, wide - 56, tall - 50];
  const days = Math.max(...curves.map((each) => each.days.at(-1)), 1);
  const points = measured(name, "linear");
  const most = Math.max(...curves.flatMap((each) => each.curves[name].values), ...points.flatMap((each) => each.values), 1e-300) * 1.05;
  const place = (day, value) => [x0 + (width * day) / days, y0 + height * (1 - value / most)];
  const group = drawing("g");
  const text = (words, x, y, anchor = "start", weight = "normal") => {
    const made = drawing("text", { x, y, "text-anchor": anchor, "font-weight": weight });
    made.textContent = words;
    group.append(made);
  };
  text(`${facts.label || name}${facts.unit === "1" ? "" : `, ${facts.unit}`}`, x0, top + 16, "start", "bold");
  group.append(drawing("path", { d: `M${x0},${y0}V${y0 + height}H${x0 + width}`, fill: "none", stroke: "#55606a" }));
  for (const share of [0, 0.5, 1]) {
    text(number(most * share), x0 - 4, y0 + height * (1 - share) + 3, "end");
    text(number(days * share), x0 + width * share, y0 + height + 13, "middle");
  }
  text("days", x0 + width, y0 + height + 24, "end");
  curves.forEach((patient, index) => {
    const { colour, dash } = look(store.answer.patients.indexOf(patient));
    const d = patient.curves[name].values.map((value, k) => (value === null ? "" : `${k ? "L" : "M"}${place(patient.days[k], value).map((each) => each.toFixed(1)).join(",")}`)).join("");
    group.append(drawing("path", { d, fill: "none", stroke: colour, "stroke-width": 1.5, "stroke-dasharray": dash.join(" ") }));
    text(patient.name, x0 + 6 + 90 * index, y0 + 8);
    group.lastChild.setAttribute("fill", colour);
  });
  for (const { index, days: own, values, censored } of points) {
    const colour = index < 0 ? "#55606a" : look(index).colour;
    own.forEach((day, n) => {
      if (day >= 0 && day <= days) group.append(drawing("path", { d: mark(index, ...place(day, values[n]), 3, censored[n]), fill: "none", stroke: colour }));
    });
  }
  return group;
}
