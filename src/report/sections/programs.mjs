// Programs that were run on every heap: the answer of each, a table of the metrics, and places for its charts. Nothing where
// no program was measured.
import { html } from "../html.mjs";
import { term } from "../terms.mjs";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const SCALES = { ns: [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]], bytes: [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]] };
const VERDICT_MARK = { faster: "*", slower: "*" };

function quantity(value, unit) {
  if (!isNumber(value)) return "–";
  const [size, name] = (SCALES[unit] ?? [[1, ""]]).find(([each]) => value >= each) ?? [1, ""];
  const digits = Number.isInteger(value) && size === 1 ? 0 : 3;
  const shown = value / size;
  return `${digits ? Number(shown.toPrecision(digits)).toLocaleString("en") : shown.toLocaleString("en")}${name && ` ${name}`}`;
}

function change({ ratio, ratio_interval: interval, verdict }) {
  if (!isNumber(ratio)) return "";
  const percent = (one) => `${one < 1 ? "−" : "+"}${(Math.abs(one - 1) * 100).toFixed(Math.abs(one - 1) >= 0.995 ? 0 : 1)}`;
  const range = Array.isArray(interval) ? ` (${percent(interval[0])} to ${percent(interval[1])})` : "";
  return ` ${percent(ratio)} %${VERDICT_MARK[verdict] ?? ""}${range}`;
}

function shownMetrics({ metrics, time_metric: time, memory_metric: memory, heaps }) {
  const wanted = [...new Set([time, "cpu_ns", "wall_ns", memory, "minor_faults"])];
  return wanted.map((name) => metrics.find((metric) => metric.name === name)).filter((metric) => metric && heaps.some((heap) => heap.metrics[metric.name]));
}

function row(heap, metrics) {
  const title = `${heap.heap}${heap.twin ? " again" : ""}`;
  if (heap.state === "unusable" || heap.state === "broken") {
    return html`<tr><th scope="row">${title}</th><td colspan="${metrics.length}">${heap.state === "unusable" ? `not run: ${heap.problem ?? ""}` : (heap.failure ?? "it failed")}</td></tr>`;
  }
  const cells = metrics.map((metric) => [metric, heap.metrics[metric.name]]);
  return html`<tr${heap.on_front && html` class="whole"`}><th scope="row">${title}${heap.state === "unserved" && " (not served)"}</th>${cells.map(([metric, value]) => html`<td class="number">${value ? `${quantity(value.median, metric.unit)}${change(value)}` : "–"}</td>`)}</tr>`;
}

function table(program) {
  const metrics = shownMetrics(program);
  return html`<div class="table-frame" role="region" aria-label="${program.name} on every heap" tabindex="0">
  <table class="against"><caption>${program.command}</caption><thead><tr><th scope="col">Heap</th>${metrics.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}</tr></thead>
  <tbody>${program.heaps.map((heap) => row(heap, metrics))}</tbody></table></div>`;
}

function one(program, number) {
  const title = `${program.name}${program.parameters ? ` (${program.parameters})` : ""} on ${program.platform}`;
  return html`<section class="program" aria-labelledby="program-title-${number}"><h3 id="program-title-${number}">${title}</h3>
  <ul class="sentences">${program.sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
  ${table(program)}
  <div id="program-${number}" class="figures needs-script" hidden></div></section>`;
}

export function programsSection({ programs }) {
  if (programs.length === 0) return "";
  return html`<section id="programs" aria-labelledby="programs-title">
  <h2 id="programs-title">Programs on every heap</h2>
  <p class="lead">Each program ran on every heap in fresh processes that took turns. A change is the median, over the blocks of adjacent processes, of the ratio to the system's heap, with its exact ${term("interval", "95 % interval")}. A star marks changes that are significant over all heaps and larger than the difference of the system's heap from itself.</p>
  ${programs.map(one)}
</section>`;
}

export function programsLink({ programs }) {
  return programs.length > 0 && html`<li><a href="#programs">Programs</a></li>`;
}
