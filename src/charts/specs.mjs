// From an analysis to a Vega-Lite spec: the API that the renderer and the report share. See README.md beside it.
import { readFileSync } from "node:fs";
import { makeBuilder } from "./build.mjs";
import { parseCharts } from "./definitions.mjs";

const read = (file) => readFileSync(new URL(file, import.meta.url), "utf8");
const specs = new Map();
function spec(file) {
  if (!specs.has(file)) specs.set(file, JSON.parse(read(`specs/${file}`)));
  return specs.get(file);
}

export const palette = JSON.parse(read("palette.json"));
export const table = parseCharts(read("charts.def"));

// buildSpec(chartName, analysis, parameters) → { spec, title, description, empty }
export const buildSpec = makeBuilder({ table, palette, spec });
