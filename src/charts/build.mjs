// Fills a spec file: nothing here touches the disk, so that a browser can run it too.
//
// A spec file is Vega-Lite with holes, {"$": "name"}, that are replaced by a value. Names and sentences from an analysis
// become values of data, titles and lists of labels: never expressions, field names or keys. Scales and facets go by numbers,
// which labels are looked up by. The one expression that is made here (which sizes have a label) is made of numbers that
// have been checked to be whole and positive.
import { CHARTS } from "./charts.mjs";
import { withRows } from "./facets.mjs";
import { FACET_GAP, FONT, LABEL_SIZE, makeFrame, titleOf } from "./frame.mjs";
import { readModel } from "./model.mjs";

export function fillHoles(node, holes) {
  if (Array.isArray(node)) return node.map((each) => fillHoles(each, holes));
  if (node === null || typeof node !== "object") return node;
  if (Object.hasOwn(node, "$")) {
    if (!Object.hasOwn(holes, node.$) || holes[node.$] === undefined) throw new Error(`nothing fills the hole '${node.$}'`);
    return holes[node.$];
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fillHoles(value, holes)]));
}

export function configOf(colours) {
  const axis = { labelColor: colours.text, titleColor: colours.text, domainColor: colours.axis, tickColor: colours.axis, gridColor: colours.grid };
  const text = { labelColor: colours.text, titleColor: colours.text };
  return {
    background: colours.background,
    padding: 8,
    font: FONT,
    view: { stroke: colours.axis, strokeOpacity: 0.35 },
    axis: { ...axis, labelFontSize: LABEL_SIZE, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 0, titleLimit: 0, tickSize: 4 },
    legend: { ...text, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 0, titleLimit: 0 },
    header: { ...text, labelFontSize: 12, titleFontSize: 12, labelLimit: 0, titleLimit: 0, labelPadding: 6 },
    title: { anchor: "start", color: colours.text, fontSize: 15, fontWeight: "bold", subtitleColor: colours.muted_text, subtitleFontSize: LABEL_SIZE, subtitlePadding: 6, offset: 12, limit: 0, frame: "bounds" },
    facet: { spacing: FACET_GAP },
    mark: { invalid: "break-paths-filter-domains" },
    aria: false,
  };
}

// `table` is charts.def parsed, `palette` palette.json, `spec(file)` gives a spec file's content.
export function makeBuilder({ table, palette, spec }) {
  const models = new WeakMap();
  const modelOf = (analysis) => {
    if (!models.has(analysis)) models.set(analysis, readModel(analysis));
    return models.get(analysis);
  };
  return function buildSpec(chartName, analysis, parameters) {
    const chart = table.charts.find((each) => each.name === chartName);
    if (!chart) throw new Error(`no chart is called '${chartName}'; charts: ${table.charts.map((each) => each.name).join(", ")}`);
    const frame = makeFrame(modelOf(analysis), parameters, palette);
    const chosen = CHARTS[chartName](frame, parameters);
    const { rows, holes, empty, absent = "not measured" } = chosen;
    const title = titleOf(chosen.frame ?? frame, chosen);
    const shared = { title: frame.titleShown ? title : null, config: configOf(frame.colours), width: frame.width, ...palettePart(frame.colours) };
    const filled = empty
      ? fillHoles(spec("nothing.vl.json"), { ...shared, message: empty, middle_pixel: Math.floor(frame.width / 2) })
      : withRows(fillHoles(spec(chart.spec), { ...shared, ...holes }), rows, absent, frame.colours);
    return { spec: filled, title: title.text.join(" "), description: [title.text.join(" "), ...title.subtitle].join(" "), empty };
  };
}

function palettePart(colours) {
  return Object.fromEntries(Object.entries(colours).map(([name, colour]) => [`${name}_colour`, colour]));
}
