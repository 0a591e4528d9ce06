// Asks the server: the newest question wins, and there are never two on the way.

import { store, tell } from "./store.js";

let busy = false;
let waiting = null;

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

async function next() {
  busy = true;
  while (waiting) {
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
  busy = false;
}
