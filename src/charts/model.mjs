// analysis.json, checked and in the form that charts are built from: only what can be drawn, in a fixed order, with a
// label for every name. Numbers that cannot be drawn (absent, not finite, not positive on a logarithmic axis) are null.
import { distinctLabels } from "./text.mjs";

const LABEL_FONT_SIZE = 11;
const ALLOCATOR_LABEL_WIDTH = 150; // pixels
const PLATFORM_LABEL_WIDTH = 420;
const PATTERN_LABEL_WIDTH = 110;
export const VERDICTS = ["faster", "slower", "no_practical_difference", "inconclusive"];

function fail(what) {
  throw new Error(`the analysis is malformed: ${what}`);
}

function list(value, what) {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) fail(`${what} is not a list`);
  return value;
}

function name(value, what) {
  if (typeof value !== "string") fail(`${what} is not a text`);
  return value;
}

function size(value) {
  if (!Number.isSafeInteger(value) || value < 1) fail(`the size ${JSON.stringify(value)} is not a number of bytes`);
  return value;
}

function count(value) {
  if (!Number.isSafeInteger(value) || value < 1) fail(`${JSON.stringify(value)} is not a number of live objects`);
  return value;
}

const numberOrNull = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);
const positiveOrNull = (value) => (numberOrNull(value) > 0 ? value : null);

const TIMES = ["median", "median_low", "median_high", "min", "p5", "p25", "p75", "p95", "max"];

function times(summary, scale) {
  if (!summary || typeof summary !== "object") return null;
  const scaled = (value) => (positiveOrNull(value) === null || scale === null ? null : value / scale);
  const result = Object.fromEntries(TIMES.map((each) => [each, scaled(summary[each])]));
  result.process_medians = list(summary.process_medians, "process_medians").map(scaled).filter((each) => each !== null);
  return result.median === null ? null : result;
}

function cellOf(raw, index, { perObject, innerLoop }) {
  const objects = positiveOrNull(raw.objects_per_trial);
  const scale = (divisor) => (perObject ? objects && divisor : 1);
  return {
    index,
    platform: name(raw.platform, "a cell's platform"),
    allocator: name(raw.allocator, "a cell's allocator"),
    pattern: name(raw.pattern, "a cell's pattern"),
    size: size(raw.size_bytes),
    outcome: name(raw.outcome ?? "ok", "a cell's outcome"),
    reason: raw.reason ?? null,
    inconclusive: raw.inconclusive === true,
    trials: numberOrNull(raw.n),
    processes: numberOrNull(raw.processes),
    total: times(raw.total, scale(objects)),
    latency: times(raw.latency, scale(objects / innerLoop)),
  };
}

// A cell of any number of live objects. Its times come per object, whatever the unit of the analysis is.
function liveCellOf(raw, index) {
  return {
    index,
    platform: name(raw.platform, "the platform of a number of live objects"),
    allocator: name(raw.allocator, "the allocator of a number of live objects"),
    pattern: name(raw.pattern, "the pattern of a number of live objects"),
    size: size(raw.size_bytes),
    live: count(raw.live_objects),
    outcome: name(raw.outcome ?? "ok", "the outcome of a number of live objects"),
    inconclusive: raw.inconclusive === true,
    total: times(raw.total, 1),
    latency: times(raw.latency, 1),
  };
}

// What reading the live objects of a cell took, per object.
function traversalOf(raw, index) {
  return {
    index,
    platform: name(raw.platform, "a traversal's platform"),
    allocator: name(raw.allocator, "a traversal's allocator"),
    pattern: name(raw.pattern, "a traversal's pattern"),
    size: size(raw.size_bytes),
    live: count(raw.live_objects),
    fresh: times(raw.fresh, 1),
    aged: times(raw.aged, 1),
  };
}

const CACHES = [["l1d", "L1d"], ["l2", "L2"], ["l3", "L3"]];

// The data caches of a platform whose sizes are known: [{name, bytes}], the smallest first.
function cachesOf(given) {
  const sizes = given?.cache_bytes ?? {};
  return CACHES.map(([key, label]) => ({ name: label, bytes: positiveOrNull(sizes[key]) })).filter(({ bytes }) => bytes !== null);
}

function ratioOf(raw, index) {
  if (raw.metric !== "total" && raw.metric !== "latency") fail(`a ratio's metric is ${JSON.stringify(raw.metric)}`);
  return {
    index,
    platform: name(raw.platform, "a ratio's platform"),
    allocator: name(raw.allocator, "a ratio's allocator"),
    baseline: name(raw.baseline, "a ratio's baseline"),
    pattern: name(raw.pattern, "a ratio's pattern"),
    size: size(raw.size_bytes),
    metric: raw.metric,
    ratio: positiveOrNull(raw.ratio),
    low: positiveOrNull(raw.ratio_low),
    high: positiveOrNull(raw.ratio_high),
    verdict: VERDICTS.includes(raw.verdict) ? raw.verdict : "inconclusive",
  };
}

// The names of `first` in their order, then those of `found` that are not among them.
function inOrder(first, found) {
  return [...new Set([...first, ...found])];
}

// Throws an Error that says what is wrong when `analysis` is not of format 1.
export function readModel(analysis) {
  if (!analysis || typeof analysis !== "object") fail("it is not an object");
  if (analysis.format !== 1) fail(`its format is ${JSON.stringify(analysis.format)}, and this program reads format 1`);
  const perObject = analysis.unit !== "total";
  const innerLoop = positiveOrNull(analysis.inner_loop) ?? 1000;
  const cells = list(analysis.cells, "cells").map((raw, index) => cellOf(raw, index, { perObject, innerLoop }));
  const liveCells = list(analysis.live_objects, "live_objects").map(liveCellOf);
  const traversals = list(analysis.traversals, "traversals").map(traversalOf);
  const ratios = list(analysis.ratios, "ratios").map(ratioOf);
  const platforms = list(analysis.platforms, "platforms");
  const platformNames = inOrder(platforms.map((each) => name(each.name, "a platform's name")), cells.map((cell) => cell.platform));
  const allocatorNames = inOrder(
    list(analysis.allocators, "allocators").map((each) => name(each.name, "an allocator's name")),
    [...cells, ...ratios].map((cell) => cell.allocator),
  );
  const patterns = inOrder(list(analysis.patterns, "patterns").map((each) => name(each, "a pattern")), cells.map((cell) => cell.pattern));
  const labels = distinctLabels(allocatorNames, ALLOCATOR_LABEL_WIDTH, LABEL_FONT_SIZE);
  const patternLabels = distinctLabels(patterns, PATTERN_LABEL_WIDTH, LABEL_FONT_SIZE);
  const platformLabels = distinctLabels(platformNames, PLATFORM_LABEL_WIDTH, LABEL_FONT_SIZE);
  const isKnown = ({ platform, allocator, pattern }) => platformLabels.has(platform) && labels.has(allocator) && patternLabels.has(pattern);
  return {
    perObject,
    innerLoop,
    batchSize: positiveOrNull(analysis.batch_size) ?? 100,
    allocators: allocatorNames.map((each) => ({ name: each, label: labels.get(each) })),
    patterns,
    patternLabels,
    platforms: platformNames.map((each) => ({
      name: each,
      label: platformLabels.get(each),
      quick: platforms.some((platform) => platform.name === each && platform.quick === true),
      caches: cachesOf(platforms.find((platform) => platform.name === each)),
    })),
    sizes: [...new Set(cells.map((cell) => cell.size))].sort((a, b) => a - b),
    cells,
    liveCells: liveCells.filter(isKnown),
    traversals: traversals.filter(isKnown),
    ratios,
  };
}
