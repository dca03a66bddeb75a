// Facets hold what their headers say, also where platforms, patterns or sizes were not measured together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildComparison } from "../../src/charts/compare.mjs";
import { drawSvg } from "../../src/charts/draw.mjs";
import { representativeSizes } from "../../src/charts/scales.mjs";
import { buildSpec, table } from "../../src/charts/specs.mjs";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { drawnTexts, elements, facetsOf, insideClass, parseXml } from "./helpers.mjs";

const SIZES = [64, 256, 4096];
const PLATFORMS = ["north", "east", "south"];
const ABSENT = { comparison_ratio: "no ratio", platform_comparison: "no time", compare: "no ratio" };
const LISTS = ["cells", "ratios", "swept", "traversals", "tails"];

// What was not measured, as a function of a cell; each leaves every name at least one cell.
const GAPS = {
  "nothing is missing": () => false,
  "the second platform lacks a pattern": ({ platform, pattern }) => platform === "east" && pattern === "lifo",
  "the first platform lacks the first pattern": ({ platform, pattern }) => platform === "north" && pattern === "immediate",
  "the last platform has one pattern": ({ platform, pattern }) => platform === "south" && pattern !== "random",
  "the first platform lacks a size": ({ platform, size_bytes: size }) => platform === "north" && size === 4096,
  "the last platform lacks a size": ({ platform, size_bytes: size }) => platform === "south" && size === 4096,
  "a platform lacks the smallest size": ({ platform, size_bytes: size }) => platform === "south" && size === 64,
  "one pattern lacks a size": ({ pattern, size_bytes: size }) => pattern === "lifo" && size === 4096,
  "an allocator lacks a cell": ({ platform, allocator, pattern, size_bytes: size }) => platform === "north" && allocator === "slab_cold" && pattern === "lifo" && size === 256,
  "the baseline lacks a pattern": ({ platform, allocator, pattern }) => platform === "north" && allocator === "box" && pattern === "lifo",
  "an allocator is of one platform alone": ({ platform, allocator, pattern }) => allocator === "slab_warm" && (platform !== "east" || pattern === "fifo"),
  "each platform has a pattern of its own": ({ platform, pattern }) => ["lifo", "immediate", "random"][PLATFORMS.indexOf(platform)] !== pattern && pattern !== "fifo",
  "one platform alone has the pattern and the allocator": ({ platform, allocator, pattern }) => platform !== "east" && (pattern === "fifo" || allocator === "slab_warm"),
  "little is there": ({ platform, pattern, size_bytes: size }) => (PLATFORMS.indexOf(platform) * 5 + pattern.length * 3 + SIZES.indexOf(size)) % 3 !== 0 && pattern !== "fifo",
};

function makeSparse(lacks) {
  const analysis = makeAnalysis({ platforms: PLATFORMS, live: [10, 100, 1000], traversed: [100], footprints: true, tails: true });
  const measured = (cell) => SIZES.includes(cell.size_bytes) && !lacks(cell) && (!cell.baseline || !lacks({ ...cell, allocator: cell.baseline }));
  for (const list of LISTS) analysis[list] = analysis[list].filter(measured);
  return { ...analysis, sizes: SIZES };
}

const perObject = (cell) => cell.total.median / cell.objects_per_trial;
const fromLog = ([low, high], part) => low * (high / low) ** part;
const fromY = ({ domain, height }) => ({ symbols }) => symbols.map(({ y }) => fromLog(domain, 1 - y / height));
const fromX = ({ domain, width }) => ({ symbols }) => symbols.map(({ x }) => fromLog(domain, x / width));
const heightOf = ({ spec }, scale) => {
  assert.equal(scale.type, "log");
  return { domain: scale.domain, height: spec.height, width: spec.width };
};

// The cells of two numbers of live objects as those of two words of another axis.
function withWords(analysis) {
  const words = ["fair", "foul"];
  const swept = analysis.swept.filter(({ live_objects: live }) => live < 1000).map((cell) => ({ ...cell, weather: words[cell.live_objects === 10 ? 0 : 1] }));
  return { ...analysis, axes: [{ name: "weather", title: "sky", numeric: false, standard: "fair", words }], swept };
}

// By chart: what else is asked for, `of` which analysis, what the facets must hold as [row, column, value], and how a facet's values are read off
// the picture. `ofPlatforms`: a chart with a row for each platform that it has values of, and none for the others.
// The points of a curve are at its decades.
const tailsReader = (operation) => ({
  asked: { pattern: "fifo" },
  ofPlatforms: true,
  expected: ({ tails }) => {
    const own = tails.filter(({ pattern }) => pattern === "fifo");
    const sizes = representativeSizes([...new Set(own.map((each) => each.size_bytes))].sort((one, other) => one - other), 3);
    return own.filter(({ size_bytes: size }) => sizes.includes(size)).flatMap((each) => each[operation].curve.filter((_, index) => index % 8 === 0).map(([, ns]) => [each.platform, `${each.size_bytes} B`, ns]));
  },
  read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
});

const READERS = {
  all_patterns: {
    expected: ({ cells }) => cells.map((cell) => [cell.platform, cell.pattern, perObject(cell)]),
    read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
  },
  pattern: {
    asked: { pattern: "fifo" },
    ofPlatforms: true,
    expected: ({ cells }) => cells.filter(({ pattern }) => pattern === "fifo").map((cell) => [cell.platform, "", perObject(cell)]),
    read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
  },
  heatmap: {
    asked: { allocator: "slab_warm" },
    ofPlatforms: true,
    expected: ({ cells }) => cells.filter(({ allocator }) => allocator === "slab_warm").map((cell) => [cell.platform, "", perObject(cell)]),
    read: () => ({ texts }) => texts.map(Number),
  },
  comparison_ratio: {
    expected: ({ ratios }) => ratios.filter(({ metric }) => metric === "total").map((ratio) => [ratio.platform, ratio.pattern, ratio.ratio]),
    read: (spec) => fromY(heightOf(spec, spec.spec.layer[0].encoding.y.scale)),
  },
  platform_comparison: {
    expected: ({ cells }) => cells.map((cell) => [`${cell.size_bytes} B`, cell.pattern, perObject(cell)]),
    read: (spec) => fromX(heightOf(spec, spec.spec.layer[1].encoding.x.scale)),
  },
  swept_numbers: {
    asked: { axis: "live_objects", pattern: "fifo" },
    ofPlatforms: true,
    expected: (analysis) => analysis.swept.filter(({ pattern }) => pattern === "fifo").map((cell) => [cell.platform, `${cell.size_bytes} B`, cell.total.median]),
    read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
  },
  swept_words: {
    of: withWords,
    asked: { axis: "weather", pattern: "fifo" },
    ofPlatforms: true,
    expected: (analysis) => analysis.swept.filter(({ pattern }) => pattern === "fifo").map((cell) => [cell.platform, `sky: ${cell.weather}`, cell.total.median]),
    read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
  },
  traverse: {
    asked: { pattern: "fifo" },
    ofPlatforms: true,
    expected: ({ traversals }) => traversals.filter(({ pattern }) => pattern === "fifo").flatMap(({ platform, fresh, aged }) => [[platform, "fresh heap", fresh.median], [platform, "aged heap", aged.median]]),
    read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
  },
  footprint: {
    asked: {},
    ofPlatforms: true,
    expected: ({ footprints }) => footprints.flatMap((each) => [[each.platform, "all objects live", each.overhead], [each.platform, "half of them freed", each.overhead_half], [each.platform, "refilled by another size", each.overhead_refilled]]),
    read: (spec) => fromY(heightOf(spec, spec.spec.encoding.y.scale)),
  },
  footprint_steps: {
    asked: {},
    ofPlatforms: true,
    expected: ({ footprints }) => footprints.filter(({ size_bytes: size }) => representativeSizes([...new Set(footprints.map((each) => each.size_bytes))].sort(ascending), 3).includes(size)).flatMap((each) => each.steps.map(({ taken_bytes: taken }) => [each.platform, `${each.size_bytes} B`, 1 + taken / 2 ** 20])),
    read: ({ spec: { height, encoding } }) => ({ symbols }) => symbols.map(({ y }) => 1 + encoding.y.scale.domain[1] * (1 - y / height)) /* of zero there is no ratio */,
  },
  tails_allocate: tailsReader("allocate"),
  tails_deallocate: tailsReader("deallocate"),
  boxplot: {
    asked: { pattern: "fifo", size: 256 },
    ofPlatforms: true,
    expected: ({ cells }) => cells.filter(({ pattern, size_bytes: size }) => pattern === "fifo" && size === 256).flatMap((cell) => cell.total.process_medians.map((value) => [cell.platform, "", value / cell.objects_per_trial])),
    read: (spec) => fromX(heightOf(spec, spec.spec.encoding.x.scale)),
  },
};

// The title counts the platforms that have a row, a single one is in the title alone, and the notes name the others.
function checkPlatforms(analysis, expected, texts, where) {
  const measured = new Set(expected.map(([platform]) => platform));
  const others = analysis.platforms.map(({ name }) => name).filter((name) => !measured.has(name));
  const text = texts.join(" ");
  assert.match(text, new RegExp(measured.size === 1 ? `– ${[...measured][0]}` : `– ${measured.size} platforms`), where);
  if (others.length) assert.ok(text.includes(`Not measured on ${others.join(", ")}.`), `${where}: ${text}`);
  else assert.doesNotMatch(text, /Not measured on/, where);
  return measured.size === 1 ? expected.map(([, ...rest]) => ["", ...rest]) : expected;
}

const ascending = (one, other) => one - other;

// Every facet of the grid that `expected` spans is drawn once and holds its values alone; an empty one says `absent`.
// Returns the number of empty facets.
function checkFacets(facets, expected, valuesOf, absent, where) {
  const [rows, columns] = [0, 1].map((index) => [...new Set(expected.map((each) => each[index]))]);
  assert.deepEqual(facets.map(({ row, column }) => `${row}|${column}`).sort(), rows.flatMap((row) => columns.map((column) => `${row}|${column}`)).sort(), where);
  let empty = 0;
  for (const facet of facets) {
    const place = `${where}, facet ${facet.row} ${facet.column}`;
    const wanted = expected.filter(([row, column]) => row === facet.row && column === facet.column).map(([, , value]) => value).sort(ascending);
    if (wanted.length === 0) {
      empty++;
      const marks = elements(facet.group, (node) => node.tag === "path" && /mark-(symbol|line|area)/.test(node.parent.attributes.class ?? ""));
      assert.equal(marks.length, 0, `${place} was not measured and has ${marks.length} marks`);
      assert.ok(facet.texts.includes(absent), `${place} is empty and does not say so: ${facet.texts}`);
      continue;
    }
    assert.ok(!facet.texts.includes(absent), `${place} is not empty and says so`);
    const found = valuesOf(facet).sort(ascending);
    assert.equal(found.length, wanted.length, `${place}: ${found}, not ${wanted}`);
    found.forEach((value, index) => assert.ok(Math.abs(value / wanted[index] - 1) < 0.006, `${place}: ${value}, not ${wanted[index]}`));
  }
  return empty;
}

const legendOf = (document) => drawnTexts(document).filter(({ element }) => insideClass(element, "role-legend-label")).map(({ text }) => text);

let emptyFacets = 0;
for (const { name, spec: file } of table.charts.filter((chart) => !["NODE_GROUPS", "PROGRAMS"].includes(chart.over))) { // those have no facets of cells
  test(`${name}: every value is in the facet of its name, whatever was not measured`, async () => {
    const reader = READERS[name];
    assert.ok(reader, `${file} is a chart that this test cannot read`);
    for (const [gap, lacks] of Object.entries(GAPS)) {
      const analysis = (reader.of ?? ((each) => each))(makeSparse(lacks));
      const built = buildSpec(name, analysis, { metric: "total", ...reader.asked });
      assert.equal(built.empty, null, gap);
      const svg = await drawSvg(built);
      const document = parseXml(svg);
      const values = reader.expected(analysis);
      assert.ok(values.length > 0, gap);
      const expected = reader.ofPlatforms ? checkPlatforms(analysis, values, drawnTexts(document).map(({ text }) => text), `${name}, ${gap}`) : values;
      emptyFacets += checkFacets(facetsOf(document), expected, reader.read(built.spec), ABSENT[name] ?? "not measured", `${name}, ${gap}`);
      assert.doesNotMatch(svg, /NaN|undefined|null/);
      for (const label of legendOf(document)) assert.ok(name === "heatmap" || analysis.allocators.some((each) => each.name === label), `'${label}' in the legend`);
    }
  });
}

test("some of those facets were empty", () => assert.ok(emptyFacets > 20, `${emptyFacets}`));

test("the rule of a cache is in the facet of the platform that has it", async () => {
  const analysis = makeSparse(GAPS["the last platform lacks a size"]);
  for (const platform of analysis.platforms) platform.cache_bytes = platform.name === "north" ? { l1d: 4096 * 100 } : {};
  const built = buildSpec("swept_numbers", analysis, { axis: "live_objects", metric: "total", pattern: "fifo" });
  const named = facetsOf(parseXml(await drawSvg(built))).filter(({ texts }) => texts.includes("L1d"));
  assert.deepEqual(named.map(({ row, column }) => `${row} ${column}`), ["north 4096 B"], "that of smaller objects is beyond the axis");
});

const notesOf = (built) => [built.spec.title.subtitle].flat().join(" ");

test("of more platforms than a chart has room for, the notes count those that were looked at", () => {
  const platforms = Array.from({ length: 14 }, (_, index) => `host${String(index).padStart(2, "0")}`);
  const analysis = makeAnalysis({ platforms });
  analysis.cells = analysis.cells.filter(({ platform, pattern }) => pattern !== "fifo" || platform < "host05");
  const notes = notesOf(buildSpec("pattern", analysis, { metric: "total", pattern: "fifo" }));
  assert.match(notes, /The first 12 of 14 platforms are drawn/);
  assert.match(notes, /Not measured on host05, host06, host07 and 4 more\./);
});

test("a platform on which fewer live objects were read is not called unmeasured", () => {
  const analysis = makeAnalysis({ platforms: PLATFORMS, live: [100, 1000], traversed: [100, 1000] });
  analysis.traversals = analysis.traversals.filter(({ platform, live_objects: live }) => platform !== "south" || live === 100);
  const notes = notesOf(buildSpec("traverse", analysis, { metric: "total", pattern: "fifo" }));
  assert.match(notes, /No such reading of 1,000 objects on south\./);
  assert.doesNotMatch(notes, /Not measured/);
});

test("a chart without gaps is drawn from its rows alone, one with gaps names no cell for them", () => {
  const rowsOf = (analysis) => buildSpec("all_patterns", analysis, { metric: "total" }).spec.datasets.rows;
  const full = makeSparse(() => false);
  assert.equal(rowsOf(full).length, full.cells.length);
  const sparse = makeSparse(GAPS["the second platform lacks a pattern"]);
  const added = rowsOf(sparse).slice(sparse.cells.length);
  assert.equal(added.length, 1);
  assert.deepEqual([added[0].platform_order, added[0].pattern_order, added[0].cell, added[0].value], [sparse.platforms.findIndex(({ name }) => name === "east"), sparse.patterns.indexOf("lifo"), undefined, undefined]);
});

test("compare: every change is in the facet of its allocator and pattern, whatever has no ratio", async () => {
  const patterns = ["immediate", "lifo", "fifo", "random"];
  const allocators = ["box", "slab_cold", "slab_warm"];
  const gaps = {
    "nothing is missing": () => false,
    "box has no ratio in random": ({ allocator, pattern }) => allocator === "box" && pattern === "random",
    "box has none in immediate": ({ allocator, pattern }) => allocator === "box" && pattern === "immediate",
    "a diagonal has some": ({ allocator, pattern }) => patterns.indexOf(pattern) % 3 !== allocators.indexOf(allocator),
  };
  let empty = 0;
  for (const [gap, lacks] of Object.entries(gaps)) {
    for (const left of ["out", "in"]) {
      const all = allocators.flatMap((allocator, a) => patterns.flatMap((pattern, p) => SIZES.map((size, s) => {
        const ratio = 1.05 + a * 0.2 + p * 0.05 + s * 0.01;
        const cell = { allocator, pattern, size_bytes: size, verdict: "slower", ratio, ratio_low: ratio - 0.01, ratio_high: ratio + 0.01 };
        return lacks(cell) ? { ...cell, verdict: "inconclusive", ratio: null, ratio_low: null, ratio_high: null } : cell;
      })));
      const cells = left === "in" ? all : all.filter((cell) => !lacks(cell));
      const counts = { slower: 1, faster: 0, unchanged: 0, inconclusive: 0 };
      const built = buildComparison({ format: 2, metric: "total", threshold: 0.02, comparable: true, forced: false, counts, runs: { a: { platform: "a" }, b: { platform: "b" } }, cells });
      const { spec } = built.spec;
      const { domain, constant, type } = spec.layer[2].encoding.y.scale;
      assert.equal(type, "symlog");
      const symlog = (value) => Math.sign(value) * Math.log1p(Math.abs(value) / constant);
      const [low, high] = domain.map(symlog);
      const ratioAt = ({ y }) => 1 + (Math.expm1(low + (1 - y / spec.height) * (high - low)) * constant) / 100;
      const expected = all.filter(({ ratio }) => ratio !== null).map((cell) => [cell.allocator, cell.pattern, cell.ratio]);
      const document = parseXml(await drawSvg(built));
      empty += checkFacets(facetsOf(document), expected, ({ symbols }) => symbols.map(ratioAt), ABSENT.compare, `compare, ${gap}`);
      assert.deepEqual(legendOf(document), ["slower", "faster", "unchanged", "inconclusive"]);
    }
  }
  assert.equal(empty, 2 * (1 + 1 + 8));
});
