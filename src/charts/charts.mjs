// One function per chart: from a frame (see frame.mjs) to the values that fill the chart's spec file.
// Each returns { subject, unit, notes, rows, holes, empty }; `empty` is null, or says why there is nothing to draw. Where
// the title's usual words would be wrong, also { metric } and the { frame } that it is drawn in; where a facet without rows
// is not one that was not measured, { absent }, which says so.
import { cellNotes, cellRow, facetLabels, intervalNote, LABEL_SIZE, labelParams, seriesScales, titleUnit, unitOf, unitText } from "./frame.mjs";
import { footprint, footprintSteps } from "./footprints.mjs";
import { AXIS_WIDTH, besideWidth, BOLD_ROOM, facetWidth, gridHeight, rowHeader, shortPlatforms, sizeAxis, withPlatformsOf } from "./grids.mjs";
import { programChanges, programFront } from "./programs.mjs";
import { nodes } from "./nodes.mjs";
import { finitePositive, linearDomain, logAxis, representativeSizes, shortNumber, sizeDomain, timeText } from "./scales.mjs";
import { distinctLabels, fitText, textWidth } from "./text.mjs";

const EDGE_TEXT = 20; // pixels for a line of text inside the edge of a plot
const NARROWEST_NUMBER = 34; // pixels of a heatmap's cell that a number of four digits fits into
const NO_TIMES = "No cell here has a time to show.";

function timesOf(cells, metric) {
  return cells.flatMap(({ [metric]: times }) => (times ? [times.median, times.median_low, times.median_high] : [])).filter((value) => value !== null);
}

const FAILED_LANE = 9; // pixels per allocator with failures, at the lower edge

// The marks of failed cells get a strip of their own below the data, a lane per allocator, so that none hides another.
function failedStrip(cells, height) {
  const failing = [...new Set(cells.filter((cell) => cell.outcome !== "ok").map((cell) => cell.allocator))];
  const lanes = Math.min(failing.length, Math.floor(height / 3 / FAILED_LANE));
  return {
    pixels: lanes ? lanes * FAILED_LANE + 4 : 0,
    pixelOf: (cell) => height - 6 - FAILED_LANE * (failing.indexOf(cell.allocator) % Math.max(1, lanes)),
  };
}

// A logarithmic domain with so many pixels of its `height` free below its low and above its high end.
function withRoom([low, high], { below, above = 0 }, height) {
  const perPixel = (high / low) ** (1 / (height - below - above));
  return [low / perPixel ** below, high * perPixel ** above];
}

function lines(frame, cells, { width, height, subject, header = rowHeader(frame) }) {
  const unit = unitOf(cells, frame.metric);
  const times = timesOf(cells, frame.metric);
  const strip = failedStrip(cells, height);
  const axis = logAxis(times.map((value) => value / unit.ns), Math.floor(height / 30));
  const sizes = [...new Set(cells.map((cell) => cell.size))].sort((a, b) => a - b);
  const rows = cells.map((cell) => ({ ...cellRow(frame, cell, unit), failed: cell.outcome !== "ok", pixel: strip.pixelOf(cell) }));
  const many = frame.allocators.length > 8;
  return {
    frame,
    subject,
    unit: titleUnit(frame, unit),
    notes: [intervalNote(cells, frame.metric, "Band"), ...cellNotes(frame, cells)],
    empty: times.length ? null : NO_TIMES,
    rows,
    holes: {
      ...seriesScales(frame),
      ...sizeAxis(frame, sizes, width),
      facet_width: width,
      facet_height: height,
      row_header: header,
      time_title: unitText(frame, unit),
      time_domain: withRoom(axis.domain, { below: strip.pixels }, height),
      time_ticks: axis.ticks,
      band_opacity: many ? 0.12 : 0.25,
      line_width: many ? 1.25 : 1.75,
    },
  };
}

function allPatterns(frame) {
  const width = facetWidth(frame, frame.model.patterns.length, AXIS_WIDTH + besideWidth(frame));
  const height = gridHeight(frame);
  const named = shortPlatforms(frame, height);
  return lines(named, frame.cells, { width, height, subject: "All patterns", header: rowHeader(frame, { beside: true }) });
}

function onePattern(wholeFrame, { pattern }) {
  const cells = wholeFrame.cells.filter((cell) => cell.pattern === pattern);
  const frame = withPlatformsOf(wholeFrame, cells);
  const height = frame.platforms.length > 1 ? 260 : 400;
  return lines(frame, cells, { width: frame.width - AXIS_WIDTH, height, subject: `Pattern ${frame.model.patternLabels.get(pattern) ?? ""}` });
}

// One unit for all cells when four characters are enough for each of them; else each cell names its own.
function heatmapLabels(cells, metric, unit) {
  const shown = cells.filter((cell) => cell[metric]).map((cell) => cell[metric].median / unit.ns);
  const common = shown.every((value) => value >= 0.0995 && value < 9999.5);
  const linesOf = (cell) => {
    const median = cell[metric]?.median ?? null;
    if (median === null) return [];
    return common ? [shortNumber(median / unit.ns)] : timeText(median).split(" ");
  };
  return { linesOf, dy: common ? 0 : -6 };
}

function heatmap(wholeFrame, { allocator }) {
  const cells = wholeFrame.cells.filter((cell) => cell.allocator === allocator);
  const frame = withPlatformsOf(wholeFrame, cells);
  const unit = unitOf(frame.cellsOfAll, frame.metric);
  const sizes = [...new Set(cells.map((cell) => cell.size))].sort((a, b) => a - b);
  const label = heatmapLabels(cells, frame.metric, unit);
  const times = frame.cellsOfAll.flatMap((cell) => (cell[frame.metric] ? [cell[frame.metric].median / unit.ns] : []));
  const axis = logAxis(times, 6);
  const [low, high] = axis.domain.map(Math.log);
  const step = Math.max(4, Math.min(60, Math.floor((frame.width - 80) / Math.max(1, sizes.length))));
  const numbered = step >= NARROWEST_NUMBER;
  const rows = cells.map((cell) => {
    const row = cellRow(frame, cell, unit);
    const dark = row.value !== null && (Math.log(row.value) - low) / (high - low) >= frame.ramp.dark_from;
    return { ...row, size: String(cell.size), label: numbered ? label.linesOf(cell) : [], dark, failed: cell.outcome !== "ok" };
  });
  return {
    frame,
    subject: `Allocator ${fitText(frame.allocatorLabel.get(allocator) ?? "", 160, LABEL_SIZE)}`,
    unit: titleUnit(frame, unit),
    notes: [
      numbered ? "Median in each cell." : "Too many sizes for a number in each cell: see stats.csv.",
      "The colours mean the same in the heatmaps of all allocators.",
      ...(timesOf(cells, frame.metric).length && cells.some((cell) => cell[frame.metric]?.median_low === null) ? ["Cells without an interval are unreplicated."] : []),
      ...cellNotes(frame, cells, { failed: "×", disturbed: "framed cell" }),
    ],
    empty: cells.length ? null : NO_TIMES,
    rows,
    holes: {
      row_header: rowHeader(frame),
      sizes: sizes.map(String),
      patterns: frame.model.patterns.map((_, number) => number),
      labels: labelParams(facetLabels(frame)),
      step,
      row_step: 34,
      label_dy: label.dy,
      time_title: unitText(frame, unit),
      time_domain: axis.domain,
      time_ticks: axis.ticks,
      ramp: frame.ramp.colours,
    },
  };
}

// The series of a chart of ratios: an allocator each, with its baseline where there is more than one.
function ratioSeries(frame) {
  const baselines = [...new Set(frame.ratios.map((ratio) => ratio.baseline))];
  const labels = distinctLabels(baselines, 150, LABEL_SIZE);
  const labelOf = ({ allocator, baseline }) => (baselines.length > 1 ? `${frame.allocatorLabel.get(allocator)} / ${labels.get(baseline)}` : frame.allocatorLabel.get(allocator));
  const keyOf = ({ allocator, baseline }) => JSON.stringify([allocator, baseline]);
  const found = new Map(frame.ratios.map((ratio) => [keyOf(ratio), { name: ratio.allocator, label: labelOf(ratio) }]));
  const keys = [...found.keys()].sort((a, b) => frame.allocatorOrder.get(found.get(a).name) - frame.allocatorOrder.get(found.get(b).name));
  return {
    series: keys.map((key) => found.get(key)),
    numberOf: (ratio) => keys.indexOf(keyOf(ratio)),
    baseline: baselines.length > 1 ? "its baseline" : fitText(labels.get(baselines[0]) ?? "box", 90, LABEL_SIZE),
  };
}

function comparisonRatio(wholeFrame) {
  const height = gridHeight(wholeFrame);
  const frame = shortPlatforms(wholeFrame, height);
  const drawn = frame.ratios.filter((ratio) => ratio.ratio !== null);
  const { series, numberOf, baseline } = ratioSeries(frame);
  const width = facetWidth(frame, frame.model.patterns.length, AXIS_WIDTH + besideWidth(frame));
  const sizes = [...new Set(drawn.map((ratio) => ratio.size))].sort((a, b) => a - b);
  const values = finitePositive(drawn.flatMap(({ ratio, low, high }) => [ratio, low, high]));
  const axis = logAxis([...values, 0.8, 1.25], Math.floor(height / 30));
  const grey = (verdict) => verdict === "no_practical_difference" || verdict === "inconclusive";
  const rows = drawn.map((ratio) => ({
    ratio: ratio.index,
    platform: frame.platformLabel.get(ratio.platform),
    platform_order: frame.platformOrder.get(ratio.platform),
    allocator: series[numberOf(ratio)].label,
    allocator_order: numberOf(ratio),
    pattern: frame.model.patternLabels.get(ratio.pattern),
    pattern_order: frame.patternOrder.get(ratio.pattern),
    size: ratio.size,
    value: ratio.ratio,
    low: ratio.high === null ? null : ratio.low,
    high: ratio.low === null ? null : ratio.high,
    grey: grey(ratio.verdict),
    inconclusive: ratio.verdict === "inconclusive",
    value_text: `${shortNumber(ratio.ratio)}×`,
    interval_text: ratio.low !== null && ratio.high !== null ? `${shortNumber(ratio.low)}× – ${shortNumber(ratio.high)}×` : "none",
    verdict: ratio.verdict.replaceAll("_", " "),
  }));
  const intervals = rows.filter((row) => row.low !== null).length;
  return {
    subject: `Speed relative to ${baseline}`,
    unit: "times as fast",
    notes: [
      `Time of ${baseline} divided by time of the allocator: above 1 the allocator is faster.`,
      intervals ? "Bars: 95 % interval of the ratio." : "No intervals: unreplicated.",
      ...(intervals && intervals < rows.length ? [`${rows.length - intervals} of ${rows.length} are unreplicated.`] : []),
      "Grey: no practical difference; hollow grey: inconclusive.",
      ...cellNotes(frame, frame.cells, { failed: null, disturbed: null }),
    ],
    empty: drawn.length ? null : "Nothing to compare: no cell has both a baseline and another allocator.",
    absent: "no ratio",
    rows,
    holes: {
      ...seriesScales(frame, series),
      ...(sizes.length ? sizeAxis(frame, sizes, width) : {}),
      facet_width: width,
      facet_height: height,
      slower_pixel: height - 5,
      row_header: rowHeader(frame, { beside: true }),
      ratio_title: `times as fast as ${baseline}`,
      ratio_domain: withRoom(axis.domain, { below: EDGE_TEXT, above: EDGE_TEXT }, height),
      ratio_ticks: axis.ticks.includes(1) ? axis.ticks : [...axis.ticks, 1].sort((a, b) => a - b),
      faster_text: `faster than ${baseline}`,
      slower_text: `slower than ${baseline}`,
      line_opacity: frame.allocators.length > 8 ? 0.5 : 0.8,
    },
  };
}

function platformComparison(wholeFrame) {
  const frame = shortPlatforms(wholeFrame, 120 * BOLD_ROOM);
  const measured = [...new Set(frame.cells.filter((cell) => cell[frame.metric]).map((cell) => cell.size))].sort((a, b) => a - b);
  const sizes = representativeSizes(measured);
  const cells = frame.cells.filter((cell) => sizes.includes(cell.size));
  const unit = unitOf(cells, frame.metric);
  const left = [...frame.platformLabel.values()].reduce((widest, label) => Math.max(widest, textWidth(label, LABEL_SIZE)), 30) + 16;
  const width = facetWidth(frame, frame.model.patterns.length, left + 30);
  const axis = logAxis(timesOf(cells, frame.metric).map((value) => value / unit.ns), Math.floor(width / 28));
  const lane = Math.max(4, Math.min(frame.allocators.length > 8 ? 7 : 11, Math.floor(240 / (frame.platforms.length * frame.allocators.length))));
  const height = Math.max(50, frame.platforms.length * Math.max(22, lane * frame.allocators.length + 8));
  const step = height / Math.max(1, frame.platforms.length);
  const only = frame.platforms.length === 1;
  const middle = (frame.allocators.length - 1) / 2;
  const rows = cells
    .filter((cell) => cell[frame.metric])
    .map((cell) => ({
      ...cellRow(frame, cell, unit),
      size_text: `${cell.size} B`,
      pixel: step * (frame.platformOrder.get(cell.platform) + 0.5) + lane * (frame.allocatorOrder.get(cell.allocator) - middle),
    }));
  return {
    subject: "Platforms side by side",
    unit: titleUnit(frame, unit),
    notes: [
      ...(only ? [`Only one platform, so nothing to compare it with yet: put another machine's file into the same folder.`] : []),
      intervalNote(cells, frame.metric, "Bar"),
      ...(sizes.length < measured.length ? [`${sizes.length} representative sizes of ${measured.length}.`] : []),
      ...cellNotes(frame, cells, { failed: "Left out" }),
    ],
    empty: rows.length ? null : NO_TIMES,
    absent: "no time",
    rows,
    holes: {
      ...seriesScales(frame),
      facet_width: width,
      facet_height: height,
      platforms: frame.platforms.map(({ name }) => frame.platformOrder.get(name)),
      time_title: unitText(frame, unit),
      time_domain: axis.domain,
      time_ticks: axis.ticks,
    },
  };
}

function boxplot(wholeFrame, { pattern, size }) {
  const cells = wholeFrame.cells.filter((cell) => cell.pattern === pattern && cell.size === size);
  const frame = withPlatformsOf(wholeFrame, cells);
  const timed = cells.filter((cell) => cell[frame.metric]);
  const unit = unitOf(timed, frame.metric);
  const values = timed.flatMap(({ [frame.metric]: t }) => finitePositive([t.min, t.p5, t.p25, t.median, t.p75, t.p95, t.max, ...t.process_medians])).map((value) => value / unit.ns);
  const wide = values.length > 0 && Math.max(...values) / Math.min(...values) >= 5;
  const left = frame.allocators.reduce((widest, { label }) => Math.max(widest, textWidth(label, LABEL_SIZE)), 30) + 16;
  const inUnit = (value) => (value === null ? null : value / unit.ns);
  const summaries = timed.map((cell) => {
    const times = cell[frame.metric];
    const spread = Object.fromEntries(["min", "p5", "p25", "p75", "p95", "max"].map((each) => [each, inUnit(times[each])]));
    return { kind: "summary", ...cellRow(frame, cell, unit), ...spread };
  });
  const processes = timed.flatMap((cell) => {
    const { platform, platform_order, allocator, allocator_order } = cellRow(frame, cell, unit);
    return cell[frame.metric].process_medians.map((value) => ({ kind: "process", platform, platform_order, allocator, allocator_order, value: value / unit.ns }));
  });
  const failed = cells.filter((cell) => !cell[frame.metric]).map((cell) => ({ kind: "failed", ...cellRow(frame, cell, unit), text: cell.outcome === "ok" ? "no time" : `× ${cell.outcome.replaceAll("_", " ")}` }));
  const axis = logAxis(values, 9);
  return {
    frame,
    subject: `${frame.model.patternLabels.get(pattern) ?? ""}, ${size} bytes`,
    unit: titleUnit(frame, unit),
    notes: [
      "Box: the middle half of the trials, with the median. Whiskers: 5 % to 95 %; strokes beyond: smallest and largest.",
      ...(processes.length ? ["Dots: medians of the processes."] : []),
      intervalNote(cells, frame.metric, "Dark bar"),
      ...cellNotes(frame, cells, { failed: "×", disturbed: "pale box" }),
    ],
    empty: timed.length ? null : NO_TIMES,
    rows: [...summaries, ...processes, ...failed],
    holes: {
      ...seriesScales(frame),
      facet_width: frame.width - left,
      step: frame.allocators.length * frame.platforms.length > 16 ? 32 : 46,
      row_header: rowHeader(frame),
      time_title: unitText(frame, unit),
      time_ticks: wide ? axis.ticks : null,
      time_scale: wide ? { type: "log", domain: axis.domain, nice: false } : { type: "linear", domain: linearDomain(values), nice: true, zero: false },
    },
  };
}

const ONE_AT_A_TIME = "immediate"; // the pattern in which one object lives at once, whatever the batch
const LIVE_OBJECTS = "live_objects"; // the axis along which caches are filled
const SWEPT_FACET_WIDTH = 120; // pixels below which numbers of an axis under a facet are not read
const CACHE_LANE = 13; // pixels per line of caches' names, at the upper edge
const SWEPT_METRICS = { total: "time of a trial", latency: "latency of the first batch" };

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

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// The cells of a pattern that differ in one axis alone: on all others they have the standard value. None where the axis has
// one value.
function sweptOver(frame, axis, pattern) {
  const others = frame.model.axes.filter(({ name }) => name !== axis);
  const cells = frame.sweptCells.filter((cell) => cell.pattern === pattern && others.every(({ name, standard }) => cell.on.get(name) === standard));
  return new Set(cells.map((cell) => cell.on.get(axis))).size > 1 ? cells : [];
}

const axisNamed = (frame, axis) => frame.model.axes.find(({ name }) => name === axis) ?? { title: "value", words: [] };

function sweptNumbers(wholeFrame, { axis, pattern }) {
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
  const scale = logAxis(times.map((value) => value / unit.ns), Math.floor(height / 30));
  const rows = cells.map((cell) => {
    const { cell: index, ...row } = cellRow(frame, cell, unit);
    return { kind: "time", ...row, swept: index, axis_value: cell.on.get(axis), size_text: `${cell.size} B`, failed: cell.outcome !== "ok", pixel: strip.pixelOf(cell) };
  });
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
      ...(sizes.length < allSizes.length ? [`${sizes.length} representative sizes of ${allSizes.length}.`] : []),
      ...cellNotes(frame, cells),
    ],
    empty: times.length ? null : live ? "No number of live objects but one was measured here." : `No ${title} but one were measured here.`,
    rows: [...rows, ...caches],
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

function sweptWords(wholeFrame, { axis, pattern }) {
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
function traverse(wholeFrame, { pattern }) {
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

// By the names of charts.def.
export const CHARTS = {
  all_patterns: allPatterns,
  pattern: onePattern,
  heatmap,
  comparison_ratio: comparisonRatio,
  platform_comparison: platformComparison,
  swept_numbers: sweptNumbers,
  swept_words: sweptWords,
  traverse,
  footprint,
  footprint_steps: footprintSteps,
  nodes,
  boxplot,
  program: programChanges,
  program_front: programFront,
};
