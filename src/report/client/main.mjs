// Starts the report: reads what is embedded in the page, and lets the reader choose, look and follow links.
import { defaultChoices, makeStore, readHash, writeHash } from "./choices.mjs";
import { chooser, legend, searchField, segmented } from "./controls.mjs";
import { byId, el } from "./dom.mjs";
import { startFigures, startProgramFigures } from "./figures.mjs";
import { makeRows } from "./rows.mjs";
import { makeSwatches, pairedPalette } from "./swatch.mjs";
import { startTable } from "./table.mjs";
import { startTheme } from "./theme.mjs";
import { startTerms } from "./tooltip.mjs";

const LARGEST_BAR = 0.2; // of the window's height

const any = (text) => ({ value: "", text });
const plain = (name) => ({ value: name, text: name });

function startChoices(store, analysis, swatches) {
  const platforms = analysis.platforms.map(({ name }) => plain(name));
  const measure = () => [
    segmented(store, "metric", "Metric", [{ value: "total", text: "Total" }, { value: "latency", text: "First batch" }]),
    segmented(store, "unit", "Unit", [{ value: "ns_per_object", text: "ns per object" }, { value: "total", text: "Whole time" }]),
  ];
  byId("choices").append(
    ...measure(),
    ...(platforms.length > 1 ? [chooser(store, "platform", "Platform in charts", [any("All platforms"), ...platforms])] : []),
    legend(store, analysis.allocators, swatches.swatch),
  );
  const filters = byId("filters");
  filters.append(
    searchField(store, "find", "Find", "words or a size, such as: lifo 64"),
    ...(platforms.length > 1 ? [chooser(store, "inPlatform", "Platform", [any("all"), ...platforms])] : []),
    chooser(store, "inAllocator", "Allocator", [any("all"), ...analysis.allocators.map(({ name }) => plain(name))]),
    chooser(store, "inPattern", "Pattern", [any("all"), ...analysis.patterns.map(plain)]),
    chooser(store, "inOutcome", "Outcome", [any("all"), plain("ok"), plain("failed"), plain("disturbed")]),
    ...measure(),
  );
  for (const form of [filters, byId("choices")]) form.addEventListener("submit", (event) => event.preventDefault());
}

// The address follows the choices, and the choices follow the address when a link is followed.
function startAddress(store, analysis, table) {
  let own = location.hash;
  const write = (choices) => {
    own = writeHash(choices, analysis);
    try {
      history.replaceState(null, "", own || location.href.replace(/#.*$/, ""));
    } catch {
      location.hash = own;
    }
  };
  store.listen(write);
  addEventListener("hashchange", () => {
    if (location.hash === own) return;
    const given = readHash(location.hash, analysis);
    if (!given) return;
    const onlyCell = location.hash.startsWith("#cell=") && !location.hash.includes("&");
    store.set(onlyCell ? { cell: given.cell } : given);
    if (given.cell) table.show(given.cell);
    write(store.get());
  });
}

// A link to a cell of this page, followed a second time, changes no address: it still leads to the cell.
function startCellLinks(store, table) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#cell="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const path = link.getAttribute("href").slice("#cell=".length);
    store.set({ cell: path });
    table.show(path);
  });
}

// The choices stay in view while the charts scroll by, unless they would take too much of the window.
function startStickyChoices() {
  const bar = byId("choices");
  const fit = () => {
    const sticky = bar.offsetHeight < innerHeight * LARGEST_BAR;
    bar.classList.toggle("sticky", sticky);
    document.documentElement.style.setProperty("--bar-height", sticky ? `${bar.offsetHeight}px` : "0px");
  };
  new ResizeObserver(fit).observe(bar);
  addEventListener("resize", fit);
}

function startDifferences() {
  const box = byId("only-differences");
  box?.addEventListener("change", () => byId("environment").classList.toggle("only-differences", box.checked));
}

// What is folded on the screen is open on paper.
function startPrinting() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
}

function start() {
  const analysis = JSON.parse(byId("analysis").textContent);
  const resources = JSON.parse(byId("resources").textContent);
  for (const element of document.querySelectorAll(".needs-script")) element.hidden = false;
  document.body.append(el("div", { id: "announcement", class: "for-reader", "aria-live": "polite" }));
  startTheme(byId("theme-toggle"));
  startTerms();
  startDifferences();
  startPrinting();
  const palette = pairedPalette(resources.palette);
  const swatches = makeSwatches(analysis.allocators, palette);
  const store = makeStore(readHash(location.hash, analysis) ?? defaultChoices(analysis));
  startProgramFigures({ store, analysis, resources, palette, placeOf: (program) => byId(`program-${program}`) });
  if (analysis.cells.length === 0 && analysis.programs.length > 0) {
    for (const id of ["charts", "cells"]) byId(id).hidden = true; // only programs were measured
    return;
  }
  const rows = makeRows(analysis);
  startChoices(store, analysis, swatches);
  startStickyChoices();
  const table = startTable({ store, analysis, rows, swatches });
  const openCell = (cell) => {
    const row = rows.find((each) => each.cell === cell);
    if (!row) return;
    store.set({ cell: row.path });
    table.show(row.path);
  };
  startFigures(byId("figures"), { store, analysis, rows, resources, palette, swatches, openCell });
  startAddress(store, analysis, table);
  startCellLinks(store, table);
  if (store.get().cell) table.show(store.get().cell);
}

start();
