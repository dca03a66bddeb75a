// The renderer as a program: what it writes, what it prints, and how it fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { makeAnalysis, makeHostileAnalysis } from "../fixtures/analysis.mjs";
import { writeWhole } from "../../src/charts/files.mjs";
import { findFonts } from "../../src/charts/fonts.mjs";
import { RENDERER, parseXml, render, temporaryDirectory } from "./helpers.mjs";
import { VARIANTS } from "./variants.mjs";

function inputFile(directory, analysis) {
  const path = join(directory, "analysis.json");
  writeFileSync(path, typeof analysis === "string" ? analysis : JSON.stringify(analysis));
  return path;
}

// A renderer's run that must succeed: the names of the files that it wrote.
function renderedFiles(input, output, ...options) {
  const { status, stdout, stderr } = render("--input", input, "--output", output, "--no-report", ...options);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  const paths = stdout.trim().split("\n");
  const names = readdirSync(output).sort();
  assert.deepEqual(paths.sort(), names.map((name) => join(output, name)));
  return names;
}

test("every documented file is written, and its path printed", (context) => {
  const directory = temporaryDirectory(context);
  const output = join(directory, "new", "results");
  const names = renderedFiles(inputFile(directory, makeAnalysis()), output);
  const expected = ["total", "latency"].flatMap((metric) => [
    "all_patterns", "pattern_immediate", "pattern_lifo", "pattern_fifo", "pattern_random", "heatmap_box", "heatmap_slab_cold", "heatmap_slab_warm",
    "comparison_ratio", "platform_comparison", "boxplot_immediate_64", "boxplot_lifo_256", "boxplot_fifo_256", "boxplot_random_1024",
  ].map((name) => `${name}_${metric}.svg`)).sort();
  assert.deepEqual(names, expected);
  for (const name of names) assert.equal(parseXml(readFileSync(join(output, name), "utf8")).tag, "svg");
});

test("PNG and PDF are valid, drawn in the chart's size, and the same every time", (context) => {
  const directory = temporaryDirectory(context);
  const input = inputFile(directory, VARIANTS.one_cell());
  const outputs = ["first", "second"].map((name) => join(directory, name));
  const names = outputs.map((output) => renderedFiles(input, output, "--format", "svg,png,pdf"))[0];
  assert.equal(names.length, 3 * 12);
  for (const name of names) assert.deepEqual(readFileSync(join(outputs[0], name)), readFileSync(join(outputs[1], name)), name);
  for (const name of names.filter((each) => each.endsWith(".svg"))) {
    const [, , width, height] = parseXml(readFileSync(join(outputs[0], name), "utf8")).attributes.viewBox.split(" ").map(Number);
    const png = readFileSync(join(outputs[0], name.replace("svg", "png")));
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert.ok(Math.abs(png.readUInt32BE(16) - 2 * width) <= 1 && Math.abs(png.readUInt32BE(20) - 2 * height) <= 1, name);
    const pdf = readFileSync(join(outputs[0], name.replace("svg", "pdf"))).toString("latin1");
    assert.match(pdf, /^%PDF-1\.\d[\s\S]*%%EOF\s*$/);
    const [, pageWidth, pageHeight] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf).map(Number);
    assert.ok(Math.abs(pageWidth - 0.75 * width) < 1 && Math.abs(pageHeight - 0.75 * height) < 1, name);
    assert.match(pdf, /\/FontFile2/);
    const content = [...pdf.matchAll(/\/FlateDecode\s*>>\s*stream\n([\s\S]*?)\nendstream/g)].map(([, stream]) => inflateSync(Buffer.from(stream, "latin1")).toString("latin1"));
    assert.ok(content.some((stream) => /\bBT\b/.test(stream)), `${name}: the PDF has text`);
  }
});

test("letters are really drawn in a PNG", () => {
  const { Resvg } = createRequire(new URL("../../src/charts/draw.mjs", import.meta.url))("@resvg/resvg-js");
  const fonts = findFonts();
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text y="15" font-family="Helvetica, Arial, sans-serif">box</text></svg>';
  const font = { loadSystemFonts: false, fontFiles: [fonts.regular, fonts.bold], defaultFontFamily: fonts.family, sansSerifFamily: fonts.family };
  assert.ok(new Resvg(svg, { font }).render().pixels.some((value) => value > 0));
});

test("without a font PNG and PDF end with how to get one, and SVG needs none", (context) => {
  assert.throws(() => findFonts([temporaryDirectory(context), "/nonexistent"]), /no font .* apt-get install fonts-dejavu-core.*--format svg/);
});

test("hostile names stay inside the output directory and overwrite nothing", (context) => {
  const directory = temporaryDirectory(context);
  const output = join(directory, "a", "b");
  const analysis = makeHostileAnalysis();
  analysis.cells = analysis.cells.filter((cell) => cell.size_bytes === 64);
  analysis.allocators = [{ name: "../../x" }, { name: "..\\x" }, { name: "/etc/passwd" }];
  const names = new Map(["box", "slab_cold"].map((name, index) => [name, analysis.allocators[index].name]));
  for (const each of [...analysis.cells, ...analysis.ratios]) each.allocator = names.get(each.allocator) ?? "/etc/passwd";
  const written = renderedFiles(inputFile(directory, analysis), output);
  assert.equal(written.length, 22);
  assert.deepEqual(readdirSync(directory).sort(), ["a", "analysis.json"]);
  assert.deepEqual(readdirSync(join(directory, "a")), ["b"]);
});

test("an input called - is read on standard input, by both renderers", (context) => {
  const directory = temporaryDirectory(context);
  const comparison = { cells: [], comparable: true, counts: { slower: 0, faster: 0, unchanged: 0, inconclusive: 0 }, runs: {} };
  for (const [options, json, output, file] of [[["--no-report"], VARIANTS.one_cell(), directory, "all_patterns_total.svg"], [["--comparison"], comparison, join(directory, "c.svg"), "c.svg"]]) {
    const descriptor = openSync(inputFile(directory, json), "r");
    const { status, stderr } = spawnSync(process.execPath, [RENDERER, ...options, "--input", "-", "--output", output], { encoding: "utf8", stdio: [descriptor, "pipe", "pipe"] });
    closeSync(descriptor);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(readFileSync(join(directory, file), "utf8"), /<svg/);
  }
});

test("what is wrong with the input or the options is said in a sentence, and nothing is written", (context) => {
  const directory = temporaryDirectory(context);
  const output = join(directory, "out");
  const good = inputFile(directory, makeAnalysis());
  const bad = join(directory, "bad.json");
  const cases = [
    [["--output", output], 2, /--input and --output are needed/],
    [["--input", good, "--output", output, "--format", "svg,gif"], 2, /'gif' is none of the formats svg, png, pdf/],
    [["--input", good, "--output", output, "--colour"], 2, /colour/],
    [["--input", good, "--output", output, "--no-report", "--report-only"], 2, /exclude each other/],
    [["--input", join(directory, "absent.json"), "--output", output], 1, /cannot read the analysis .*ENOENT/],
    ["{", /is not JSON/], ["[]", /format/], ['{"format":1}', /its format is 1, and this program reads format 3/], ["null", /not an object/],
    ['{"format":3,"cells":{}}', /cells is not a list/], ['{"format":3,"cells":[{"platform":7}]}', /a cell's platform is not a text/],
    ['{"format":3,"cells":[{"platform":"p","allocator":"a","pattern":"b","size_bytes":"8); alert(1"}]}', /is not a number of bytes/],
    ['{"format":3,"ratios":[{"metric":"mean"}]}', /a ratio's metric is "mean"/],
  ];
  for (const each of cases) {
    const fromText = typeof each[0] === "string";
    if (fromText) writeFileSync(bad, each[0]);
    const [args, status, message] = fromText ? [["--input", bad, "--output", output, "--no-report"], 1, each[1]] : each;
    const result = render(...args);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
    assert.equal(result.stdout, "");
    assert.doesNotMatch(result.stderr, /\n\s+at /);
  }
  assert.deepEqual(existsSync(output) ? readdirSync(output) : [], []);
});

test("an output directory that cannot be written is named with the cause", (context) => {
  const directory = temporaryDirectory(context);
  const input = inputFile(directory, VARIANTS.one_cell());
  writeFileSync(join(directory, "file"), "");
  symlinkSync("loop", join(directory, "loop"));
  const cases = [["file", /file.*a file of that name is in the way|not a directory/], ["file/below", /a part of the path is not a directory/], ["loop", /loop/]];
  if (process.getuid() !== 0) {
    mkdirSync(join(directory, "locked"));
    chmodSync(join(directory, "locked"), 0o555);
    cases.push(["locked", /cannot write .*permission denied.*--output-dir/]);
  }
  for (const [name, message] of cases) {
    const result = render("--input", input, "--output", join(directory, name), "--no-report");
    assert.equal(result.status, 1, name);
    assert.match(result.stderr, message);
  }
});

test("where the libraries are not installed, it says which and what to run", (context) => {
  const directory = temporaryDirectory(context);
  const program = join(directory, "charts");
  cpSync(dirname(RENDERER), program, { recursive: true });
  const args = [join(program, "render.mjs"), "--input", inputFile(directory, VARIANTS.one_cell()), "--output", join(directory, "out")];
  const charts = spawnSync(process.execPath, [...args, "--no-report"], { encoding: "utf8" });
  assert.equal(charts.status, 1);
  assert.match(charts.stderr, /^render: Cannot find package 'vega'.* Run npm ci in the program's folder\n$/);
});

test("a file is replaced whole or not at all", (context) => {
  const directory = temporaryDirectory(context);
  assert.equal(writeWhole(directory, "chart.svg", "one"), join(directory, "chart.svg"));
  writeWhole(directory, "chart.svg", "two");
  assert.equal(readFileSync(join(directory, "chart.svg"), "utf8"), "two");
  mkdirSync(join(directory, "taken.svg"));
  assert.throws(() => writeWhole(directory, "taken.svg", "three"), /cannot write .*taken\.svg: .*directory/);
  assert.throws(() => writeWhole(join(directory, "absent"), "chart.svg", "four"), /no such directory/);
  assert.throws(() => writeWhole(directory, "chart.svg", { toString: null }), /cannot write/);
  assert.deepEqual(readdirSync(directory).sort(), ["chart.svg", "taken.svg"]);
  assert.equal(readFileSync(join(directory, "chart.svg"), "utf8"), "two");
});
