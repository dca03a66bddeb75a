// The table's rows: each cell with what the chosen metric and unit say of it, and the ways to filter and to sort them.
import { cellPath } from "./path.mjs";

export const METRICS = ["total", "latency"];

function groupKey({ platform, pattern, size_bytes: sizeBytes }) {
  return JSON.stringify([platform, pattern, sizeBytes]);
}

// Divides a time in ns of `metric` into what `unit` asks for. null where the number of objects is unknown.
function divisor(cell, metric, unit, innerLoop) {
  if (unit === "total") return 1;
  const objects = metric === "total" ? cell.objects_per_trial : cell.objects_per_trial / innerLoop;
  return objects > 0 ? objects : null;
}

const TIMES = ["median", "median_low", "median_high", "mean", "std", "min", "p5", "p25", "p75", "p95", "max"];

// A summary's times in the chosen unit, in ns; null when there are none.
export function scaledTimes(cell, metric, unit, innerLoop) {
  const by = divisor(cell, metric, unit, innerLoop);
  const summary = cell[metric];
  if (!summary || by === null || !Number.isFinite(summary.median)) return null;
  const scale = (value) => (Number.isFinite(value) ? value / by : null);
  const times = Object.fromEntries(TIMES.map((name) => [name, scale(summary[name])]));
  return { ...times, process_medians: (summary.process_medians ?? []).map(scale).filter((value) => value !== null) };
}

// Marks each group's smallest median: "alone"; "shared" when another allocator's interval overlaps its interval or its
// lead is within the platform's threshold; "unreplicated" when it has no interval to judge by. The analysis'
// sentence about the fastest asks for the same.
function markFastest(rows, metric, platforms) {
  const groups = new Map();
  for (const row of rows) {
    if (!row.cell[metric]) continue;
    if (!groups.has(row.group)) groups.set(row.group, []);
    groups.get(row.group).push(row);
  }
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const best = group.reduce((a, b) => (b.cell[metric].median < a.cell[metric].median ? b : a));
    const limit = best.cell[metric].median_high ?? null;
    const near = best.cell[metric].median * (1 + (platforms.get(best.cell.platform)?.practical_threshold ?? 0));
    const overlaps = ({ median_low: low }) => Number.isFinite(low) && low <= limit;
    const rivals = limit === null ? [] : group.filter((row) => row !== best && (overlaps(row.cell[metric]) || row.cell[metric].median <= near));
    for (const row of [best, ...rivals]) row.fastest[metric] = rivals.length ? "shared" : "alone";
    if (limit === null) best.fastest[metric] = "unreplicated";
  }
}

// The cells of one platform, pattern and size next to each other, in the order of the allocators.
function inReadingOrder(cells, { platforms, allocators, patterns }) {
  const place = ({ platform, allocator, pattern, size_bytes: size }) => [platforms.get(platform), patterns.get(pattern), size, allocators.get(allocator)];
  const keyed = cells.map((cell) => ({ cell, key: place(cell) }));
  keyed.sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
  return keyed.map(({ cell }) => cell);
}

// One row for each cell of `analysis`: { index, cell, path, group, words, ratios: {total, latency}, fastest: {…} }.
export function makeRows(analysis) {
  const rows = inReadingOrder(analysis.cells, orderOf(analysis)).map((cell, index) => ({
    index, cell, path: cellPath(cell), group: groupKey(cell), ratios: {}, fastest: {},
    words: [cell.platform, cell.allocator, cell.pattern, `${cell.size_bytes}b`, cell.outcome, cell.reason ?? "", cell.disturbed ? "disturbed" : ""].join("\n").toLowerCase(),
  }));
  const byCell = new Map(rows.map((row) => [JSON.stringify([row.group, row.cell.allocator]), row]));
  for (const ratio of analysis.ratios) {
    const row = byCell.get(JSON.stringify([groupKey(ratio), ratio.allocator]));
    if (row && METRICS.includes(ratio.metric)) row.ratios[ratio.metric] = ratio;
  }
  const platforms = new Map(analysis.platforms.map((platform) => [platform.name, platform]));
  for (const metric of METRICS) markFastest(rows, metric, platforms);
  return rows;
}

// Whether every word of `find` is in the row's text; a bare number is a size, or part of a name.
function matches(row, words) {
  return words.every((word) => {
    if (!/^\d+$/.test(word)) return row.words.includes(word);
    return String(row.cell.size_bytes) === word || row.cell.platform.toLowerCase().includes(word) || row.cell.allocator.toLowerCase().includes(word);
  });
}

function outcomeIs(row, wanted) {
  if (wanted === "") return true;
  if (wanted === "failed") return row.cell.outcome !== "ok";
  if (wanted === "disturbed") return row.cell.outcome === "ok" && row.cell.disturbed;
  return row.cell.outcome === "ok";
}

export function filterRows(rows, { find, inPlatform, inAllocator, inPattern, inOutcome }) {
  const words = find.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return rows.filter((row) => (inPlatform === "" || row.cell.platform === inPlatform) && (inAllocator === "" || row.cell.allocator === inAllocator)
    && (inPattern === "" || row.cell.pattern === inPattern) && outcomeIs(row, inOutcome) && matches(row, words));
}

// What each column sorts by: a number or text; null comes last in both directions.
function sortValue(column, { metric, unit, innerLoop }, order) {
  const times = (row) => scaledTimes(row.cell, metric, unit, innerLoop);
  const values = {
    platform: (row) => order.platforms.get(row.cell.platform),
    allocator: (row) => order.allocators.get(row.cell.allocator),
    pattern: (row) => order.patterns.get(row.cell.pattern),
    size: (row) => row.cell.size_bytes,
    median: (row) => times(row)?.median ?? null,
    interval: (row) => {
      const { median, median_low: low, median_high: high } = times(row) ?? {};
      return low === null || low === undefined || high === null ? null : (high - low) / median;
    },
    ratio: (row) => row.ratios[metric]?.ratio ?? null,
    processes: (row) => row.cell.processes,
    spread: (row) => {
      const medians = times(row)?.process_medians ?? [];
      return medians.length ? Math.max(...medians) / Math.min(...medians) : null;
    },
    outcome: (row) => (row.cell.outcome === "ok" ? (row.cell.disturbed ? 1 : 0) : 2),
  };
  return values[column];
}

export const SORTABLE = ["platform", "allocator", "pattern", "size", "median", "interval", "ratio", "processes", "spread", "outcome"];

// `sort` is a column's name, with '-' before it for descending, or empty for the order of makeRows.
export function sortRows(rows, sort, context, order) {
  const column = sort.replace(/^-/, "");
  if (!SORTABLE.includes(column)) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  const valueOf = sortValue(column, context, order);
  const keyed = rows.map((row) => ({ row, value: valueOf(row) ?? null }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.row.index - b.row.index;
    return sign * (a.value - b.value) || a.row.index - b.row.index;
  });
  return keyed.map(({ row }) => row);
}

// Platforms, allocators and patterns in the order of the analysis, each with its place.
export function orderOf({ platforms, allocators, patterns }) {
  const places = (names) => new Map(names.map((name, index) => [name, index]));
  return { platforms: places(platforms.map(({ name }) => name)), allocators: places(allocators.map(({ name }) => name)), patterns: places(patterns) };
}
