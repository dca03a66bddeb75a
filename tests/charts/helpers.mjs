// What the tests of the charts share: charts drawn in memory, and a strict little reader of the SVG that Vega writes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chartsToDraw } from "../../src/charts/definitions.mjs";
import { drawSvg } from "../../src/charts/draw.mjs";
import { makeFileNamer } from "../../src/charts/files.mjs";
import { readModel } from "../../src/charts/model.mjs";
import { buildSpec, table } from "../../src/charts/specs.mjs";

export const RENDERER = fileURLToPath(new URL("../../src/charts/render.mjs", import.meta.url));

// Every chart of `analysis` whose file name passes `wanted`, as [{name, chart, parameters, built, svg, document}].
export async function drawAll(analysis, wanted = () => true) {
  const fileName = makeFileNamer();
  const drawn = [];
  for (const { chart, parameters } of chartsToDraw(table, readModel(analysis))) {
    const name = fileName(chart.file, parameters);
    if (!wanted(name)) continue;
    const built = buildSpec(chart.name, analysis, parameters);
    const svg = await drawSvg(built);
    drawn.push({ name, chart: chart.name, parameters, built, svg, document: parseXml(svg) });
  }
  assert.ok(drawn.length > 0, "no chart was drawn");
  return drawn;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text) {
  assert.doesNotMatch(text, /[<\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/, "a character that XML forbids");
  return text.replace(/&([^;]*);?/g, (whole, name) => {
    if (/^#\d+$/.test(name)) return String.fromCodePoint(Number(name.slice(1)));
    assert.ok(whole.endsWith(";") && Object.hasOwn(ENTITIES, name), `'${whole}' is no entity`);
    return ENTITIES[name];
  });
}

// XML without comments, CDATA and doctypes, which Vega does not write: {tag, attributes, children, text, parent}.
export function parseXml(source) {
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "").trim();
  const root = { tag: "", attributes: {}, children: [], text: "", parent: null };
  let node = root;
  const token = /<\/([\w:-]+)\s*>|<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  while (token.lastIndex < body.length) {
    const start = token.lastIndex;
    const match = token.exec(body);
    assert.ok(match, `not well-formed at '${body.slice(start, start + 60)}'`);
    const [, closed, opened, attributes, selfClosed, text] = match;
    if (text !== undefined) node.text += unescape(text);
    else if (closed) {
      assert.equal(closed, node.tag, "the wrong element is closed");
      node = node.parent;
    } else {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, unescape(value)]);
      assert.equal(new Set(pairs.map(([key]) => key)).size, pairs.length, "an attribute twice");
      const child = { tag: opened, attributes: Object.fromEntries(pairs), children: [], text: "", parent: node };
      node.children.push(child);
      if (!selfClosed) node = child;
    }
  }
  assert.equal(node, root, "an element is not closed");
  assert.equal(root.children.length, 1, "not one root element");
  return root.children[0];
}

export function elements(node, wanted = () => true) {
  return [...(wanted(node) ? [node] : []), ...node.children.flatMap((child) => elements(child, wanted))];
}

// All text that can be seen, a line of each text element: [{text, element, line}].
export function drawnTexts(document) {
  return elements(document, ({ tag, attributes }) => tag === "text" && attributes.opacity !== "0").flatMap((element) => {
    const parts = element.children.filter(({ tag }) => tag === "tspan");
    return (parts.length ? parts : [element]).map((part, line) => ({ text: part.text, element, line }));
  });
}

// Whether `node` is inside a group of that class: "mark-symbol", "role-axis-label" …
export function insideClass(node, name) {
  for (let each = node; each; each = each.parent) {
    if ((each.attributes.class ?? "").split(" ").includes(name)) return true;
  }
  return false;
}

// The sum of all translations above and on `node`, and its own rotation: {x, y, angle}.
export function placeOf(node) {
  let [x, y] = [0, 0];
  let angle = 0;
  for (let each = node; each; each = each.parent) {
    const transform = each.attributes.transform ?? "";
    const [, dx = 0, dy = 0] = (/translate\(([-\d.e]+),([-\d.e]+)\)/.exec(transform) ?? []).map(Number);
    const rotation = /rotate\(([-\d.e]+)/.exec(transform);
    if (rotation) angle += Number(rotation[1]);
    x += dx;
    y += dy;
  }
  return { x, y, angle };
}

// Every facet of a chart by the headers that stand beside and above it: [{row, column, group, symbols, texts}]. Symbols are
// the places inside the facet of those that can be seen. A chart without rows or columns of facets has "" for their names.
// Fails when a facet has no header, or a header no facet.
export function facetsOf(document) {
  const groups = (name) => elements(document, ({ attributes }) => (attributes.class ?? "").split(" ").includes(name)).flatMap(({ children }) => children);
  const titleIn = (group) => elements(group, (node) => node.tag === "text" && insideClass(node, "role-title-text")).map((title) => drawnTexts(title).map(({ text }) => text).join(""))[0];
  const headers = (direction, axis) => [`role-${direction}-header`, `role-${direction}-footer`].flatMap(groups)
    .map((group) => ({ name: titleIn(group), at: placeOf(group)[axis] })).filter(({ name }) => name !== undefined);
  const [rows, columns] = [headers("row", "y"), headers("column", "x")];
  const nameAt = (named, at) => {
    const found = named.filter((each) => Math.abs(each.at - at) < 2);
    assert.equal(found.length, named.length ? 1 : 0, `${found.length} headers at ${at}`);
    return found[0]?.name ?? "";
  };
  const facets = groups("cell").map((group) => {
    const origin = placeOf(group);
    const symbols = elements(group, (node) => node.tag === "path" && insideClass(node, "mark-symbol") && node.attributes.opacity !== "0");
    return {
      row: titleIn(group) ?? nameAt(rows, origin.y),
      column: nameAt(columns, origin.x),
      group,
      symbols: symbols.map((node) => ({ x: placeOf(node).x - origin.x, y: placeOf(node).y - origin.y })),
      texts: drawnTexts(group).filter(({ element }) => insideClass(element, "role-mark")).map(({ text }) => text),
    };
  });
  assert.ok(facets.length > 0, "no facets");
  if (rows.length || columns.length) assert.equal(facets.length, Math.max(1, rows.length) * Math.max(1, columns.length), "headers without a facet");
  return facets;
}

export function temporaryDirectory(context) {
  const directory = mkdtempSync(join(tmpdir(), "charts-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function render(...args) {
  return spawnSync(process.execPath, [RENDERER, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
}
