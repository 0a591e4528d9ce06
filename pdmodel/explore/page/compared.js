// The pinned state, A, and the present one, B: which of them the plots show, and the difference.

import { store } from "./store.js";

// How they are compared: one of `WAYS`, by name what it is called.
export const WAYS = { both: "A and B", A: "A, pinned", B: "B, now", difference: "B − A" };

export function way() {
  return store.pinned ? store.compare ?? "both" : "B";
}

// The answer whose patients, ranges and processes are shown.
export function main() {
  return way() === "A" ? store.pinned : store.answer;
}

// Return the curves of a quantity: each with its patient, its place among them, days, and whether it
// stands behind. On other scales than the linear one a difference is a ratio.
export function curvesOf(name, how) {
  if (way() === "difference") return differences(name, how !== "linear");
  const of = (answer, behind) => answer.patients.map((patient, index) => ({ patient, index, behind, days: patient.days, curve: patient.curves[name] }));
  const behind = way() === "both" ? of(store.pinned, true) : [];
  return [...behind, ...of(main(), false)].filter(({ curve }) => curve);
}

function differences(name, ratio) {
  return store.answer.patients.flatMap((patient, index) => {
    const before = store.pinned.patients.find((each) => each.name === patient.name);
    const [then, now] = [before?.curves[name], patient.curves[name]];
    if (!then || !now) return [];
    const old = onto(patient.days, before.days, then.values);
    const values = now.values.map((value, n) => less(value, old[n], ratio));
    return [{ patient, index, behind: false, days: patient.days, curve: { values } }];
  });
}

function less(value, old, ratio) {
  if (value === null || old === null) return null;
  if (!ratio) return value - old;
  return old === 0 ? null : value / old;
}

// The processes that move a state: those of the answer shown, or how much they differ.
export function processes() {
  const { flux } = main();
  const before = store.pinned?.flux;
  if (way() !== "difference") return flux.processes;
  const old = new Map((before.state === flux.state ? before.processes : []).map((each) => [each.name, onto(flux.days, before.days, each.values)]));
  const names = [...new Set([...flux.processes.map((each) => each.name), ...old.keys()])];
  const now = new Map(flux.processes.map((each) => [each.name, each.values]));
  return names.map((name) => ({ name, values: flux.days.map((_, n) => (now.get(name)?.[n] ?? 0) - (old.get(name)?.[n] ?? 0)) }));
}

// Values of one row of days at those of another; the same days are the usual case.
export function onto(days, own, values) {
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
