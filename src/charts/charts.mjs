// One function per chart: from a frame (see frame.mjs) to the values that fill the chart's spec file.
// Each returns { subject, unit, notes, rows, holes, empty }; `empty` is null, or says why there is nothing to draw. Where
// the title's usual words would be wrong, also { metric } and the { frame } that it is drawn in; where a facet without rows
// is not one that was not measured, { absent }, which says so.
import { cellNotes, cellRow, facetLabels, intervalNote, LABEL_SIZE, labelParams, seriesScales, titleUnit, unitOf, unitText } from "./frame.mjs";
import { footprint, footprintSteps } from "./footprints.mjs";
import { AXIS_WIDTH, besideWidth, BOLD_ROOM, facetWidth, gridHeight, lines, NO_TIMES, rowHeader, shortPlatforms, sizeAxis, timesOf, withPlatformsOf, withRoom } from "./lines.mjs";
import { nodes } from "./nodes.mjs";
import { programChanges, programFront } from "./programs.mjs";
import { finitePositive, linearDomain, logAxis, representativeSizes, shortNumber, timeText } from "./scales.mjs";
import { sweptNumbers, sweptWords, traverse } from "./swept.mjs";
import { tailsAllocate, tailsDeallocate } from "./tails.mjs";
import { distinctLabels, fitText, textWidth } from "./text.mjs";

const EDGE_TEXT = 20; // pixels for a line of text inside the edge of a plot
const NARROWEST_NUMBER = 34; // pixels of a heatmap's cell that a number of four digits fits into

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
  tails_allocate: tailsAllocate,
  tails_deallocate: tailsDeallocate,
  nodes,
  boxplot,
  program: programChanges,
  program_front: programFront,
};
