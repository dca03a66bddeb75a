// The words of the report, explained once: the glossary shows them, and every use of a word links to its explanation.
import { html } from "./html.mjs";

export function termsOf({ batch_size: batchSize, inner_loop: innerLoop }) {
  return [
    ["cell", "Cell", "One combination of allocator, pattern and object size: the unit of every result."],
    ["allocator", "Allocator", "How objects are obtained. The name before an @ is the strategy; the name after it is the heap, if that is not the system's."],
    ["pattern", "Pattern", "The order in which the objects of a batch are allocated and freed."],
    ["batch", "Batch", `${batchSize} objects, allocated and freed in the pattern's order. In the pattern random: ${2 * batchSize} steps, after which the remaining objects are freed.`],
    ["trial", "Trial", `${innerLoop} batches, timed together.`],
    ["process", "Process", "A fresh run of a small program that measures a few trials of one cell and exits. Results differ more from process to process than from trial to trial, so processes, not trials, are the independent observations."],
    ["median", "Median", "The middle value: half of the values are smaller. A cell's value is the median over its processes of the median of each process's trials."],
    ["interval", "95 % interval", "The range that contains the true median with 95 % confidence: the exact interval between two of the ordered process medians. It assumes nothing about the shape of the distribution. With too few processes there is no interval."],
    ["total", "Total", `The time of a whole trial, ${innerLoop} batches.`],
    ["latency", "First batch", "The time of only the first batch of a trial, before caches, predictors and free lists have warmed up."],
    ["object", "ns per object", "The time divided by the number of objects allocated in it: the cost of one allocation and deallocation."],
    ["ratio", "Times as fast as box", "The time of box divided by the time of the allocator. 2× means half the time, 0.5× twice the time."],
    ["practical", "No practical difference", "The whole interval of the ratio lies within the threshold below which a difference does not matter. This is a result, not the lack of one."],
    ["inconclusive", "Inconclusive", "Undecided: the interval of the ratio is too wide."],
    ["fastest", "Fastest", "The smallest median among the allocators of one platform, pattern and size. It is shared if the 95 % interval of another allocator overlaps its own, or if its lead is within the threshold below which a difference does not matter. Without an interval it is only called the smallest."],
  ].map(([id, name, meaning]) => ({ id, name, meaning }));
}

export function glossary(analysis) {
  const rows = termsOf(analysis).map(({ id, name, meaning }) => html`<div class="entry" id="term-${id}"><dt>${name}</dt><dd>${meaning}</dd></div>`);
  return html`<dl class="glossary">${rows}</dl>`;
}

export function term(id, text) {
  return html`<a class="term" href="#term-${id}">${text}</a>`;
}
