// Puts the page together: words as markup, so that they can be read without scripts; numbers as data for the scripts.
//
// The content security policy names the hash of each script and style of ours: nothing else runs, and nothing is
// fetched, whatever text a file brings.
import { createHash } from "node:crypto";
import { palette, spec, table } from "../charts/specs.mjs";
import { embedded, fewerDigits } from "./data.mjs";
import { html, scriptJson, trustedMarkup } from "./html.mjs";
import { licences, page, scripts, styles } from "./resources.mjs";
import { againstRustLink, againstRustSection } from "./sections/against_rust.mjs";
import { environmentSection } from "./sections/environment.mjs";
import { findingsSection } from "./sections/findings.mjs";
import { methodSection } from "./sections/method.mjs";
import { programsLink, programsSection } from "./sections/programs.mjs";
import { warningsSection } from "./sections/warnings.mjs";

// The charts' own spec files by name: charts.def's, and the one for a chart without anything to show.
function chartSpecs() {
  const files = [...table.charts.map((chart) => chart.spec), "nothing.vl.json"];
  return Object.fromEntries(files.map((file) => [file, spec(file)]));
}

function hashOf(source) {
  return `'sha256-${createHash("sha256").update(source, "utf8").digest("base64")}'`;
}

function policyOf(scripts, styles) {
  return `default-src 'none'; script-src ${scripts.map(hashOf).join(" ")}; style-src ${hashOf(styles)}; base-uri 'none'; form-action 'none'`;
}

function aboutLine({ platforms, cells, programs, generated_at: generatedAt, program_version: version }) {
  const names = platforms.length <= 3 ? platforms.map(({ name }) => name).join(", ") : `${platforms.length} platforms`;
  const counts = [...(cells.length > 0 || programs.length === 0 ? [`${cells.length.toLocaleString("en")} cells`] : []), ...(programs.length > 0 ? [`${programs.length} ${programs.length === 1 ? "program" : "programs"}`] : [])];
  return html`${[...(platforms.length > 0 ? [names] : []), ...counts].join(" · ")}${generatedAt && html` · <time datetime="${generatedAt}">${generatedAt.replace("T", " ").replace("Z", " UTC")}</time>`} · version ${version}`;
}

function footer() {
  const groups = licences.map(({ names, text }) => html`<h2>${names.join(", ")}</h2><pre>${lines(text)}</pre>`);
  return html`<details class="licences"><summary>Licences of the libraries in this file</summary>${groups}</details>`;
}

// Text whose line breaks stay line breaks.
function lines(text) {
  return text.split(/\r?\n/).map((line) => [html`${line}`, trustedMarkup("\n")]);
}

function titleOf({ platforms }) {
  if (platforms.length === 1) return `memalloc-bench: ${platforms[0].name}`;
  return `memalloc-bench: ${platforms.length} platforms`;
}

// The whole page for a normalised analysis (see data.mjs), as text.
export function buildPage(analysis) {
  const resources = { palette, table, specs: chartSpecs() };
  const scriptElements = scripts.map((source) => `<script>${source}</script>`).join("\n");
  const parts = {
    policy: html`${policyOf(scripts, styles)}`,
    version: html`${analysis.program_version}`,
    title: html`${titleOf(analysis)}`,
    styles,
    about: aboutLine(analysis),
    findings: findingsSection(analysis),
    warnings: warningsSection(analysis),
    programs: programsSection(analysis),
    programslink: programsLink(analysis) || html``,
    rust: againstRustSection(analysis),
    rustlink: againstRustLink(analysis),
    environment: environmentSection(analysis),
    method: methodSection(analysis),
    footer: footer(),
    data: scriptJson(embedded(analysis), fewerDigits),
    scripts: `<script type="application/json" id="resources">${scriptJson(resources)}</script>\n${scriptElements}`,
  };
  return page.replace(/\{\{([a-z]+)\}\}/g, (_, name) => {
    if (!Object.hasOwn(parts, name)) throw new Error(`report.html asks for '${name}', which nothing fills`);
    return String(parts[name]);
  });
}
