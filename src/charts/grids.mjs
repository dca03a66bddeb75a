// What charts of facets share: how wide and high a facet is, how its row is called, and which platforms are in it.
import { FACET_GAP, LABEL_SIZE } from "./frame.mjs";
import { sizeDomain, sizeLabels } from "./scales.mjs";
import { distinctLabels } from "./text.mjs";

export const AXIS_WIDTH = 66; // pixels of the left axis with its title
export const BOLD_ROOM = 1.15; // bold letters are wider

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

export const gridHeight = (frame) => (frame.platforms.length > 1 ? 190 : 330);
export const besideWidth = (frame) => (frame.platforms.length > 1 ? 22 : 0);
