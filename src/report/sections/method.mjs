// How it was measured: the method in words, the constants, and the glossary that the terms link to.
import { counted } from "../client/numbers.mjs";
import { html } from "../html.mjs";
import { glossary, term } from "../terms.mjs";

const PATTERN_MEANINGS = {
  immediate: "each object is freed before the next one is allocated",
  lifo: "all objects of the batch are allocated, then freed in reverse order: a stack",
  fifo: "all objects of the batch are allocated, then freed in the same order: a queue",
  random: "a slot is picked at random: an empty slot gets an object, the object of a full one is freed; at the end the remaining objects are freed",
};

// "20", "5 to 20", or null when nothing is known.
function range(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return null;
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return low === high ? String(low) : `${low} to ${high}`;
}

function constants({ cells, batch_size: batchSize, inner_loop: innerLoop, sizes, patterns, allocators, platforms }) {
  const rows = [
    ["Objects in a batch", batchSize],
    ["Batches in a trial", innerLoop],
    ["Trials of a cell", range(cells.map(({ n }) => n))],
    ["Processes of a cell", range(cells.map(({ processes }) => processes)) ?? "unknown"],
    ["Objects in a trial of random", range(cells.filter(({ pattern }) => pattern === "random").map(({ objects_per_trial: objects }) => objects && Math.round(objects)))],
    ["Object sizes", `${sizes.join(", ")} bytes`],
    ["Cells", `${cells.length} (${counted(platforms.length, "platform")} × up to ${counted(allocators.length, "allocator")} × ${counted(patterns.length, "pattern")} × ${counted(sizes.length, "size")})`],
  ];
  const known = rows.filter(([, value]) => value !== null && value !== undefined);
  return html`<table class="constants"><caption>Constants of these measurements</caption><tbody>${known.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function definitions(entries) {
  return html`<dl class="glossary">${entries.map(([name, meaning]) => html`<div class="entry"><dt><code>${name}</code></dt><dd>${meaning}</dd></div>`)}</dl>`;
}

export function methodSection(analysis) {
  const own = analysis.platforms.some(({ origin }) => origin !== "other");
  return html`<section id="method" aria-labelledby="method-title">
  <h2 id="method-title">Method</h2>
  <div class="columns">
  <div class="prose">
  ${own && html`<p>Every ${term("cell", "cell")} is measured in many fresh ${term("process", "processes")}. Each runs a few ${term("trial", "trials")} and exits. One process is not enough: the addresses of heap and code, and what was freed before, shift all trials of a process together, by more than the trials differ from each other.</p>
  <p>The processes are ordered in replicates. In each, the blocks of equal pattern and size are shuffled, and inside a block all allocators run next to each other in random order. So slow drift of the machine affects alike what is compared.</p>
  <p>Inside a process the clock is read before and after each trial. The ${term("latency", "first batch")} is also timed separately. The first 8 bytes of every object are written when it is allocated, and read back and checked when it is freed. Bookkeeping and random numbers are prepared before the clock starts, outside the heap that is measured.</p>`}
  <p>The value of a cell is the ${term("median", "median")} over its processes' medians, with its exact ${term("interval", "95 % interval")}. No value is removed for being an outlier. Ratios compare allocators on the same platform, pattern and size, never across platforms. A difference counts only if it is significant and large enough to matter; otherwise the table says ${term("practical", "no practical difference")} or ${term("inconclusive", "inconclusive")}.</p>
  ${analysis.platforms.some(({ origin }) => origin === "other") && html`<p>Files of other programs are summarised with the same statistics; how they were measured is not known here. If a file does not say which trials share a process, the trials are taken as independent, and the intervals are probably too narrow.</p>`}
  </div>
  ${constants(analysis)}
  </div>
  <h3>Allocators</h3>
  ${definitions(analysis.allocators.map(({ name, summary }) => [name, summary ?? "not described"]))}
  <h3>Patterns</h3>
  ${definitions(analysis.patterns.map((name) => [name, Object.hasOwn(PATTERN_MEANINGS, name) ? PATTERN_MEANINGS[name] : "not described"]))}
  <h3>Words</h3>
  ${glossary(analysis)}
</section>`;
}
