// The page: what was loaded, then who listens to what.

import { ask, askAside } from "./ask.js";
import { controls } from "./controls.js";
import { pins } from "./pins.js";
import { plots } from "./plots.js";
import { copy, copyLink, saveDrawing, saveFile, savePicture, saveTable, showPython } from "./save.js";
import { canUndo, decode, listen, replaceView, store, undo } from "./store.js";
import { targets } from "./targets.js";
import { trial } from "./trial.js";

const $ = (id) => document.getElementById(id);

function linked(first) {
  if (location.hash.length < 2) return first;
  try {
    const view = decode(location.hash.slice(1));
    if (view.version !== first.version) throw new Error(`this link is of version ${view.version}`);
    return { ...first, ...view };
  } catch (error) {
    fault(`The link cannot be read (${error.message}); this is the model as it was loaded.`);
    return first;
  }
}

function fault(words) {
  $("fault").textContent = words;
  $("fault").hidden = !words;
}

function failures() {
  return store.answer.patients.filter((each) => each.failure).map((each) => `${each.name} cannot be simulated: ${each.failure}`).join("\n");
}

function claim() {
  const swapped = store.facts.slots.flatMap((slot) => slot.mechanisms.filter((each) => each.name === store.view.swaps[slot.slot]));
  $("claim").textContent = (swapped.length ? swapped.map((each) => each.claim) : [store.facts.model.claim]).join(" ");
  $("claim").title = $("claim").textContent;
}

async function start() {
  const facts = await (await fetch("facts")).json();
  store.facts = facts;
  store.view = linked(structuredClone(facts.view));
  $("model").textContent = facts.model.name;
  document.title = `pdmodel explorer: ${facts.model.name}`;
  listen((what) => {
    if (what === "changed" || what === "dragged" || what === "replaced") ask();
    if (what === "answered") fault(failures());
    if (what === "failed") fault(store.about === "schedule" ? "" : store.fault);
    $("score").classList.toggle("stale", what === "failed");
    $("undo").disabled = !canUndo();
    claim();
  });
  controls($("controls"));
  plots($("plots"));
  targets($("targets"), $("changes"), $("score"));
  trial($("trial"));
  pins($("pin"), $("compared"), askAside);
  $("undo").addEventListener("click", undo);
  $("reset").addEventListener("click", () => replaceView(facts.view));
  $("link").addEventListener("click", (event) => copyLink(event.currentTarget));
  $("python").addEventListener("click", showPython);
  $("copy").addEventListener("click", (event) => copy($("code").querySelector("pre").textContent, event.currentTarget));
  $("file").addEventListener("click", saveFile);
  $("csv").addEventListener("click", saveTable);
  $("png").addEventListener("click", savePicture);
  $("svg").addEventListener("click", saveDrawing);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && !["range", "radio"].includes(event.target.type);
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing) { event.preventDefault(); undo(); }
  });
  claim();
  $("undo").disabled = true;
  ask();
}

start().catch((error) => fault(`The page could not begin: ${error.message}`));
