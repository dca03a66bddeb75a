// What charts of lines share, and what every chart needs for its facets: widths, platforms, axes, failed cells.
import { cellNotes, cellRow, FACET_GAP, intervalNote, LABEL_SIZE, seriesScales, titleUnit, unitOf, unitText } from "./frame.mjs";
import { logAxis, sizeDomain, sizeLabels } from "./scales.mjs";
import { distinctLabels } from "./text.mjs";

export const BOLD_ROOM = 1.15; // bold letters are wider
export const NO_TIMES = "No cell here has a time to show.";
export const AXIS_WIDTH = 66; // pixels of the left axis with its title

export function timesOf(cells, metric) {
  return cells.flatMap(({ [metric]: times }) => (times ? [times.median, times.median_low, times.median_high] : [])).filter((value) => value !== null);
}

export function facetWidth(frame, columns, left) {
  return Math.max(60, Math.floor((frame.width - left - (columns - 1) * FACET_GAP) / columns));
}

// How platforms are named beside (in a grid of facets) or above their row. One platform is in the title alone.
export function rowHeader(frame, { beside = false } = {}) {
  if (frame.platforms.length < 2) return null;
  const place = beside ? { labelOrient: "right", labelAngle: 90, labelAnchor: "middle" } : { labelOrient: "top", labelAngle: 0, labelAnchor: "start" };
  return { title: null, labelExpr: "platform_labels[datum.value]", labelFontWeight: "bold", labelFontSize: LABEL_SIZE, labelLimit: 0, ...place };
}

// Rows whose platforms are named in at most `most` pixels.
export function shortPlatforms(frame, most) {
  const labels = distinctLabels(frame.platforms.map(({ name }) => name), most / BOLD_ROOM, LABEL_SIZE);
  return { ...frame, platformLabel: labels };
}

// The frame of a chart of `cells` alone: platforms that have none of them are not in it, but named in its notes as those
// without `what`.
export function withPlatformsOf(frame, cells, what = "Not measured") {
  const has = ({ name }) => cells.some((cell) => cell.platform === name);
  const platforms = frame.platforms.filter(has);
  return platforms.length ? { ...frame, platforms, withoutCells: frame.platforms.filter((each) => !has(each)), withoutWhat: what } : frame;
}

// The size axis: a tick at every size, a label where one fits.
export function sizeAxis(frame, sizes, width) {
  const labelled = sizeLabels(sizes, width, LABEL_SIZE);
  return { size_ticks: sizes, size_domain: sizeDomain(sizes), size_label_expression: `indexof(${JSON.stringify(labelled)}, datum.value) >= 0 ? datum.label : ''` };
}

const FAILED_LANE = 9; // pixels per allocator with failures, at the lower edge

// The marks of failed cells get a strip of their own below the data, a lane per allocator, so that none hides another.
export function failedStrip(cells, height) {
  const failing = [...new Set(cells.filter((cell) => cell.outcome !== "ok").map((cell) => cell.allocator))];
  const lanes = Math.min(failing.length, Math.floor(height / 3 / FAILED_LANE));
  return {
    pixels: lanes ? lanes * FAILED_LANE + 4 : 0,
    pixelOf: (cell) => height - 6 - FAILED_LANE * (failing.indexOf(cell.allocator) % Math.max(1, lanes)),
  };
}

// A logarithmic domain with so many pixels of its `height` free below its low and above its high end.
export function withRoom([low, high], { below, above = 0 }, height) {
  const perPixel = (high / low) ** (1 / (height - below - above));
  return [low / perPixel ** below, high * perPixel ** above];
}

// The lines of `cells` over the sizes, with their intervals: the values for the chart's spec.
export function lines(frame, cells, { width, height, subject, header = rowHeader(frame) }) {
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

export const gridHeight = (frame) => (frame.platforms.length > 1 ? 190 : 330);
export const besideWidth = (frame) => (frame.platforms.length > 1 ? 22 : 0);
