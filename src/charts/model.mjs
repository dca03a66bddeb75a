// analysis.json, checked and in the form that charts are built from: only what can be drawn, in a fixed order, with a
// label for every name. Numbers that cannot be drawn (absent, not finite, not positive on a logarithmic axis) are null.
import { cleanText, distinctLabels, fitText } from "./text.mjs";

const LABEL_FONT_SIZE = 11;
const ALLOCATOR_LABEL_WIDTH = 150; // pixels
const PLATFORM_LABEL_WIDTH = 420;
const PATTERN_LABEL_WIDTH = 110;
const NODE_LABEL_WIDTH = 120;
const NODE_VERDICTS = ["slower", "faster", "equal"];
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

function count(value, what = "live objects") {
  if (!Number.isSafeInteger(value) || value < 1) fail(`${JSON.stringify(value)} is not a number of ${what}`);
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
    disturbed: raw.disturbed === true,
    trials: numberOrNull(raw.n),
    processes: numberOrNull(raw.processes),
    total: times(raw.total, scale(objects)),
    latency: times(raw.latency, scale(objects / innerLoop)),
  };
}

// What cells are swept over, beside pattern and size: [{ name, title, numeric, standard, words }].
function axisOf(raw) {
  return {
    name: name(raw.name, "an axis's name"),
    title: name(raw.title ?? raw.name, "an axis's title"),
    numeric: raw.numeric === true,
    standard: raw.standard,
    words: list(raw.words, "words").map((word) => name(word, "an axis's word")),
  };
}

function valueOn(axis, raw) {
  const value = raw[axis.name];
  if (axis.numeric) return count(value, axis.title);
  return name(value, `a cell's ${axis.title}`);
}

// A cell of any values on the axes. Its times come per object, whatever the unit of the analysis is.
function sweptCellOf(raw, index, axes) {
  return {
    index,
    platform: name(raw.platform, "the platform of a swept cell"),
    allocator: name(raw.allocator, "the allocator of a swept cell"),
    pattern: name(raw.pattern, "the pattern of a swept cell"),
    size: size(raw.size_bytes),
    on: new Map(axes.map((axis) => [axis.name, valueOn(axis, raw)])),
    outcome: name(raw.outcome ?? "ok", "the outcome of a swept cell"),
    disturbed: raw.disturbed === true,
    total: times(raw.total, 1),
    latency: times(raw.latency, 1),
  };
}

// What reading the live objects of a cell took, per object. `standard`: on every axis but that of live objects.
function traversalOf(raw, index, axes) {
  return {
    index,
    standard: axes.every(({ name: axis, standard }) => axis === "live_objects" || raw[axis] === standard),
    platform: name(raw.platform, "a traversal's platform"),
    allocator: name(raw.allocator, "a traversal's allocator"),
    pattern: name(raw.pattern, "a traversal's pattern"),
    size: size(raw.size_bytes),
    live: count(raw.live_objects),
    fresh: times(raw.fresh, 1),
    aged: times(raw.aged, 1),
  };
}

// What memory the objects of an allocator and a size take. `standard`: on every axis.
function footprintOf(raw, index, axes) {
  const steps = list(raw.steps, "the steps of a footprint").map((each) => ({ step: name(each.step, "a step of a footprint"), taken: numberOrNull(each.taken_bytes), live: numberOrNull(each.live_bytes) }));
  return {
    index,
    standard: axes.every(({ name: axis, standard }) => raw[axis] === standard),
    platform: name(raw.platform, "a footprint's platform"),
    allocator: name(raw.allocator, "a footprint's allocator"),
    size: size(raw.size_bytes),
    overhead: positiveOrNull(raw.overhead),
    overhead_half: positiveOrNull(raw.overhead_half),
    overhead_refilled: positiveOrNull(raw.overhead_refilled),
    steps,
  };
}

// The percentile curve of an operation: [{ rarity, ns }], the first being 1 / (1 - share).
function curveOf(raw) {
  const points = list(raw?.curve, "a curve of tails").map((point) => ({ rarity: positiveOrNull(point?.[0]), ns: positiveOrNull(point?.[1]) }));
  return points.filter(({ rarity, ns }) => rarity !== null && ns !== null);
}

// How long single operations of a cell take. `standard`: on every axis.
function tailOf(raw, index, axes) {
  return {
    index,
    standard: axes.every(({ name: axis, standard }) => raw[axis] === standard),
    platform: name(raw.platform, "the platform of tails"),
    allocator: name(raw.allocator, "the allocator of tails"),
    pattern: name(raw.pattern, "the pattern of tails"),
    size: size(raw.size_bytes),
    allocate: curveOf(raw.allocate),
    deallocate: curveOf(raw.deallocate),
    timer: curveOf(raw.timer),
  };
}

// Nodes that should be equal, with the ratios to the others of those whose numbers were kept, by the group's cells.
function nodeGroupOf(raw) {
  const cells = list(raw.cells, "the cells of a group of nodes").map((cell) => ({
    allocator: name(cell.allocator, "the allocator of a group of nodes"), pattern: name(cell.pattern, "the pattern of a group of nodes"), size: size(cell.size_bytes),
  }));
  const given = list(raw.nodes, "the nodes of a group");
  const nodes = given.map((node) => ({
    label: fitText(name(node.name, "a node's name"), NODE_LABEL_WIDTH, LABEL_FONT_SIZE),
    verdict: NODE_VERDICTS.includes(node.verdict) ? node.verdict : "equal",
    differing: positiveOrNull(node.differing_ratio) ?? positiveOrNull(node.ratio) ?? 1, // in the cells in which it differs
    ratios: Array.isArray(node.cell_ratios) ? cells.map((_, index) => positiveOrNull(node.cell_ratios[index])) : null,
  }));
  const platform = name(raw.platform, "the platform of a group of nodes");
  return { platform, label: fitText(platform, PLATFORM_LABEL_WIDTH, LABEL_FONT_SIZE), cells, nodes };
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

const textOrNull = (value) => (typeof value === "string" ? value : null);

function programMetricOf(raw) {
  return { name: name(raw.name, "a program's metric"), label: cleanText(textOrNull(raw.label) ?? raw.name), unit: textOrNull(raw.unit) ?? "", higher_is_better: raw.higher_is_better === true, threshold: positiveOrNull(raw.threshold) ?? 0 };
}

function programHeapOf(raw) {
  const metrics = raw.metrics && typeof raw.metrics === "object" ? raw.metrics : {};
  return { heap: cleanText(name(raw.heap, "a program's heap")), twin: raw.twin === true, state: String(raw.state), on_front: raw.on_front === true, metrics };
}

// A program on every heap, of one run; `subject` tells it apart in file names.
function programOf(raw, index, all) {
  const own = name(raw.name, "a program's name");
  const platform = name(raw.platform, "a program's platform");
  const like = all.filter((each) => each.name === own && each.platform === platform);
  const parameters = textOrNull(raw.parameters);
  const number = like.length > 1 ? ` ${like.indexOf(raw) + 1}` : "";
  const label = distinctLabels([`${own}${parameters ? ` (${parameters})` : number}`], PLATFORM_LABEL_WIDTH, LABEL_FONT_SIZE);
  const metrics = list(raw.metrics, "a program's metrics").map(programMetricOf);
  for (const wanted of [raw.time_metric, raw.memory_metric]) if (!metrics.some((metric) => metric.name === wanted)) fail(`a program has no metric ${JSON.stringify(wanted)}`);
  return {
    index,
    platform,
    platform_label: [...distinctLabels([platform], PLATFORM_LABEL_WIDTH, LABEL_FONT_SIZE).values()][0],
    subject: `${own}_${platform}${number.replace(" ", "_")}`,
    label: [...label.values()][0],
    sentences: list(raw.sentences, "a program's sentences").map((sentence) => cleanText(String(sentence))),
    time_metric: raw.time_metric,
    memory_metric: raw.memory_metric,
    metrics,
    heaps: list(raw.heaps, "a program's heaps").map(programHeapOf),
  };
}

// The names of `first` in their order, then those of `found` that are not among them.
function inOrder(first, found) {
  return [...new Set([...first, ...found])];
}

// Throws an Error that says what is wrong when `analysis` is not of format 3.
export function readModel(analysis) {
  if (!analysis || typeof analysis !== "object") fail("it is not an object");
  if (analysis.format !== 3) fail(`its format is ${JSON.stringify(analysis.format)}, and this program reads format 3`);
  const perObject = analysis.unit !== "total";
  const innerLoop = positiveOrNull(analysis.inner_loop) ?? 1000;
  const cells = list(analysis.cells, "cells").map((raw, index) => cellOf(raw, index, { perObject, innerLoop }));
  const axes = list(analysis.axes, "axes").map(axisOf);
  const sweptCells = list(analysis.swept, "swept").map((raw, index) => sweptCellOf(raw, index, axes));
  const traversals = list(analysis.traversals, "traversals").map((raw, index) => traversalOf(raw, index, axes));
  const tails = list(analysis.tails, "tails").map((raw, index) => tailOf(raw, index, axes));
  const footprints = list(analysis.footprints, "footprints").map((raw, index) => footprintOf(raw, index, axes));
  const ratios = list(analysis.ratios, "ratios").map(ratioOf);
  const platforms = list(analysis.platforms, "platforms");
  const platformNames = inOrder(platforms.map((each) => name(each.name, "a platform's name")), cells.map((cell) => cell.platform));
  const allocatorNames = inOrder(
    list(analysis.allocators, "allocators").map((each) => name(each.name, "an allocator's name")),
    [...cells, ...ratios].map((cell) => cell.allocator),
  );
  const allPatterns = inOrder(list(analysis.patterns, "patterns").map((each) => name(each, "a pattern")), cells.map((cell) => cell.pattern));
  const isSweptAlone = (pattern) => sweptCells.some((cell) => cell.pattern === pattern) && !cells.some((cell) => cell.pattern === pattern);
  const patterns = allPatterns.filter((pattern) => !isSweptAlone(pattern)); // others need several threads
  const labels = distinctLabels(allocatorNames, ALLOCATOR_LABEL_WIDTH, LABEL_FONT_SIZE);
  const patternLabels = distinctLabels(allPatterns, PATTERN_LABEL_WIDTH, LABEL_FONT_SIZE);
  const platformLabels = distinctLabels(platformNames, PLATFORM_LABEL_WIDTH, LABEL_FONT_SIZE);
  const isKnown = ({ platform, allocator, pattern }) => platformLabels.has(platform) && labels.has(allocator) && patternLabels.has(pattern);
  return {
    perObject,
    innerLoop,
    batchSize: positiveOrNull(analysis.batch_size) ?? 100,
    allocators: allocatorNames.map((each) => ({ name: each, label: labels.get(each) })),
    patterns,
    allPatterns,
    patternLabels,
    platforms: platformNames.map((each) => ({
      name: each,
      label: platformLabels.get(each),
      quick: platforms.some((platform) => platform.name === each && platform.quick === true),
      caches: cachesOf(platforms.find((platform) => platform.name === each)),
    })),
    sizes: [...new Set(cells.map((cell) => cell.size))].sort((a, b) => a - b),
    cells,
    axes,
    sweptCells: sweptCells.filter(isKnown),
    traversals: traversals.filter(({ standard }) => standard).filter(isKnown),
    tails: tails.filter(({ standard }) => standard).filter(isKnown),
    footprints: footprints.filter(({ standard }) => standard).filter(({ platform, allocator }) => platformLabels.has(platform) && labels.has(allocator)),
    nodeGroups: list(analysis.node_groups, "node_groups").map(nodeGroupOf),
    ratios,
    programs: list(analysis.programs, "programs").map(programOf),
  };
}
