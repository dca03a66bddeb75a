// Analyses of every kind that the charts must survive, small and the same at every run.
import { ALLOCATORS, makeAnalysis, makeHostileAnalysis } from "../fixtures/analysis.mjs";

export const TWENTY_ALLOCATORS = [
  "box", "slab_cold", "slab_warm", "bufpool_cold", "bufpool_warm", "freelist", "arena", "rust_box", "rust_slab_cold", "rust_slab_warm",
  "box@jemalloc", "slab_cold@jemalloc", "slab_warm@jemalloc", "box@mimalloc", "slab_cold@mimalloc", "box@tcmalloc", "box@scudo",
  "box@hardened_malloc", "box@rpmalloc", "slab_warm@snmalloc",
].map((name) => ({ name, summary: null }));

function withoutIntervals(analysis) {
  for (const cell of analysis.cells) {
    for (const metric of ["total", "latency"]) Object.assign(cell[metric], { median_low: null, median_high: null, process_medians: [] });
  }
  for (const ratio of analysis.ratios) Object.assign(ratio, { ratio_low: null, ratio_high: null });
  return analysis;
}

function onlyCell() {
  const analysis = makeAnalysis();
  analysis.cells = analysis.cells.filter((cell) => cell.allocator === "box" && cell.pattern === "lifo" && cell.size_bytes === 256);
  return { ...analysis, allocators: analysis.allocators.slice(0, 1), patterns: ["lifo"], sizes: [256], ratios: [] };
}

function allFailed() {
  const analysis = onlyCell();
  Object.assign(analysis.cells[0], { outcome: "timed_out", reason: "no answer within 10 s", total: null, latency: null });
  return analysis;
}

// Names that are long, or empty, or equal once they are cleaned or cut; and times that a logarithm has no place for.
export const LONG_NAMES = ["p".repeat(64), `${"p".repeat(1000)}q`, "", "line\nbreak", "\u05e9\u05e8\u05ea", "a\u200b", "a", "../../x", "datum.value", "a[0]['b'].c\\"];
function awkward() {
  const analysis = makeAnalysis({ platforms: LONG_NAMES, allocators: [ALLOCATORS[0], { name: "../../x" }, { name: "__proto__" }, { name: "x".repeat(1000) }] });
  analysis.cells[0].total.median = 0;
  analysis.cells[1].total.median_low = 0;
  analysis.cells[2].latency.median = -1;
  analysis.cells[3].objects_per_trial = null;
  for (const cell of analysis.cells) if (cell.size_bytes > 64 && cell.size_bytes !== 1024) cell.size_bytes += 1;
  return analysis;
}

// Platforms with and without caches, one of them not measured with other numbers; caches that are equal or beyond every
// axis; cells that failed, lack an interval or are disturbed.
function liveObjectsOfEveryKind() {
  const analysis = makeAnalysis({ platforms: 4, failures: true, live: [1, 3, 10, 100, 50000], allocators: [...ALLOCATORS, { name: "datum['x']" }] });
  analysis.swept = analysis.swept.filter((cell) => cell.platform !== "graviton3" && cell.pattern !== "random");
  analysis.platforms[0].cache_bytes = { l1d: 32768, l2: 32768, l3: 65536 };
  analysis.platforms[1].cache_bytes = { l1d: 4096, l2: 2 ** 40, l3: "many" };
  analysis.swept.filter(({ total }) => total).forEach((cell, index) => {
    if (index % 7 === 0) Object.assign(cell.total, { median_low: null, median_high: null });
  });
  return analysis;
}

// One platform lacks a pattern, another one the large sizes.
function notMeasuredTogether() {
  const analysis = makeAnalysis({ platforms: 3, live: [10, 1000] });
  const measured = ({ platform, pattern, size_bytes: size }) => !(platform === "aws-c6a" && pattern === "random") && !(platform === "graviton3" && size > 1024);
  for (const list of ["cells", "ratios", "swept"]) analysis[list] = analysis[list].filter(measured);
  return analysis;
}

export const VARIANTS = {
  one: () => makeAnalysis(),
  totals: () => makeAnalysis({ unit: "total" }),
  three_with_failures: () => makeAnalysis({ platforms: 3, failures: true }),
  unreplicated: () => withoutIntervals(makeAnalysis({ processes: null })),
  no_ratios: () => ({ ...makeAnalysis(), ratios: [] }),
  one_cell: onlyCell,
  all_failed: allFailed,
  hostile: makeHostileAnalysis,
  awkward,
  twenty_allocators: () => makeAnalysis({ allocators: TWENTY_ALLOCATORS }),
  live_objects: () => makeAnalysis({ live: [1, 10, 100, 1000, 10000] }),
  live_objects_and_failures: liveObjectsOfEveryKind,
  traversed: () => makeAnalysis({ traversed: [100, 10000] }),
  tails: () => makeAnalysis({ platforms: 2, tails: true }),
  footprints: () => makeAnalysis({ platforms: 2, footprints: true }),
  traversed_by_some: () => {
    const analysis = makeAnalysis({ platforms: 3, failures: true, traversed: [100] });
    return { ...analysis, traversals: analysis.traversals.filter((each) => each.platform !== "graviton3" && each.size_bytes !== 64) };
  },
  not_measured_together: notMeasuredTogether,
  ten_platforms: () => makeAnalysis({ platforms: 10 }),
};
