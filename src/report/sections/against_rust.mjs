// C against Rust: a table per platform of what the analysis says of each pair that does the same work. Nothing where no
// strategy in Rust was measured.
import { cellPath } from "../client/path.mjs";
import { html } from "../html.mjs";
import { term } from "../terms.mjs";

// Two digits after the point: the box of both is to be within 2 %.
function times(ratio) {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : "–";
}

function bound({ platform, allocator }, end) {
  if (!end) return "–";
  const path = cellPath({ platform, allocator, pattern: end.pattern, size_bytes: end.size_bytes });
  return html`${times(end.ratio)} <a href="#cell=${path}">${end.pattern} ${end.size_bytes} B</a>`;
}

function row(one) {
  const numbers = [`${one.as_fast} of ${one.cells}`, one.faster, one.slower];
  return html`<tr${one.pattern === null && html` class="whole"`}><th scope="row">${one.pattern ?? "all"}</th>
    <td class="number">${times(one.median)}</td><td class="number">${bound(one, one.least)}</td><td class="number">${bound(one, one.most)}</td>
    ${numbers.map((number) => html`<td class="number">${number}</td>`)}</tr>`;
}

function pairBody(rows) {
  const [{ allocator, reference }] = rows;
  return html`<tbody><tr class="group"><th scope="rowgroup" colspan="7">${allocator} against ${reference}</th></tr>${rows.map(row)}</tbody>`;
}

// The rows of each pair, in the order in which they come.
function pairsOf(rows) {
  const pairs = new Map();
  for (const one of rows) {
    const key = JSON.stringify([one.allocator, one.reference]);
    pairs.set(key, [...(pairs.get(key) ?? []), one]);
  }
  return [...pairs.values()];
}

function table(platform, rows) {
  const heads = ["Pattern", "Median", "Least", "Most", "C as fast", "C faster", "C slower"];
  return html`<div class="table-frame" role="region" aria-label="C against Rust on ${platform}" tabindex="0">
  <table class="against"><caption>${platform}</caption><thead><tr>${heads.map((head, index) => html`<th scope="col"${index > 0 && html` class="number"`}>${head}</th>`)}</tr></thead>
  ${pairsOf(rows).map(pairBody)}</table></div>`;
}

export function againstRustSection({ against_rust: rows, platforms }) {
  if (rows.length === 0) return "";
  const tables = platforms.map(({ name }) => [name, rows.filter(({ platform }) => platform === name)]).filter(([, own]) => own.length);
  return html`<section id="rust" aria-labelledby="rust-title">
  <h2 id="rust-title">C against Rust</h2>
  <p class="lead">Rust's time divided by C's for each ${term("cell", "cell")}: above 1, C is faster. Both ran next to each other on the same malloc, with the same objects and random steps. The slab crate passes objects by value. Where the compiler need not move them, it is compared with the C slab that works in place; where it moves them, with the C slab that copies. “C as fast” counts cells with a ratio of 1 or more. “C faster” and “C slower” count cells whose whole ${term("interval", "interval")} is on that side of 1 and that are not in doubt.</p>
  ${tables.map(([name, own]) => table(name, own))}
</section>`;
}

// The link to it among the sections.
export function againstRustLink({ against_rust: rows }) {
  return rows.length > 0 ? html`<li><a href="#rust">C against Rust</a></li>` : "";
}
