// The charts of what memory the objects take: how much more than was asked for, against object size; and step after step.
import { cellNotes, labelParams, facetLabels, seriesScales } from "./frame.mjs";
import { AXIS_WIDTH, besideWidth, facetWidth, gridHeight, rowHeader, shortPlatforms, sizeAxis, withPlatformsOf } from "./lines.mjs";
import { linearDomain, logAxis, representativeSizes, shortNumber } from "./scales.mjs";

const MEBIBYTE = 1 << 20;
const STEP_FACET_WIDTH = 190; // pixels below which the names of the steps are not read
const OVERHEADS = [["overhead", "all objects live"], ["overhead_half", "half of them freed"], ["overhead_refilled", "refilled by another size"]];
const STEP_LABELS = new Map([["start", "start"], ["full", "full"], ["half", "half freed"], ["refilled", "refilled"], ["freed", "all freed"], ["after_100ms", "+0.1 s"], ["after_1s", "+1 s"], ["after_5s", "+5 s"]]);
const NONE = "No memory was measured here: measure with --footprint.";

// The fields that every row of a chart has: names as labels and as numbers.
function namesOf(frame, each) {
  return {
    platform: frame.platformLabel.get(each.platform),
    platform_order: frame.platformOrder.get(each.platform),
    allocator: frame.allocatorLabel.get(each.allocator),
    allocator_order: frame.allocatorOrder.get(each.allocator),
    size: each.size,
  };
}

function frameOf(wholeFrame) {
  const measured = withPlatformsOf(wholeFrame, wholeFrame.footprints);
  return shortPlatforms({ ...measured, metric: "total" }, gridHeight(measured));
}

export function footprint(wholeFrame) {
  const frame = frameOf(wholeFrame);
  const height = gridHeight(frame);
  const width = facetWidth(frame, OVERHEADS.length, AXIS_WIDTH + besideWidth(frame));
  const sizes = [...new Set(frame.footprints.map(({ size }) => size))].sort((a, b) => a - b);
  const rows = OVERHEADS.flatMap(([key, label], order) => frame.footprints.filter((each) => each[key] !== null).map((each) => ({
    ...namesOf(frame, each), footprint: each.index, pattern: label, pattern_order: order, value: each[key], low: null, high: null, disturbed: false, failed: false, pixel: 0,
    value_text: `${shortNumber(each[key])} bytes`, interval_text: "none: one process",
  })));
  const axis = logAxis(rows.map(({ value }) => value), Math.floor(height / 30));
  const scales = seriesScales(frame);
  const many = frame.allocators.length > 8;
  return {
    frame,
    subject: "Memory taken",
    metric: "of what was asked for",
    unit: "bytes per byte",
    notes: ["What the process took of main memory beyond its start, by bytes of objects that live. One process each.", ...cellNotes(frame, [])],
    empty: rows.length ? null : NONE,
    rows,
    holes: {
      ...scales,
      labels: [...scales.labels.filter(({ name }) => name !== "pattern_labels"), ...labelParams({ pattern: OVERHEADS.map(([, label]) => label) })],
      ...(sizes.length ? sizeAxis(frame, sizes, width) : {}),
      facet_width: width,
      facet_height: height,
      row_header: rowHeader(frame, { beside: true }),
      time_title: "bytes of memory per byte",
      time_domain: axis.domain,
      time_ticks: axis.ticks,
      band_opacity: 0,
      line_width: many ? 1.25 : 1.75,
    },
  };
}

export function footprintSteps(wholeFrame) {
  const frame = frameOf(wholeFrame);
  const left = AXIS_WIDTH + besideWidth(frame);
  const allSizes = [...new Set(frame.footprints.map(({ size }) => size))].sort((a, b) => a - b);
  const sizes = representativeSizes(allSizes, Math.max(1, Math.min(3, Math.floor((frame.width - left) / STEP_FACET_WIDTH))));
  const shown = frame.footprints.filter(({ size }) => sizes.includes(size));
  const steps = [...STEP_LABELS.keys()];
  const rows = shown.flatMap((each) => each.steps.filter(({ step, taken }) => STEP_LABELS.has(step) && taken !== null).map(({ step, taken, live }) => ({
    ...namesOf(frame, each), footprint: each.index, size_text: `${each.size} B`, step: STEP_LABELS.get(step), step_order: steps.indexOf(step), value: taken / MEBIBYTE,
    live: live === null ? null : live / MEBIBYTE, value_text: `${shortNumber(taken / MEBIBYTE)} MiB`,
  })));
  const many = frame.allocators.length > 8;
  return {
    frame,
    subject: "Memory taken, step after step",
    metric: "beyond the start of the process",
    unit: "MiB",
    notes: ["Grey: bytes asked for and not freed.", ...(sizes.length < allSizes.length ? [`${sizes.length} representative sizes of ${allSizes.length}.`] : []), ...cellNotes(frame, [])],
    empty: rows.length ? null : NONE,
    rows,
    holes: {
      ...seriesScales(frame),
      labels: labelParams({ ...facetLabels(frame), allocator: frame.allocators.map(({ label }) => label), step: steps.map((step) => STEP_LABELS.get(step)) }),
      facet_width: facetWidth(frame, Math.max(1, sizes.length), left),
      facet_height: gridHeight(frame),
      row_header: rowHeader(frame, { beside: true }),
      steps: steps.map((_, order) => order),
      memory_domain: [0, linearDomain(rows.flatMap(({ value, live }) => [value, live ?? 0]))[1]],
      line_width: many ? 1.25 : 1.75,
    },
  };
}
