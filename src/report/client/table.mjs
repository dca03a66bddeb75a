// The table of all cells: filtered, sorted and shown a page at a time; printed whole.
import { byId, el, refill } from "./dom.mjs";
import { detailOf } from "./detail.mjs";
import { counted, inUnit, intervalText, metricText, ratioText, unitOfColumn, unitText, verdictText } from "./numbers.mjs";
import { filterRows, orderOf, scaledTimes, sortRows } from "./rows.mjs";
import { reachOf, reachText, strip } from "./strip.mjs";

const KEEP_IN_VIEW_MS = 1500;
const PAGE_SIZES = [100, 250, Infinity];

// A column: its name for sorting, its heading, the term that explains it, and its cell for (row, context).
const COLUMNS = [
  { name: "platform", title: "Platform", cell: (row) => el("td", { class: "platform" }, row.cell.platform) },
  { name: "allocator", title: "Allocator", term: "allocator", cell: (row, { swatches }) => el("td", { class: "name" }, swatches.mark(row.cell.allocator), " ", row.cell.allocator) },
  { name: "pattern", title: "Pattern", term: "pattern", cell: (row) => el("td", {}, row.cell.pattern) },
  { name: "size", title: "Size", number: true, cell: (row) => el("td", { class: "number" }, row.cell.size_bytes) },
  { name: "median", title: "Median", term: "median", number: true, cell: medianCell },
  { name: "interval", title: "95 % interval", term: "interval", number: true, cell: (row, { unit, times }) => el("td", { class: "number quiet" }, times ? intervalText(times.median_low, times.median_high, unit) : "–") },
  { name: "ratio", title: "Against box", term: "ratio", number: true, cell: ratioCell },
  { name: "processes", title: "Processes", term: "process", number: true, cell: (row) => el("td", { class: "number" }, row.cell.processes ?? "?") },
  { name: "spread", title: "Process medians", cell: (row, { times, reach }) => el("td", { class: "strip-cell" }, (times && strip(times, reach)) ?? "–") },
  { name: "outcome", title: "Outcome", cell: outcomeCell },
];

const BADGES = {
  alone: { text: "fastest", title: "the fastest allocator here" },
  shared: { text: "fastest, shared", title: "shares the lead: the intervals overlap" },
  unreplicated: { text: "smallest", title: "the smallest median here, without an interval to judge it by" },
};

function medianCell(row, { unit, times, metric }) {
  const fastest = row.fastest[metric];
  const badge = fastest ? el("span", { class: `badge ${fastest}`, title: BADGES[fastest].title }, BADGES[fastest].text) : null;
  return el("td", { class: "number" }, badge, " ", el("span", { class: fastest ? "winner" : null }, times ? inUnit(times.median, unit) : "–"));
}

function ratioCell(row, { metric }) {
  const ratio = row.ratios[metric];
  if (!ratio) return el("td", { class: "number quiet" }, row.cell.allocator === "box" ? "baseline" : "–");
  return el("td", { class: "number" }, ratioText(ratio.ratio), " ", el("span", { class: `verdict ${ratio.verdict === "faster" || ratio.verdict === "slower" ? ratio.verdict : "neither"}` }, verdictText(ratio.verdict)));
}

function outcomeCell({ cell }) {
  if (cell.outcome !== "ok") return el("td", { class: "bad" }, cell.outcome.replaceAll("_", " "), cell.reason ? `: ${cell.reason}` : "");
  return el("td", { class: cell.disturbed ? "doubtful" : "quiet" }, cell.disturbed ? "ok, disturbed" : "ok");
}

function headCell(column, choices, unit, onSort) {
  const active = choices.sort.replace(/^-/, "") === column.name;
  const direction = choices.sort.startsWith("-") ? "descending" : "ascending";
  const arrow = active ? (direction === "ascending" ? " ▲" : " ▼") : "";
  const button = el("button", { type: "button", class: "sort", "data-column": column.name, onclick: () => onSort(column.name) }, column.title, el("span", { "aria-hidden": "true" }, arrow));
  const onPaper = el("span", { class: "on-paper" }, column.title); // a browser prints buttons in the first of repeated headings only
  const about = column.term ? [" ", el("a", { class: "term mark-only", href: `#term-${column.term}`, "aria-label": `What is ${column.title}?` }, "?")] : null;
  return el("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": active ? direction : "none" }, button, onPaper, about, el("span", { class: "heading-unit" }, unit ?? "\u00a0"));
}

// ascending → descending → as at the start.
function nextSort(sort, name) {
  if (sort === name) return `-${name}`;
  return sort === `-${name}` ? "" : name;
}

function rowElements(row, state, context) {
  const { columns } = context;
  const times = scaledTimes(row.cell, state.metric, state.unitKind, state.innerLoop);
  const open = state.open.has(row.path);
  const toggle = el("button", { type: "button", class: "toggle", "aria-expanded": String(open), "aria-label": `Details of ${row.cell.allocator}, ${row.cell.pattern}, ${row.cell.size_bytes} B`, onclick: () => context.toggle(row) }, open ? "▾" : "▸");
  const given = { ...state, times, swatches: context.swatches };
  const line = el("tr", { class: row.path === state.target ? "target" : null, "data-path": row.path }, el("td", { class: "toggle-cell" }, toggle), columns.map(({ cell }) => cell(row, given)));
  if (!open) return [line];
  return [line, el("tr", { class: "detail" }, el("td", { colspan: columns.length + 1 }, detailOf(row, state.innerLoop)))];
}

// What the table needs of the chosen rows: one unit for the whole column, one scale for all strips.
function makeState(rows, choices, { analysis, open }) {
  const { metric, unit: unitKind, cell: target } = choices;
  const times = rows.map((row) => scaledTimes(row.cell, metric, unitKind, analysis.inner_loop)).filter((each) => each !== null);
  return { metric, unitKind, innerLoop: analysis.inner_loop, unit: unitOfColumn(times.map(({ median }) => median)), reach: reachOf(times), target, open };
}

// The second line of a column's heading.
function unitOfHeading(column, state, choices) {
  const units = { size: "bytes", median: unitText(state.unit, choices), interval: state.unit.name, spread: reachText(state.reach), ratio: "times as fast" };
  return units[column.name] ?? null;
}

function pageControls(holder, { page, pageSize, count }, go) {
  const pages = Math.max(1, Math.ceil(count / pageSize));
  const step = (text, to) => el("button", { type: "button", disabled: to < 0 || to >= pages, onclick: () => go({ page: to }) }, text);
  const sizes = PAGE_SIZES.map((size) => el("button", { type: "button", "aria-pressed": String(size === pageSize), onclick: () => go({ page: 0, pageSize: size }) }, size === Infinity ? "all" : size));
  refill(holder, pages > 1 && el("nav", { "aria-label": "Pages of the table" }, step("Previous", page - 1), el("span", {}, `Page ${page + 1} of ${pages}`), step("Next", page + 1)),
    count > PAGE_SIZES[0] && el("div", { class: "page-sizes", role: "group", "aria-label": "Rows per page" }, el("span", {}, "Rows per page"), sizes));
}

// Scrolls to the element that `find` gives, and does so again while what stands above it is still being drawn: for a
// while, or until the reader does something.
function keepInView(find) {
  const scroll = () => find()?.scrollIntoView({ block: "center", behavior: "instant" });
  const watch = new ResizeObserver(scroll);
  const ending = new AbortController();
  const end = () => {
    watch.disconnect();
    ending.abort();
  };
  scroll();
  watch.observe(byId("figures"));
  for (const event of ["wheel", "pointerdown", "keydown", "touchstart"]) addEventListener(event, end, { signal: ending.signal, passive: true });
  setTimeout(end, KEEP_IN_VIEW_MS);
}

// { show(path): opens, shows and highlights a cell }
export function startTable({ store, analysis, rows, swatches }) {
  const columns = COLUMNS.filter(({ name }) => name !== "platform" || analysis.platforms.length > 1);
  const order = orderOf(analysis);
  const open = new Set();
  const place = { page: 0, pageSize: PAGE_SIZES[0] };
  let shownRows = rows;
  const refresh = () => {
    const { metric, unit } = store.get();
    shownRows = sortRows(filterRows(rows, store.get()), store.get().sort, { metric, unit, innerLoop: analysis.inner_loop }, order);
  };
  const draw = (pageSize = place.pageSize) => {
    const choices = store.get();
    const state = makeState(rows, choices, { analysis, open });
    place.page = Math.max(0, Math.min(place.page, Math.ceil(shownRows.length / pageSize) - 1));
    const first = pageSize === Infinity ? 0 : place.page * pageSize;
    const visibleRows = shownRows.slice(first, first + pageSize);
    const focused = document.activeElement?.dataset?.column;
    const onSort = (name) => store.set({ sort: nextSort(store.get().sort, name) });
    const head = el("tr", {}, el("td"), columns.map((column) => headCell(column, choices, unitOfHeading(column, state, choices), onSort)));
    const body = el("tbody", {}, visibleRows.map((row) => rowElements(row, state, { columns, swatches, toggle })));
    const caption = el("caption", { class: "for-reader" }, `Cells: ${metricText(choices.metric)}`);
    refill(byId("cell-table"), el("table", { class: "cells" }, caption, el("thead", {}, head), body));
    if (focused) byId("cell-table").querySelector(`button[data-column="${focused}"]`)?.focus();
    byId("cell-count").textContent = shownRows.length === rows.length ? counted(rows.length, "cell") : `${shownRows.length} of ${counted(rows.length, "cell")}`;
    pageControls(byId("pages"), { ...place, count: shownRows.length }, (changes) => {
      Object.assign(place, changes);
      draw();
      byId("cells").scrollIntoView();
    });
  };
  const toggle = (row) => {
    if (open.has(row.path)) open.delete(row.path);
    else open.add(row.path);
    if (open.has(row.path)) store.set({ cell: row.path });
    else if (store.get().cell === row.path) store.set({ cell: null });
    draw();
    lineOf(row.path)?.querySelector("button.toggle")?.focus();
  };
  const lineOf = (path) => [...byId("cell-table").querySelectorAll("tr[data-path]")].find((line) => line.dataset.path === path);
  const show = (path) => {
    const row = rows.find((each) => each.path === path);
    if (!row) return false;
    open.add(path);
    if (!shownRows.includes(row)) store.set({ find: "", inPlatform: "", inAllocator: "", inPattern: "", inOutcome: "" });
    place.page = place.pageSize === Infinity ? 0 : Math.floor(shownRows.indexOf(row) / place.pageSize);
    draw();
    keepInView(() => lineOf(path));
    lineOf(path).querySelector("button.toggle").focus({ preventScroll: true });
    return true;
  };
  const DECIDES_ROWS = ["metric", "unit", "find", "inPlatform", "inAllocator", "inPattern", "inOutcome", "sort"];
  store.listen((_, changed) => {
    if (!DECIDES_ROWS.some((choice) => changed.has(choice))) return;
    if (!changed.has("metric") && !changed.has("unit")) place.page = 0;
    refresh();
    draw();
  });
  addEventListener("beforeprint", () => draw(Infinity));
  addEventListener("afterprint", () => draw());
  refresh();
  draw();
  return { show };
}
