// What limits the trust in the numbers: the machines' warnings, quick runs, files left out, cells that failed or that
// say nothing.
import { html } from "../html.mjs";
import { counted } from "../client/numbers.mjs";
import { cellPath } from "../client/path.mjs";

const MAX_LISTED_OPEN = 6;
export const QUICK = html` <span class="tag">quick run</span>`;

function describe(cell) {
  if (cell.outcome !== "ok") return `${cell.outcome.replaceAll("_", " ")}${cell.reason ? `: ${cell.reason}` : ""}`;
  return "fewer than half of its trials were undisturbed";
}

function cellList(title, cells) {
  if (cells.length === 0) return null;
  const rows = cells.map((cell) => html`<li><a href="#cell=${cellPath(cell)}">${cell.platform} · ${cell.allocator} · ${cell.pattern} · ${cell.size_bytes} B</a>: ${describe(cell)}</li>`);
  return html`<details class="card warning"${cells.length <= MAX_LISTED_OPEN && html` open`}><summary><h3>${cells.length} ${title}</h3></summary><ul class="sentences">${rows}</ul></details>`;
}

export function warningsSection({ platforms, cells, left_out: leftOut }) {
  const groups = platforms.map((platform) => ({ name: platform.name, quick: platform.quick, own: platform.warnings })).filter(({ own, quick }) => own.length || quick);
  const failed = cells.filter((cell) => cell.outcome !== "ok");
  const cards = groups.map(({ name, quick, own }) => html`<section class="card warning"><h3>${name}${quick && QUICK}</h3><ul class="sentences">${own.map((text) => html`<li>${text}</li>`)}</ul></section>`);
  const files = leftOut.length > 0 && html`<section class="card warning"><h3>${counted(leftOut.length, "file")} left out</h3>
    <ul class="sentences">${leftOut.map(({ file, reason }) => html`<li><code>${file}</code>: ${reason}</li>`)}</ul></section>`;
  const none = groups.length + failed.length + leftOut.length === 0;
  return html`<section id="warnings" aria-labelledby="warnings-title">
  <h2 id="warnings-title">Warnings</h2>
  ${none ? html`<p>None: every cell was measured, and nothing on the machine is known to disturb measurements.</p>`
    : html`<div class="cards">${files}${cards}${cellList(failed.length === 1 ? "cell failed" : "cells failed", failed)}</div>`}
</section>`;
}
