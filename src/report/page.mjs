// Puts the page together: words as markup, so that they can be read without scripts; numbers as data for the scripts.
//
// The content security policy names the hash of each script and style of ours: nothing else runs, and nothing is
// fetched, whatever text a file brings.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { palette, table } from "../charts/specs.mjs";
import { bundle } from "./bundle.mjs";
import { embedded, fewerDigits } from "./data.mjs";
import { html, scriptJson, trustedMarkup } from "./html.mjs";
import { licencesOf } from "./licences.mjs";
import { packageFolder } from "./packages.mjs";
import { againstRustLink, againstRustSection } from "./sections/against_rust.mjs";
import { environmentSection } from "./sections/environment.mjs";
import { findingsSection } from "./sections/findings.mjs";
import { methodSection } from "./sections/method.mjs";
import { warningsSection } from "./sections/warnings.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const STYLES = ["report.css", "print.css"];
const LIBRARIES = ["vega", "vega-lite", "vega-interpreter"];

function read(name) {
  return readFileSync(join(HERE, name), "utf8");
}

// The end of a script element cannot stand inside one; in JavaScript the escaped form means the same.
function insideScript(source) {
  return source.replace(/<(?=\/script|!--)/gi, "\\x3c").replace(/^\/\/# sourceMappingURL=.*$/gm, "");
}

function libraryScript(name) {
  return readFileSync(join(packageFolder(name), "build", `${name}.min.js`), "utf8");
}

// The charts' own spec files by name: charts.def's, and the one for a chart without anything to show.
function chartSpecs() {
  const files = [...table.charts.map((chart) => chart.spec), "nothing.vl.json"];
  return Object.fromEntries(files.map((file) => [file, JSON.parse(read(join("..", "charts", "specs", file)))]));
}

function hashOf(source) {
  return `'sha256-${createHash("sha256").update(source, "utf8").digest("base64")}'`;
}

function policyOf(scripts, styles) {
  return `default-src 'none'; script-src ${scripts.map(hashOf).join(" ")}; style-src ${hashOf(styles)}; base-uri 'none'; form-action 'none'`;
}

function aboutLine({ platforms, cells, generated_at: generatedAt, program_version: version }) {
  const names = platforms.length <= 3 ? platforms.map(({ name }) => name).join(", ") : `${platforms.length} platforms`;
  return html`${names} · ${cells.length.toLocaleString("en")} cells${generatedAt && html` · <time datetime="${generatedAt}">${generatedAt.replace("T", " ").replace("Z", " UTC")}</time>`} · version ${version}`;
}

function footer() {
  const groups = licencesOf(LIBRARIES).map(({ names, text }) => html`<h2>${names.join(", ")}</h2><pre>${lines(text)}</pre>`);
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
  const scripts = [...LIBRARIES.map(libraryScript), bundle(join(HERE, "client", "main.mjs"))].map(insideScript);
  const styles = STYLES.map(read).join("\n");
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
    rust: againstRustSection(analysis),
    rustlink: againstRustLink(analysis),
    environment: environmentSection(analysis),
    method: methodSection(analysis),
    footer: footer(),
    data: scriptJson(embedded(analysis), fewerDigits),
    scripts: `<script type="application/json" id="resources">${scriptJson(resources)}</script>\n${scriptElements}`,
  };
  return read("report.html").replace(/\{\{([a-z]+)\}\}/g, (_, name) => {
    if (!Object.hasOwn(parts, name)) throw new Error(`report.html asks for '${name}', which nothing fills`);
    return String(parts[name]);
  });
}
