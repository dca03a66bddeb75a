// What the reader has chosen: kept in one place, announced to those who show it, and written into the address, so that
// a link shows the same.
import { encodePart, decodePart, normalisePath } from "./path.mjs";

const ALL = "";
const MAX_PLATFORMS_AT_ONCE = 3;

// What the address may say: key, the choice it sets, and how its text is read and written. A text that cannot be read
// changes nothing.
function oneOf(values) {
  return { read: (text) => (values.includes(text) ? text : undefined), write: (value) => value };
}

const ANY_TEXT = { read: (text) => text, write: (value) => value };
const NAME_LIST = {
  read: (text) => text.split(",").filter((part) => part !== "").map(decodePart).filter((name) => name !== undefined),
  write: (names) => names.map(encodePart).join(","),
};

function keysOf(analysis) {
  const platforms = oneOf([ALL, ...analysis.platforms.map(({ name }) => name)]);
  const allocators = oneOf([ALL, ...analysis.allocators.map(({ name }) => name)]);
  const patterns = oneOf([ALL, ...analysis.patterns]);
  const size = { read: (text) => analysis.sizes.find((each) => String(each) === text), write: String };
  return [
    ["metric", "metric", oneOf(["total", "latency"])],
    ["unit", "unit", oneOf(["ns_per_object", "total"])],
    ["platform", "platform", platforms],
    ["hide", "hidden", NAME_LIST],
    ["pattern", "pattern", patterns],
    ["size", "size", size],
    ["allocator", "allocator", allocators],
    ["nodes", "group", { read: (text) => analysis.node_groups.map((_, index) => index + 1).find((each) => String(each) === text), write: String }],
    ["find", "find", ANY_TEXT],
    ["in-platform", "inPlatform", platforms],
    ["in-allocator", "inAllocator", allocators],
    ["in-pattern", "inPattern", patterns],
    ["in-outcome", "inOutcome", oneOf([ALL, "ok", "failed", "disturbed"])],
    ["sort", "sort", { read: (text) => (/^-?[a-z]+$/.test(text) ? text : undefined), write: (value) => value }],
    ["cell", "cell", { read: (text) => normalisePath(text) ?? undefined, write: (value) => value }],
  ];
}

// Values that hold a path or a list are encoded part by part and keep their separators readable.
const ENCODED_BY_PARTS = new Set(["cell", "hide"]);

export function defaultChoices(analysis) {
  const { platforms, patterns, sizes, allocators } = analysis;
  return {
    metric: "total",
    unit: analysis.unit === "total" ? "total" : "ns_per_object",
    platform: platforms.length > MAX_PLATFORMS_AT_ONCE ? platforms[0].name : ALL,
    hidden: [],
    pattern: patterns[0] ?? ALL,
    size: sizes.includes(64) ? 64 : sizes[0],
    allocator: allocators[0]?.name ?? ALL,
    group: 1,
    find: "", inPlatform: ALL, inAllocator: ALL, inPattern: ALL, inOutcome: ALL,
    sort: "",
    cell: null,
  };
}

// A hash without '=' is the name of a section and says nothing about choices: null.
export function readHash(hash, analysis) {
  const text = hash.replace(/^#/, "");
  if (!text.includes("=")) return null;
  const given = new Map(text.split("&").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  const choices = defaultChoices(analysis);
  for (const [key, choice, kind] of keysOf(analysis)) {
    if (!given.has(key)) continue;
    const raw = ENCODED_BY_PARTS.has(key) ? given.get(key) : decodePart(given.get(key));
    const value = raw === undefined ? undefined : kind.read(raw);
    if (value !== undefined) choices[choice] = value;
  }
  return choices;
}

// The address of `choices`: only what is not as at the start.
export function writeHash(choices, analysis) {
  const initial = defaultChoices(analysis);
  const pairs = [];
  for (const [key, choice, kind] of keysOf(analysis)) {
    const value = choices[choice];
    if (value === null || value === undefined || String(value) === String(initial[choice] ?? "")) continue;
    pairs.push(`${key}=${ENCODED_BY_PARTS.has(key) ? kind.write(value) : encodePart(kind.write(value))}`);
  }
  return pairs.length ? `#${pairs.join("&")}` : "";
}

// A store: `get()`, `set(changes)`, `listen(function(choices, changed))`, where `changed` is a Set of names.
export function makeStore(initial) {
  let current = initial;
  const listeners = [];
  return {
    get: () => current,
    listen: (listener) => listeners.push(listener),
    set: (changes) => {
      const changed = new Set(Object.keys(changes).filter((name) => String(changes[name]) !== String(current[name])));
      if (changed.size === 0) return;
      current = { ...current, ...changes };
      for (const listener of listeners) listener(current, changed);
    },
  };
}
