// One plot: its axes and scales, and the days that all plots look at together.

/* global uPlot */
import { number, shade } from "./words.js";

const LINK = { key: "days", scales: ["x", null] };
const shown = new Set();
let closer = null; // the days that are looked at closer; null where all are

// Return a plot of columns; `paint` draws on it, `reach` returns what its height must hold beside
// the curves, lowest and highest.
export function panel(body, height, data, log, paint, reach = () => []) {
  const bounds = (low, high) => [Math.min(low ?? Infinity, ...reach()), Math.max(high ?? -Infinity, ...reach())];
  const range = (_, least, most) => {
    const [low, high] = bounds(least, most);
    if (!Number.isFinite(low)) return log ? [1, 10] : [0, 1];
    return log ? uPlot.rangeLog(low, high, 10, true) : [Math.min(0, low * 1.05), high > 0 ? high * 1.05 : low < 0 ? 0 : 1];
  };
  const plot = new uPlot({
    width: body.clientWidth || 280, height, series: data.series, bands: data.bands, axes: axes(log),
    scales: { x: { time: false, auto: () => closer === null }, y: log ? { distr: 3, range } : { range } },
    cursor: { sync: LINK, y: false, points: { size: 5 } }, legend: { show: false },
    hooks: { draw: [paint], setScale: [(u, scale) => { if (scale === "x") follow(u); }] },
  }, data.columns, body);
  shown.add(plot);
  if (closer) plot.setScale("x", closer);
  return plot;
}

export function drop(plot) {
  shown.delete(plot);
  plot?.destroy();
}

// Show other columns; days that were looked at closer stay, as far as there are some.
export function draw(plot, columns) {
  const days = columns[0];
  if (closer && !(closer.min < days.at(-1))) closer = null;
  plot.setData(columns);
}

function follow(plot) {
  const days = plot.data[0];
  const { min, max } = plot.scales.x;
  closer = days.length && (min > days[0] || max < days.at(-1)) ? { min, max } : null;
}

// Return the first and the last day that the plots show.
export function daysShown() {
  const ranges = [...shown].map((plot) => plot.scales.x);
  return [Math.min(...ranges.map((each) => each.min)), Math.max(...ranges.map((each) => each.max))];
}

// Plus and minus look closer and less close, arrows move, Escape shows all: what a mouse does by
// dragging and by a double click.
export function keys(event, plot) {
  const days = plot?.data[0] ?? [];
  if (!days.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const [first, last] = [days[0], days.at(-1)];
  const { min, max } = plot.scales.x;
  const size = max - min;
  const moved = (by) => Math.min(Math.max(by, first - min), last - max);
  const around = (by) => ({ min: Math.max(first, min + by), max: Math.min(last, max - by) });
  const turns = {
    "+": () => around(size / 4), "=": () => around(size / 4), "-": () => around(-size / 2),
    ArrowLeft: () => ({ min: min + moved(-size / 4), max: max + moved(-size / 4) }),
    ArrowRight: () => ({ min: min + moved(size / 4), max: max + moved(size / 4) }),
    Escape: () => ({ min: first, max: last }),
  };
  if (!(event.key in turns)) return;
  event.preventDefault();
  const range = turns[event.key]();
  for (const each of shown) each.setScale("x", range);
}

function axes(log) {
  const ink = shade("soft");
  const grid = { stroke: shade("grid"), width: 1 };
  const common = { stroke: ink, grid, ticks: { ...grid, size: 3 }, font: "11px system-ui, sans-serif" };
  return [
    { ...common, size: 24, label: "days", labelSize: 13, labelGap: 0, labelFont: "11px system-ui, sans-serif", values: (_, ticks) => ticks.map((tick) => number(tick)) },
    { ...common, size: 46, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : log && ticks.length > 8 && Math.log10(tick) % 1 ? "" : number(tick))) },
  ];
}
