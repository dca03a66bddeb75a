// The tables that charts are made from, and the small pieces: rows, ticks, labels, file names.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { chartsToDraw, parseCharts, parseRows } from "../../src/charts/definitions.mjs";
import { fileNamePart, makeFileNamer } from "../../src/charts/files.mjs";
import { readModel } from "../../src/charts/model.mjs";
import { hashText, looksOf } from "../../src/charts/palette.mjs";
import { logAxis, representativeSizes, shortNumber, sizeDomain, sizeLabels, timeText, unitFor } from "../../src/charts/scales.mjs";
import { palette, table } from "../../src/charts/specs.mjs";
import { cleanText, distinctLabels, fitText, textWidth, wrapText } from "../../src/charts/text.mjs";

const source = (path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), "utf8");

test("charts.def names a spec file and a file name with its holes for every chart", () => {
  assert.deepEqual(table.charts.map(({ name }) => name),
    ["all_patterns", "pattern", "heatmap", "comparison_ratio", "platform_comparison", "swept_numbers", "swept_words", "traverse", "footprint", "footprint_steps", "tails_allocate", "tails_deallocate", "nodes", "boxplot", "program", "program_front"]);
  for (const { spec, file, summary } of table.charts) {
    assert.ok(existsSync(new URL(`../../src/charts/specs/${spec}`, import.meta.url)), spec);
    assert.match(file, /^[a-z_]+(\{\w+\}|_)*$|^\{\w+\}(\{\w+\}|_)*$/);
    assert.ok(summary.length > 10);
  }
  assert.deepEqual(table.conditions.map(({ pattern, size_bytes }) => `${pattern} ${size_bytes}`),
    ["immediate 64", "lifo 256", "fifo 256", "random 1024"]);
});

test("a table that C would not accept is refused with its line", () => {
  const cases = [
    ['CHART(a, "a", RUN, "a.json")', /line 1: ',' expected, not '\)'/],
    ['\nCHART(a "a", RUN, "a.json", "s")', /line 2: ',' expected/],
    ['CHART(a, "a", RUN, "a.json", "s"', /ends inside a row/],
    ["DIAGRAM(a)", /line 1: no row is called 'DIAGRAM'/],
    ["toString()", /no row is called 'toString'/],
    ['CHART(a, "a, RUN, "a.json", "s")', /line 1: unexpected/],
    ["CONDITION(lifo, 64) ;", /line 1: unexpected ';'/],
    ["/* block */", /unexpected '\/'/],
    ['CHART(a, "a", SOMETIMES, "a.json", "s")', /'SOMETIMES' is none of RUN/],
    ['CHART(a, "a", RUN, "a", "s") CHART(a, "b", RUN, "b", "s")', /two charts are called a/],
    ["CONDITION(lifo, 0)", /not a number of bytes/],
    ["CONDITION(lifo, many)", /not a number of bytes/],
  ];
  for (const [text, message] of cases) assert.throws(() => parseCharts(text), message, text);
});

test("comments, line breaks and escapes in a table are read as C reads them", () => {
  const rows = parseRows('// CHART(no)\nROW(\n  a, // b\n  "say \\"hi\\" // not a comment", 12)ROW(b,"",0)', { ROW: ["name", "text", "count"] });
  assert.deepEqual(rows, [
    { macro: "ROW", name: "a", text: 'say "hi" // not a comment', count: 12 },
    { macro: "ROW", name: "b", text: "", count: 0 },
  ]);
});

test("one chart is drawn per metric and pattern, allocator or measured condition, and per pattern of several live counts", () => {
  const names = (analysis) => chartsToDraw(table, readModel(analysis)).map(({ chart }) => chart.name);
  const count = (list, name) => list.filter((each) => each === name).length;
  const whole = names(makeAnalysis());
  assert.equal(whole.length, 28);
  for (const [name, expected] of [["all_patterns", 2], ["pattern", 8], ["heatmap", 6], ["comparison_ratio", 2], ["platform_comparison", 2], ["boxplot", 8]]) {
    assert.equal(count(whole, name), expected, name);
  }
  const several = makeAnalysis({ live: [10, 100] });
  assert.equal(count(names(several), "swept_numbers"), 8);
  several.swept = several.swept.filter((cell) => cell.pattern === "lifo");
  assert.equal(count(names(several), "swept_numbers"), 2);
  assert.equal(count(names(makeAnalysis({ traversed: [100] })), "traverse"), 4, "once per pattern, whatever the metric");
  const measured = names(makeAnalysis({ footprints: true }));
  assert.equal(count(measured, "footprint") + count(measured, "footprint_steps"), 2, "once each, whatever the metric");
  const tailed = names(makeAnalysis({ tails: true }));
  assert.equal(count(tailed, "tails_allocate") + count(tailed, "tails_deallocate"), 8, "once per pattern, whatever the metric");
  const analysis = makeAnalysis();
  analysis.cells = analysis.cells.filter((cell) => cell.size_bytes !== 256);
  assert.equal(count(names(analysis), "boxplot"), 4);
});

test("every strategy that is measured by default has a look of its own in the palette", () => {
  const rows = parseRows(source("strategies/strategies.def"), { STRATEGY: ["name", "role", "memory", "code", "touches", "start", "work", "threads", "summary"] });
  const standard = rows.filter(({ role }) => role === "STANDARD");
  assert.ok(standard.length >= 3);
  for (const { name } of standard) assert.ok(Object.hasOwn(palette.named, name), name);
  const looks = [...Object.values(palette.named), ...palette.others].map(({ colour, dash, shape }) => JSON.stringify([colour, dash, shape]));
  assert.equal(new Set(looks).size, looks.length);
});

test("an unknown allocator has the same look whatever stands beside it, and no look is given twice", () => {
  const strangers = Array.from({ length: 60 }, (_, index) => `stranger_${index}`);
  assert.deepEqual(looksOf(["box", "zebra"], palette).get("zebra"), looksOf(["zebra", "slab_cold", "box"], palette).get("zebra"));
  assert.deepEqual(looksOf(strangers, palette), looksOf([...strangers].reverse(), palette));
  const looks = [...looksOf(["box", "box@jemalloc", "constructor", "__proto__", ...strangers], palette).values()].map((look) => JSON.stringify(look));
  assert.equal(looks.length, 64);
  assert.equal(new Set(looks).size, looks.length);
  assert.equal(hashText(""), 0x811c9dc5);
  assert.equal(hashText("a"), 0xe40c292c);
});

test("a logarithmic axis holds all values, ends on 1, 2 or 5, and has few ticks", () => {
  const cases = [[1, 100], [3.3, 7.9], [5, 5], [0.00012, 8e9], [1, 1], [9.99, 10.01], [0.2, 0.5]];
  for (const [low, high] of cases) {
    const { domain, ticks } = logAxis([low, high], 7);
    assert.ok(domain[0] <= low && domain[1] >= high && domain[0] < domain[1], `${low} to ${high}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 8, `${low} to ${high}: ${ticks}`);
    for (const tick of [...domain, ...ticks]) assert.ok([1, 2, 5].includes(Number(tick.toExponential(6)[0])) && tick >= domain[0] && tick <= domain[1], String(tick));
  }
  assert.deepEqual(logAxis([]).domain, [1, 10]);
});

test("times read well in any unit", () => {
  const cases = [[0.0512, "0.0512 ns"], [1.4, "1.40 ns"], [33.24, "33.2 ns"], [812.4, "812 ns"], [8124, "8.12 µs"], [999.9, "1.00 µs"], [56e6, "56.0 ms"], [2.5e9, "2.50 s"]];
  for (const [ns, text] of cases) assert.equal(timeText(ns), text);
  assert.equal(shortNumber(0), "0");
  assert.equal(shortNumber(9.999), "10.0");
  assert.equal(unitFor([3, 8000]).name, "ns");
  assert.equal(unitFor([300e3, 800e6]).name, "ms");
  assert.equal(unitFor([]).name, "ns");
});

test("size labels do not touch, and the axis has 8, 64, 512 and 4096 whatever its width", () => {
  const grid = makeAnalysis().sizes;
  const crowded = Array.from({ length: 100 }, (_, index) => 1000 + index);
  for (const sizes of [grid, crowded, [64], [64, 65], [7, 77, 777, 7777]]) {
    for (const width of [60, 165, 340, 714]) {
      const labels = sizeLabels(sizes, width, 11);
      assert.ok(labels.length > 0);
      const [low, high] = sizeDomain(sizes);
      const edges = labels.map((size) => {
        const middle = (Math.log(size / low) / Math.log(high / low)) * width;
        return [middle - textWidth(String(size), 11) / 2, middle + textWidth(String(size), 11) / 2];
      });
      edges.slice(1).forEach(([left], index) => assert.ok(left > edges[index][1], `${sizes.length} sizes, ${width} px: ${labels}`));
      if (sizes === grid && width > 100) assert.deepEqual([8, 64, 512, 4096].filter((size) => !labels.includes(size)), []);
    }
  }
  assert.deepEqual(representativeSizes(grid), [64, 256, 1024, 4096]);
  assert.deepEqual(representativeSizes([8, 12]), [8, 12]);
  assert.deepEqual(representativeSizes([1, 2, 3, 4, 5, 6, 7]), [1, 3, 5, 7]);
});

test("names become one line of visible text that fits and stays distinct", () => {
  assert.equal(cleanText("a\u0000b\nc\u202ed\ud800"), "a\ufffdb cd\ufffd");
  assert.equal(cleanText("\u200b \t"), "(empty)");
  assert.equal(cleanText("\u05e9\u05dc\u05d5\u05dd"), "\u2068\u05e9\u05dc\u05d5\u05dd\u2069");
  assert.equal(cleanText("\ud83d\ude00"), "\ud83d\ude00");
  const long = "x".repeat(1000);
  assert.ok(textWidth(fitText(long, 100, 11), 11) <= 100);
  assert.equal(fitText("short", 100, 11), "short");
  const names = [long, `${long}y`, `${long}z`, "a", "a\u200b", "a\u0007", "a\u0008", "", "\n"];
  const labels = distinctLabels(names, 100, 11);
  assert.equal(new Set(labels.values()).size, names.length);
  for (const label of labels.values()) assert.ok(textWidth(label, 11) <= 100, label);
  for (const line of wrapText(`${long} and words ${"word ".repeat(100)}`, 200, 11)) assert.ok(textWidth(line, 11) <= 200);
});

test("file names cannot leave the directory, hide, collide or grow without end", () => {
  assert.equal(fileNamePart("box@jemalloc"), "box@jemalloc");
  const hostile = ["../../x", "..", ".", "", "a/b", "a\\b", "nul\u0000", "-", "x".repeat(1000), "<script>", "é", "a b", "a_b", "CON\n", ".hidden"];
  const name = makeFileNamer();
  const names = hostile.map((allocator) => name("heatmap_{allocator}_{metric}", { allocator, metric: "total" }));
  for (const each of names) assert.match(each, /^heatmap_[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*_total$/);
  for (const each of names) assert.ok(each.length < 120);
  assert.equal(new Set(names.map((each) => each.toLowerCase())).size, hostile.length);
  assert.notEqual(name("{x}", { x: "Box" }).toLowerCase(), name("{x}", { x: "box" }).toLowerCase());
  assert.throws(() => name("{toString}", {}), /hole/);
});
