// The chart of nodes that should be equal: a rectangle for every number, those that differ at the top.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { chartsToDraw } from "../../src/charts/definitions.mjs";
import { drawSvg } from "../../src/charts/draw.mjs";
import { readModel } from "../../src/charts/model.mjs";
import { buildSpec, table } from "../../src/charts/specs.mjs";

const cells = [["box", 8], ["box", 16], ["slab_warm", 8]].map(([allocator, size_bytes]) => ({ allocator, pattern: "lifo", size_bytes }));

function withNodes(nodes) {
  const node = (name, verdict, ratio, cell_ratios) => ({ name, platform: `p-${name}`, verdict, cells: 3, differing_cells: 3, ratio, differing_ratio: ratio, cell_ratios });
  return { ...makeAnalysis(), node_groups: [{ platform: "p (3 nodes)", model: "A CPU", cells, nodes: nodes.map((each) => node(...each)) }] };
}

const analysis = withNodes([["n3", "slower", 1.062, [1.06, 1.07, 1.05]], ["__proto__", "equal", 1.01, [1.01, null, 1.02]], ["n2", "equal", 1, null]]);

test("a chart is drawn for each group of nodes, and none without one", () => {
  const names = (given) => chartsToDraw(table, readModel(given)).filter(({ chart }) => chart.name === "nodes");
  assert.deepEqual(names(analysis).map(({ parameters }) => parameters.group), [1]);
  assert.equal(names(makeAnalysis()).length, 0);
});

test("every number of a node is drawn, and who differs is named with its percentage", async () => {
  const built = buildSpec("nodes", analysis, { metric: "total", group: 1 });
  assert.equal(built.empty, null);
  assert.deepEqual(built.spec.datasets.rows.map(({ node_order: node, cell_order: cell }) => [node, cell]), [[0, 0], [0, 1], [0, 2], [1, 0], [1, 2]]);
  assert.ok(Math.abs(built.spec.datasets.rows[1].value - 7) < 1e-9);
  const svg = await drawSvg(built);
  assert.match(svg, />n3 \+6\.2 %</);
  assert.match(svg, />__proto__</);
  assert.match(built.description, /2 of 3 nodes/);
});

test("a malformed group is refused, and one without numbers says so", () => {
  assert.throws(() => readModel({ ...analysis, node_groups: [{ platform: 1, cells: [], nodes: [] }] }), /malformed/);
  assert.match(buildSpec("nodes", withNodes([["n1", "equal", null, null]]), { metric: "total", group: 1 }).empty, /No node/);
});
