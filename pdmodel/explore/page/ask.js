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

// Send the newest question, if there is one; its reply holds an answer or an error.
function send() {
  const question = waiting ?? aside;
  if (!question) return null;
  if (question === waiting) waiting = null;
  else aside = null;
  const reply = post("answer", question.view).then((each) => each.json());
  return { question, reply: reply.then((answer) => ({ answer }), (error) => ({ error })) };
}

// The next question goes out before the last answer is drawn, so that both are worked on at once.
async function next() {
  wait(true);
  let asked = send();
  while (asked) {
    const { question } = asked;
    const { answer, error } = await asked.reply;
    asked = send();
    try {
      if (error) failed(error);
      else if (question.then) question.then(answer);
      else answered(question, answer);
    } catch (fault) {
      failed(new Error(`The page cannot draw this: ${fault.message}`));
    }
    asked ??= send();
  }
  wait(false);
}

function answered({ view, hand }, answer) {
  store.answer = { ...answer, view, hand };
  store.fault = "";
  tell("answered");
}

function failed(error) {
  store.fault = error instanceof TypeError ? "The server does not answer; was it stopped?" : error.message;
  store.about = error.about ?? "";
  tell("failed");
}
