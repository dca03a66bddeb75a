// What the page is made of besides words and numbers, as values: tools/bundle_renderer.mjs puts the values themselves into
// an installed program, which has none of the files and packages.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { licencesOf } from "./licences.mjs";
import { packageFolder } from "./packages.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
export const LIBRARIES = ["vega", "vega-lite", "vega-interpreter"];

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

export const page = read("report.html");
export const styles = ["report.css", "print.css"].map(read).join("\n");
export const scripts = [...LIBRARIES.map(libraryScript), bundle(join(HERE, "client", "main.mjs"))].map(insideScript);
export const licences = licencesOf(LIBRARIES);
