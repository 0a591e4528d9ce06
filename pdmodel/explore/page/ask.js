// Asks the server: the newest question wins, and there are never two on the way.

import { store, tell } from "./store.js";

let busy = false;
let waiting = null;
let aside = null;

export async function post(path, view, signal) {
  const reply = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(view), signal,
  });
  if (reply.ok) return reply;
  let told = { error: `the server answered ${reply.status}`, about: "" };
  try {
    told = await reply.json();
  } catch {
    // not in words: the number stands
  }
  throw Object.assign(new Error(told.error), { about: told.about });
}

export function ask(hand = performance.now()) {
  waiting = { view: structuredClone(store.view), hand };
  if (!busy) next();
}

// Ask of another view than that of the page, after what the page asks; `then` gets the answer.
export function askAside(view, then) {
  aside = { view, then };
  if (!busy) next();
}

function wait(on) {
  busy = on;
  document.getElementById("middle").setAttribute("aria-busy", String(on));
}

async function next() {
  wait(true);
  while (waiting || aside) {
    if (!waiting) await answerAside();
    else await answerWaiting();
  }
  wait(false);
}

async function answerAside() {
  const { view, then } = aside;
  aside = null;
  try {
    then(await (await post("answer", view)).json());
  } catch (error) {
    store.fault = error.message;
    tell("failed");
  }
}

async function answerWaiting() {
  const { view, hand } = waiting;
  waiting = null;
  try {
    const answer = await (await post("answer", view)).json();
    store.answer = { ...answer, view, hand };
    store.fault = "";
    tell("answered");
  } catch (error) {
    store.fault = error instanceof TypeError ? "The server does not answer; was it stopped?" : error.message;
    store.about = error.about ?? "";
    tell("failed");
  }
}
