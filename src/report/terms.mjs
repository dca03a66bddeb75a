// The words of the report, explained once: the glossary shows them, and every use of a word links to its explanation.
import { html } from "./html.mjs";

export function termsOf({ batch_size: batchSize, inner_loop: innerLoop }) {
  return [
    ["cell", "Cell", "One combination of allocator, pattern and object size: the unit of every result."],
    ["allocator", "Allocator", "How the objects are obtained. The name before an @ is the strategy; the name after it is the heap underneath, when that is not the system's."],
    ["pattern", "Pattern", "The order in which the objects of a batch are allocated and freed."],
    ["batch", "Batch", `${batchSize} objects, allocated and freed in the pattern's order. In the pattern random: ${2 * batchSize} steps, then the rest is freed.`],
    ["trial", "Trial", `${innerLoop} batches, timed together.`],
    ["process", "Process", "A fresh run of a small program that measures a few trials of one cell and ends. Results differ more from process to process than from trial to trial, so processes, not trials, are counted as independent observations."],
    ["median", "Median", "The middle value: half of the values are smaller. Of each process the median of its trials is taken, then the median over the processes."],
    ["interval", "95 % interval", "Where the true median lies, with 95 % confidence: the exact interval between two of the ordered process medians. It assumes nothing about the shape of the distribution. Too few processes give no interval."],
    ["total", "Total", `The time of a whole trial, ${innerLoop} batches.`],
    ["latency", "Latency", "The time of the first batch of a trial alone: before caches, predictors and free lists have settled."],
    ["object", "ns per object", "The time divided by the number of objects allocated in it: the cost of one allocation with its deallocation."],
    ["ratio", "Times as fast as box", "The time of box divided by the time of the allocator. 2× takes half the time, 0.5× twice the time."],
    ["practical", "No practical difference", "The interval of the ratio lies within the threshold below which a difference does not matter. This is a finding, not a lack of one."],
    ["inconclusive", "Inconclusive", "Nothing can be said: the interval of the comparison is too wide."],
    ["fastest", "Fastest", "The smallest median among the allocators of one platform, pattern and size. Shared when the 95 % interval of another one overlaps its own or the lead is within the threshold below which a difference does not matter; only called the smallest when there is no interval to judge it by."],
  ].map(([id, name, meaning]) => ({ id, name, meaning }));
}

export function glossary(analysis) {
  const rows = termsOf(analysis).map(({ id, name, meaning }) => html`<div class="entry" id="term-${id}"><dt>${name}</dt><dd>${meaning}</dd></div>`);
  return html`<dl class="glossary">${rows}</dl>`;
}

export function term(id, text) {
  return html`<a class="term" href="#term-${id}">${text}</a>`;
}
