// node render.mjs --comparison --input comparison.json --output chart.svg
//
// Draws the chart of one comparison ("-": on standard input), as SVG, PNG or PDF by the output's extension. Errors as in
// render.mjs, which runs this.
import { readFileSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { writeWhole } from "./files.mjs";
import { readOptions as readValues, UsageError } from "./program.mjs";

export const USAGE = "usage: node render.mjs --comparison --input comparison.json --output FILE.svg|FILE.png|FILE.pdf";

function readOptions(args) {
  const values = readValues(args, { texts: ["input", "output"] });
  const [input, output] = [values.get("input"), values.get("output") ?? ""];
  const format = extname(output).slice(1);
  if (input && ["svg", "png", "pdf"].includes(format)) return { input, output, format };
  throw new UsageError("--input is needed, and an --output that ends in .svg, .png or .pdf");
}

export async function main(args) {
  const { input, output, format } = readOptions(args);
  const { buildComparison } = await import("./compare.mjs");
  const { drawSvg, svgToPdf, svgToPng } = await import("./draw.mjs");
  const built = buildComparison(JSON.parse(readFileSync(input === "-" ? 0 : input, "utf8")));
  const svg = await drawSvg(built);
  const fonts = format === "svg" ? null : (await import("./fonts.mjs")).findFonts();
  const drawn = {
    svg: () => svg,
    png: () => svgToPng(svg, fonts),
    pdf: () => svgToPdf(svg, fonts, { Title: built.title, CreationDate: new Date(0) }),
  };
  process.stdout.write(`${writeWhole(dirname(output), basename(output), await drawn[format]())}\n`);
}
