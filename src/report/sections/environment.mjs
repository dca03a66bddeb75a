// The environment of each platform side by side: a row per fact, the rows that differ marked.
import { html } from "../html.mjs";

const LONG_VALUE = 90; // characters from which a value is folded
const SUMMARY_LENGTH = 60;
const ABSENT = html`<span class="absent">not recorded</span>`;

// Facts are grouped by the word before their first dot; groups of other words stand before the loads.
const GROUPS = [
  ["Program and build", ["program", "build", "compiler", "libc"]], ["Kernel and distribution", ["system", "kernel"]], ["Processor", ["cpu"]],
  ["Topology", ["topology"]], ["Caches", ["cache"]], ["Memory", ["memory"]], ["Clock", ["clock", "timer"]],
  ["Machine", ["machine"]], ["Control group", ["cgroup"]], ["Process", ["process", "limit"]], ["Environment variables", ["environment"]],
  ["Run", ["memalloc_bench", "plan", "run", "worker", "constants", "gate"]], ["Others", []],
  ["Load before the run", ["before"]], ["Load after the run", ["after"]],
];
const OTHERS = GROUPS.findIndex(([, words]) => words.length === 0);

function groupOf(key) {
  const word = key.slice(0, Math.max(0, key.indexOf(".")));
  const group = GROUPS.findIndex(([, words]) => words.includes(word));
  return group < 0 ? OTHERS : group;
}

function longValue(text, shared) {
  const words = text.split(/\s+/);
  const own = shared ? words.filter((word) => !shared.has(word)) : [];
  let summary = html`${text.slice(0, SUMMARY_LENGTH)}…`;
  if (own.length) summary = html`${words.length} words; not on every platform: <strong>${own.join(" ")}</strong>`;
  else if (shared) summary = html`${words.length} words, the same on every platform`;
  return html`<details><summary>${summary}</summary>${text}</details>`;
}

// The words that all of the long values have, when they are lists of words (such as CPU flags) that differ.
function sharedWords(values) {
  const present = values.filter((value) => value !== undefined);
  if (present.length < 2 || new Set(present).size === 1) return null;
  const sets = present.map((value) => new Set(value.split(/\s+/)));
  return new Set([...sets[0]].filter((word) => sets.every((set) => set.has(word))));
}

function factRow(key, platforms) {
  const values = platforms.map(({ facts }) => (Object.hasOwn(facts, key) ? String(facts[key]) : undefined));
  const differs = new Set(values).size > 1;
  const shared = values.some((value) => value !== undefined && value.length > LONG_VALUE) ? sharedWords(values) : null;
  const cells = values.map((value) => {
    if (value === undefined) return html`<td>${ABSENT}</td>`;
    return html`<td>${value.length > LONG_VALUE ? longValue(value, shared) : value}</td>`;
  });
  const mark = differs && html` <span class="differs-mark"><span aria-hidden="true">≠</span><span class="for-reader"> differs</span></span>`;
  return { differs, markup: html`<tr${differs && html` class="differs"`}><th scope="row"><code>${key}</code>${mark}</th>${cells}</tr>` };
}

function factGroups(platforms) {
  const keys = [...new Set(platforms.flatMap(({ facts }) => Object.keys(facts)))].sort();
  return GROUPS.map(([name], index) => ({ name, keys: keys.filter((key) => groupOf(key) === index) })).filter((group) => group.keys.length);
}

function table(platforms) {
  let differences = 0;
  const bodies = factGroups(platforms).map(({ name, keys }) => {
    const rows = keys.map((key) => factRow(key, platforms));
    differences += rows.filter(({ differs }) => differs).length;
    return html`<tbody><tr class="group"><th scope="rowgroup" colspan="${platforms.length + 1}">${name}</th></tr>${rows.map(({ markup }) => markup)}</tbody>`;
  });
  const heads = platforms.map(({ name }) => html`<th scope="col">${name}</th>`);
  const about = platforms.length < 2 ? "The facts stored with the results."
    : `The facts stored with the results, side by side. ${differences === 0 ? "None differs." : `${differences} that differ are marked ≠.`}`;
  return html`<div class="table-frame" role="region" aria-label="Facts of the environment" tabindex="0">
  <table class="facts"><caption>${about}</caption><thead><tr><th scope="col">Fact</th>${heads}</tr></thead>${bodies}</table></div>`;
}

export function environmentSection({ platforms }) {
  const described = platforms.filter(({ facts }) => Object.keys(facts).length > 0);
  const silent = platforms.filter(({ facts }) => Object.keys(facts).length === 0).map(({ name }) => name);
  return html`<section id="environment" aria-labelledby="environment-title">
  <h2 id="environment-title">Environment</h2>
  ${described.length > 1 && html`<p class="needs-script" hidden><label><input type="checkbox" id="only-differences"> Only what differs</label></p>`}
  ${silent.length > 0 && html`<p>The files of ${silent.join(", ")} do not describe their machine.</p>`}
  ${described.length > 0 ? table(described) : html`<p>None of the files describes its machine.</p>`}
  <details><summary>Files read</summary><ul class="sentences">${platforms.map(({ name, files }) => html`<li>${name}: ${files.map((file, index) => html`${index > 0 && ", "}<code>${file}</code>`)}</li>`)}</ul></details>
</section>`;
}
