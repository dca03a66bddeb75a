// An allocator's look: the same colour, dash and shape as in the charts, in both themes.
import { looksOf } from "../../charts/palette.mjs";
import { svg } from "./dom.mjs";

// The palette with each colour as a pair that the browser picks from by the page's color-scheme: a chart then needs no
// redrawing when the theme changes, or when the page is printed.
export function pairedPalette(palette) {
  const paired = (look) => ({ ...look, colour: `light-dark(${look.colour}, ${look.dark})` });
  const { light, dark } = palette.themes;
  return {
    ...palette,
    named: Object.fromEntries(Object.entries(palette.named).map(([name, look]) => [name, paired(look)])),
    others: palette.others.map(paired),
    themes: { light: { ...Object.fromEntries(Object.keys(light).map((key) => [key, `light-dark(${light[key]}, ${dark[key]})`])), background: "var(--surface)" } },
  };
}

const SHAPES = {
  "circle": "M8 5a3 3 0 1 0 0.01 0z", "square": "M5 5h6v6h-6z", "triangle-up": "M8 4.5l4 7h-8z", "triangle-down": "M8 11.5l4 -7h-8z",
  "diamond": "M8 4l4 4l-4 4l-4 -4z", "triangle-right": "M11.5 8l-7 4v-8z", "triangle-left": "M4.5 8l7 4v-8z", "cross": "M7 4h2v3h3v2h-3v3h-2v-3h-3v-2h3z",
};

export function makeSwatches(allocators, palette) {
  const looks = looksOf(allocators.map(({ name }) => name), palette);
  const colourOf = (name) => looks.get(name)?.colour ?? "currentColor";
  const shape = (name) => svg("path", { d: SHAPES[looks.get(name)?.shape] ?? SHAPES.circle, fill: colourOf(name) });
  return {
    colourOf,
    // The bare shape, for where the line would not fit.
    mark: (name) => svg("svg", { class: "mark", viewBox: "3 3 10 10", width: 12, height: 12, "aria-hidden": "true" }, shape(name)),
    swatch: (name) => svg("svg", { class: "swatch", viewBox: "-6 0 28 16", width: 28, height: 16, "aria-hidden": "true" },
      svg("path", { d: "M-5 8h26", stroke: colourOf(name), "stroke-width": 2, "stroke-dasharray": looks.get(name)?.dash.join(" ") ?? "" }), shape(name)),
  };
}
