// Joins ES modules into one script, so that the report is one file and its modules also run in Node.
//
// Each module becomes a function that is called once, after those it imports, and returns what it exports. The modules
// keep to a part of the language, checked here: named imports from relative paths and named exports of declarations.
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";

const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]*)";[ \t]*$/gm;
const EXPORT = /^export (?=(?:async )?(?:function\*?|const|class) ([A-Za-z_$][\w$]*))/gm;
const LEFT_OVER = /^(?:import|export)\b.*$/m;

function parse(path) {
  const source = readFileSync(path, "utf8");
  const imports = [];
  const exports = [];
  const body = source
    .replace(IMPORT, (_, names, from) => {
      imports.push({ names: names.replace(/\s+as\s+/g, ": ").trim().replace(/,$/, ""), path: resolve(dirname(path), from) });
      return "";
    })
    .replace(EXPORT, (_, name) => {
      exports.push(name);
      return "";
    });
  const rest = LEFT_OVER.exec(body);
  if (rest) throw new Error(`${path}: '${rest[0]}' is not of the forms that the report's bundler knows`);
  return { path, imports, exports, body };
}

// The modules that `entry` needs, itself last, each after those it imports.
function inOrder(entry) {
  const order = [];
  const state = new Map();
  const visit = (path, trail) => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") throw new Error(`modules import each other: ${[...trail, path].map((each) => basename(each)).join(" → ")}`);
    state.set(path, "open");
    const module = parse(path);
    for (const each of module.imports) visit(each.path, [...trail, path]);
    state.set(path, "done");
    order.push(module);
  };
  visit(resolve(entry), []);
  return order;
}

// One script, in strict mode and without global names, that does what importing `entry` does.
export function bundle(entry) {
  const modules = inOrder(entry);
  const nameOf = new Map(modules.map(({ path }, index) => [path, `module${index}`]));
  const parts = modules.map(({ path, imports, exports, body }) => {
    const bindings = imports.map(({ names, path: from }) => `const { ${names} } = ${nameOf.get(from)};\n`).join("");
    return `const ${nameOf.get(path)} = (() => {\n${bindings}${body}\nreturn { ${exports.join(", ")} };\n})();\n`;
  });
  return `(() => {\n"use strict";\n${parts.join("")}})();\n`;
}
