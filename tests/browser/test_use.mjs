// The report as a reader uses it: pointing, choosing, sorting, filtering, following links, with and without a mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeAnalysis, PATTERNS, SIZES } from "../fixtures/analysis.mjs";
import { openBrowser } from "./harness.mjs";

const ONE = makeAnalysis();
const SEVERAL = makeAnalysis({ platforms: 4, failures: true });
const CELLS = ONE.cells.length;

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

// Opens a report, runs `use`, and asserts that nothing went wrong in the page meanwhile.
function inReport(name, { analysis = ONE, ...options }, use) {
  test(name, async () => {
    const opened = await browser.open(analysis, options);
    try {
      await use(opened.page, opened);
      assert.deepEqual(opened.faults, []);
    } finally {
      await opened.close();
    }
  });
}

const figure = (page, title) => page.locator("figure", { has: page.getByRole("heading", { name: title, exact: true }) });
const rowsOf = (page) => page.locator("table.cells > tbody > tr[data-path]");
const textsOf = (page, column) => page.locator(`table.cells > tbody > tr[data-path] > td:nth-child(${column})`).allTextContents();
const hashOf = (page) => page.evaluate(() => location.hash);

// The chart's points, once the figure is drawn.
async function points(page, title) {
  await figure(page, title).scrollIntoViewIfNeeded();
  await figure(page, title).locator(".mark-symbol path").first().waitFor();
  return figure(page, title).locator(".mark-symbol path");
}

inReport("a point under the pointer shows its cell and its value, and leads to its row", {}, async (page) => {
  const marks = await points(page, "Time by object size");
  assert.equal(await marks.count(), CELLS);
  const mark = await marks.nth(7).boundingBox();
  await marks.nth(7).hover({ force: true });
  const ring = await figure(page, "Time by object size").locator(".ring").boundingBox();
  for (const [start, length] of [["x", "width"], ["y", "height"]]) {
    const off = mark[start] + mark[length] / 2 - (ring[start] + ring[length] / 2);
    assert.ok(Math.abs(off) < 2, `the ring is ${off} pixels beside the point`);
  }
  const tooltip = page.locator("#tooltip");
  await tooltip.waitFor();
  const shown = Object.fromEntries(await tooltip.evaluate((element) => [...element.querySelectorAll("dt")].map((name) => [name.textContent, name.nextSibling.textContent])));
  const cell = ONE.cells.find((each) => each.allocator === shown.allocator && each.pattern === shown.pattern && each.size_bytes === Number(shown["size, bytes"]));
  assert.ok(cell, `no cell is ${JSON.stringify(shown)}`);
  const [number, unit] = shown.median.split(" ");
  assert.equal(unit, "ns");
  assert.ok(Math.abs(Number(number) / (cell.total.median / cell.objects_per_trial) - 1) < 0.005, `${number} is not the cell's median`);
  await marks.nth(7).click({ force: true });
  const target = page.locator("tr.target");
  await target.waitFor();
  assert.equal(await target.getAttribute("data-path"), `${cell.platform}/${cell.allocator}/${cell.pattern}/${cell.size_bytes}`);
});

inReport("a legend entry hides its allocator in the charts, and shows it again", {}, async (page) => {
  const marks = await points(page, "Time by object size");
  const entry = page.locator(".legend-entry", { hasText: "slab_cold" });
  assert.equal(await entry.getAttribute("aria-pressed"), "true");
  await entry.click();
  assert.equal(await entry.getAttribute("aria-pressed"), "false");
  await page.waitForFunction((count) => document.querySelectorAll("figure:nth-of-type(2) .mark-symbol path").length === count, (CELLS * 2) / 3);
  assert.match(await hashOf(page), /hide=slab_cold/);
  await entry.click();
  await page.waitForFunction((count) => document.querySelectorAll("figure:nth-of-type(2) .mark-symbol path").length === count, CELLS);
  assert.equal(await hashOf(page), "");
  assert.equal(await marks.count(), CELLS);
});

inReport("metric and unit change the charts and the table", {}, async (page) => {
  await points(page, "Time by object size");
  const median = async () => (await page.locator("table.cells > tbody > tr[data-path] td:nth-child(5)").first().textContent()).trim();
  const perObject = await median();
  await page.locator("#choices").getByText("Whole time").click();
  assert.notEqual(await median(), perObject);
  assert.match(await page.locator("table.cells thead").textContent(), /per trial/);
  await page.locator("#choices").getByText("First batch").click();
  assert.match(await page.locator("table.cells thead").textContent(), /for the first batch/);
  await page.waitForFunction(() => /time of the first batch/.test(document.querySelector(".chart").getAttribute("aria-label")));
  assert.equal(await hashOf(page), "#metric=latency&unit=total");
});

inReport("the platform of the charts can be chosen", { analysis: SEVERAL }, async (page) => {
  const marks = await points(page, "Time by object size");
  const one = await marks.count();
  assert.ok(one > 200 && one <= CELLS, `${one} points for one platform`);
  await page.getByLabel("Platform in charts").selectOption({ label: "aws-c6a" });
  await page.waitForFunction(() => document.querySelector(".winners caption").textContent === "aws-c6a");
  await page.waitForFunction(() => /aws-c6a/.test(document.querySelector(".chart").getAttribute("aria-label")));
  await page.getByLabel("Platform in charts").selectOption({ label: "All platforms" });
  await page.waitForFunction((least) => document.querySelectorAll("figure:nth-of-type(2) .mark-symbol path").length > least, one * 3);
  assert.equal(await page.locator(".winners").count(), 4);
});

// Platforms that were not measured with the same patterns and sizes.
const SPARSE = makeAnalysis({ platforms: 3, live: [10, 100] });
for (const list of ["cells", "ratios", "swept"]) {
  SPARSE[list] = SPARSE[list].filter(({ platform, pattern, size_bytes: size }) => (platform !== "aws-c6a" || pattern !== "lifo") && (size < 4096 || (platform !== "graviton3" && pattern !== "fifo")));
}

// The points of a figure that can be seen, each with the names in its data and those that stand above and beside it.
function pointsInFacets(element) {
  const middle = ({ left, right, top, bottom }) => ({ x: (left + right) / 2, y: (top + bottom) / 2 });
  return [...element.querySelectorAll(".chart svg")].flatMap((svg) => [...svg.querySelectorAll(".cell > g")].flatMap((cell) => {
    const box = cell.querySelector(":scope > path.background").getBoundingClientRect();
    const headers = (direction) => [...svg.querySelectorAll(`.role-${direction}-header .role-title-text text, .role-${direction}-footer .role-title-text text`)];
    const beside = headers("row").filter((header) => Math.abs(middle(header.getBoundingClientRect()).y - middle(box).y) < box.height / 2);
    const above = headers("column").filter((header) => Math.abs(middle(header.getBoundingClientRect()).x - middle(box).x) < box.width / 2);
    const shown = [...cell.querySelectorAll(".mark-symbol path")].filter((path) => path.getAttribute("opacity") !== "0");
    return shown.map(({ __data__: { datum } }) => ({ names: [datum.platform, datum.pattern, `${datum.size} B`], headers: [...above, ...beside].map(({ textContent }) => textContent) }));
  }));
}

inReport("points are in the facets of their names where not everything was measured", { analysis: SPARSE }, async (page) => {
  await page.getByLabel("Platform in charts").selectOption({ label: "All platforms" });
  const shown = [
    ["Time by object size", "not measured", SPARSE.cells.length],
    ["How many times as fast as box", "no ratio", SPARSE.ratios.length / 2],
    ["Platforms side by side", "no time", SPARSE.cells.filter(({ size_bytes: size }) => [64, 256, 1024, 4096].includes(size)).length],
    ["Time by number of live objects", "not measured", SPARSE.swept.filter(({ pattern, size_bytes: size }) => pattern === "immediate" && [64, 256, 1024, 4096].includes(size)).length],
  ];
  for (const [title, words, count] of shown) {
    await figure(page, title).scrollIntoViewIfNeeded();
    await figure(page, title).getByText(words, { exact: true }).first().waitFor();
    const found = await figure(page, title).evaluate(pointsInFacets);
    assert.equal(found.length, count, title);
    for (const { names, headers } of found) {
      assert.equal(headers.length, 2, `${title}: ${names} between ${headers}`);
      for (const header of headers) assert.ok(names.includes(header), `${title}: ${names} is in the facet ${headers}`);
    }
  }
});

inReport("numbers of live objects have a figure where they were varied, of the pattern that is chosen", { analysis: makeAnalysis({ live: [10, 100, 1000] }) }, async (page) => {
  const title = "Time by number of live objects";
  const marks = await points(page, title);
  assert.equal(await marks.count(), 4 * ONE.allocators.length * 3);
  assert.match(await figure(page, title).textContent(), /one object lives at a time/);
  await figure(page, title).getByLabel("Pattern", { exact: true }).selectOption({ label: "lifo" });
  await figure(page, title).getByText("live objects × size fill the cache").first().waitFor();
});

inReport("what reading the live objects takes has a figure where it was measured", { analysis: makeAnalysis({ traversed: [100] }) }, async (page) => {
  const marks = await points(page, "Reading the live objects");
  assert.equal(await marks.count(), 2 * SIZES.length * ONE.allocators.length);
});

inReport("the memory that objects take has figures where it was measured", { analysis: makeAnalysis({ footprints: true }) }, async (page) => {
  assert.equal(await (await points(page, "Memory taken for each byte")).count(), 3 * SIZES.length * ONE.allocators.length);
  assert.ok(await (await points(page, "Memory step after step")).count() >= 8 * ONE.allocators.length);
});

inReport("without them there is none", {}, async (page) => {
  await points(page, "Time by object size");
  assert.equal(await figure(page, "Time by number of live objects").count(), 0);
});

inReport("a column's name sorts by it: up, down, and back", { analysis: SEVERAL }, async (page) => {
  await page.locator(".page-sizes").getByText("all").click();
  assert.equal(await rowsOf(page).count(), SEVERAL.cells.length);
  const header = () => page.locator("th", { has: page.locator('[data-column="median"]') });
  const medians = async () => (await textsOf(page, 6)).map((text) => text.match(/[\d.]+$|–$/)[0]).map((text) => (text === "–" ? null : Number(text)));
  const before = await medians();
  await header().getByRole("button").click();
  assert.equal(await header().getAttribute("aria-sort"), "ascending");
  const up = await medians();
  const known = up.filter((value) => value !== null);
  assert.ok(known.length > 800 && known.length < up.length, "some cells have a median, some failed");
  assert.deepEqual(known, [...known].sort((a, b) => a - b));
  assert.ok(up.slice(known.length).every((value) => value === null), "failed cells stand last");
  await header().getByRole("button").click();
  assert.equal(await header().getAttribute("aria-sort"), "descending");
  const down = await medians();
  assert.deepEqual(down.slice(0, known.length), [...known].sort((a, b) => b - a));
  assert.ok(down.slice(known.length).every((value) => value === null), "failed cells stand last here too");
  await header().getByRole("button").click();
  assert.equal(await header().getAttribute("aria-sort"), "none");
  assert.deepEqual(await medians(), before);
});

inReport("words, sizes and lists filter the table", { analysis: SEVERAL }, async (page) => {
  const count = page.locator("#cell-count");
  assert.equal(await count.textContent(), `${SEVERAL.cells.length} cells`);
  await page.getByLabel("Find", { exact: true }).fill("LIFO 64");
  assert.equal(await count.textContent(), `12 of ${SEVERAL.cells.length} cells`);
  assert.equal(await rowsOf(page).count(), 12);
  for (const path of await rowsOf(page).evaluateAll((rows) => rows.map((row) => row.dataset.path))) assert.match(path, /\/lifo\/64$/);
  await page.locator("#filters").getByLabel("Platform").selectOption({ label: "graviton3" });
  assert.equal(await rowsOf(page).count(), 3);
  await page.locator("#filters").getByLabel("Allocator").selectOption({ label: "box" });
  assert.equal(await rowsOf(page).count(), 1);
  await page.getByLabel("Find", { exact: true }).fill("no such thing");
  assert.equal(await count.textContent(), `0 of ${SEVERAL.cells.length} cells`);
  assert.match(await hashOf(page), /find=no%20such%20thing/);
  await page.getByLabel("Find", { exact: true }).fill("");
  await page.locator("#filters").getByLabel("Platform").selectOption({ label: "all" });
  await page.locator("#filters").getByLabel("Allocator").selectOption({ label: "all" });
  await page.locator("#filters").getByLabel("Outcome").selectOption({ label: "failed" });
  const failed = SEVERAL.cells.filter(({ outcome }) => outcome !== "ok").length;
  assert.equal(await count.textContent(), `${failed} of ${SEVERAL.cells.length} cells`);
});

inReport("pages of the table hold every cell once", {}, async (page) => {
  const paths = new Set();
  for (let number = 1; number <= 3; number++) {
    assert.equal(await page.locator(".pages nav span").textContent(), `Page ${number} of 3`);
    for (const path of await rowsOf(page).evaluateAll((rows) => rows.map((row) => row.dataset.path))) paths.add(path);
    if (number < 3) await page.getByRole("button", { name: "Next" }).click();
  }
  assert.equal(paths.size, PATTERNS.length * SIZES.length * 3);
  assert.ok(await page.getByRole("button", { name: "Next" }).isDisabled());
});

inReport("the fastest allocator is marked, and its mark leads to its row", {}, async (page) => {
  const first = page.locator(".winners td a").first();
  assert.match(await first.getAttribute("aria-label"), /^immediate, 8 B: slab_warm, 1\.\d+ ns per object, \d\.\d+× as fast as box$/);
  assert.equal(await page.locator(".winners td a").count(), PATTERNS.length * SIZES.length);
  await first.click();
  assert.equal(await page.locator("tr.target .badge").textContent(), "fastest");
  assert.match(await hashOf(page), /cell=hpc-xeon-8280\/slab_warm\/immediate\/8/);
});

const LINK = "#cell=aws-c6a/slab_cold/lifo/256&metric=latency&in-pattern=immediate&hide=box";
inReport("a link opens its cell, in view and open, with the choices it holds", { analysis: SEVERAL, hash: LINK }, async (page) => {
  const target = page.locator("tr.target");
  await target.waitFor();
  await page.waitForTimeout(500); // charts above are drawn meanwhile, and must not push it away
  const box = await target.boundingBox();
  assert.ok(box.y > 0 && box.y < 900, `the row is at ${box.y} of 900`);
  assert.equal(await target.getAttribute("data-path"), "aws-c6a/slab_cold/lifo/256");
  assert.equal(await target.getByRole("button").getAttribute("aria-expanded"), "true");
  assert.match(await page.locator("tr.detail").textContent(), /aws-c6a · slab_cold · lifo · 256 B.*100 trials, 20 processes.*as fast as box/s);
  assert.ok(await page.locator("#choices").getByLabel("First batch").isChecked());
  assert.equal(await page.locator(".legend-entry", { hasText: "box" }).getAttribute("aria-pressed"), "false");
  assert.equal(await page.locator("#filters").getByLabel("Pattern").evaluate((select) => select.selectedOptions[0].textContent), "all", "the filter gave way");
});

for (const hash of ["#cell=%ZZ/box/lifo/8", "#cell=nowhere/box/lifo/8", "#cell=a/b", "#metric=nonsense&sort=__proto__&size=1e9&page", "#=", "#%"]) {
  inReport(`a link that means nothing (${hash}) shows the report as it is`, { hash }, async (page) => {
    assert.equal(await page.locator("#cell-count").textContent(), `${CELLS} cells`);
    assert.equal(await page.locator("tr.target").count(), 0);
    assert.ok(await page.locator("#choices").getByLabel("Total").isChecked());
  });
}

inReport("a link from the warnings leads to the cell that failed, twice too", { analysis: SEVERAL }, async (page) => {
  const list = page.locator("details.warning", { hasText: "cells failed" });
  await list.locator("summary").click();
  for (let turn = 0; turn < 2; turn++) {
    await list.getByRole("link").first().click();
    await page.locator("tr.target .bad").waitFor();
    assert.match(await page.locator("tr.target .bad").textContent(), /crashed: killed by signal 11/);
    const box = await page.locator("tr.target").boundingBox();
    assert.ok(box.y > 0 && box.y < 900, `the row is at ${box.y} of 900`);
  }
});

inReport("the theme follows the system and the button", { colorScheme: "dark" }, async (page) => {
  await points(page, "Time by object size");
  const colours = () => page.evaluate(() => [document.body, document.querySelector(".mark-line path"), document.querySelector(".chart .role-axis-label text")].map((element) => {
    const { backgroundColor, stroke, fill } = getComputedStyle(element);
    return element === document.body ? backgroundColor : `${stroke} ${fill}`;
  }));
  const luminance = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
  const dark = await colours();
  assert.ok(luminance(dark[0]) < 150, `dark is ${dark[0]}`);
  await page.getByRole("button", { name: "Switch to the light theme" }).click();
  const light = await colours();
  assert.ok(luminance(light[0]) > 600, `light is ${light[0]}`);
  light.forEach((colour, index) => assert.notEqual(colour, dark[index]));
  await page.getByRole("button", { name: "Switch to the dark theme" }).click();
  assert.deepEqual(await colours(), dark);
});

inReport("everything can be done from the keyboard", {}, async (page) => {
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the findings");
  await page.keyboard.press("Enter");
  assert.equal(await hashOf(page), "#findings");
  await page.locator('[data-column="size"]').focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.column), "size", "the focus stays when the table is drawn anew");
  await page.locator("button.toggle").nth(2).focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-expanded")), "true");
  await points(page, "Time by object size");
  await page.locator(".chart").first().focus();
  await page.keyboard.press("ArrowRight");
  const first = await page.locator("#announcement").textContent();
  assert.match(first, /allocator \w+, pattern \w+, size, bytes \d+, median [\d.]+ ns/);
  await page.keyboard.press("End");
  assert.notEqual(await page.locator("#announcement").textContent(), first);
  assert.ok(await page.locator("#tooltip").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#tooltip").isHidden());
  await page.locator("a.term").first().focus();
  assert.match(await page.locator("#tooltip").textContent(), /One combination of allocator, pattern and object size/);
});

inReport("rows of the environment that differ are marked, and can be shown alone", { analysis: SEVERAL }, async (page) => {
  const rows = page.locator(".facts tbody tr:not(.group)");
  const marked = page.locator(".facts tr.differs");
  assert.ok((await marked.count()) >= 5 && (await marked.count()) < (await rows.count()));
  for (const text of await marked.allTextContents()) assert.match(text, /differs/);
  assert.equal(await page.locator(".facts tr.differs", { hasText: "compiler.name" }).count(), 0);
  await page.getByLabel("Only what differs").check();
  assert.equal(await rows.locator("visible=true").count(), await marked.count());
});
