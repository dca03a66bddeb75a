// The figures of the report, in the order of its questions. Each draws itself when it comes near the window, when a
// choice that it shows changes, and before the page is printed.
import { makeBuilder } from "../../charts/build.mjs";
import { drawChart } from "./chart.mjs";
import { chooser } from "./controls.mjs";
import { el } from "./dom.mjs";
import { winnersTable } from "./winners.mjs";

const FACET_WIDTH = 250; // pixels that a facet of the size axis needs to be read
const NARROWEST = 280;
const WIDEST = 1900;
const FORESEEN = 30; // pixels that labels may take beyond the width asked for
const PAPER = 700; // pixels across a printed page
const SETTLE_MS = 120;

// Which charts of charts.def make a figure, which choices they depend on, whether they have a facet for each pattern, and
// what the reader is told of them before the chart's own notes. `needs`: a list of the analysis without which there is no figure.
const FIGURES = [
  { chart: "all_patterns", title: "Time by object size", uses: ["platform"], facets: true, text: "Lower is faster; both axes are logarithmic." },
  { chart: "comparison_ratio", title: "How many times as fast as box", uses: ["platform"], facets: true, text: "" },
  { chart: "heatmap", title: "One allocator at a glance", uses: ["platform", "allocator"], text: "" },
  { chart: "swept_numbers", ofAxes: true, numeric: true, title: "Time by number of", uses: ["platform", "pattern"], needs: "swept", text: "Lower is faster; both axes are logarithmic." },
  { chart: "swept_words", ofAxes: true, numeric: false, title: "Time by", uses: ["platform", "pattern"], needs: "swept", text: "Lower is faster; both axes are logarithmic." },
  { chart: "traverse", title: "Reading the live objects", uses: ["platform", "pattern"], needs: "traversals", text: "Lower is faster; both axes are logarithmic." },
  { chart: "footprint", title: "Memory taken for each byte", uses: ["platform"], needs: "footprints", numbers: "The numbers are in footprint_stats.csv.", text: "Lower takes less; both axes are logarithmic." },
  { chart: "footprint_steps", title: "Memory step after step", uses: ["platform"], needs: "footprints", numbers: "The numbers are in footprint_stats.csv.", text: "Lower takes less." },
  { chart: "tails_allocate", title: "Single allocations", uses: ["platform", "pattern"], needs: "tails", numbers: "The numbers are in tails_stats.csv.", text: "Lower is faster. Further right are rarer, slower operations." },
  { chart: "tails_deallocate", title: "Single deallocations", uses: ["platform", "pattern"], needs: "tails", numbers: "The numbers are in tails_stats.csv.", text: "Lower is faster. Further right are rarer, slower operations." },
  { chart: "boxplot", title: "Distribution in one condition", uses: ["platform", "pattern", "size"], text: "Further left is faster." },
  { chart: "nodes", title: "Nodes that should be equal", uses: ["group"], needs: "node_groups", text: "Blue is faster than the others, orange slower." },
  { chart: "platform_comparison", title: "Platforms side by side", uses: [], facets: true, text: "Further left is faster." },
];

// A figure of axes is one for each axis of its kind.
function figuresOf(analysis) {
  const there = FIGURES.filter(({ needs }) => !needs || analysis[needs].length > 0);
  const each = (figure) => analysis.axes.filter(({ numeric }) => numeric === figure.numeric).map(({ name, title }) => ({ ...figure, axis: name, title: `${figure.title} ${title}` }));
  return there.flatMap((figure) => (figure.ofAxes ? each(figure) : [figure]));
}

function choosers(store, analysis, uses) {
  const kinds = {
    allocator: () => chooser(store, "allocator", "Allocator", analysis.allocators.map(({ name }) => ({ value: name, text: name }))),
    pattern: () => chooser(store, "pattern", "Pattern", analysis.patterns.map((name) => ({ value: name, text: name }))),
    group: () => chooser(store, "group", "Nodes", analysis.node_groups.map(({ platform }, index) => ({ value: index + 1, text: platform }))),
    size: () => chooser(store, "size", "Size", analysis.sizes.map((size) => ({ value: size, text: `${size} B` }))),
  };
  return uses.filter((use) => Object.hasOwn(kinds, use)).map((use) => kinds[use]());
}

// The analysis in the chosen unit, cut down to `patterns`; kept, because the builder keeps a model of each.
function makeViews(analysis) {
  const kept = new Map();
  return (unit, patterns) => {
    const key = JSON.stringify([unit, patterns]);
    if (!kept.has(key)) {
      const among = ({ pattern }) => patterns.includes(pattern);
      const whole = patterns.length === analysis.patterns.length;
      kept.set(key, whole ? { ...analysis, unit }
        : { ...analysis, unit, patterns, cells: analysis.cells.filter(among), ratios: analysis.ratios.filter(among) });
    }
    return kept.get(key);
  };
}

// At least one group, be it empty: a chart of nothing says that there is nothing.
function inGroups(names, most) {
  const groups = names.length ? [] : [[]];
  for (let start = 0; start < names.length; start += most) groups.push(names.slice(start, start + most));
  return groups;
}

function parametersOf(choices, { uses, axis, program }, analysis, width) {
  const { metric, platform, allocator, pattern, size, group, hidden } = choices;
  const platforms = uses.includes("platform") && platform !== "" ? [platform] : undefined;
  const shown = analysis.allocators.map(({ name }) => name).filter((name) => !hidden.includes(name));
  const which = uses.includes("allocator") ? { allocator } : { allocators: shown };
  return { metric, platforms, ...which, axis, pattern, size, group, program, width, title: false, legend: false };
}

// What the datum of a point stands for: its cell, or the cell of its ratio.
function cellOf(datum, { cells, ratios }) {
  if (Number.isInteger(datum.cell)) return cells[datum.cell] ?? null;
  if ([datum.node_order, datum.footprint, datum.tail].some(Number.isInteger)) return null; // they have no row of their own
  const ratio = Number.isInteger(datum.ratio) ? ratios[datum.ratio] : null;
  const same = (cell) => cell.platform === ratio.platform && cell.allocator === ratio.allocator && cell.pattern === ratio.pattern && cell.size_bytes === ratio.size_bytes;
  return ratio ? (cells.find(same) ?? null) : null;
}

function labelOf({ title, description }, { numbers = "The same numbers are in the table of all cells." }) {
  return `${title}. ${description} The arrow keys go through the points, Enter shows one in the table. ${numbers}`;
}

// A figure that draws itself lazily: { element, used, invalidate(), print() }.
function makeFigure(definition, context, observer) {
  const { store, analysis, buildSpec, viewOf, openCell } = context;
  const body = el("div", { class: "chart-body" });
  const notes = el("span");
  const element = el("figure", { class: "figure" }, el("h3", {}, definition.title),
    el("div", { class: "figure-choices" }, choosers(store, analysis, definition.uses)), body,
    el("figcaption", {}, definition.text && `${definition.text} `, notes, ...(definition.numbers ? [] : [" ", el("a", { href: "#cells" }, "The same numbers in the table")])));
  let shown = [];
  let turn = 0;
  let stale = true;
  let near = false;
  const build = (patterns, width) => {
    const choices = store.get();
    const view = viewOf(choices.unit, patterns);
    return { view, built: buildSpec(definition.chart, view, parametersOf(choices, definition, analysis, width)) };
  };
  const drawGroup = (patterns, width) => {
    const { view, built } = build(patterns, width);
    return drawChart(built.spec, labelOf(built, definition), (datum) => openCell(cellOf(datum, view)));
  };
  // Draws at most `most` pixels wide: what labels take beyond what was foreseen is taken off the width at the second try.
  // Of drawings that overlap in time the last one begun is shown.
  const draw = async (most, width = most - FORESEEN, tries = 2) => {
    turn += 1;
    const own = turn;
    stale = false;
    const patterns = analysis.patterns.filter((pattern) => !definition.facets || analysis.cells.some((cell) => cell.pattern === pattern));
    const columns = definition.facets ? Math.max(1, Math.floor(most / FACET_WIDTH)) : patterns.length;
    const drawn = await Promise.all(inGroups(patterns, columns).map((patterns) => drawGroup(patterns, width)));
    const excess = Math.max(...drawn.map((each) => each.width)) - most;
    const again = excess > 0 && tries > 1 && width - excess >= NARROWEST - FORESEEN;
    for (const each of again || own !== turn ? drawn : shown) each.free();
    if (own !== turn) return;
    if (again) return draw(most, width - excess, tries - 1);
    shown = drawn;
    body.replaceChildren(...drawn.map(({ frame }) => frame));
    const { title, description } = build(analysis.patterns, width).built;
    notes.textContent = description.slice(title.length).trim();
  };
  const drawHere = () => draw(Math.max(NARROWEST, Math.min(WIDEST, body.clientWidth)));
  observer(element, (isNear) => {
    near = isNear;
    if (near && stale) drawHere();
  });
  return {
    element,
    used: new Set(["metric", "unit", ...definition.uses, ...(definition.uses.includes("allocator") ? [] : ["hidden"])]),
    invalidate: () => {
      stale = true;
      if (near) drawHere();
    },
    print: () => draw(PAPER),
  };
}

function makeObserver() {
  const callbacks = new Map();
  const observer = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => callbacks.get(target)(isIntersecting)), { rootMargin: "400px" });
  return (element, callback) => {
    callbacks.set(element, callback);
    observer.observe(element);
  };
}

const PROGRAM_FIGURES = [
  { chart: "program", title: "What changes on each heap", uses: [], numbers: "The same numbers are in the table above.", text: "Further left is less." },
  { chart: "program_front", title: "Time against memory", uses: [], numbers: "The same numbers are in the table above.", text: "Further left and down is less." },
];

// The figures of each program of the analysis, in the place that the page has for it.
export function startProgramFigures({ store, analysis, resources, palette, placeOf }) {
  const buildSpec = makeBuilder({ table: resources.table, palette, spec: (file) => resources.specs[file] });
  const context = { store, analysis, buildSpec, viewOf: makeViews(analysis), openCell: () => {} };
  const observer = makeObserver();
  const figures = analysis.programs.flatMap((_, program) => {
    const own = PROGRAM_FIGURES.map((definition) => makeFigure({ ...definition, program }, context, observer));
    const holder = placeOf(program);
    holder.append(...own.map(({ element }) => element));
    watchWidth(holder, () => own.forEach(({ invalidate }) => invalidate()));
    return own;
  });
  addEventListener("beforeprint", () => figures.forEach(({ print }) => print()));
  addEventListener("afterprint", () => figures.forEach(({ invalidate }) => invalidate()));
}

// Calls `redraw` when the width available has changed and stayed so for a moment.
function watchWidth(element, redraw) {
  let width = element.clientWidth;
  let timer = 0;
  new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    clearTimeout(timer);
    timer = setTimeout(redraw, SETTLE_MS);
  }).observe(element);
}

// Fills `holder` with all figures. `resources` are charts.def's rows, the palette and the spec files.
export function startFigures(holder, { store, analysis, rows, resources, palette, swatches, openCell }) {
  const buildSpec = makeBuilder({ table: resources.table, palette, spec: (file) => resources.specs[file] });
  const context = { store, analysis, buildSpec, viewOf: makeViews(analysis), openCell };
  const observer = makeObserver();
  const winners = winnersTable({ store, analysis, rows, swatches });
  const figures = figuresOf(analysis).map((definition) => makeFigure(definition, context, observer));
  holder.append(winners, ...figures.map(({ element }) => element));
  store.listen((_, changed) => figures.filter(({ used }) => [...used].some((choice) => changed.has(choice))).forEach(({ invalidate }) => invalidate()));
  watchWidth(holder, () => figures.forEach(({ invalidate }) => invalidate()));
  addEventListener("beforeprint", () => figures.forEach(({ print }) => print()));
  addEventListener("afterprint", () => figures.forEach(({ invalidate }) => invalidate()));
}
