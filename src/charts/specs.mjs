// From an analysis to a Vega-Lite spec: the API that the renderer and the report share. See README.md beside it.
import { makeBuilder } from "./build.mjs";
import { parseCharts } from "./definitions.mjs";
import { chartsTable, palette, specs } from "./resources.mjs";

// A spec file's content.
export const spec = (file) => specs[file];

export { palette };
export const table = parseCharts(chartsTable);

// buildSpec(chartName, analysis, parameters) → { spec, title, description, empty }
export const buildSpec = makeBuilder({ table, palette, spec });
