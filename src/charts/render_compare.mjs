// node render_compare.mjs --input comparison.json --output chart.svg
//
// Draws the chart of one comparison ("-": on standard input), as SVG, PNG or PDF by the output's extension. Errors as in
// render.mjs.
import { readFileSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "./files.mjs";

const USAGE = "usage: node render_compare.mjs --input comparison.json --output FILE.svg|FILE.png|FILE.pdf";

class UsageError extends Error {}

function readOptions(args) {
  try {
    const { values } = parseArgs({ args, options: { input: { type: "string" }, output: { type: "string" } } });
    const format = extname(values.output ?? "").slice(1);
    if (values.input && ["svg", "png", "pdf"].includes(format)) return { ...values, format };
  } catch (error) {
    throw new UsageError(error.message);
  }
  throw new UsageError("--input is needed, and an --output that ends in .svg, .png or .pdf");
}

async function main(args) {
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

try {
  await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  const missing = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
  const message = missing ? `${error.message.split("\n")[0]}. Run npm ci in the program's folder` : error.message;
  process.stderr.write(`render: ${message}\n${usage ? `${USAGE}\n` : ""}`);
  process.exitCode = usage ? 2 : 1;
}
