// The chart of a comparison: how much each cell's time changed from A to B, with its interval and verdict. From what
// `memalloc-bench compare --json` prints; buildComparison gives the same kind of object as buildSpec does.
import { configOf, fillHoles } from "./build.mjs";
import { withRows } from "./facets.mjs";
import { CHART_WIDTH, FACET_GAP, LABEL_SIZE, labelParams, MAX_ALLOCATORS } from "./frame.mjs";
import { sizeDomain, sizeLabels } from "./scales.mjs";
import { palette, spec as specOf } from "./specs.mjs";
import { distinctLabels, fitText, wrapText } from "./text.mjs";

const LEFT = 88; // pixels of the axis and of the allocators' names
const FACET_HEIGHT = 130;
const TITLE_SIZE = 15;
const LINEAR_PART = 2; // percent either way; beyond that the axis is logarithmic
const PATTERN_ORDER = ["immediate", "lifo", "fifo", "random"];
const TICKS = [1, 3, 10, 30, 100, 300, 1000, 3000, 10000];
const VERDICTS = [
  { name: "slower", colour: "#d55e00", shape: "triangle-up", filled: true },
  { name: "faster", colour: "#0072b2", shape: "triangle-down", filled: true },
  { name: "unchanged", colour: "#767676", shape: "circle", filled: true },
  { name: "inconclusive", colour: "#767676", shape: "circle", filled: false },
];

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const percent = (ratio) => (isNumber(ratio) ? (ratio - 1) * 100 : null);

function checked(comparison) {
  if (!Array.isArray(comparison?.cells) || typeof comparison.runs !== "object") throw new Error("this is not the JSON of a comparison");
  for (const { allocator, pattern, size_bytes: size, verdict } of comparison.cells) {
    if (typeof allocator !== "string" || typeof pattern !== "string" || !Number.isSafeInteger(size) || size < 1) throw new Error("a cell of the comparison is malformed");
    if (!VERDICTS.some(({ name }) => name === verdict)) throw new Error(`a cell's verdict is ${JSON.stringify(verdict)}`);
  }
  return comparison;
}

const inOrder = (names, first) => [...first.filter((name) => names.includes(name)), ...names.filter((name) => !first.includes(name))];

const symlog = (value) => Math.sign(value) * Math.log1p(Math.abs(value) / LINEAR_PART);

// 0 first, then ever larger changes, each only where its label has room.
function changeTicks(low, high) {
  const pixel = (value) => ((symlog(value) - symlog(low)) / (symlog(high) - symlog(low))) * FACET_HEIGHT;
  const candidates = TICKS.flatMap((tick) => [tick, -tick]).filter((tick) => tick > low && tick < high);
  const free = (tick, chosen) => chosen.every((other) => Math.abs(pixel(tick) - pixel(other)) >= LABEL_SIZE + 2);
  return candidates.reduce((chosen, tick) => (free(tick, chosen) ? [...chosen, tick] : chosen), [0]).sort((a, b) => a - b);
}

function changeAxis(rows, threshold) {
  const values = rows.flatMap(({ change, low, high }) => [change, low, high]).filter(isNumber);
  const low = Math.min(-2 * threshold, -LINEAR_PART, ...values) * 1.15;
  const high = Math.max(2 * threshold, LINEAR_PART, ...values) * 1.15;
  return { change_domain: [low, high], change_ticks: changeTicks(low, high) };
}

function titleOf(comparison, drawn) {
  const nameOf = (run) => String((comparison.live ? run?.file : run?.platform) ?? "");
  const platform = (side) => fitText(nameOf(comparison.runs[side]), 200, TITLE_SIZE, true) || side.toUpperCase();
  const metric = comparison.metric === "latency" ? "first batch of a trial" : "time per object";
  const { counts } = comparison;
  const notes = [
    `${counts.slower} slower, ${counts.faster} faster, ${counts.unchanged} unchanged, ${counts.inconclusive} inconclusive.`,
    `Bars: 90 % interval. Band: differences within ${Number((comparison.threshold * 100).toPrecision(2))} % do not matter.`,
    ...(drawn < comparison.cells.length ? [`${comparison.cells.length - drawn} of ${comparison.cells.length} cells have no ratio, or no room here.`] : []),
    ...(comparison.forced ? ["Forced: machine or build differ."] : []),
    ...(comparison.downgraded ? ["The null control differs: no verdict stands."] : []),
  ];
  return {
    text: wrapText(`${platform("b")} against ${platform("a")}: change of ${metric}`, CHART_WIDTH, TITLE_SIZE, true),
    subtitle: wrapText(notes.join(" "), CHART_WIDTH, LABEL_SIZE),
  };
}

// The axes, beside pattern and size, on which the cells have several values.
function axesOf({ axes, cells }) {
  return (Array.isArray(axes) ? axes : []).filter(({ name }) => new Set(cells.map((cell) => cell[name])).size > 1);
}

// "100 live", "littered": there is little room.
function onAxis(cell, { name, title, numeric }) {
  return numeric ? `${cell[name]} ${title.split(" ")[0]}` : `${cell[name]}`;
}

export function buildComparison(json) {
  const comparison = checked(json);
  const colours = palette.themes.light;
  const cells = comparison.cells.filter((cell) => isNumber(cell.ratio)).map((cell) => ({ ...cell, allocator: [cell.allocator, ...axesOf(comparison).map((axis) => onAxis(cell, axis))].join(", ") }));
  const allocators = [...new Set(cells.map((cell) => cell.allocator))].slice(0, MAX_ALLOCATORS);
  const patterns = inOrder([...new Set(cells.map((cell) => cell.pattern))], PATTERN_ORDER);
  const allocatorLabels = distinctLabels(allocators, FACET_HEIGHT - 10, LABEL_SIZE);
  const patternLabels = distinctLabels(patterns, 110, LABEL_SIZE);
  const rows = cells.filter((cell) => allocators.includes(cell.allocator)).map((cell) => ({
    allocator: allocatorLabels.get(cell.allocator),
    allocator_order: allocators.indexOf(cell.allocator),
    pattern: patternLabels.get(cell.pattern),
    pattern_order: patterns.indexOf(cell.pattern),
    size: cell.size_bytes,
    change: percent(cell.ratio),
    low: percent(cell.ratio_low),
    high: percent(cell.ratio_high),
    verdict: cell.verdict,
  }));
  const title = titleOf(comparison, rows.length);
  const shared = { title, config: configOf(colours), width: CHART_WIDTH, ...Object.fromEntries(Object.entries(colours).map(([name, colour]) => [`${name}_colour`, colour])) };
  const texts = { title: title.text.join(" "), description: [title.text.join(" "), ...title.subtitle].join(" ") };
  if (rows.length === 0) {
    const message = comparison.comparable || comparison.forced ? "No cell of both runs has a ratio to show." : "The runs are not comparable: machine or build differ.";
    return { spec: fillHoles(specOf("nothing.vl.json"), { ...shared, message, middle_pixel: Math.floor(CHART_WIDTH / 2) }), ...texts, empty: message };
  }
  const sizes = [...new Set(rows.map((row) => row.size))].sort((a, b) => a - b);
  const width = Math.max(60, Math.floor((CHART_WIDTH - LEFT - (patterns.length - 1) * FACET_GAP) / patterns.length));
  const threshold = isNumber(comparison.threshold) ? comparison.threshold * 100 : 0;
  const spec = fillHoles(specOf("compare.vl.json"), {
    ...shared,
    ...changeAxis(rows, threshold),
    labels: labelParams({ allocator: allocators.map((each) => allocatorLabels.get(each)), pattern: patterns.map((each) => patternLabels.get(each)) }),
    facet_width: width,
    facet_height: FACET_HEIGHT,
    linear_part: LINEAR_PART,
    threshold_low: (1 / (1 + threshold / 100) - 1) * 100,
    threshold_high: threshold,
    size_ticks: sizes,
    size_domain: sizeDomain(sizes),
    size_label_expression: `indexof(${JSON.stringify(sizeLabels(sizes, width, LABEL_SIZE))}, datum.value) >= 0 ? datum.label : ''`,
    verdicts: VERDICTS.map(({ name }) => name),
    colours: VERDICTS.map(({ colour }) => colour),
    fills: VERDICTS.map(({ colour, filled }) => (filled ? colour : colours.background)),
    shapes: VERDICTS.map(({ shape }) => shape),
    legend: { orient: "top", direction: "horizontal", title: null, columnPadding: 14, symbolSize: 60 },
  });
  return { spec: withRows(spec, rows, "no ratio", colours), ...texts, empty: null };
}
