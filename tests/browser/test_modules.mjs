// The report's modules by themselves: escaping, addresses, rows, the joining of scripts.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runInNewContext } from "node:vm";
import { bundle } from "../../src/report/bundle.mjs";
import { defaultChoices, makeStore, readHash, writeHash } from "../../src/report/client/choices.mjs";
import { counted, inUnit, intervalText, ratioText, unitOfColumn, unitText } from "../../src/report/client/numbers.mjs";
import { cellPath, normalisePath } from "../../src/report/client/path.mjs";
import { filterRows, makeRows, orderOf, scaledTimes, SORTABLE, sortRows } from "../../src/report/client/rows.mjs";
import { reachOf, reachText } from "../../src/report/client/strip.mjs";
import { visible } from "../../src/report/client/visible.mjs";
import { fewerDigits, normalise } from "../../src/report/data.mjs";
import { html, scriptJson } from "../../src/report/html.mjs";
import { buildReport } from "../../src/report/report.mjs";
import { againstRustLink, againstRustSection } from "../../src/report/sections/against_rust.mjs";
import { environmentSection } from "../../src/report/sections/environment.mjs";
import { warningsSection } from "../../src/report/sections/warnings.mjs";
import { makeAgainstRust, makeAnalysis, makeHostileAnalysis } from "../fixtures/analysis.mjs";

const folder = mkdtempSync(join(tmpdir(), "memalloc-bench-modules-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("what is put into markup is text, unless it is markup", () => {
  const cases = [
    [html`<p>${"<b>&'\""}</p>`, "<p>&lt;b&gt;&amp;&#39;&quot;</p>"],
    [html`<ul>${["a", "<"].map((text) => html`<li>${text}</li>`)}</ul>`, "<ul><li>a</li><li>&lt;</li></ul>"],
    [html`${null}${undefined}${false}${0}`, "0"],
    [html`${{ toString: () => "<x>" }}`, "&lt;x&gt;"],
    [html`${["<", ["&"]]}`, "&lt;&amp;"],
  ];
  for (const [markup, expected] of cases) assert.equal(String(markup), expected);
});

test("JSON in a script cannot end it, and reads back the same", () => {
  const value = { "</script><!--": ["\u2028\u2029", "<script>", "&amp;", 1.5, null] };
  const source = String(scriptJson(value));
  assert.doesNotMatch(source, /[<>&\u2028\u2029]/);
  assert.deepEqual(JSON.parse(source), value);
});

test("characters that do not show are written out", () => {
  const cases = [
    ["plain ä 漢 🙂", "plain ä 漢 🙂"], ["a\u0000b\u001f\u007f", "a⟨U+0000⟩b⟨U+001F⟩⟨U+007F⟩"], ["\u202e\u2066\u200b\ufeff", "⟨U+202E⟩⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩"],
    ["\ud83d", "⟨U+D83D⟩"], ["\u2028", "⟨U+2028⟩"], ["line\nbreak", "line⟨U+000A⟩break"],
  ];
  for (const [text, expected] of cases) assert.equal(visible(text), expected);
});

test("a cell's address leads back to it, whatever its names hold", () => {
  for (const platform of ["plain", "a/b", "50 %", "#=&", "ü 漢", "<script>", "\ud83d"]) {
    const path = cellPath({ platform, allocator: "box@a", pattern: "lifo", size_bytes: 64 });
    assert.equal(path.split("/").length, 4);
    assert.equal(normalisePath(path), path);
  }
  assert.equal(normalisePath("a b/box@x/lifo/8"), "a%20b/box%40x/lifo/8");
  for (const path of ["", "a/b/c", "a/b/c/d/e", "%/b/c/8"]) assert.equal(normalisePath(path), null, path);
});

test("choices survive the way through an address", () => {
  const analysis = normalise(makeHostileAnalysis());
  const [hostile, quoted] = analysis.platforms.map(({ name }) => name);
  const choices = {
    ...defaultChoices(analysis), metric: "latency", unit: "total", platform: hostile, hidden: [analysis.allocators[2].name, "box"], pattern: "fifo", size: 512,
    allocator: "slab_cold", find: "a&b=c #", inPlatform: quoted, inAllocator: "box", inPattern: "random", inOutcome: "failed", sort: "-median", cell: cellPath(analysis.cells[5]),
  };
  assert.deepEqual(readHash(writeHash(choices, analysis), analysis), choices);
  assert.equal(writeHash(defaultChoices(analysis), analysis), "");
  assert.equal(readHash("#findings", analysis), null);
  assert.deepEqual(readHash("#metric=both&platform=%&size=7&sort=1&cell=x&in-outcome=__proto__", analysis), defaultChoices(analysis));
});

test("C against Rust is a table per platform, and nothing where there is no Rust", () => {
  const given = makeAnalysis({ platforms: ["one", "two"] });
  assert.equal(String(againstRustSection(normalise(given))) + String(againstRustLink(normalise(given))), "");
  assert.doesNotMatch(buildReport(given), /C against Rust/);
  const analysis = normalise({ ...given, against_rust: makeAgainstRust("two") });
  const section = String(againstRustSection(analysis));
  assert.equal(section.match(/<table/g).length, 1);
  assert.match(section, /<caption>two<\/caption>/);
  assert.equal(section.match(/<tr class="group">/g).length, 3);
  assert.equal(section.match(/<tr class="whole">/g).length, 3);
  assert.equal(section.match(/<tr/g).length, 1 + 3 * (1 + 5));
  assert.match(section, /slab_warm against rust_slab_warm/);
  assert.match(section, /<th scope="row">lifo<\/th>\s*<td class="number">1\.61×<\/td><td class="number">1\.58× <a href="#cell=two\/slab_warm\/lifo\/8">lifo 8 B<\/a>/);
  assert.match(section, /<td class="number">74 of 76<\/td><td class="number">72<\/td><td class="number">1<\/td>/);
  const page = buildReport({ ...given, against_rust: makeAgainstRust("two") });
  assert.match(page, /<li><a href="#rust">C against Rust<\/a><\/li>/);
});

test("a store tells what changed, and nothing when nothing did", () => {
  const store = makeStore({ a: 1, b: [] });
  const heard = [];
  store.listen((choices, changed) => heard.push([choices, [...changed]]));
  store.set({ a: 1, b: [] });
  store.set({ a: 2, b: [] });
  assert.deepEqual(heard, [[{ a: 2, b: [] }, ["a"]]]);
});

test("times are divided by the objects of their metric", () => {
  const analysis = normalise(makeAnalysis());
  const cell = analysis.cells.find(({ pattern }) => pattern === "random");
  assert.equal(scaledTimes(cell, "total", "ns_per_object", 1000).median, cell.total.median / 124560);
  assert.equal(scaledTimes(cell, "latency", "ns_per_object", 1000).median, cell.latency.median / 124.56);
  assert.equal(scaledTimes(cell, "total", "total", 1000).p95, cell.total.p95);
  assert.equal(scaledTimes({ ...cell, total: null }, "total", "total", 1000), null);
  assert.equal(scaledTimes({ ...cell, objects_per_trial: null }, "total", "ns_per_object", 1000), null);
});

test("one of a kind is singular", () => {
  assert.deepEqual([0, 1, 2, "?"].map((count) => counted(count, "cell")), ["0 cells", "1 cell", "2 cells", "? cells"]);
  assert.equal(counted(1, "process", "processes"), "1 process");
  assert.equal(counted(2, "process", "processes"), "2 processes");
});

test("the fastest of each group is marked, and a lead that intervals do not settle is shared", () => {
  const summary = (median, low, high) => ({ median, median_low: low, median_high: high, process_medians: [] });
  const cell = (allocator, size, total) => ({ platform: "p", allocator, pattern: "lifo", size_bytes: size, outcome: "ok", disturbed: true, total, latency: null });
  const cells = [
    cell("a", 8, summary(10, 9, 11)), cell("b", 8, summary(12, 10.5, 13)), cell("c", 8, summary(20, 19, 21)),
    cell("a", 16, summary(10, 9, 11)), cell("b", 16, summary(12, 11.5, 13)),
    cell("a", 24, summary(10, null, null)), cell("b", 24, summary(9, null, null)), cell("c", 24, null),
    cell("a", 32, summary(10, 9, 11)),
    { ...cell("a", 48, null), outcome: "crashed" }, cell("b", 48, summary(5, 4, 6)), cell("c", 48, summary(7, 6.5, 8)),
  ];
  const names = { platforms: [{ name: "p" }], allocators: ["a", "b", "c"].map((name) => ({ name })), patterns: ["lifo"] };
  const marks = makeRows({ ...names, cells: [...cells].reverse(), ratios: [] }).map((row) => row.fastest.total ?? "");
  assert.deepEqual(marks, ["shared", "shared", "", "alone", "", "", "unreplicated", "", "", "", "alone", ""]);
});

test("a lead within the threshold is shared, also where the null control differs", () => {
  const summary = (median, low, high) => ({ median, median_low: low, median_high: high, process_medians: [] });
  const cell = (platform, allocator, size, total) => ({ platform, allocator, pattern: "lifo", size_bytes: size, outcome: "ok", disturbed: true, total, latency: null });
  const cellsOf = (platform) => [
    cell(platform, "a", 8, summary(100, 99.9, 100.1)), cell(platform, "b", 8, summary(101.5, 101.4, 101.6)),
    cell(platform, "a", 16, summary(100, 99.9, 100.1)), cell(platform, "b", 16, summary(103, 102.9, 103.1)),
  ];
  const platform = (name, threshold, differing) => ({ name, practical_threshold: threshold, null_control: { groups: 2, differing, p95: threshold } });
  const analysis = normalise({
    format: 3, platforms: [platform("near", 0.02, 0), platform("strict", 0.01, 0), platform("doubtful", 0.01, 1)],
    allocators: [{ name: "a" }, { name: "b" }], patterns: ["lifo"], cells: ["near", "strict", "doubtful"].flatMap(cellsOf), ratios: [],
  });
  const marks = makeRows(analysis).map((row) => row.fastest.total ?? "");
  assert.deepEqual(marks, ["shared", "shared", "alone", "", "alone", "", "alone", "", "alone", "", "alone", ""]);
});

const analysisOfSeveral = normalise(makeAnalysis({ platforms: 3, failures: true }));
const rows = makeRows(analysisOfSeveral);
const nothingAsked = defaultChoices(analysisOfSeveral);

test("filters keep what matches all of them", () => {
  const cases = [
    [{}, () => true], [{ find: "LIFO 64" }, ({ pattern, size_bytes: size }) => pattern === "lifo" && size === 64],
    [{ find: "warm 8b" }, ({ allocator, size_bytes: size }) => allocator === "slab_warm" && `${size}b`.includes("8b")],
    [{ find: "8280" }, ({ platform }) => platform.includes("8280")], [{ inPattern: "fifo", inAllocator: "box" }, ({ pattern, allocator }) => pattern === "fifo" && allocator === "box"],
    [{ inOutcome: "failed" }, ({ outcome }) => outcome !== "ok"], [{ inOutcome: "disturbed" }, ({ outcome, disturbed }) => outcome === "ok" && disturbed],
    [{ find: "sigsegv" }, ({ reason }) => reason !== null], [{ find: "none such" }, () => false],
  ];
  for (const [asked, wanted] of cases) {
    const found = filterRows(rows, { ...nothingAsked, ...asked }).map(({ cell }) => cell);
    assert.deepEqual(found, analysisOfSeveral.cells.filter(wanted), JSON.stringify(asked));
  }
});

test("every column sorts both ways, with what has no value last", () => {
  const order = orderOf(analysisOfSeveral);
  const context = { metric: "total", unit: "ns_per_object", innerLoop: 1000 };
  for (const column of SORTABLE) {
    const up = sortRows(rows, column, context, order);
    const down = sortRows(rows, `-${column}`, context, order);
    assert.equal(new Set(up).size, rows.length, column);
    assert.equal(new Set(down).size, rows.length, column);
    if (["median", "interval", "ratio", "spread"].includes(column)) {
      for (const sorted of [up, down]) assert.ok(column === "ratio" ? !sorted.at(-1).ratios.total : sorted.at(-1).cell.total === null, `${column}: last`);
    }
    assert.notDeepEqual(up.map(({ index }) => index), column === "processes" ? [] : down.map(({ index }) => index), column);
  }
  assert.equal(sortRows(rows, "", context, order), rows);
  assert.equal(sortRows(rows, "__proto__", context, order), rows);
});

test("numbers have one unit in a column and sensible digits", () => {
  const ns = unitOfColumn([0.8, 12, 4000]);
  assert.equal(unitText(ns, { metric: "total", unit: "ns_per_object" }), "ns per object");
  assert.deepEqual([0.8, 12.345, 4000, null].map((value) => inUnit(value, ns)), ["0.800", "12.3", "4000", "–"]);
  const ms = unitOfColumn([150000, 40000000]);
  assert.equal(unitText(ms, { metric: "total", unit: "total" }), "ms per trial");
  assert.equal(intervalText(150000, 160000, ms), "0.150 – 0.160");
  assert.equal(intervalText(null, 1, ms), "none");
  assert.deepEqual([ratioText(0.2481), ratioText(33.33), ratioText(null)], ["0.248×", "33.3×", "–"]);
});

test("strips reach as far as nine in ten process medians, within limits", () => {
  const spread = (factors) => [{ median: 100, process_medians: factors.map((factor) => 100 * factor) }];
  assert.equal(reachOf([]), 1.02);
  assert.equal(reachOf(spread([1, 1.001, 0.999])), 1.02);
  assert.equal(reachOf(spread(Array(20).fill(1.0951))), 1.1);
  assert.equal(reachOf(spread(Array(20).fill(9))), 2);
  assert.equal(reachText(1.25), "−20 % to +25 %");
});

function moduleFile(name, source) {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

test("modules joined into one script do what they do apart", () => {
  moduleFile("base.mjs", `const hidden = 1;\nexport const ONE = hidden;\nexport function double(value) {\n  return 2 * value;\n}\n`);
  moduleFile("middle.mjs", `import { double as twice,\n  ONE } from "./base.mjs";\nconst hidden = 5;\nexport class Box {\n  get value() {\n    return twice(hidden) + ONE;\n  }\n}\n`);
  const entry = moduleFile("entry.mjs", `import { Box } from "./middle.mjs";\nimport { ONE } from "./base.mjs";\nresult.push(new Box().value, ONE);\n`);
  const result = [];
  runInNewContext(bundle(entry), { result });
  assert.deepEqual(result, [11, 1]);
});

test("what the joining does not know is refused", () => {
  moduleFile("a.mjs", `import { b } from "./b.mjs";\nexport const a = 1;\n`);
  moduleFile("b.mjs", `import { a } from "./a.mjs";\nexport const b = 1;\n`);
  const cases = [
    ["cycle.mjs", `import { a } from "./a.mjs";\n`, /modules import each other: cycle\.mjs → a\.mjs → b\.mjs → a\.mjs/],
    ["default.mjs", `export default 1;\n`, /'export default 1;' is not of the forms/],
    ["package.mjs", `import { x } from "vega";\n`, /is not of the forms/],
    ["star.mjs", `import * as all from "./base.mjs";\n`, /is not of the forms/],
    ["gone.mjs", `import { x } from "./no-such-file.mjs";\n`, /no-such-file/],
  ];
  for (const [name, source, message] of cases) assert.throws(() => bundle(moduleFile(name, source)), message, name);
});

test("an analysis of another format is refused; what is missing in one is filled", () => {
  for (const wrong of [null, 3, [], {}, { format: 1 }]) assert.throws(() => normalise(wrong), /not of format 3/);
  const least = normalise({ format: 3, cells: [{ platform: "p", allocator: "x", pattern: "lifo", size_bytes: 8 }] });
  assert.deepEqual([least.platforms[0].name, least.allocators[0].name, least.patterns, least.sizes], ["p", "x", ["lifo"], [8]]);
  assert.equal(JSON.stringify({ a: 1.23456789012, b: 123456789 }, fewerDigits), '{"a":1.234568,"b":123456789}');
});

test("the same analysis gives the same report", () => {
  assert.equal(buildReport(makeAnalysis()), buildReport(makeAnalysis()));
});

test("only facts that differ are marked, a missing one included", () => {
  const platform = (name, facts) => ({ name, facts, files: [], warnings: [] });
  const page = String(environmentSection({ platforms: [platform("a", { "cpu.model": "X", "libc.name": "g", "other": "1" }), platform("b", { "cpu.model": "Y", "libc.name": "g" })] }));
  const marked = [...page.matchAll(/<tr class="differs"><th scope="row"><code>([^<]*)</g)].map((match) => match[1]);
  assert.deepEqual(marked.sort(), ["cpu.model", "other"]);
  assert.match(page, /not recorded/);
});

test("warnings name quick runs, other programs, left-out files, failed cells; or say that there are none", () => {
  const analysis = normalise(makeAnalysis({ platforms: 4, failures: true }));
  const page = String(warningsSection(analysis));
  const failed = analysis.cells.filter(({ outcome }) => outcome !== "ok").length;
  for (const expected of [/A quick run/, /Measured by another program/, /1 file left out/, new RegExp(`${failed} cells failed`), /benchmark_broken\.parquet/]) assert.match(page, expected);
  const clean = normalise(makeAnalysis());
  clean.platforms[0].warnings = [];
  assert.match(String(warningsSection(clean)), /None: every cell was measured/);
});
