// Puts a chart's rows into its spec, so that a grid of facets has a facet wherever a row of facets meets a column.
//
// Vega-Lite crosses rows with columns, and then sorts the facets by fields of the data in them. One without data lacks these
// fields, comes first, and moves the others under headers that are not theirs. Each such combination therefore gets a
// placeholder among the rows. Layers of its own write on it that there is nothing; all others leave it out. That the layers
// differ in this matters: Vega-Lite would do what all of them share before the facets are made.
import { LABEL_SIZE } from "./frame.mjs";
import { textWidth } from "./text.mjs";

const IS_PLACEHOLDER = { field: "placeholder", equal: true };

// What a row says of the facets that it is in, along one direction: their name and what they are sorted by.
function headerOf(row, { field, sort }) {
  return { [field]: row[field], ...(sort ? { [sort.field]: row[sort.field] } : {}) };
}

function placeholders(rows, { row: down, column: across }) {
  const headers = (definition) => [...new Map(rows.map((each) => [each[definition.field], headerOf(each, definition)])).values()];
  const place = (each) => JSON.stringify([each[down.field], each[across.field]]);
  const taken = new Set(rows.map(place));
  const all = headers(down).flatMap((one) => headers(across).map((other) => ({ ...one, ...other, placeholder: true })));
  return all.filter((each) => !taken.has(place(each)));
}

// `layer` without placeholders; what has data of its own is drawn in every facet.
function withoutPlaceholders(layer) {
  if (layer.data) return layer;
  if (layer.layer) return { ...layer, layer: layer.layer.map(withoutPlaceholders) };
  return { ...layer, transform: [{ filter: { not: IS_PLACEHOLDER } }, ...(layer.transform ?? [])] };
}

// The words in the middle of an empty facet, and below them a ground that keeps lines from running through them.
function placeholderLayers({ width, height }, text, colours) {
  const [x, y] = [width / 2, height / 2];
  const [halfWidth, halfHeight] = [textWidth(text, LABEL_SIZE) / 2 + 3, LABEL_SIZE / 2 + 3];
  const transform = [{ filter: IS_PLACEHOLDER }];
  return [
    {
      mark: { type: "rect" },
      transform,
      encoding: { x: { value: x - halfWidth }, x2: { value: x + halfWidth }, y: { value: y - halfHeight }, y2: { value: y + halfHeight }, color: { value: colours.background } },
    },
    {
      mark: { type: "text", text, fontSize: LABEL_SIZE, align: "center", baseline: "middle" },
      transform,
      encoding: { x: { value: x }, y: { value: y }, color: { value: colours.muted_text } },
    },
  ];
}

// `spec`, filled but for its data, with `rows`. A facet without any says `absent`.
export function withRows(spec, rows, absent, colours) {
  const added = spec.facet?.row && spec.facet.column ? placeholders(rows, spec.facet) : [];
  if (added.length === 0) return { ...spec, datasets: { rows } };
  const inner = spec.spec;
  const layer = [...inner.layer.map(withoutPlaceholders), ...placeholderLayers(inner, absent, colours)];
  return { ...spec, spec: { ...inner, layer }, datasets: { rows: [...rows, ...added] } };
}
