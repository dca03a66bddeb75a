// Which allocator is the fastest where: a small table per platform, pattern by size, of marks that link to the cells.
import { el } from "./dom.mjs";
import { inUnit, metricText, ratioText, unitOfColumn, unitText } from "./numbers.mjs";
import { scaledTimes } from "./rows.mjs";

function say(row, choices, innerLoop) {
  const { metric, unit: kind } = choices;
  const times = scaledTimes(row.cell, metric, kind, innerLoop);
  const unit = unitOfColumn([times?.median ?? 1]);
  const ratio = row.ratios[metric];
  const against = ratio ? `, ${ratioText(ratio.ratio)} as fast as ${ratio.baseline}` : "";
  return `${times ? `${inUnit(times.median, unit)} ${unitText(unit, choices)}` : "no time"}${against}`;
}

const LEADS = { alone: "", shared: " share the lead", unreplicated: " has the smallest median, without an interval" };

function winnerCell(winners, choices, { swatches, analysis }) {
  if (winners.length === 0) return el("td", { class: "none" }, el("span", { "aria-label": "no result" }, "–"));
  const names = winners.map(({ cell }) => cell.allocator);
  const [best] = winners;
  const text = `${best.cell.pattern}, ${best.cell.size_bytes} B: ${names.join(" and ")}${LEADS[best.fastest[choices.metric]]}, ${say(best, choices, analysis.inner_loop)}`;
  return el("td", { class: best.fastest[choices.metric] }, el("a", { href: `#cell=${best.path}`, title: text, "aria-label": text }, names.map((name) => swatches.mark(name))));
}

function platformTable(platform, rows, choices, context) {
  const { analysis } = context;
  const byPlace = new Map();
  for (const row of rows) {
    if (row.cell.platform !== platform || !row.fastest[choices.metric]) continue;
    const place = `${row.cell.size_bytes}/${row.cell.pattern}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), row].sort((a, b) => a.cell[choices.metric].median - b.cell[choices.metric].median));
  }
  const head = el("tr", {}, el("th", { scope: "col" }, "bytes"), analysis.sizes.map((size) => el("th", { scope: "col" }, size)));
  const body = analysis.patterns.map((pattern) => el("tr", {}, el("th", { scope: "row" }, pattern),
    analysis.sizes.map((size) => winnerCell(byPlace.get(`${size}/${pattern}`) ?? [], choices, context))));
  return el("div", { class: "table-frame", role: "region", "aria-label": `Fastest allocators on ${platform}`, tabindex: 0 },
    el("table", { class: "winners" }, el("caption", {}, platform), el("thead", {}, head), el("tbody", {}, body)));
}

export function winnersTable(context) {
  const { store, analysis, rows, swatches } = context;
  const body = el("div", { class: "winner-tables" });
  const fill = (choices) => {
    const names = analysis.platforms.map(({ name }) => name).filter((name) => choices.platform === "" || name === choices.platform);
    body.replaceChildren(...names.map((name) => platformTable(name, rows, choices, context)));
    caption.textContent = `By the median of the ${metricText(choices.metric)}, among all allocators measured. Several marks: their 95 % intervals overlap, or they are so near that it does not matter. Pale: the smallest median, without an interval to judge it by. Each mark leads to its row in the table.`;
  };
  const caption = el("figcaption");
  store.listen((choices, changed) => (changed.has("metric") || changed.has("unit") || changed.has("platform")) && fill(choices));
  fill(store.get());
  const key = el("p", { class: "key" }, analysis.allocators.map(({ name }) => el("span", {}, swatches.mark(name), " ", name)));
  return el("figure", { class: "figure" }, el("h3", {}, "Fastest allocator"), key, body, caption);
}
