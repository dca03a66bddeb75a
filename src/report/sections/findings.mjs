// What was found, in the analysis' own sentences: those about all platforms first, then a group for each platform.
import { html } from "../html.mjs";
import { QUICK } from "./warnings.mjs";

const MAX_OPEN = 20;

function list(findings) {
  return html`<ul class="sentences">${findings.map(({ text }) => html`<li>${text}</li>`)}</ul>`;
}

// What matters most comes first; of many the rest is folded.
function sentences(findings) {
  if (findings.length <= MAX_OPEN + 1) return list(findings);
  const rest = findings.slice(MAX_OPEN);
  return html`${list(findings.slice(0, MAX_OPEN))}<details><summary>${rest.length} more</summary>${list(rest)}</details>`;
}

export function findingsSection({ findings, platforms, programs }) {
  const names = platforms.map(({ name }) => name);
  const quick = new Set(platforms.filter((platform) => platform.quick).map(({ name }) => name));
  const general = findings.filter(({ platform }) => platform === null || !names.includes(platform));
  const groups = names
    .map((name) => ({ name, found: findings.filter(({ platform }) => platform === name) }))
    .filter(({ found }) => found.length);
  const cards = groups.map(({ name, found }) => html`<section class="card"><h3>${name}${quick.has(name) && QUICK}</h3>${sentences(found)}</section>`);
  return html`<section id="findings" aria-labelledby="findings-title">
  <h2 id="findings-title">Findings</h2>
  ${general.length > 0 && html`<div class="general">${sentences(general)}</div>`}
  ${cards.length > 0 && html`<div class="cards">${cards}</div>`}
  ${findings.length === 0 && (programs.length > 0 ? html`<p>The findings about programs are in <a href="#programs">their own section</a>.</p>` : html`<p>These files give no findings.</p>`)}
</section>`;
}
