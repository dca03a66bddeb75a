// Units, ticks and domains: numbers chosen so that an axis can be read.
import { textWidth } from "./text.mjs";

export const TIME_UNITS = [
  { name: "ns", ns: 1 }, { name: "µs", ns: 1e3 }, { name: "ms", ns: 1e6 }, { name: "s", ns: 1e9 },
];

// The largest unit in which the smallest of `values` (ns, positive) is at least 0.1; ns if there is none.
export function unitFor(values) {
  const smallest = Math.min(...finitePositive(values), Infinity);
  if (smallest === Infinity) return TIME_UNITS[0];
  return TIME_UNITS.findLast((unit) => smallest / unit.ns >= 0.1) ?? TIME_UNITS[0];
}

// Three significant digits, no exponent: 0.123, 6.61, 33.2, 812, 8120.
export function shortNumber(value) {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(3));
  return rounded.toFixed(Math.min(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded)) + 1e-9)), 4));
}

// A time in ns with the unit that suits it: "8.12 µs".
export function timeText(ns) {
  if (ns === null || ns === undefined) return "none";
  const unit = TIME_UNITS.findLast((each) => Math.abs(ns) >= each.ns * 0.9995) ?? TIME_UNITS[0];
  return `${shortNumber(ns / unit.ns)} ${unit.name}`;
}

export function finitePositive(values) {
  return values.filter((value) => Number.isFinite(value) && value > 0);
}

const STEPS = [1, 2, 5];

function stepValue(index) {
  const decade = Math.floor(index / STEPS.length);
  const value = STEPS[index - decade * STEPS.length];
  return decade < 0 ? value / 10 ** -decade : value * 10 ** decade;
}

// A logarithmic axis over all of `values` (positive): { domain: [low, high], ticks } with the ends on 1, 2 or 5 times a
// power of ten and about `most` ticks at the most.
export function logAxis(values, most = 7) {
  const positive = finitePositive(values);
  const smallest = positive.length ? positive.reduce((a, b) => Math.min(a, b)) : 1;
  const largest = positive.length ? positive.reduce((a, b) => Math.max(a, b)) : 10;
  let first = Math.floor(Math.log10(smallest)) * STEPS.length;
  while (stepValue(first + 1) <= smallest) first++;
  let last = first + 1;
  while (stepValue(last) < largest) last++;
  const indices = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  let ticks = indices;
  for (let stride = 1; ticks.length > most; stride++) {
    ticks = indices.filter((index) => index % (STEPS.length * stride) === 0);
  }
  if (ticks.length < 2) ticks = [first, last];
  return { domain: [stepValue(first), stepValue(last)], ticks: ticks.map(stepValue) };
}

// A linear axis over `values`: a little air at both ends.
export function linearDomain(values) {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > high) return [0, 1];
  const air = (high - low || Math.abs(high) || 1) * 0.05;
  return [Math.max(0, low - air), high + air];
}

// Which of `sizes` (ascending) are labelled on a logarithmic axis of `width` pixels so that no two labels touch: 8, 64,
// 512, 4096 (every third power of two); then all other powers of two if there is room for all of them; then the rest
// likewise. A grid without such sizes is labelled wherever there is room, from its small end.
export function sizeLabels(sizes, width, fontSize) {
  const [low, high] = sizeDomain(sizes);
  const position = (size) => (Math.log(size / low) / Math.log(high / low)) * width;
  const half = (size) => textWidth(String(size), fontSize) / 2 + 1.5;
  const free = (size, chosen) => chosen.every((other) => other === size || Math.abs(position(size) - position(other)) >= half(size) + half(other));
  const greedy = (chosen, more) => more.reduce((kept, size) => (free(size, kept) ? [...kept, size] : kept), chosen);
  const rank = (size) => (Number.isInteger(Math.log2(size)) ? Math.min(1, Math.log2(size) % 3) : 2);
  let chosen = greedy([], sizes.filter((size) => rank(size) === 0));
  for (const level of [1, 2]) {
    const more = sizes.filter((size) => rank(size) === level);
    const all = [...chosen, ...more];
    if (all.every((size) => free(size, all))) chosen = all;
  }
  if (chosen.length < 3) chosen = greedy(chosen, sizes.filter((size) => !chosen.includes(size)));
  return chosen.sort((a, b) => a - b);
}

// The ends of the size axis: half a step of air beside the smallest and the largest.
export function sizeDomain(sizes) {
  return [sizes[0] / 1.2, sizes[sizes.length - 1] * 1.2];
}

// Up to `most` of `sizes`, for charts that cannot show all: 64, 256, 1024, 4096 where measured, else evenly spread.
export function representativeSizes(sizes, most = 4) {
  const usual = [64, 256, 1024, 4096].filter((size) => sizes.includes(size));
  if (usual.length >= Math.min(most, sizes.length)) return usual.slice(0, most);
  if (sizes.length <= most) return sizes;
  return Array.from({ length: most }, (_, index) => sizes[Math.round((index * (sizes.length - 1)) / (most - 1))]);
}
