// The licences of the libraries that are inside the report, as their terms ask: gathered from the installed packages.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "./packages.mjs";

// Packages whose code is in the browser builds. Their other dependencies serve command lines and Node alone.
const INSIDE = /^(?:vega|vega-.*|d3-.*|topojson-client|delaunator|robust-predicates|internmap|fast-deep-equal|json-stringify-pretty-compact|tslib)$/;

function withDependencies(roots) {
  const found = new Map();
  const visit = (name, from) => {
    if (found.has(name)) return;
    const folder = packageFolder(name, from);
    const description = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    found.set(name, { name, folder, licence: description.license ?? "not stated" });
    for (const each of Object.keys(description.dependencies ?? {})) if (INSIDE.test(each)) visit(each, folder);
  };
  for (const root of roots) visit(root);
  return [...found.values()];
}

function licenceText({ folder }) {
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "CopyrightNotice.txt"].map((name) => join(folder, name)).find((path) => existsSync(path));
  return file ? readFileSync(file, "utf8").trim() : null;
}

// Of `packages`, each with name, folder and licence: [{ names, text }], equal texts once. Packages without a text stand
// last, each with the name of its licence.
function grouped(packages) {
  const byText = new Map();
  const without = [];
  for (const each of packages) {
    const text = licenceText(each);
    if (text === null) without.push(`${each.name} (${each.licence})`);
    else byText.set(text, [...(byText.get(text) ?? []), each.name]);
  }
  const groups = [...byText].map(([text, names]) => ({ names: names.sort(), text }));
  return without.length ? [...groups, { names: without.sort(), text: "These packages name a licence without its text; it is that of the other packages of their project." }] : groups;
}

// Of `roots` and what they contain: [{ names, text }].
export const licencesOf = (roots) => grouped(withDependencies(roots));

// Of the packages in `folders` and of what is inside the report, as one text.
export function licenceTexts(folders, roots) {
  const packages = new Map(withDependencies(roots).map((each) => [each.name, each]));
  for (const folder of folders) {
    const { name, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    packages.set(name, { name, folder, licence: license ?? "not stated" });
  }
  return grouped([...packages.values()]).map(({ names, text }) => `${names.join(", ")}\n\n${text}\n`).join(`\n${"-".repeat(72)}\n\n`);
}
