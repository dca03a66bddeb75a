// The charts of programs on every heap.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { makeProgram } from "../fixtures/programs.mjs";
import { buildSpec } from "../../src/charts/specs.mjs";
import { drawAll } from "./helpers.mjs";

const onlyPrograms = (...programs) => ({ ...makeAnalysis(), platforms: [], allocators: [], patterns: [], cells: [], ratios: [], live_objects: [], traversals: [], programs });
const isProgram = (name) => name.startsWith("program_");
const texts = (node) => [node.text, ...node.children.flatMap(texts)].filter((text) => text !== "");

test("each program of a run has a chart of its changes and one of time against memory", async () => {
  const drawn = await drawAll(onlyPrograms(makeProgram(), makeProgram({ platform: "other" }), makeProgram({ parameters: "n=2" })));
  assert.deepEqual(drawn.map(({ name }) => name).sort(), [
    "program_front_xmllint_machine_1", "program_front_xmllint_machine_2", "program_front_xmllint_other",
    "program_xmllint_machine_1", "program_xmllint_machine_2", "program_xmllint_other",
  ]);
});

test("beside cells, all charts are drawn", async () => {
  const drawn = await drawAll({ ...makeAnalysis(), programs: [makeProgram()] }, (name) => isProgram(name) || name.startsWith("all_patterns"));
  assert.equal(drawn.length, 2 + 2);
});

test("changes, intervals and judgements stand where they should", () => {
  const { spec, empty } = buildSpec("program", onlyPrograms(makeProgram()), { metric: "total", program: 0 });
  assert.equal(empty, null);
  const { rows } = spec.datasets;
  const find = (heap, metric) => rows.find((row) => row.heap === heap && row.metric === metric);
  assert.equal(rows.length, 4 * 4); // four metrics; three heaps and the twin: neither the system's nor one that is broken
  assert.ok(Math.abs(find("fast", "CPU time").change - -20) < 1e-9);
  assert.ok(Math.abs(find("fast", "CPU time").low - -20.8) < 1e-9);
  const judgement = (heap, metric) => find(heap, metric).judgement;
  assert.deepEqual(["fast", "small", "slow"].map((heap) => judgement(heap, "CPU time")), [0, 2, 1]);
  assert.deepEqual(["fast", "small", "slow"].map((heap) => judgement(heap, "wall time")), [3, 3, 3]);
  assert.equal(judgement("system again", "CPU time"), 4);
});

test("the name of every metric is shown whole, also with few heaps", async () => {
  const program = makeProgram({ heaps: makeProgram().heaps.slice(0, 2) });
  const name = "peak memory of the whole process tree";
  program.metrics.find((metric) => metric.name === program.memory_metric).label = name;
  const drawn = await drawAll(onlyPrograms(program), (each) => isProgram(each) && !each.startsWith("program_front"));
  assert.equal(drawn.length, 1);
  assert.ok(texts(drawn[0].document).includes(name));
});

test("where more is better, more is judged so", () => {
  const program = makeProgram();
  program.metrics.find(({ name }) => name === "cpu_ns").higher_is_better = true;
  const { spec } = buildSpec("program", onlyPrograms(program), { metric: "total", program: 0 });
  assert.equal(spec.datasets.rows.find((row) => row.heap === "fast" && row.metric === "CPU time").judgement, 1);
});

test("no two labels of time against memory touch, and those without room are named below the title", () => {
  const heaps = Array.from({ length: 12 }, (_, number) => ({ ...makeProgram().heaps[1], heap: `heap-number-${number}` }));
  const { spec, description } = buildSpec("program_front", onlyPrograms(makeProgram({ heaps })), { metric: "total", program: 0 });
  const labelled = spec.datasets.rows.filter((row) => row.label !== "");
  assert.ok(labelled.length >= 1 && labelled.length < 12); // all are at one point
  for (const one of labelled) for (const other of labelled) assert.ok(one === other || one.label_y !== other.label_y || one.label_x !== other.label_x);
  assert.match(description, /No room for the names heap-number-/);
});

test("a program of which nothing can be drawn says why", async () => {
  const program = makeProgram({ sentences: ["Nothing can be said here."], heaps: makeProgram().heaps.slice(0, 1) });
  for (const { document } of await drawAll(onlyPrograms(program))) assert.ok(texts(document).some((text) => text.includes("Nothing can be said here.")));
});

test("names from a file are never markup, expressions or keys", async () => {
  const evil = "<script>alert(1)</script>\u202e__proto__|datum";
  const heaps = makeProgram().heaps.map((each) => ({ ...each, heap: evil + each.heap }));
  const drawn = await drawAll(onlyPrograms(makeProgram({ name: evil, command: evil, sentences: [evil], heaps })));
  assert.equal(drawn.length, 2);
  for (const { svg, name } of drawn) {
    assert.doesNotMatch(svg, /<script|\u202e/);
    assert.match(name, /^[A-Za-z0-9._@+-]+$/);
  }
});

test("a program without the metrics that it names is refused", () => {
  assert.throws(() => buildSpec("program", onlyPrograms(makeProgram({ time_metric: "nonsense" })), { metric: "total", program: 0 }), /malformed/);
});
