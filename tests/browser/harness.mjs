// What the tests of the report share: a browser, a page opened from a file, and a list of everything that went wrong in
// it: console errors, exceptions, violations of the content security policy, and any request but that for the file.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { buildReport } from "../../src/report/report.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

async function launch() {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`the report is tested in Chromium, and ${CHROMIUM} is not there. Remedy: sudo apt-get install chromium, or name another one in the variable CHROMIUM.`);
  }
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

// Opens pages of reports. Close it at the end.
export async function openBrowser() {
  const browser = await launch();
  const folder = mkdtempSync(join(tmpdir(), "memalloc-bench-report-"));
  const written = new Map();
  const write = (analysis) => {
    if (!written.has(analysis)) {
      const path = join(folder, `report ${written.size}.html`); // the space is for the address to be encoded
      writeFileSync(path, buildReport(analysis));
      written.set(analysis, path);
    }
    return written.get(analysis);
  };
  // { page, faults, path, close }; `options` are those of a browser context; `hash` is put behind the file's
  // address; `atStart` is a function that runs in the page before anything else.
  const open = async (analysis, { hash = "", path = write(analysis), atStart = () => {}, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const address = pathToFileURL(path).href;
    const faults = [];
    await page.route("**/*", (route) => {
      if (route.request().url().split("#")[0] === address) return route.continue();
      faults.push(`request for ${route.request().url()}`);
      return route.abort();
    });
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
    page.on("dialog", (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
    await page.addInitScript(atStart);
    await page.goto(`${address}${hash}`);
    return { page, faults, path, close: () => context.close() };
  };
  const close = async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { open, write, close };
}
