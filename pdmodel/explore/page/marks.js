// What stands on the plots beside curves: reported ranges, measured values, and what is given.

import { store } from "./store.js";
import { look, mark, shade } from "./words.js";

// Ranges that were reported, as brackets on the day they are of; levels, and multiples of the start.
export function brackets(u, name, how, answer) {
  for (const target of store.facts.targets) {
    const index = answer.view.patients.findIndex((patient) => patient.group === target.group);
    if (index < 0 || target.observable !== name || target.day === null || !(target.level || target.relative)) continue;
    const values = answer.patients[index]?.curves[name]?.values;
    if (values) bracket(u, target, how === "fold" ? (target.level ? 1 / values[0] : 1) : target.level ? 1 : values[0], look(index).colour);
  }
}

function bracket(u, target, factor, colour) {
  const context = u.ctx;
  const { top, height, left, width } = u.bbox;
  const edge = (bound, otherwise) => (bound === null ? otherwise : u.valToPos(bound * factor, "y", true));
  const x = u.valToPos(target.day, "x", true);
  const high = Math.max(top, edge(target.high, top));
  const low = Math.min(top + height, edge(target.low, top + height));
  if (x < left || x > left + width || !(low > high)) return;
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = 1.6 * devicePixelRatio;
  context.setLineDash([]);
  context.beginPath();
  const arm = 3 * devicePixelRatio;
  if (target.high !== null) { context.moveTo(x - arm, high); context.lineTo(x + arm, high); }
  context.moveTo(x, high);
  context.lineTo(x, low);
  if (target.low !== null) { context.moveTo(x - arm, low); context.lineTo(x + arm, low); }
  context.stroke();
  context.restore();
}

// Doses as a rug along the axis, as high as their amount.
export function rug(u, answer) {
  const most = Math.max(...answer.doses.flatMap((each) => each.amounts), 0);
  if (!most) return;
  const { left, width, top, height } = u.bbox;
  u.ctx.save();
  u.ctx.fillStyle = shade("soft");
  u.ctx.globalAlpha = 0.55;
  for (const { days, amounts } of answer.doses) {
    days.forEach((day, n) => {
      const x = u.valToPos(day, "x", true);
      const tall = (3 + (5 * amounts[n]) / most) * devicePixelRatio;
      if (x >= left - 1 && x <= left + width) u.ctx.fillRect(x, top + height - tall, Math.max(0.6, devicePixelRatio * 0.5), tall);
    });
  }
  u.ctx.restore();
}

// Measured values of a quantity, a subject each: `index` is that of the patient of the same name,
// or -1; on the scale "fold" over the last value before treatment, else over the first.
export function measured(name, how) {
  const subjects = store.facts.data?.quantities[name] ?? [];
  const names = store.view.patients.map((patient) => patient.name);
  return subjects.map((each) => {
    const before = each.days.findLastIndex((day) => day <= 0);
    const start = how === "fold" ? each.values[Math.max(before, 0)] : 1;
    return { ...each, values: start ? each.values.map((value) => value / start) : [], index: names.indexOf(each.subject) };
  });
}

// Return the values that stand within the days that are shown, as far as the scale can show them.
export function heights(u, name, how) {
  const { min, max } = u?.scales.x ?? {};
  const seen = ({ days, values }) => values.filter((value, n) => (how !== "log" || value > 0) && !(days[n] < min || days[n] > max));
  return measured(name, how).flatMap(seen);
}

// Measured values as open marks, a shape a patient; a bar below or above says beyond a limit.
export function points(u, name, how) {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  u.ctx.setLineDash([]);
  u.ctx.lineWidth = 1.3 * devicePixelRatio;
  for (const { index, days, values, censored } of measured(name, how)) {
    u.ctx.strokeStyle = index < 0 ? shade("soft") : look(index).colour;
    values.forEach((value, n) => {
      if (how === "log" && !(value > 0)) return;
      const path = mark(index, u.valToPos(days[n], "x", true), u.valToPos(value, "y", true), 3.4 * devicePixelRatio, censored[n]);
      u.ctx.stroke(new Path2D(path));
    });
  }
  u.ctx.restore();
}
