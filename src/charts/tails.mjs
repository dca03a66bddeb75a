// The charts of tails, as those of HdrHistogram: how long an operation takes against how rare one as long is. Each nine more
// of the percentile is as far as the one before.
import { cellNotes, labelParams, facetLabels, seriesScales } from "./frame.mjs";
import { AXIS_WIDTH, besideWidth, facetWidth, gridHeight, rowHeader, shortPlatforms, withPlatformsOf } from "./lines.mjs";
import { logAxis, representativeSizes, timeText, unitFor } from "./scales.mjs";

const FACET_WIDTH = 190; // pixels below which the percentiles are not read
const NONE = "No single operation was timed here: measure with --tails.";

function percentileText(rarity) {
  const nines = Math.round(Math.log10(rarity));
  if (nines <= 1) return nines === 0 ? "0 %" : "90 %";
  return nines === 2 ? "99 %" : `99.${"9".repeat(nines - 2)} %`;
}

const isDecade = (rarity) => Math.abs(Math.log10(rarity) - Math.round(Math.log10(rarity))) < 1e-6;

function tails(wholeFrame, pattern, operation) {
  const all = wholeFrame.tails.filter((each) => each.pattern === pattern);
  const measured = withPlatformsOf(wholeFrame, all);
  const frame = shortPlatforms(measured, gridHeight(measured));
  const left = AXIS_WIDTH + besideWidth(frame);
  const allSizes = [...new Set(all.map(({ size }) => size))].sort((a, b) => a - b);
  const sizes = representativeSizes(allSizes, Math.max(1, Math.min(3, Math.floor((frame.width - left) / FACET_WIDTH))));
  const shown = all.filter(({ size }) => sizes.includes(size));
  const unit = unitFor(shown.flatMap((each) => each[operation].map(({ ns }) => ns)).sort((a, b) => a - b).slice(0, 1));
  const rowsOf = (each, curve, isTimer) => curve.map(({ rarity, ns }) => ({
    platform: frame.platformLabel.get(each.platform), platform_order: frame.platformOrder.get(each.platform),
    allocator: isTimer ? "the clock alone" : frame.allocatorLabel.get(each.allocator), allocator_order: frame.allocatorOrder.get(each.allocator),
    tail: each.index, size: each.size, size_text: `${each.size} B`, timer: isTimer, point: !isTimer && isDecade(rarity), rarity, value: ns / unit.ns,
    percentile_text: percentileText(rarity), value_text: timeText(ns),
  }));
  const firstOf = (each) => shown.find((other) => other.platform === each.platform && other.size === each.size) === each;
  const rows = shown.flatMap((each) => [...rowsOf(each, each[operation], false), ...(firstOf(each) ? rowsOf(each, each.timer, true) : [])]);
  const rarest = rows.reduce((most, { rarity }) => Math.max(most, rarity), 10);
  const decades = Array.from({ length: Math.floor(Math.log10(rarest) + 1e-6) + 1 }, (_, exponent) => exponent);
  const axis = logAxis(rows.map(({ value }) => value), Math.floor(gridHeight(frame) / 30));
  const width = facetWidth(frame, Math.max(1, sizes.length), left);
  const every = Math.ceil((decades.length * 46) / width);
  return {
    frame,
    subject: `Single ${operation.replace(/e$/, "ions")}, ${frame.model.patternLabels.get(pattern)}`,
    metric: "percentiles of their time",
    unit: unit.name,
    notes: ["All processes together. Grey: the same steps on no allocation, which is in every time.", ...(sizes.length < allSizes.length ? [`${sizes.length} representative sizes of ${allSizes.length}.`] : []), ...cellNotes(frame, [])],
    empty: rows.length ? null : NONE,
    rows,
    holes: {
      ...seriesScales(frame),
      labels: labelParams({ ...facetLabels(frame), allocator: frame.allocators.map(({ label }) => label), percentile: decades.map((exponent) => (exponent % every === 0 ? percentileText(10 ** exponent).replace(" %", "") : "")) }),
      facet_width: width,
      facet_height: gridHeight(frame),
      row_header: rowHeader(frame, { beside: true }),
      rarity_domain: [1, rarest],
      rarity_ticks: decades.map((exponent) => 10 ** exponent),
      time_title: unit.name,
      time_domain: axis.domain,
      time_ticks: axis.ticks,
      line_width: frame.allocators.length > 8 ? 1.25 : 1.75,
    },
  };
}

export const tailsAllocate = (frame, { pattern }) => tails(frame, pattern, "allocate");
export const tailsDeallocate = (frame, { pattern }) => tails(frame, pattern, "deallocate");
