// How long the report takes to make and to open, and how large it is: for one platform, and for ten with every cell, 20
// process medians and both metrics. Aims: 3 MiB for one platform; ten open in under 2 s.
//     node tests/bench/report.mjs
import { statSync } from "node:fs";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { openBrowser } from "../browser/harness.mjs";

const REPETITIONS = 9;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

// Runs in the page: notes when the first row of the table, the first chart and the last one are there.
function watch() {
  const watched = { table: "table.cells tbody tr", chart: ".chart svg", charts: "figure.figure:last-of-type .chart svg" };
  globalThis.seen = {};
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(watched)) {
      if (!globalThis.seen[name] && document.querySelector(selector)) globalThis.seen[name] = performance.now();
    }
  }).observe(document, { childList: true, subtree: true });
}

// Milliseconds from the start of navigation, for a reader who goes straight to the charts.
async function openOnce(browser, analysis) {
  const { page, faults, close } = await browser.open(analysis, { hash: "#charts", atStart: watch });
  await page.locator("figure.figure").last().scrollIntoViewIfNeeded();
  await page.waitForFunction(() => globalThis.seen.charts);
  const { seen, loaded, heapBytes } = await page.evaluate(() => ({
    seen: globalThis.seen, loaded: performance.getEntriesByType("navigation")[0].loadEventEnd, heapBytes: performance.memory.usedJSHeapSize,
  }));
  if (faults.length) throw new Error(faults.join("; "));
  await close();
  return { ...seen, loaded, heapBytes };
}

const browser = await openBrowser();
try {
  for (const platforms of [1, 10]) {
    const analysis = makeAnalysis({ platforms, failures: platforms > 1 });
    const begin = performance.now();
    const path = browser.write(analysis);
    const made = performance.now() - begin;
    const times = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) times.push(await openOnce(browser, analysis));
    const of = (name) => median(times.map((each) => each[name]));
    process.stdout.write(`${platforms} platform${platforms > 1 ? "s" : ""}, ${analysis.cells.length} cells: made in ${made.toFixed(0)} ms, ${(statSync(path).size / 2 ** 20).toFixed(2)} MiB; `
      + `table after ${of("table").toFixed(0)} ms, loaded after ${of("loaded").toFixed(0)} ms, first chart after ${of("chart").toFixed(0)} ms, `
      + `heap ${(of("heapBytes") / 2 ** 20).toFixed(0)} MiB (medians of ${REPETITIONS})\n`);
  }
} finally {
  await browser.close();
}
