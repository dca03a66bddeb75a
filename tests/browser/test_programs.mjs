// Programs on every heap in a real browser: words and numbers as markup, charts beside them, alone or beside cells.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeAnalysis } from "../fixtures/analysis.mjs";
import { makeProgram } from "../fixtures/programs.mjs";
import { openBrowser } from "./harness.mjs";

let browser;
before(async () => {
  browser = await openBrowser();
});
after(async () => browser.close());

const nothing = { platforms: [], allocators: [], patterns: [], cells: [], ratios: [], live_objects: [], traversals: [], findings: [] };

async function drawn(page, number) {
  await page.locator(`#program-${number}`).scrollIntoViewIfNeeded();
  await page.waitForFunction((id) => document.querySelectorAll(`${id} svg`).length === 2, `#program-${number}`);
}

test("programs alone: the answer, the table and both charts of each, and no charts of cells", async () => {
  const { page, faults, close } = await browser.open({ ...makeAnalysis(), ...nothing, programs: [makeProgram(), makeProgram({ platform: "other" })] });
  assert.equal(await page.locator("#programs .program").count(), 2);
  assert.match(await page.locator("#programs .program").first().innerText(), /20\.0 % less CPU time/);
  assert.equal(await page.locator("#programs table").first().locator("tbody tr").count(), 6);
  assert.match(await page.locator("#programs table").first().innerText(), /SIGSEGV/);
  for (const number of [0, 1]) await drawn(page, number);
  assert.equal(await page.locator("#charts").isVisible(), false);
  assert.equal(await page.locator("#cells").isVisible(), false);
  assert.deepEqual(faults, []);
  await close();
});

test("beside cells both are there, and markup in a program's words stays text", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const { page, faults, close } = await browser.open({ ...makeAnalysis(), programs: [makeProgram({ name: evil, command: evil, sentences: [evil] })] });
  await drawn(page, 0);
  assert.equal(await page.locator("#charts").isVisible(), true);
  assert.equal(await page.locator("#programs img").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("without programs there is no section of them", async () => {
  const { page, close } = await browser.open(makeAnalysis());
  assert.equal(await page.locator("#programs").count(), 0);
  await close();
});
