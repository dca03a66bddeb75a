// The SVGs: well-formed, complete, inside their frame, no text on text, one look per allocator, the same every time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { looksOf } from "../../src/charts/palette.mjs";
import { buildSpec, palette } from "../../src/charts/specs.mjs";
import { drawSvg } from "../../src/charts/draw.mjs";
import { textWidth } from "../../src/charts/text.mjs";
import { drawAll, drawnTexts, elements, insideClass, placeOf } from "./helpers.mjs";
import { VARIANTS } from "./variants.mjs";

const WIDEST = 860; // pixels
const SMALLEST_FONT = 11;
// Of most analyses one chart of each kind is enough.
const ONE_OF_EACH = /^(all_patterns|pattern_lifo|heatmap_[^-]*|comparison_ratio|platform_comparison|boxplot_lifo_256|live_objects_(immediate|lifo))_total$|^traverse_lifo$|^footprint(_steps)?$|^tails_(de)?allocate_lifo$/;
const LOOKED_AT = { one: /total$|^all_patterns|^heatmap_box/, no_ratios: /comparison/, one_cell: /./, all_failed: /total$/, live_objects: /^live_objects/ };
const variants = {};
for (const [name, make] of Object.entries(VARIANTS)) {
  const analysis = make();
  variants[name] = { analysis, charts: await drawAll(analysis, (file) => (LOOKED_AT[name] ?? ONE_OF_EACH).test(file)) };
}

// Calls `check` for every chart of every variant, with what it is in the message of a failure.
function everyChart(check) {
  let count = 0;
  for (const [variant, { charts, analysis }] of Object.entries(variants)) {
    for (const chart of charts) {
      try {
        check(chart, analysis);
      } catch (error) {
        error.message = `${variant}, ${chart.name.slice(0, 60)}: ${error.message}`;
        throw error;
      }
      count++;
    }
  }
  assert.ok(count > 70, `${count} charts examined`);
}

function fontOf(element) {
  return { size: Number.parseFloat(element.attributes["font-size"]), bold: /bold|[6-9]00/.test(element.attributes["font-weight"] ?? "") };
}

// The box of a line of text: as wide as the widest usual font makes it.
function textBox({ text, element, line }) {
  const { size, bold } = fontOf(element);
  const width = textWidth(text, size, bold);
  const shift = { start: 0, middle: -width / 2, end: -width }[element.attributes["text-anchor"] ?? "start"];
  const down = element.children.slice(1, line + 1).reduce((sum, part) => sum + Number.parseFloat(part.attributes.dy ?? 0), 0);
  const { x, y, angle } = placeOf(element);
  const corners = [[shift, down - 0.75 * size], [shift + width, down + 0.2 * size]];
  const turned = corners.map(([dx, dy]) => {
    const radians = (angle * Math.PI) / 180;
    return [x + dx * Math.cos(radians) - dy * Math.sin(radians), y + dx * Math.sin(radians) + dy * Math.cos(radians)];
  });
  const [xs, ys] = [turned.map(([each]) => each), turned.map(([, each]) => each)];
  return { text, left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

const boxesOf = (document) => drawnTexts(document).filter(({ text }) => text.trim() !== "" && text !== "×").map(textBox);
const marks = (document, kind) => elements(document, (node) => node.tag === "path" && insideClass(node, `mark-${kind}`) && insideClass(node, "role-mark"));
const viewBox = (document) => document.attributes.viewBox.split(" ").map(Number);

test("every chart has a title with platform, metric and unit, and a description", () => {
  everyChart(({ document, parameters, chart }, analysis) => {
    assert.equal(document.tag, "svg");
    const [title, description] = document.children;
    assert.deepEqual([title.tag, description.tag], ["title", "desc"]);
    const whole = { swept_numbers: /time of a trial/, traverse: /100 live|10,000 live/, footprint: /of what was asked for/, footprint_steps: /beyond the start/, tails_allocate: /percentiles of their time/, tails_deallocate: /percentiles of their time/ }[chart] ?? /total of 1,000 batches/;
    assert.match(title.text, parameters.metric === "total" ? whole : /time of the first batch/);
    const unit = chart === "comparison_ratio" ? /times as fast/ : chart.startsWith("footprint") ? /bytes per byte|MiB/ : chart.startsWith("tails") ? /time, ns –/ : analysis.unit === "total" ? /batch(es)?, (ns|µs|ms|s) –/ : /(ns|µs|ms|s) per object/;
    assert.match(title.text, unit);
    const own = { swept_numbers: analysis.swept, traverse: analysis.traversals, footprint: analysis.footprints, footprint_steps: analysis.footprints, tails_allocate: analysis.tails, tails_deallocate: analysis.tails }[chart];
    const measured = own ? new Set(own.map((cell) => cell.platform)).size : analysis.platforms.length;
    const platform = measured > 1 ? `${measured} platforms` : analysis.platforms[0].name;
    assert.ok(title.text.includes(platform), title.text);
    assert.ok(description.text.length > title.text.length);
    const drawn = drawnTexts(document).map(({ text }) => text).join(" ");
    for (const word of title.text.split(" ").filter(Boolean)) assert.ok(drawn.includes(word), `'${word}' is not drawn`);
  });
});

test("everything is inside the view box and can be read at 600 pixels", () => {
  everyChart(({ document }) => {
    const [left, top, width, height] = viewBox(document);
    assert.deepEqual([left, top], [0, 0]);
    assert.ok(width <= WIDEST, `${width} pixels wide`);
    for (const box of boxesOf(document)) {
      assert.ok(box.left >= -0.5 && box.top >= -0.5 && box.right <= width + 0.5 && box.bottom <= height + 0.5, `'${box.text}' is cut off: ${JSON.stringify(box)} in ${width} × ${height}`);
    }
    for (const symbol of elements(document, (node) => node.tag === "path" && insideClass(node, "role-mark"))) {
      const { x, y } = placeOf(symbol);
      assert.ok(x >= 0 && x <= width && y >= 0 && y <= height, "a mark is outside");
    }
    for (const { element } of drawnTexts(document)) assert.ok(fontOf(element).size >= SMALLEST_FONT);
  });
});

test("no text touches another", () => {
  everyChart(({ document }) => {
    const boxes = boxesOf(document).sort((one, other) => one.left - other.left);
    assert.ok(boxes.length >= 2);
    boxes.forEach((one, index) => {
      for (let next = index + 1; next < boxes.length && boxes[next].left < one.right - 0.5; next++) {
        const other = boxes[next];
        const apart = one.bottom <= other.top + 0.5 || other.bottom <= one.top + 0.5;
        if (!apart) assert.fail(`'${one.text}' and '${other.text}' overlap: ${JSON.stringify([one, other])}`);
      }
    });
  });
});

test("text stands in full: nothing is cut by the drawing, no number is missing or not one", () => {
  everyChart(({ document, svg }) => {
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    for (const { text } of drawnTexts(document)) assert.doesNotMatch(text, /…$|null/);
  });
});

test("every cell with a time has its mark", () => {
  let examined = 0;
  everyChart(({ chart, document, parameters, built, svg }, analysis) => {
    if (built.empty) return;
    const { metric, pattern, allocator, size } = parameters;
    const known = (cell) => cell[metric]?.median > 0 && cell.objects_per_trial !== null;
    const cells = analysis.cells.filter((cell) => known(cell) && (!pattern || cell.pattern === pattern) && (!size || cell.size_bytes === size));
    if (chart === "all_patterns" || chart === "pattern") {
      assert.equal(marks(document, "symbol").length, cells.length);
      assert.equal(marks(document, "rule").length + elements(document, (node) => node.tag === "line" && insideClass(node, "mark-rule") && insideClass(node, "role-mark")).length,
        cells.filter((cell) => cell[metric].median_low > 0 && cell[metric].median_high > 0).length);
      const failed = analysis.cells.filter((cell) => cell.outcome !== "ok" && (!pattern || cell.pattern === pattern)).length;
      assert.equal(drawnTexts(document).filter(({ text }) => text === "×").length, failed);
    } else if (chart === "heatmap") {
      const own = cells.filter((cell) => cell.allocator === allocator);
      assert.equal(marks(document, "rect").length, own.length);
    } else if (chart === "comparison_ratio") {
      assert.equal(marks(document, "symbol").length, analysis.ratios.filter((ratio) => ratio.metric === metric).length);
      assert.match(svg, /faster than box.*slower than box/s);
    } else if (chart === "traverse") {
      const largest = Math.max(...analysis.traversals.map((each) => each.live_objects));
      assert.equal(marks(document, "symbol").length, 2 * analysis.traversals.filter((each) => each.pattern === pattern && each.live_objects === largest).length);
      assert.match(svg, /fresh heap.*aged heap/s);
    } else if (chart === "footprint") {
      assert.equal(marks(document, "symbol").length, 3 * analysis.footprints.length);
    } else if (chart === "footprint_steps") {
      const shown = analysis.footprints.filter((each) => [64, 512, 4096].includes(each.size_bytes));
      assert.equal(marks(document, "symbol").length, 8 * shown.length);
    } else if (chart === "swept_numbers") {
      const shown = analysis.swept.filter((cell) => cell.pattern === pattern && [64, 256, 1024, 4096].includes(cell.size_bytes));
      assert.equal(marks(document, "symbol").length, shown.filter((cell) => cell[metric]).length);
      assert.equal(drawnTexts(document).filter(({ text }) => text === "×").length, shown.filter((cell) => cell.outcome !== "ok").length);
    } else if (chart === "boxplot") {
      const processes = cells.reduce((sum, cell) => sum + cell[metric].process_medians.length, 0);
      assert.equal(marks(document, "symbol").length, processes);
    }
    examined++;
  });
  assert.ok(examined > 70);
});

test("a heatmap writes the number in every cell, and the number is the cell's", () => {
  const { analysis, charts } = variants.one;
  const heatmap = charts.find(({ name }) => name === "heatmap_slab_cold_total");
  const texts = drawnTexts(heatmap.document).filter(({ element }) => insideClass(element, "role-mark")).map(({ text }) => Number(text));
  const cells = analysis.cells.filter((cell) => cell.allocator === "slab_cold");
  assert.equal(texts.length, 76);
  const expected = cells.map((cell) => cell.total.median / cell.objects_per_trial).sort((a, b) => a - b);
  texts.sort((a, b) => a - b).forEach((value, index) => assert.ok(Math.abs(value / expected[index] - 1) < 0.006, `${value}, not ${expected[index]}`));
});

test("a heatmap whose times are too far apart for one unit names the unit in every cell", async () => {
  const analysis = makeAnalysis({ unit: "total" });
  for (const { size_bytes: size, total } of analysis.cells) if (size > 2000) total.median *= 3000;
  const [{ document }] = await drawAll(analysis, (name) => name === "heatmap_box_total");
  const lines = drawnTexts(document).filter(({ element }) => insideClass(element, "role-mark"));
  assert.equal(lines.length, 2 * 76);
  for (const { text, line } of lines) assert.match(text, line ? /^(µs|ms|s)$/ : /^[\d.]{3,4}$/);
  const cells = marks(document, "rect").map((mark) => placeOf(mark).y);
  assert.equal(cells.length, 76);
  const boxes = lines.map(textBox).sort((one, other) => one.top - other.top);
  boxes.slice(1).forEach((box, index) => assert.ok(box.top >= boxes[index].bottom - 0.5 || Math.abs(box.top - boxes[index].top) < 0.5, "lines run into each other"));
});

test("a heatmap of more sizes than fit numbers leaves them out and says so", async () => {
  const analysis = makeAnalysis();
  const boxes = analysis.cells.filter((cell) => cell.allocator === "box" && cell.size_bytes === 8);
  analysis.cells = Array.from({ length: 60 }, (_, index) => boxes.map((cell) => ({ ...cell, size_bytes: 8 * (index + 1) }))).flat();
  const drawn = await drawAll({ ...analysis, ratios: [] }, (name) => /^(heatmap_box|all_patterns)_total/.test(name));
  const { document, built } = drawn.find(({ chart }) => chart === "heatmap");
  assert.match(built.description, /Too many sizes for a number in each cell: see stats\.csv/);
  assert.equal(marks(document, "rect").length, 240);
  assert.ok(viewBox(document)[2] <= WIDEST);
});

test("the size axis has a tick at each of the 19 sizes, and 8, 64, 512 and 4096 are labelled", () => {
  for (const { name, document } of variants.one.charts.filter(({ chart }) => ["all_patterns", "pattern", "comparison_ratio"].includes(chart))) {
    const facets = name.startsWith("pattern") ? 1 : 4;
    const vertical = elements(document, (node) => node.tag === "line" && insideClass(node, "role-axis-tick") && Number(node.attributes.x2 ?? 0) === 0 && Number(node.attributes.y2 ?? 0) > 0);
    assert.equal(vertical.length, 19 * facets, name);
    const labels = drawnTexts(document).filter(({ element }) => insideClass(element, "role-axis-label")).map(({ text }) => text);
    for (const size of ["8", "64", "512", "4096"]) assert.equal(labels.filter((label) => label === size).length, facets, `${name}: ${size}`);
  }
});

test("one allocator has one colour, in every chart and whatever else is drawn", () => {
  let examined = 0;
  for (const { analysis, charts } of Object.values(variants)) {
    const looks = looksOf(analysis.allocators.map(({ name }) => name), palette);
    for (const { document, built, parameters, chart } of charts) {
      const entries = elements(document, (node) => insideClass(node, "role-legend-symbol") && node.tag === "path");
      if (chart === "heatmap" || built.empty || !entries.length) continue;
      const rows = new Set(built.spec.datasets.rows.filter(({ kind, placeholder }) => kind !== "cache" && !placeholder).map((row) => row.allocator));
      const labels = drawnTexts(document).filter(({ element }) => insideClass(element, "role-legend-label")).map(({ text }) => text);
      assert.equal(labels.length, entries.length);
      labels.forEach((label, index) => {
        const look = looks.get(analysis.allocators.find(({ name }) => name === label)?.name);
        if (!look) return;
        assert.equal(entries[index].attributes.fill, look.colour, `${parameters.metric}: ${label}`);
        examined++;
      });
      assert.ok([...rows].every((row) => labels.includes(row)));
    }
  }
  assert.ok(examined > 80);
  assert.equal(looksOf(["box"], palette).get("box").colour, looksOf(["slab_cold", "zz", "box"], palette).get("box").colour);
});

test("charts say what is missing: one platform, no intervals, failures, nothing to compare", () => {
  const description = (variant, start) => variants[variant].charts.find(({ name }) => name.startsWith(start)).built.description;
  const cases = [
    ["one", "platform_comparison", /Only one platform, so nothing to compare it with yet/],
    ["one", "all_patterns", /exact 95 % interval of the median over processes/],
    ["unreplicated", "all_patterns", /unreplicated/], ["unreplicated", "comparison_ratio", /unreplicated/], ["unreplicated", "heatmap", /unreplicated/],
    ["three_with_failures", "all_patterns", /× at the lower edge: 7 cells failed/], ["three_with_failures", "all_patterns", /Hollow point: most of its trials were disturbed/],
    ["three_with_failures", "pattern", /Quick run, rough numbers: graviton3/],
    ["no_ratios", "comparison_ratio", /ratio|relative/],
    ["awkward", "all_patterns", /no positive time and cannot be drawn/],
  ];
  for (const [variant, chart, text] of cases) assert.match(description(variant, chart), text, `${variant}, ${chart}`);
  const empty = variants.no_ratios.charts.find(({ name }) => name === "comparison_ratio_total");
  assert.match(empty.svg, /Nothing to compare: no cell has both/);
  assert.ok(variants.all_failed.charts.some(({ built }) => built.empty));
  assert.doesNotMatch(description("three_with_failures", "platform_comparison"), /Only one platform/);
});

test("a chart that draws arena, on whatever heap, says that it frees nothing; others do not", () => {
  const note = /arena frees no single object/;
  const parameters = { metric: "total", pattern: "lifo", allocator: "arena@jemalloc", size: 256 };
  const charts = ["all_patterns", "pattern", "heatmap", "comparison_ratio", "platform_comparison", "boxplot"];
  const analysis = makeAnalysis({ allocators: [{ name: "box" }, { name: "arena@jemalloc" }, { name: "box@arena" }] });
  for (const chart of charts) {
    const { spec, empty } = buildSpec(chart, analysis, parameters);
    assert.equal(empty, null, chart);
    assert.match(spec.title.subtitle.join(" "), note, chart);
    assert.doesNotMatch(buildSpec(chart, analysis, { ...parameters, allocator: undefined, allocators: ["box", "box@arena"] }).description, note, chart);
    assert.doesNotMatch(buildSpec(chart, makeAnalysis(), { ...parameters, allocator: "box" }).description, note, chart);
  }
});

// The upright rules of a chart and the names beside them, facet by facet from the left: [{x, name}].
function cachesOf(document) {
  const inside = (node, name) => insideClass(node, name) && insideClass(node, "role-mark");
  const rules = elements(document, (node) => node.tag === "line" && inside(node, "mark-rule") && Number(node.attributes.y2 ?? 0) !== 0 && Number(node.attributes.x2 ?? 0) === 0 && (node.attributes["stroke-dasharray"] ?? "") !== "");
  const names = drawnTexts(document).filter(({ element, text }) => inside(element, "mark-text") && text !== "×");
  return { rules: rules.map((rule) => placeOf(rule).x).sort((a, b) => a - b), names: names.map(({ text, element }) => ({ text, x: placeOf(element).x })).sort((a, b) => a.x - b.x) };
}

test("the sizes of the caches are marked where live objects × size reach them, and nowhere else", () => {
  const chart = (name) => variants.live_objects.charts.find((each) => each.name === name);
  const { document, built } = chart("live_objects_lifo_total");
  const { rules, names } = cachesOf(document);
  // Of the axis from 1 to 10,000: 64 B reach 32 KiB at 512 alone, 4096 B reach 32 KiB, 1 MiB and 32 MiB.
  assert.deepEqual(names.map(({ text }) => text), ["L1d", "L1d", "L2", "L1d", "L2", "L1d", "L2", "L3"]);
  assert.equal(rules.length, names.length);
  rules.forEach((x, index) => assert.ok(Math.abs(names[index].x - x) < 25, `${names[index].text} is ${names[index].x - x} beside its rule`));
  const ticks = elements(document, (node) => node.tag === "line" && insideClass(node, "role-axis-tick") && Number(node.attributes.y2 ?? 0) > 0 && Number(node.attributes.x2 ?? 0) === 0).map((tick) => placeOf(tick).x).sort((a, b) => a - b);
  const place = (live) => ticks[0] + ((ticks[4] - ticks[0]) * Math.log(live)) / Math.log(10000);
  assert.equal(ticks.length, 5 * 4);
  assert.ok(Math.abs(rules[0] - place(512)) < 1.5, `${rules[0]}, not ${place(512)}`);
  assert.match(built.description, /Caches that no measured number fills are not marked/);
  const immediate = chart("live_objects_immediate_total");
  assert.deepEqual(cachesOf(immediate.document).names, []);
  assert.match(immediate.built.description, /one object lives at a time/);
});

test("caches of one size are named one below the other, and unknown ones are said to be so", () => {
  const { analysis, charts } = variants.live_objects_and_failures;
  const { names } = cachesOf(charts.find(({ name }) => name === "live_objects_lifo_total").document);
  assert.equal(names.filter(({ text }) => text === "L2").length, 4, "of the platform whose L1d and L2 are equal");
  const { description } = buildSpec("swept_numbers", analysis, { axis: "live_objects", metric: "total", pattern: "lifo", platforms: ["rust-original"] });
  assert.match(description, /sizes of the caches are not known/);
});

test("reading the live objects is drawn for the largest number of them, in ns per object whatever the unit", () => {
  const { description, title } = variants.traversed.charts.find(({ chart }) => chart === "traverse").built;
  assert.match(title, /10,000 live, ns per object/);
  assert.match(description, /largest number of live objects/);
  assert.match(buildSpec("traverse", { ...variants.traversed.analysis, unit: "total" }, { metric: "total", pattern: "lifo" }).title, /ns per object/);
  assert.match(buildSpec("traverse", variants.one.analysis, { metric: "total", pattern: "lifo" }).empty, /measure with --traverse/);
});

test("without a footprint there are no charts of it, and asked for they say how to measure one", () => {
  assert.ok(variants.one.charts.every(({ chart }) => !chart.startsWith("footprint")));
  for (const chart of ["footprint", "footprint_steps"]) assert.match(buildSpec(chart, variants.one.analysis, { metric: "total" }).empty, /measure with --footprint/);
});

test("without tails there are no charts of them, and asked for they say how to measure them", () => {
  assert.ok(variants.one.charts.every(({ chart }) => !chart.startsWith("tails")));
  for (const chart of ["tails_allocate", "tails_deallocate"]) assert.match(buildSpec(chart, variants.one.analysis, { metric: "total", pattern: "lifo" }).empty, /measure with --tails/);
});

test("a nine more of the percentile is as far as the one before, and rarer operations are longer", () => {
  const { spec } = buildSpec("tails_allocate", variants.tails.analysis, { metric: "total", pattern: "lifo" });
  const points = spec.datasets.rows.filter(({ point }) => point);
  assert.deepEqual([...new Set(points.map(({ percentile_text: text }) => text))], ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"]);
  assert.equal(spec.spec.encoding.x.scale.type, "log");
  const one = points.filter(({ tail }) => tail === points[0].tail);
  one.slice(1).forEach(({ value, rarity }, index) => assert.ok(value > one[index].value && Math.abs(rarity / one[index].rarity - 10) < 1e-6));
  assert.equal(new Set(spec.datasets.rows.filter(({ timer }) => timer).map(({ platform, size }) => `${platform} ${size}`)).size, 2 * new Set(points.map(({ size }) => size)).size, "the clock alone once in each facet");
});

test("without several numbers of live objects there is no such chart, and asked for it says so", () => {
  assert.ok(variants.one.charts.every(({ chart }) => chart !== "swept_numbers"));
  assert.match(buildSpec("swept_numbers", variants.one.analysis, { axis: "live_objects", metric: "total", pattern: "lifo" }).empty, /No number of live objects but one/);
});

test("cells without a practical difference are grey, inconclusive ones hollow", () => {
  const analysis = makeAnalysis();
  const verdicts = ["faster", "slower", "no_practical_difference", "inconclusive"];
  analysis.ratios.forEach((ratio, index) => Object.assign(ratio, { verdict: verdicts[index % 4] }));
  const { spec } = buildSpec("comparison_ratio", analysis, { metric: "total" });
  const rows = spec.datasets.rows;
  assert.equal(rows.length, 152);
  assert.equal(rows.filter((row) => row.grey).length, rows.filter((row) => /practical|inconclusive/.test(row.verdict)).length);
  return drawSvg({ spec, title: "", description: "" }).then((svg) => {
    const { grey, background } = palette.themes.light;
    assert.equal(svg.split(`fill="${grey}" stroke="${grey}"`).length - 1, rows.filter((row) => row.grey && !row.inconclusive).length);
    assert.ok(svg.split(`fill="${background}" stroke="${grey}"`).length - 1 >= rows.filter((row) => row.inconclusive).length);
  });
});

test("with two baselines every series names its own", () => {
  const analysis = makeAnalysis();
  const again = analysis.ratios.map((ratio) => ({ ...ratio, baseline: "box@jemalloc" }));
  const { spec, title } = buildSpec("comparison_ratio", { ...analysis, ratios: [...analysis.ratios, ...again] }, { metric: "total" });
  assert.match(title, /relative to its baseline/);
  const series = [...new Set(spec.datasets.rows.map((row) => row.allocator))].sort();
  assert.deepEqual(series, ["slab_cold / box", "slab_cold / box@jemalloc", "slab_warm / box", "slab_warm / box@jemalloc"]);
  assert.equal(spec.datasets.rows.length, 2 * 152);
});

test("hostile text is drawn as text, and is neither markup nor an expression", () => {
  const all = [...variants.hostile.charts, ...variants.awkward.charts];
  for (const { svg, document } of all) {
    const tags = new Set(elements(document).map(({ tag }) => tag));
    for (const { attributes } of elements(document)) assert.ok(!Object.keys(attributes).some((key) => /^on|href/i.test(key)));
    for (const tag of tags) assert.ok(["svg", "title", "desc", "rect", "g", "path", "line", "text", "tspan", "defs", "linearGradient", "stop", "clipPath"].includes(tag), tag);
    assert.doesNotMatch(svg, /[\u202a-\u202e\u200b]/);
  }
  const drawn = drawnTexts(variants.hostile.charts.find(({ name }) => name === "all_patterns_total").document).map(({ text }) => text);
  assert.ok(drawn.includes("<script>alert(1)</script>"), drawn.join("|"));
  const names = all.map(({ name }) => name);
  for (const name of names) assert.match(name, /^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*$/);
});

test("no name from the analysis gets into an expression or a field name", () => {
  const marker = "zq');alert(1)//";
  const analysis = makeAnalysis({ platforms: [marker, `${marker}2`], allocators: [{ name: "box" }, { name: marker }], failures: true, live: [10, 100], traversed: [100] });
  analysis.patterns = analysis.patterns.map((pattern) => `${pattern}${marker}`);
  for (const each of [...analysis.cells, ...analysis.ratios, ...analysis.swept, ...analysis.traversals]) each.pattern += marker;
  const keys = new Set(["labelExpr", "expr", "signal", "test", "field", "calculate", "as", "filter"]);
  let examined = 0;
  const look = (node, key) => {
    if (typeof node === "string" && keys.has(key)) {
      examined++;
      assert.ok(!node.includes("zq"), `${key}: ${node}`);
    } else if (node && typeof node === "object") Object.entries(node).forEach(([name, value]) => look(value, Array.isArray(node) ? key : name));
  };
  const parameters = { metric: "total", axis: "live_objects", pattern: analysis.patterns[1], allocator: marker, size: 256 };
  for (const chart of ["all_patterns", "pattern", "heatmap", "comparison_ratio", "platform_comparison", "swept_numbers", "traverse", "boxplot"]) {
    const { spec, empty } = buildSpec(chart, analysis, parameters);
    assert.equal(empty, null, chart);
    look({ ...spec, datasets: null }, "");
  }
  assert.ok(examined > 50);
});

test("the same analysis gives the same bytes", async () => {
  const again = await drawAll(VARIANTS.three_with_failures(), (name) => ONE_OF_EACH.test(name));
  assert.ok(again.length >= 6);
  for (const { name, svg } of again) {
    const before = variants.three_with_failures.charts.find((chart) => chart.name === name);
    assert.ok(before.svg === svg, `${name} differs`);
  }
});

test("a choice of platforms and allocators draws those alone, in their own colours, light and dark", async () => {
  const { analysis } = variants.three_with_failures;
  const choice = { metric: "total", platforms: ["aws-c6a"], allocators: ["slab_warm"], theme: "dark", legend: false, title: false, width: 500 };
  const { spec } = buildSpec("all_patterns", analysis, choice);
  assert.deepEqual([...new Set(spec.datasets.rows.map((row) => `${row.platform} ${row.allocator}`))], ["aws-c6a slab_warm"]);
  const svg = await drawSvg({ spec, title: "", description: "" });
  assert.ok(svg.includes(palette.named.slab_warm.dark) && svg.includes(palette.themes.dark.background) && !svg.includes("role-legend"));
  assert.ok(Number(/width="(\d+)"/.exec(svg)[1]) <= 540);
  assert.throws(() => buildSpec("pie", analysis, choice), /no chart is called 'pie'; charts: all_patterns, pattern/);
});

test("more platforms than a chart can show are left out, and the chart says so", () => {
  const { description, spec } = buildSpec("all_patterns", makeAnalysis({ platforms: 14 }), { metric: "total" });
  assert.match(description, /12 of 14 platforms are drawn/);
  assert.equal(new Set(spec.datasets.rows.map((row) => row.platform)).size, 12);
});
