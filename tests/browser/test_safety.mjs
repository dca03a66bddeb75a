// The report as a document that others hand over: hostile text stays text, nothing is fetched or evaluated, and it can be
// read without scripts, on paper, and by a screen reader.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { ALLOCATORS, HOSTILE, makeAnalysis, makeHostileAnalysis } from "../fixtures/analysis.mjs";
import { NAMES } from "../fixtures/names.mjs";
import { openBrowser } from "./harness.mjs";

const MAX_BYTES = 3 * 1024 * 1024; // for one platform

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

async function withReport(analysis, options, use) {
  const opened = await browser.open(analysis, options);
  try {
    await use(opened.page, opened);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}

// Brings every figure into view, so that it is drawn.
async function drawAll(page) {
  const figures = page.locator("figure.figure");
  const count = await figures.count();
  assert.ok(count >= 6, `${count} figures`);
  for (let index = 1; index < count; index++) {
    await figures.nth(index).scrollIntoViewIfNeeded();
    await figures.nth(index).locator(".chart svg").first().waitFor();
  }
}

test("text of a file is shown as text, wherever it stands", async () => {
  const analysis = makeHostileAnalysis();
  await withReport(analysis, {}, async (page) => {
    await drawAll(page);
    await page.getByLabel("Platform in charts").selectOption({ label: "All platforms" });
    await page.locator("button.toggle").first().click();
    const elements = await page.evaluate(() => [...document.querySelectorAll("script, img, iframe, object, embed, link, base, form[action], [onerror], [onload], [onclick]")].map((element) => element.outerHTML.slice(0, 60)));
    assert.equal(elements.length, 6, `the page's own: two blocks of data, three libraries, one script; found: ${elements.join(" | ")}`);
    for (const place of ["#findings h3", "#findings li", "#warnings h3", "#warnings li", "#warnings code", "#environment thead th", "#environment tbody code", "#method dd", "select option", "table.cells td", ".winners caption"]) {
      const texts = await page.locator(place).allTextContents();
      assert.ok(texts.some((text) => text.includes(HOSTILE)), `${place} does not show the name as it is`);
    }
    const everything = await page.evaluate(() => document.body.innerText);
    assert.ok(everything.includes("bell⟨U+0007⟩ nul⟨U+0000⟩ right-to-left⟨U+202E⟩override line⟨U+2028⟩end </script><!--"), "control characters are not visible");
    assert.doesNotMatch(everything, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/);
  });
});

// What the figures and the table show of `analysis` when its first platform alone is chosen: curves, points and rows.
async function shownOfFirst(analysis) {
  let shown;
  await withReport(analysis, { hash: `#platform=${encodeURIComponent(analysis.platforms[0].name)}&hide=${encodeURIComponent(analysis.allocators[1].name)}&in-pattern=${encodeURIComponent(analysis.patterns[0])}` }, async (page) => {
    await drawAll(page);
    shown = await page.evaluate(() => [...document.querySelectorAll(".chart svg .mark-line path, .chart svg .mark-symbol path, .winners td svg, table.cells tbody tr")].length);
  });
  return shown;
}

test("names that are words of JavaScript are chosen, hidden and drawn like any others", async () => {
  const words = NAMES["words of JavaScript"];
  const named = (names) => {
    const analysis = makeAnalysis({ platforms: names.slice(0, 2), allocators: [ALLOCATORS[0], ...names.slice(0, 6).map((name) => ({ name, summary: null }))] });
    const renamed = new Map(analysis.patterns.map((pattern, index) => [pattern, names[index]]));
    analysis.patterns = [...renamed.values()];
    for (const each of [...analysis.cells, ...analysis.ratios]) each.pattern = renamed.get(each.pattern);
    return analysis;
  };
  const plain = await shownOfFirst(named(words.map((_, index) => `n${index}`)));
  assert.ok(plain > 200, `${plain} things drawn`);
  assert.equal(await shownOfFirst(named(words)), plain);
  assert.equal(await shownOfFirst(named(words.slice(3))), plain);
});

test("a link leads to a cell whatever its platform is called", async () => {
  const analysis = makeHostileAnalysis();
  for (const { platform, allocator, pattern, size_bytes: size } of [analysis.cells[3], analysis.cells[240], analysis.cells[470]]) {
    const hash = `#cell=${[platform, allocator, pattern, size].map(encodeURIComponent).join("/")}`;
    await withReport(analysis, { hash }, async (page) => {
      assert.equal(await page.locator("tr.target").count(), 1, hash);
      assert.ok(await page.locator("tr.target").getByRole("button").getAttribute("aria-expanded"));
    });
  }
});

test("the policy allows the page's own scripts and styles alone, and no evaluation", async () => {
  await withReport(makeAnalysis(), {}, async (page, { faults }) => {
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
    assert.match(policy, /^default-src 'none'; script-src( 'sha256-[A-Za-z0-9+/=]+'){4}; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; form-action 'none'$/);
    await drawAll(page);
    assert.deepEqual(faults, []);
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.injected = true";
      document.head.append(script);
    });
    assert.equal(await page.evaluate(() => globalThis.injected), undefined, "an injected script ran");
    assert.ok(faults.some((fault) => /policy: script-src-elem inline/.test(fault)), "the harness would not have seen a violation");
    faults.length = 0;
  });
});

test("a report names no host and is small enough", () => {
  const path = browser.write(makeAnalysis());
  const bytes = statSync(path).size;
  assert.ok(bytes > 500 * 1024 && bytes <= MAX_BYTES, `${bytes} bytes`);
  const source = readFileSync(path, "utf8");
  const words = source.slice(0, source.indexOf('<script type="application/json"'));
  const references = words.match(/\b(?:src|srcset|href|action|data)="(?!#)[^"]*"|url\([^)]*\)|@import/g);
  assert.deepEqual(references, null);
});

test("without scripts all words can be read", async () => {
  const analysis = makeAnalysis({ platforms: 2, failures: true });
  await withReport(analysis, { javaScriptEnabled: false }, async (page) => {
    for (const { text } of analysis.findings) assert.ok(await page.locator("#findings").getByText(text).first().isVisible(), text);
    for (const id of ["warnings", "environment", "method"]) assert.ok(await page.locator(`#${id}`).isVisible(), id);
    for (const id of ["charts", "cells"]) assert.ok(await page.locator(`#${id}`).isHidden(), id);
    assert.match(await page.locator("main").innerText(), /need JavaScript.*stats\.csv/s);
  });
});

test("on paper everything is there: light, unfolded, every row and every chart", async () => {
  const analysis = makeAnalysis({ platforms: 2, failures: true });
  await withReport(analysis, { colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator("table.cells > tbody > tr[data-path]").count(), analysis.cells.length);
    assert.equal(await page.locator("details:not([open])").count(), 0);
    const widths = await page.locator("figure .chart svg").evaluateAll((pictures) => pictures.map((picture) => picture.getBoundingClientRect().width));
    assert.ok(widths.length >= 5, `${widths.length} charts`);
    for (const width of widths) assert.ok(width > 250 && width <= 760, `a chart is ${width} wide`);
    assert.equal(await page.locator("nav, #filters, #theme-toggle").locator("visible=true").count(), 0);
    assert.match(await page.evaluate(() => getComputedStyle(document.querySelector(".figure")).backgroundColor), /255, 255, 255/);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator("table.cells > tbody > tr[data-path]").count(), 100);
    const pdf = await page.pdf({ format: "A4" });
    assert.ok(pdf.length > 50000 && pdf.subarray(0, 5).toString() === "%PDF-");
  });
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds no barrier (${colorScheme})`, async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await withReport(makeAnalysis({ platforms: 2, failures: true }), { colorScheme, hash: "#cell=aws-c6a/box/lifo/64" }, async (page) => {
      await drawAll(page);
      await page.evaluate(axe);
      const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      assert.ok(passes.length > 20, `${passes.length} rules looked at something`);
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(" | ")}`);
      assert.deepEqual(found, []);
    });
  });
}

for (const width of [360, 768, 1280, 2560]) {
  test(`at ${width} pixels nothing is wider than the window`, async () => {
    await withReport(makeAnalysis({ platforms: 5, failures: true }), { viewport: { width, height: 900 } }, async (page) => {
      await drawAll(page);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
    });
  });
}

test("empty, one-sided and odd analyses still make a report", async () => {
  const nothing = { ...makeAnalysis(), cells: [], ratios: [], findings: [], platforms: [], allocators: [], patterns: [], sizes: [] };
  const failed = makeAnalysis();
  for (const cell of failed.cells) Object.assign(cell, { outcome: "timed_out", reason: "the deadline", total: null, latency: null });
  failed.ratios = [];
  const single = makeAnalysis({ processes: null });
  single.cells = single.cells.slice(0, 1);
  single.ratios = [];
  for (const cell of single.cells) Object.assign(cell.total, { median_low: null, median_high: null, process_medians: [] });
  for (const analysis of [nothing, failed, single, { format: 3 }]) {
    await withReport(analysis, {}, async (page) => {
      await drawAll(page);
      assert.equal(await page.locator("#cell-count").textContent(), analysis === single ? "1 cell" : `${(analysis.cells ?? []).length} cells`);
    });
  }
});

test("without Chromium the tests say what is missing", () => {
  const harness = fileURLToPath(new URL("harness.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", `import { openBrowser } from ${JSON.stringify(harness)}; await openBrowser();`],
    { env: { ...process.env, CHROMIUM: "/nowhere/chromium" }, encoding: "utf8" });
  assert.notEqual(status, 0);
  assert.match(stderr, /\/nowhere\/chromium is not there\. Remedy: sudo apt-get install chromium/);
});
