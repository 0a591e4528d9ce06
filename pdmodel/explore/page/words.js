// Numbers and names as people read them; elements made of text, never of markup.

export function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2).replace("e+", "e");
  return String(+value.toPrecision(4));
}

export function plain(name) {
  return name.replaceAll("_", " ");
}

// Return a name in the words of the application: its own spelling of parts, such as IL-6 for il6.
export function readable(name, words) {
  return name.split("_").map((part) => words[part] ?? part).join(" ");
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Make an element: properties, then children; strings become text.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name === "for" || name === "list") made.setAttribute(name, value);
    else if (name === "dataset") Object.assign(made.dataset, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Colours of the style in force, asked of it once: asking makes the browser lay out the page.
const shades = new Map();
globalThis.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", () => shades.clear());

export function shade(name) {
  if (!shades.has(name)) shades.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return shades.get(name);
}

// Colour and dashes of the patient of an index: six that are told apart without colour as well.
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2]];

export function look(index) {
  return { colour: shade(`c${index % 6}`), dash: DASHES[index % 6] };
}

// The path of an open mark around a point: a shape for the patient of an index, a circle for those
// of none; with a bar to the side on which the value lies, where it is beyond a limit.
export function mark(index, x, y, r, beyond = "") {
  const shapes = [
    `M${x},${y - r}L${x + r},${y + r}H${x - r}Z`, `M${x - r},${y - r}H${x + r}V${y + r}H${x - r}Z`,
    `M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z`, `M${x - r},${y - r}L${x + r},${y + r}M${x - r},${y + r}L${x + r},${y - r}`,
    `M${x - r},${y}H${x + r}M${x},${y - r}V${y + r}`, `M${x},${y + r}L${x + r},${y - r}H${x - r}Z`,
  ];
  const shape = index < 0 ? `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0Z` : shapes[index % 6];
  return beyond ? `${shape}M${x},${y}V${beyond === "below" ? y + 3 * r : y - 3 * r}` : shape;
}
