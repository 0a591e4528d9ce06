// The button that pins a state, and the choice of how it is compared with the present one.

import { WAYS } from "./compared.js";
import { listen, store, tell } from "./store.js";
import { element } from "./words.js";

// `again` is called with a view and with what to do with its answer: the pinned state is asked anew
// when other quantities are drawn, or other processes.
export function pins(button, bar, again) {
  const drawn = (view) => JSON.stringify([view.quantities, view.flux]);
  button.addEventListener("click", () => {
    store.pinned = store.pinned ? null : store.answer;
    button.textContent = store.pinned ? "Unpin" : "Pin";
    button.setAttribute("aria-pressed", String(Boolean(store.pinned)));
    bar.hidden = !store.pinned;
    tell("pinned");
  });
  bar.replaceChildren(element("legend", {}, "Compare"), ...Object.entries(WAYS).map(([name, words]) => {
    const input = element("input", { type: "radio", name: "compare", value: name, checked: name === "both" });
    input.addEventListener("change", () => {
      store.compare = name;
      tell("pinned");
    });
    return element("label", {}, input, words);
  }), element("span", { className: "note" }, "Thin and hollow: A, as it was pinned."));
  listen((what) => {
    const { pinned, answer } = store;
    if (what !== "answered" || !pinned || drawn(pinned.view) === drawn(answer.view)) return;
    const { quantities, flux } = answer.view;
    const there = pinned.view.patients.some((each) => each.name === flux.patient);
    const asked = { ...pinned.view, quantities, flux: there ? flux : { ...flux, patient: pinned.view.flux.patient } };
    store.pinned = { ...pinned, view: { ...asked, flux } };
    again(asked, (now) => {
      if (!store.pinned) return;
      store.pinned = { ...now, view: { ...asked, flux } };
      tell("pinned");
    });
  });
}
