// The chart of nodes that should be equal, by cell: how much longer each takes than the others. Of many nodes the analysis
// keeps the numbers of the first: those that differ, and then those that are farthest from the others.
import { labelParams, LABEL_SIZE } from "./frame.mjs";
import { fitText, textWidth } from "./text.mjs";

const ROW_HEIGHT = 14; // pixels
const NODE_WIDTH = 170;
const LEAST_REACH = 5; // percent: colours mean no less, so that noise looks like noise
const MOST_REACH = 50;

const percent = (ratio) => (ratio - 1) * 100;
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} %`;

function nodeLabel({ label, differing, verdict }) {
  return verdict === "equal" ? label : `${label} ${signed(percent(differing))}`;
}

// The colours reach as far as what most cells show, and as the nodes that differ do.
function reachOf(nodes) {
  const values = nodes.flatMap(({ ratios }) => ratios.filter((ratio) => ratio !== null).map((ratio) => Math.abs(percent(ratio)))).sort((a, b) => a - b);
  const usual = values[Math.floor(values.length * 0.95)] ?? LEAST_REACH;
  const differing = nodes.filter(({ verdict }) => verdict !== "equal").map((node) => Math.abs(percent(node.differing)));
  return Math.min(MOST_REACH, Math.ceil(Math.max(LEAST_REACH, usual, ...differing)));
}

// Where allocator or pattern change, a name for what begins there.
function columnLabels(frame, cells, width) {
  const labels = cells.map(() => "");
  const starts = [];
  cells.forEach(({ allocator, pattern }, index) => {
    const before = cells[index - 1];
    if (before && before.allocator === allocator && before.pattern === pattern) return;
    labels[index] = fitText(`${frame.allocatorLabel.get(allocator) ?? allocator} ${frame.model.patternLabels.get(pattern) ?? pattern}`, width, LABEL_SIZE);
    starts.push(index);
  });
  return { labels, starts };
}

export function nodes(frame, { group: number }) {
  const group = frame.model.nodeGroups[number - 1];
  const shown = group.nodes.filter(({ ratios }) => ratios);
  const labels = shown.map((node) => fitText(nodeLabel(node), NODE_WIDTH, LABEL_SIZE));
  const left = Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, LABEL_SIZE)))) + 24;
  const reach = reachOf(shown);
  const columns = columnLabels(frame, group.cells, 130);
  const rows = shown.flatMap(({ label, ratios }, node) => ratios.flatMap((ratio, cell) => (ratio === null ? [] : [{
    node_order: node,
    cell_order: cell,
    node: label,
    allocator: frame.allocatorLabel.get(group.cells[cell].allocator) ?? group.cells[cell].allocator,
    pattern: frame.model.patternLabels.get(group.cells[cell].pattern) ?? group.cells[cell].pattern,
    size: group.cells[cell].size,
    value: Math.max(-reach, Math.min(reach, percent(ratio))),
    value_text: signed(percent(ratio)),
  }])));
  const differing = group.nodes.filter(({ verdict }) => verdict !== "equal").length;
  return {
    frame: { ...frame, platforms: [{ name: group.platform, label: group.label }] },
    metric: "time against the others",
    subject: "Nodes",
    unit: "%",
    notes: [
      differing === 0 ? "No node differs from its equals by more than chance."
        : `At the top, with a percentage: ${differing === 1 ? "one node differs" : `${differing} nodes differ`} from the others by more than chance.`,
      ...(shown.length < group.nodes.length ? [`The ${shown.length} of ${group.nodes.length} nodes that are farthest from the others.`] : []),
      "Columns: cells, by allocator, pattern and object size.",
    ],
    empty: rows.length ? null : "No node here has a time to show.",
    rows,
    holes: {
      plot_width: Math.max(120, frame.width - left - 20),
      plot_height: shown.length * ROW_HEIGHT,
      node_numbers: shown.map((_, index) => index),
      cell_numbers: group.cells.map((_, index) => index),
      cell_starts: columns.starts,
      labels: labelParams({ node: labels, column: columns.labels }),
      reach: [-reach, 0, reach],
      ramp: ["#0072b2", "#f2f2f2", "#d55e00"],
    },
  };
}
