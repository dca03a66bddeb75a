// A cell's distribution in one line: a tick for each process median, the 95 % interval as a band, the median as a bar.
// The scale is the deviation from the cell's own median, the same for all rows, so that strips can be compared.
import { svg } from "./dom.mjs";
import { counted } from "./numbers.mjs";

const WIDTH = 132;
const HEIGHT = 20;
const MARGIN = 7;
const SMALLEST_REACH = 1.02;
const LARGEST_REACH = 2;
const SHARE_INSIDE = 0.9;

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

// How far the scale reaches to both sides, as a factor of the median: nine in ten of the process medians lie inside.
export function reachOf(summaries) {
  const factors = [];
  for (const { median, process_medians: medians } of summaries) {
    for (const value of medians) if (value > 0 && median > 0) factors.push(Math.max(value / median, median / value));
  }
  factors.sort((a, b) => a - b);
  const reach = factors.length ? quantile(factors, SHARE_INSIDE) : SMALLEST_REACH;
  return Math.min(LARGEST_REACH, Math.max(SMALLEST_REACH, Math.ceil(reach * 100) / 100));
}

export function reachText(reach) {
  return `−${Math.round((1 - 1 / reach) * 100)} % to +${Math.round((reach - 1) * 100)} %`;
}

function ticks(values, position) {
  return values.map((value) => `M${position(value).toFixed(1)} 4v12`).join("");
}

// A mark at the edge that says that values lie beyond it.
function beyond(values, median, reach) {
  const marks = [];
  if (values.some((value) => value < median / reach)) marks.push(svg("path", { d: `M1 10l4 -3v6z`, class: "strip-beyond" }));
  if (values.some((value) => value > median * reach)) marks.push(svg("path", { d: `M${WIDTH - 1} 10l-4 -3v6z`, class: "strip-beyond" }));
  return marks;
}

function describe(values, median) {
  const percent = (value) => `${value >= median ? "+" : "−"}${Math.abs((value / median - 1) * 100).toFixed(1)} %`;
  return `${counted(values.length, "process median")}, from ${percent(Math.min(...values))} to ${percent(Math.max(...values))} of the median`;
}

export function strip({ median, median_low: low, median_high: high, process_medians: values }, reach) {
  const known = values.filter((value) => value > 0);
  if (known.length === 0) return null;
  const span = Math.log(reach);
  const position = (value) => WIDTH / 2 + (Math.max(-1, Math.min(1, Math.log(value / median) / span)) * (WIDTH / 2 - MARGIN));
  const inside = known.filter((value) => value >= median / reach && value <= median * reach);
  const band = low === null || high === null ? null
    : svg("rect", { x: position(low).toFixed(1), y: 2, width: Math.max(1, position(high) - position(low)).toFixed(1), height: HEIGHT - 4, class: "strip-band" });
  return svg("svg", { class: "strip", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": describe(known, median) },
    svg("path", { d: `M${MARGIN} 10h${WIDTH - 2 * MARGIN}`, class: "strip-axis" }), band,
    svg("path", { d: ticks(inside, position), class: "strip-ticks" }),
    svg("path", { d: `M${WIDTH / 2} 1v${HEIGHT - 2}`, class: "strip-median" }), ...beyond(known, median, reach));
}
