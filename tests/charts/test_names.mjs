// Every name that the program takes is drawn like any other: what a chart shows does not depend on what its allocators,
// platforms and patterns are called.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_NAMES, NAMES } from "../fixtures/names.mjs";
import { ALLOCATORS, makeAnalysis } from "../fixtures/analysis.mjs";
import { buildComparison } from "../../src/charts/compare.mjs";
import { chartsToDraw } from "../../src/charts/definitions.mjs";
import { drawSvg } from "../../src/charts/draw.mjs";
import { readModel } from "../../src/charts/model.mjs";
import { buildSpec, table } from "../../src/charts/specs.mjs";
import { cleanText } from "../../src/charts/text.mjs";
import { drawAll, drawnTexts, elements, insideClass, parseXml } from "./helpers.mjs";

const MAX_PLATFORMS = 6;
const MAX_PATTERNS = 5;
const SIZES = [64, 256, 1024];
const LISTS = ["cells", "ratios", "swept", "traversals"];

function small(options) {
  const analysis = makeAnalysis({ live: [10, 100], traversed: [100], ...options });
  for (const list of LISTS) analysis[list] = analysis[list].filter(({ size_bytes: size }) => SIZES.includes(size));
  return analysis;
}

// One analysis with each of `names` in one place, which has "box" as its baseline.
const PLACES = {
  allocator: (names) => small({ allocators: [ALLOCATORS[0], ...names.map((name) => ({ name, summary: null }))] }),
  platform: (names) => small({ platforms: names }),
  pattern: (names) => {
    const analysis = small();
    const all = (entries) => names.flatMap((pattern) => entries.filter((each) => each.pattern === "lifo").map((each) => ({ ...each, pattern })));
    return { ...analysis, patterns: names, ...Object.fromEntries(LISTS.map((list) => [list, all(analysis[list])])) };
  },
};

// What a chart shows, by kinds of marks. Axes' and headers' labels are counted, but of platform_comparison's axis, which leaves out
// what would touch, by their length.
function shown({ document, chart }) {
  const counts = new Map();
  for (const element of elements(document, ({ tag, attributes }) => ["path", "line", "rect", "text"].includes(tag) && attributes.opacity !== "0")) {
    const kind = ["role-mark", "role-axis", "role-legend", "role-row-header", "role-column-header", "role-title"].find((name) => insideClass(element, name)) ?? "other";
    if (chart === "platform_comparison" && kind === "role-axis") continue;
    if (element.tag === "text" && kind === "role-title") continue;
    const key = `${kind} ${element.tag}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function inGroups(names, most) {
  return Array.from({ length: Math.ceil(names.length / most) }, (_, index) => names.slice(index * most, (index + 1) * most));
}

// The first chart of each kind.
async function drawNamed(place, names) {
  const analysis = PLACES[place](names);
  const kinds = new Map(chartsToDraw(table, readModel(analysis)).reverse().map((each) => [each.chart.name, each]));
  const draw = async ({ chart, parameters }) => {
    const svg = await drawSvg(buildSpec(chart.name, analysis, parameters));
    return { name: `${chart.name} ${JSON.stringify(parameters)}`, chart: chart.name, document: parseXml(svg) };
  };
  return Promise.all([...kinds.values()].map(draw));
}

// What charts with as many plain names show, drawn once.
const plainly = new Map();
async function shownPlainly(place, count) {
  const key = `${place} ${count}`;
  if (!plainly.has(key)) plainly.set(key, (await drawNamed(place, Array.from({ length: count }, (_, index) => `n${index}`))).map(shown));
  return plainly.get(key);
}

// Charts of the same kinds and order, of other names.
async function assertDrawnAlike(place, names) {
  const plain = await shownPlainly(place, names.length);
  const drawn = await drawNamed(place, names);
  assert.ok(drawn.length >= 7 && drawn.length === plain.length, `${place} ${names}: ${drawn.length} charts`);
  drawn.forEach((chart, index) => {
    assert.deepEqual(shown(chart), plain[index], `${place}, ${chart.name}: ${JSON.stringify(names)}`);
    assert.ok(shown(chart).get("role-mark path") + (shown(chart).get("role-mark rect") ?? 0) > 1 || chart.chart === "heatmap", chart.name);
  });
  return drawn;
}

for (const [kind, names] of Object.entries(NAMES)) {
  test(`names that are ${kind} are drawn like any others`, async () => {
    for (const group of inGroups(names, 20)) {
      const drawn = await assertDrawnAlike("allocator", group);
      const labels = drawnTexts(drawn.find(({ chart }) => chart === "all_patterns").document).map(({ text }) => text);
      const whole = group.filter((name) => name.length < 20 && name.trim() === name);
      for (const name of whole) assert.ok(labels.some((label) => label.startsWith(cleanText(name))), `${name} is not in the legend: ${labels.join(" | ")}`);
    }
    for (const group of inGroups(names, MAX_PLATFORMS)) await assertDrawnAlike("platform", group);
    for (const group of inGroups(names, MAX_PATTERNS)) await assertDrawnAlike("pattern", group);
  });
}

test("a single platform of any name is drawn: it is then no facet", async () => {
  for (const name of ["__proto__", "constructor", "undefined", "a|b", "x".repeat(128)]) await assertDrawnAlike("platform", [name]);
});

test("names that give the same text when they are joined stay apart", async () => {
  const analysis = small({ platforms: ["a", "a|b"] });
  const renamed = new Map([["lifo", "b|c"], ["fifo", "c"]]);
  const rename = (pattern) => renamed.get(pattern) ?? pattern;
  analysis.patterns = analysis.patterns.map(rename);
  for (const list of LISTS) for (const each of analysis[list]) each.pattern = rename(each.pattern);
  const [joined] = await drawAll(analysis, (name) => name === "all_patterns_total");
  const [plain] = await drawAll(small({ platforms: ["a", "b"] }), (name) => name === "all_patterns_total");
  assert.deepEqual(shown(joined), shown(plain));
});

const comparison = (allocators, pattern, platform) => ({
  comparable: true, threshold: 0.02, metric: "total", counts: { slower: 1, faster: 0, unchanged: 0, inconclusive: 0 }, runs: { a: { platform }, b: { platform } },
  cells: allocators.flatMap((allocator) => [pattern, "lifo"].flatMap((each) => SIZES.map((size) => (
    { allocator, pattern: each, size_bytes: size, verdict: "slower", ratio: 1.1, ratio_low: 1.05, ratio_high: 1.2, live_objects: 100 })))),
});

test("the chart of a comparison draws every name", async () => {
  const signature = async (...names) => {
    const svg = await drawSvg(buildComparison(comparison(...names)));
    return shown({ document: parseXml(svg), chart: "compare" });
  };
  const groups = inGroups(ALL_NAMES, 4);
  assert.ok(groups.length > 20);
  for (const group of groups) {
    const plain = await signature(group.map((_, index) => `n${index}`), "other", "p");
    assert.ok(plain.get("role-mark path") >= group.length * 2 * SIZES.length);
    assert.deepEqual(await signature(group, "other", group[0]), plain, JSON.stringify(group));
    assert.deepEqual(await signature(["n0", "n1", "n2", "n3"].slice(0, group.length), group[0], "p"), plain, JSON.stringify(group));
  }
});
