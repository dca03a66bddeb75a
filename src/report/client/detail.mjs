// All that is known of one cell, as it opens below its row.
import { el } from "./dom.mjs";
import { counted, inUnit, intervalText, metricText, ratioText, unitOfColumn, unitText, verdictText } from "./numbers.mjs";
import { METRICS, scaledTimes } from "./rows.mjs";

const STATISTICS = [
  ["median", "Median"], ["interval", "95 % interval"], ["mean", "Mean"], ["std", "Standard deviation"], ["min", "Smallest"], ["p5", "5 %"],
  ["p25", "25 %"], ["p75", "75 %"], ["p95", "95 %"], ["max", "Largest"],
];

function column(row, metric, kind, innerLoop) {
  const times = scaledTimes(row.cell, metric, kind, innerLoop);
  if (!times) return null;
  const unit = unitOfColumn([times.median]);
  const value = (name) => (name === "interval" ? intervalText(times.median_low, times.median_high, unit) : inUnit(times[name], unit));
  return { title: `${metricText(metric)}, ${unitText(unit, { metric, unit: kind })}`, value };
}

function statistics(row, innerLoop) {
  const columns = METRICS.flatMap((metric) => ["ns_per_object", "total"].map((kind) => column(row, metric, kind, innerLoop))).filter((each) => each !== null);
  const head = el("tr", {}, el("td"), columns.map(({ title }) => el("th", { scope: "col" }, title)));
  const body = STATISTICS.map(([name, title]) => el("tr", {}, el("th", { scope: "row" }, title), columns.map(({ value }) => el("td", { class: "number" }, value(name)))));
  return el("div", { class: "detail-frame" }, el("table", { class: "statistics" }, el("thead", {}, head), el("tbody", {}, body)));
}

function comparison({ ratios }) {
  const sentences = METRICS.filter((metric) => ratios[metric]).map((metric) => {
    const { ratio, ratio_low: low, ratio_high: high, baseline, verdict } = ratios[metric];
    const interval = Number.isFinite(low) && Number.isFinite(high) ? ` (${ratioText(low)} – ${ratioText(high)})` : "";
    return `${metricText(metric)}: ${ratioText(ratio)} as fast as ${baseline}${interval}, ${verdictText(verdict)}`;
  });
  return sentences.length ? el("p", {}, `${sentences.join("; ")}.`) : null;
}

// Why the total differs by more than twice, and what removes it.
function cause({ ratios }) {
  const found = ratios.total?.cause;
  return found ? el("p", {}, el("strong", {}, `Cause of the gap: ${found.label}`), `: ${found.text}. What removes it: ${found.toggle}.`) : null;
}

export function detailOf(row, innerLoop) {
  const { cell, path } = row;
  const link = el("a", { href: `#cell=${path}` }, "Link to this cell");
  const facts = [counted(cell.n ?? "?", "trial"), cell.processes === null ? "processes unknown" : counted(cell.processes, "process", "processes"),
    Number.isFinite(cell.objects_per_trial) ? `${Math.round(cell.objects_per_trial).toLocaleString("en")} objects per trial` : null].filter((fact) => fact !== null);
  const outcome = cell.outcome === "ok" ? null : el("p", {}, el("strong", {}, cell.outcome.replaceAll("_", " ")), cell.reason ? `: ${cell.reason}` : "");
  return [el("p", {}, el("strong", {}, `${cell.platform} · ${cell.allocator} · ${cell.pattern} · ${cell.size_bytes} B`), ` — ${facts.join(", ")}. `, link), outcome, comparison(row), cause(row),
    cell.total || cell.latency ? statistics(row, innerLoop) : null];
}
