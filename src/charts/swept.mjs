// Charts along an axis that a run sweeps, such as live objects, and of the reading of live objects. What a function returns:
// charts.mjs.
import { cellNotes, cellRow, intervalNote, LABEL_SIZE, seriesScales, unitOf } from "./frame.mjs";
import { AXIS_WIDTH, besideWidth, facetWidth, failedStrip, gridHeight, lines, rowHeader, shortPlatforms, sizeAxis, timesOf, withPlatformsOf, withRoom } from "./lines.mjs";
import { logAxis, representativeSizes, sizeDomain } from "./scales.mjs";
import { textWidth } from "./text.mjs";

const ONE_AT_A_TIME = "immediate"; // the pattern in which one object lives at once, whatever the batch
const LIVE_OBJECTS = "live_objects"; // the axis along which caches are filled
const THREADS = "threads"; // the axis along which time per object should fall
const SWEPT_FACET_WIDTH = 120; // pixels below which numbers of an axis under a facet are not read
const CACHE_LANE = 13; // pixels per line of caches' names, at the upper edge
const SWEPT_METRICS = { total: "time of a trial", latency: "time of the first batch" };

// Where the caches' names stand beside their rules in a facet `width` pixels wide, at [from 0 to 1) of its width each:
// [{ middle, lane }]. A name that would leave the facet stands to the left of its rule, one that would touch another a line
// lower.
function placeNames(names, width) {
  const ends = [];
  return names.map(({ name, at }) => {
    const room = textWidth(name, LABEL_SIZE) + 6;
    const left = at * width + room > width ? at * width - room : at * width;
    const lane = ends.findIndex((end) => end <= left);
    const found = lane < 0 ? ends.length : lane;
    ends[found] = left + room;
    return { middle: left + room / 2, lane: found };
  });
}

// Rules at the numbers of live objects that fill a cache: for each facet those that lie on its axis.
function cacheRows(frame, facets, [low, high], width) {
  return facets.flatMap(({ platform, size }) => {
    const { caches } = frame.platforms.find(({ name }) => name === platform);
    const within = caches.map(({ name, bytes }) => ({ name, live: bytes / size })).filter(({ live }) => live > low && live < high);
    const places = placeNames(within.map(({ name, live }) => ({ name, at: Math.log(live / low) / Math.log(high / low) })), width);
    return within.map(({ name, live }, index) => ({
      kind: "cache",
      platform: frame.platformLabel.get(platform),
      platform_order: frame.platformOrder.get(platform),
      size,
      size_text: `${size} B`,
      axis_value: live,
      cache: name,
      name_x: places[index].middle,
      name_y: 2 + places[index].lane * CACHE_LANE,
    }));
  });
}

function cacheNotes(frame, facets, rows) {
  const known = facets.reduce((sum, { platform }) => sum + frame.platforms.find(({ name }) => name === platform).caches.length, 0);
  if (known === 0) return ["The sizes of the caches are not known."];
  const beyond = known > rows.length ? " Caches that no measured number fills are not marked." : "";
  return [`Upright lines: live objects × size fill the cache.${beyond}`];
}

// What the least number of threads takes, divided among all: for each row a row of the same series. `rows`: of one unit.
function perfectRows(rows) {
  const least = new Map();
  const keyOf = (row) => JSON.stringify([row.platform_order, row.size, row.allocator_order]);
  for (const row of rows.filter(({ value }) => Number.isFinite(value))) {
    if (!least.has(keyOf(row)) || row.axis_value < least.get(keyOf(row)).axis_value) least.set(keyOf(row), row);
  }
  return rows.filter((row) => least.has(keyOf(row))).map((row) => {
    const { axis_value: from, value } = least.get(keyOf(row));
    const { platform, platform_order, size, size_text, allocator, allocator_order, axis_value } = row;
    return { kind: "perfect", platform, platform_order, size, size_text, allocator, allocator_order, axis_value, perfect: (value * from) / axis_value };
  });
}

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// The cells of a pattern that differ in one axis alone: on all others they have the standard value. None where the axis has
// one value.
function sweptOver(frame, axis, pattern) {
  const others = frame.model.axes.filter(({ name }) => name !== axis);
  const cells = frame.sweptCells.filter((cell) => cell.pattern === pattern && others.every(({ name, standard }) => cell.on.get(name) === standard));
  return new Set(cells.map((cell) => cell.on.get(axis))).size > 1 ? cells : [];
}

const axisNamed = (frame, axis) => frame.model.axes.find(({ name }) => name === axis) ?? { title: "value", words: [] };

export function sweptNumbers(wholeFrame, { axis, pattern }) {
  const { title } = axisNamed(wholeFrame, axis);
  const ofPattern = sweptOver(wholeFrame, axis, pattern);
  const live = axis === LIVE_OBJECTS;
  const batchAlone = live && pattern === ONE_AT_A_TIME;
  const measuredFrame = withPlatformsOf(wholeFrame, ofPattern);
  const height = gridHeight(measuredFrame);
  const frame = shortPlatforms(measuredFrame, height);
  const allSizes = [...new Set(ofPattern.map((cell) => cell.size))].sort((a, b) => a - b);
  const left = AXIS_WIDTH + besideWidth(frame);
  const sizes = representativeSizes(allSizes, Math.max(1, Math.min(4, Math.floor((frame.width - left) / SWEPT_FACET_WIDTH))));
  const cells = ofPattern.filter((cell) => sizes.includes(cell.size));
  const numbers = [...new Set(cells.map((cell) => cell.on.get(axis)))].sort((a, b) => a - b);
  const unit = unitOf(cells, frame.metric);
  const times = timesOf(cells, frame.metric);
  const width = facetWidth(frame, Math.max(1, sizes.length), left);
  const facets = frame.platforms.flatMap(({ name }) => sizes.filter((size) => cells.some((cell) => cell.platform === name && cell.size === size)).map((size) => ({ platform: name, size })));
  const caches = times.length && live && !batchAlone ? cacheRows(frame, facets, sizeDomain(numbers), width) : [];
  const strip = failedStrip(cells, height);
  const lanes = caches.reduce((most, { name_y: y }) => Math.max(most, y + CACHE_LANE), 0);
  const rows = cells.map((cell) => {
    const { cell: index, ...row } = cellRow(frame, cell, unit);
    return { kind: "time", ...row, swept: index, axis_value: cell.on.get(axis), size_text: `${cell.size} B`, failed: cell.outcome !== "ok", pixel: strip.pixelOf(cell) };
  });
  const perfect = axis === THREADS ? perfectRows(rows) : [];
  const scale = logAxis([...times.map((value) => value / unit.ns), ...perfect.map((row) => row.perfect)], Math.floor(height / 30));
  const ticks = times.length ? sizeAxis(frame, numbers, width) : {};
  const many = frame.allocators.length > 8;
  return {
    frame,
    subject: `${capitalised(title)}, ${frame.model.patternLabels.get(pattern) ?? ""}`,
    metric: SWEPT_METRICS[frame.metric],
    unit: `${unit.name} per object`,
    notes: [
      intervalNote(cells, frame.metric, "Band"),
      ...(batchAlone ? ["In this pattern one object lives at a time, whatever the batch."] : live ? cacheNotes(frame, facets, caches) : []),
      ...(perfect.length ? ["Dotted: as many times faster as there are threads."] : []),
      ...(sizes.length < allSizes.length ? [`${sizes.length} representative sizes of ${allSizes.length}.`] : []),
      ...cellNotes(frame, cells),
    ],
    empty: times.length ? null : live ? "No number of live objects but one was measured here." : `No ${title} but one were measured here.`,
    rows: [...rows, ...caches, ...perfect],
    holes: {
      ...seriesScales(frame),
      axis_ticks: ticks.size_ticks,
      axis_domain: ticks.size_domain,
      axis_label_expression: ticks.size_label_expression,
      axis_title: batchAlone ? "objects of a batch" : title,
      axis_name: title,
      facet_width: width,
      facet_height: height,
      row_header: rowHeader(frame, { beside: true }),
      time_title: `${unit.name} per object`,
      time_domain: withRoom(scale.domain, { below: strip.pixels, above: lanes }, height),
      time_ticks: scale.ticks,
      band_opacity: many ? 0.12 : 0.25,
      line_width: many ? 1.25 : 1.75,
    },
  };
}

// The lines of all_patterns with a facet per label in place of the pattern: `cells` have { at: { label, order } }. `key` is
// what the rows' own index is called.
function linesByLabel(frame, cells, labels, { height, subject, key }) {
  const width = facetWidth(frame, Math.max(1, labels.length), AXIS_WIDTH + besideWidth(frame));
  const drawn = lines(frame, cells, { width, height, subject, header: rowHeader(frame, { beside: true }) });
  const { name } = unitOf(cells, frame.metric);
  const rows = drawn.rows.map(({ cell, ...row }, index) => ({ ...row, [key]: cell, pattern: cells[index].at.label, pattern_order: cells[index].at.order }));
  const named = drawn.holes.labels.map((each) => (each.name === "pattern_labels" ? { ...each, value: labels } : each));
  return { ...drawn, frame, rows, unit: `${name} per object`, holes: { ...drawn.holes, labels: named, time_title: `${name} per object` } };
}

export function sweptWords(wholeFrame, { axis, pattern }) {
  const { title, words } = axisNamed(wholeFrame, axis);
  const ofPattern = sweptOver(wholeFrame, axis, pattern);
  const measured = withPlatformsOf(wholeFrame, ofPattern);
  const height = gridHeight(measured);
  const frame = shortPlatforms(measured, height);
  const shown = words.filter((word) => ofPattern.some((cell) => cell.on.get(axis) === word));
  const labels = shown.map((word) => `${title}: ${word}`);
  const cells = ofPattern.map((cell) => ({ ...cell, at: { label: labels[shown.indexOf(cell.on.get(axis))], order: shown.indexOf(cell.on.get(axis)) } }));
  const drawn = linesByLabel(frame, cells, labels, { height, subject: `${capitalised(title)}, ${frame.model.patternLabels.get(pattern) ?? ""}`, key: "swept" });
  return { ...drawn, metric: SWEPT_METRICS[frame.metric], empty: drawn.empty === null ? null : `No ${title} but one was measured here.` };
}

const HEAP_AGES = [["fresh", "fresh heap"], ["aged", "aged heap"]];

// The lines of all_patterns with a facet per age of the heap; of several numbers of live objects the largest.
export function traverse(wholeFrame, { pattern }) {
  const ofPattern = wholeFrame.traversals.filter((each) => each.pattern === pattern);
  const live = ofPattern.reduce((most, each) => Math.max(most, each.live), 0);
  const several = ofPattern.some((each) => each.live !== live);
  const shown = ofPattern.filter((each) => each.live === live);
  const traversed = withPlatformsOf(wholeFrame, shown, several ? `No such reading of ${live.toLocaleString("en")} objects` : undefined);
  const height = gridHeight(traversed);
  const frame = shortPlatforms({ ...traversed, metric: "total" }, height);
  const cells = HEAP_AGES.flatMap(([age, label], order) => shown.map((each) => ({ ...each, at: { label, order }, outcome: "ok", disturbed: false, total: each[age] })));
  const drawn = linesByLabel(frame, cells, HEAP_AGES.map(([, label]) => label), { height, subject: `Reading the live objects, ${frame.model.patternLabels.get(pattern) ?? ""}`, key: "traversal" });
  return {
    ...drawn,
    metric: `${live.toLocaleString("en")} live`,
    notes: ["Read in the order of allocation. Fresh: allocated first of all. Aged: allocated and freed at random after the trials.", ...(several ? ["The largest number of live objects of those measured."] : []), ...drawn.notes],
    empty: drawn.empty === null ? null : "No live objects were read here: measure with --traverse.",
  };
}
