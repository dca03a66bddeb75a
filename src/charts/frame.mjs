// What every chart shares: which cells it is about, their unit, the looks of allocators, the title and its notes.
import { looksOf } from "./palette.mjs";
import { timeText, unitFor } from "./scales.mjs";
import { fitText, textWidth, wrapText } from "./text.mjs";

export const FONT = "Helvetica, Arial, sans-serif";
export const CHART_WIDTH = 780; // pixels, all of it; at 600 px a font of 11 is still 8 px high
export const LABEL_SIZE = 11;
export const FACET_GAP = 20; // pixels between facets: 4096 under one and 8 under the next do not touch
const TITLE_SIZE = 15;
const NOTE_SIZE = 11;
const TITLE_PLATFORM_WIDTH = 380;
// More cannot be told apart in one chart; the notes say how many are left out.
export const MAX_PLATFORMS = 12;
export const MAX_ALLOCATORS = 24;

const METRIC_WORDS = { total: "time of 1,000 batches", latency: "time of the first batch" };

// The chart's frame for `model` (see model.mjs) and buildSpec's parameters.
export function makeFrame(model, parameters, palette) {
  const { metric, theme = "light" } = parameters;
  const chosen = (names, all) => (names ? all.filter(({ name }) => names.includes(name)) : all);
  const wantedPlatforms = chosen(parameters.platforms, model.platforms);
  const wantedAllocators = chosen(parameters.allocator !== undefined ? [parameters.allocator] : parameters.allocators, model.allocators);
  const platforms = wantedPlatforms.slice(0, MAX_PLATFORMS);
  const allocators = wantedAllocators.slice(0, MAX_ALLOCATORS);
  const wanted = { platform: new Set(platforms.map((each) => each.name)), allocator: new Set(allocators.map((each) => each.name)) };
  const inFrame = (cell) => wanted.platform.has(cell.platform) && wanted.allocator.has(cell.allocator);
  const looks = looksOf(model.allocators.map((each) => each.name), palette, theme);
  return {
    model,
    metric,
    theme,
    platforms,
    allocators,
    leftOut: { platforms: wantedPlatforms.length - platforms.length, allocators: wantedAllocators.length - allocators.length },
    looks,
    colours: palette.themes[theme],
    ramp: palette.ramp,
    cells: model.cells.filter(inFrame),
    cellsOfAll: model.cells.filter((cell) => wanted.platform.has(cell.platform)),
    sweptCells: model.sweptCells.filter(inFrame),
    traversals: model.traversals.filter(inFrame),
    footprints: model.footprints.filter(inFrame),
    tails: model.tails.filter(inFrame),
    ratios: model.ratios.filter((ratio) => ratio.metric === metric && inFrame(ratio)),
    width: parameters.width ?? CHART_WIDTH,
    legendShown: parameters.legend !== false,
    titleShown: parameters.title !== false,
    platformLabel: new Map(platforms.map(({ name, label }) => [name, label])),
    allocatorLabel: new Map(allocators.map(({ name, label }) => [name, label])),
    platformOrder: new Map(platforms.map(({ name }, index) => [name, index])),
    allocatorOrder: new Map(allocators.map(({ name }, index) => [name, index])),
    patternOrder: new Map(model.patterns.map((name, index) => [name, index])),
  };
}

export function unitOf(cells, metric) {
  return unitFor(cells.flatMap((cell) => (cell[metric] ? [cell[metric].median] : [])));
}

// "ns per object"
export function unitText({ model, metric }, unit) {
  if (model.perObject) return `${unit.name} per object`;
  return metric === "total" ? `${unit.name} per ${model.innerLoop.toLocaleString("en")} batches` : `${unit.name} per batch`;
}

// The unit in a title, where the metric has already been said.
export function titleUnit(frame, unit) {
  return frame.model.perObject ? unitText(frame, unit) : unit.name;
}

export function metricText({ model, metric }) {
  return metric === "total" ? `total of ${model.innerLoop.toLocaleString("en")} batches` : METRIC_WORDS.latency;
}

function platformText({ platforms }) {
  if (platforms.length !== 1) return `${platforms.length} platforms`;
  return fitText(platforms[0].label, TITLE_PLATFORM_WIDTH, TITLE_SIZE, true);
}

// What the interval is, and which cells have none.
export function intervalNote(cells, metric, mark) {
  const timed = cells.filter((cell) => cell[metric]);
  const without = timed.filter((cell) => cell[metric].median_low === null || cell[metric].median_high === null);
  if (without.length === timed.length) return "No intervals: unreplicated (one process per cell, or processes unknown).";
  const rest = without.length ? ` ${without.length} of ${timed.length} cells are unreplicated and have none.` : "";
  return `${mark}: exact 95 % interval of the median over processes.${rest}`;
}

// What a strategy does not do and the others do, in any chart that draws it on whatever heap: its time is of less work.
const STRATEGY_NOTES = { arena: "arena frees no single object: its deallocation does nothing, all objects end at once." };

function strategyNotes(cells) {
  const drawn = new Set(cells.map(({ allocator }) => allocator.split("@")[0]));
  return Object.entries(STRATEGY_NOTES).flatMap(([strategy, note]) => (drawn.has(strategy) ? [note] : []));
}

function someLabels(platforms) {
  const shown = platforms.slice(0, 3).map(({ label }) => fitText(label, 160, NOTE_SIZE));
  return `${shown.join(", ")}${platforms.length > 3 ? ` and ${platforms.length - 3} more` : ""}`;
}

// Notes on cells that are not what they seem: of less work, failed, disturbed, of a quick run.
export function cellNotes(frame, cells, { failed = "× at the lower edge", disturbed = "hollow point" } = {}) {
  const notes = strategyNotes(cells);
  const failures = cells.filter((cell) => cell.outcome !== "ok").length;
  const above = cells.filter((cell) => cell.outcome === "ok" && cell.disturbed && cell[frame.metric]).length;
  const zero = cells.filter((cell) => cell.outcome === "ok" && !cell[frame.metric]).length;
  if (failures && failed) notes.push(`${failed}: ${failures === 1 ? "one cell" : `${failures} cells`} failed.`);
  if (above && disturbed) notes.push(`${disturbed[0].toUpperCase()}${disturbed.slice(1)}: most of its trials were disturbed, and the time is an upper bound.`);
  if (zero) notes.push(`${zero === 1 ? "One cell has" : `${zero} cells have`} no positive time and cannot be drawn.`);
  const { platforms, allocators } = frame.leftOut;
  const drawable = frame.platforms.length + (frame.withoutCells?.length ?? 0);
  if (platforms) notes.push(`The first ${drawable} of ${drawable + platforms} platforms are drawn: choose with --platforms.`);
  if (allocators) notes.push(`${frame.allocators.length} of ${frame.allocators.length + allocators} allocators are drawn: choose with --allocators.`);
  if (frame.withoutCells?.length) notes.push(`${frame.withoutWhat} on ${someLabels(frame.withoutCells)}.`);
  const quick = frame.platforms.filter((platform) => platform.quick);
  if (quick.length) notes.push(`Quick run, rough numbers: ${someLabels(quick)}.`);
  return notes;
}

// Vega-Lite's title: what, which metric, its unit and the platform; below it the notes, wrapped to the chart's width.
export function titleOf(frame, { subject, unit, notes, metric = metricText(frame) }) {
  const text = wrapText(`${subject}: ${metric}, ${unit} – ${platformText(frame)}`, frame.width, TITLE_SIZE, true);
  const subtitle = wrapText(notes.join(" "), frame.width, NOTE_SIZE);
  return { text, subtitle };
}

// The labels that a spec's labelExpr looks up. Scales, facets and groups go by numbers: a name among them would be a key of
// Vega's objects, where "__proto__" is no key and "a|b" may be two.
export function labelParams(labels) {
  return Object.entries(labels).map(([of, value]) => ({ name: `${of}_labels`, value }));
}

// The labels of the frame's facets, each in the place of its number.
export function facetLabels(frame) {
  const platform = [];
  for (const { name } of frame.platforms) platform[frame.platformOrder.get(name)] = frame.platformLabel.get(name);
  return { platform: Array.from(platform, (label) => label ?? ""), pattern: frame.model.patterns.map((name) => frame.model.patternLabels.get(name)) };
}

// Colour, dash and shape scales over `series`, the allocators that are drawn, by their numbers; the labels of these beside
// those of the facets; and the legend.
export function seriesScales(frame, series = frame.allocators) {
  const labels = series.map(({ label }) => label);
  const entry = labels.reduce((widest, label) => Math.max(widest, textWidth(label, LABEL_SIZE)), 0) + 50;
  const columns = Math.max(1, Math.min(labels.length, Math.floor(frame.width / entry)));
  const looks = series.map(({ name }) => frame.looks.get(name));
  return {
    series: labels.map((_, number) => number),
    labels: labelParams({ ...facetLabels(frame), allocator: labels }),
    colours: looks.map(({ colour }) => colour),
    dashes: looks.map(({ dash }) => dash),
    shapes: looks.map(({ shape }) => shape),
    legend: frame.legendShown ? { orient: "top", direction: "horizontal", columns, title: null, labelExpr: "allocator_labels[datum.value]", labelLimit: 0, columnPadding: 14, symbolSize: 100, symbolStrokeWidth: 0, symbolOpacity: 1 } : null,
  };
}

// The row of a dataset for one cell: names as labels and as numbers, times in `unit`, and the text of a tooltip.
export function cellRow(frame, cell, unit) {
  const summary = cell[frame.metric];
  const inUnit = (value) => (value === null ? null : value / unit.ns);
  const interval = summary && summary.median_low !== null && summary.median_high !== null;
  return {
    cell: cell.index,
    platform: frame.platformLabel.get(cell.platform),
    platform_order: frame.platformOrder.get(cell.platform),
    allocator: frame.allocatorLabel.get(cell.allocator),
    allocator_order: frame.allocatorOrder.get(cell.allocator),
    pattern: frame.model.patternLabels.get(cell.pattern),
    pattern_order: frame.patternOrder.get(cell.pattern),
    size: cell.size,
    value: summary ? inUnit(summary.median) : null,
    low: interval ? inUnit(summary.median_low) : null,
    high: interval ? inUnit(summary.median_high) : null,
    disturbed: cell.disturbed,
    value_text: summary ? timeText(summary.median) : cell.outcome,
    interval_text: interval ? `${timeText(summary.median_low)} – ${timeText(summary.median_high)}` : "none",
  };
}
