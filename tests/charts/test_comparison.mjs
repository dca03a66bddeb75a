// The chart of a comparison: every cell with a ratio is a mark, every verdict has its look, and bad input is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildComparison } from "../../src/charts/compare.mjs";
import { drawSvg } from "../../src/charts/draw.mjs";
import { drawnTexts, elements, insideClass, parseXml } from "./helpers.mjs";

const VERDICTS = ["slower", "faster", "unchanged", "inconclusive"];
const RATIOS = { slower: 1.3, faster: 0.2, unchanged: 1.002, inconclusive: 1.02 };

// 4 patterns × 5 sizes for each allocator, the verdicts in turn.
function makeComparison({ allocators = ["box", "slab_cold", "slab_warm"], platform = "b", change = () => ({}) } = {}) {
  const cells = allocators.flatMap((allocator) => ["immediate", "lifo", "fifo", "random"].flatMap((pattern) => [8, 64, 512, 1024, 4096].map((size) => ({ allocator, pattern, size_bytes: size }))));
  const judged = cells.map((cell, index) => {
    const verdict = VERDICTS[index % VERDICTS.length];
    const ratio = RATIOS[verdict];
    return { ...cell, verdict, ratio, ratio_low: ratio * 0.98, ratio_high: ratio * 1.03, ...change(index) };
  });
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, judged.filter((cell) => cell.verdict === verdict).length]));
  return { format: 2, metric: "total", threshold: 0.013, comparable: true, forced: false, counts, runs: { a: { platform: "a" }, b: { platform } }, axes: [{ name: "live_objects", title: "live objects", numeric: true }], cells: judged };
}

async function draw(comparison) {
  const built = buildComparison(comparison);
  const svg = await drawSvg(built);
  return { built, svg, document: parseXml(svg) };
}

const texts = (document) => drawnTexts(document).map(({ text }) => text);
const pointsOf = (document) => elements(document, (node) => node.tag === "path" && node.attributes["aria-roledescription"] !== "legend" && insideClass(node, "mark-symbol") && !insideClass(node, "role-legend"));

test("every cell with a ratio is a point, every verdict is in the legend", async () => {
  const comparison = makeComparison();
  const { document, built } = await draw(comparison);
  assert.equal(built.empty, null);
  assert.equal(pointsOf(document).length, comparison.cells.length);
  for (const word of [...VERDICTS, "box", "slab_cold", "slab_warm", "immediate", "lifo", "fifo", "random", "4096", "0", "+30", "−30"]) assert.ok(texts(document).includes(word), word);
  assert.match(built.description, /15 slower, 15 faster, 15 unchanged, 15 inconclusive/);
  assert.match(built.description, /within 1\.3 %/);
});

test("cells without a ratio are counted, cells without an interval are points alone", async () => {
  const comparison = makeComparison({ change: (index) => (index < 7 ? { ratio: null, ratio_low: null, ratio_high: null } : index < 20 ? { ratio_low: null, ratio_high: null } : {}) });
  const { document, built } = await draw(comparison);
  assert.equal(pointsOf(document).length, comparison.cells.length - 7);
  assert.match(built.description, /7 of 60 cells have no ratio/);
});

test("labels of the change axis keep their distance, whatever the changes are", async () => {
  let examined = 0;
  for (const scale of [1.0001, 1.01, 1.1, 2, 10, 90]) {
    const comparison = makeComparison({ change: (index) => ({ ratio: index % 2 ? scale : 1 / scale, ratio_low: null, ratio_high: null }) });
    const { document } = await draw(comparison);
    const columns = new Map();
    for (const { text, element } of drawnTexts(document)) {
      if (!/^([+−][\d,]+|0)$/.test(text)) continue;
      const key = element.parent;
      columns.set(key, [...(columns.get(key) ?? []), Number(/,\s*(-?[\d.]+)\)/.exec(element.attributes.transform)[1])]);
    }
    for (const places of columns.values()) {
      places.sort((a, b) => a - b);
      for (let i = 1; i < places.length; i++) {
        assert.ok(places[i] - places[i - 1] >= 12, `${places}`);
        examined++;
      }
    }
  }
  assert.ok(examined >= 18 * 3, `${examined} distances examined`);
});

test("numbers of live objects get a row each", async () => {
  const { document } = await draw(makeComparison({ allocators: ["box"], change: (index) => ({ live_objects: index % 2 ? 10 : 10000 }) }));
  for (const row of ["box, 10 live", "box, 10000 live"]) assert.ok(texts(document).includes(row), row);
});

test("names out of files are text, and never an expression", async () => {
  const hostile = "<script>alert(1)</script>\u202e' + datum.size + '";
  const { svg, document } = await draw(makeComparison({ allocators: [hostile, "box"], platform: hostile }));
  assert.doesNotMatch(svg, /<script/);
  assert.ok(texts(document).some((text) => text.startsWith("<script>")));
});

test("runs that cannot be compared, and those without a common cell, give a sentence", async () => {
  const nothing = { cells: [], counts: { slower: 0, faster: 0, unchanged: 0, inconclusive: 0 } };
  for (const [changes, sentence] of [[{ comparable: false }, /not comparable/], [{}, /No cell of both runs/]]) {
    const { built, document } = await draw({ ...makeComparison(), ...nothing, ...changes });
    assert.match(built.empty, sentence);
    assert.ok(texts(document).includes(built.empty));
  }
});

test("what is no comparison is refused", () => {
  const cell = makeComparison().cells[0];
  for (const wrong of [null, {}, { cells: [] }, { ...makeComparison(), cells: [{ ...cell, verdict: "nice" }] }, { ...makeComparison(), cells: [{ ...cell, size_bytes: -1 }] }, { ...makeComparison(), cells: [{ ...cell, allocator: 1 }] }]) {
    assert.throws(() => buildComparison(wrong), /comparison|verdict/);
  }
});
