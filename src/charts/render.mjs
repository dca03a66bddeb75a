// node render.mjs --input analysis.json --output DIR [--format svg,png,pdf] [--no-report] [--report-only]
// node render.mjs --comparison …             see render_compare.mjs
//
// Draws every chart of charts.def, and writes the report, from what the analysis found ("-": on standard input). Prints the
// path of each file written on standard output, one a line; an error goes to standard error, and the exit status is 1 (2:
// wrong usage).
import { readFileSync } from "node:fs";
import { chartsToDraw } from "./definitions.mjs";
import { makeDirectory, makeFileNamer, writeWhole } from "./files.mjs";
import { readModel } from "./model.mjs";
import { readOptions as readValues, runProgram, UsageError } from "./program.mjs";

const FORMATS = ["svg", "png", "pdf"];
const USAGE = "usage: node render.mjs --input analysis.json --output DIR [--format svg,png,pdf] [--no-report] [--report-only]";

function readOptions(args) {
  const values = readValues(args, { texts: ["input", "output", "format"], flags: ["no-report", "report-only"] });
  const [input, output] = [values.get("input"), values.get("output")];
  if (!input || !output) throw new UsageError("--input and --output are needed");
  if (values.get("no-report") && values.get("report-only")) throw new UsageError("--no-report and --report-only exclude each other");
  const formats = [...new Set((values.get("format") ?? "svg").split(","))];
  const unknown = formats.find((format) => !FORMATS.includes(format));
  if (unknown !== undefined) throw new UsageError(`'${unknown}' is none of the formats ${FORMATS.join(", ")}`);
  return { input, output, formats, charts: !values.get("report-only"), report: !values.get("no-report") };
}

function readAnalysis(path) {
  let text;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new Error(`cannot read the analysis ${path}: ${error.code ?? error.message}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the analysis ${path} is not JSON: ${error.message}`);
  }
}

async function drawCharts(analysis, model, { output, formats }, written) {
  const { buildSpec, table } = await import("./specs.mjs");
  const { drawSvg, svgToPdf, svgToPng } = await import("./draw.mjs");
  const fonts = formats.some((format) => format !== "svg") ? (await import("./fonts.mjs")).findFonts() : null;
  const created = new Date(analysis.generated_at ?? 0);
  const CreationDate = Number.isNaN(created.getTime()) ? new Date(0) : created;
  const fileName = makeFileNamer();
  for (const { chart, parameters } of chartsToDraw(table, model)) {
    const name = fileName(chart.file, parameters);
    const built = buildSpec(chart.name, analysis, parameters);
    const svg = await drawSvg(built);
    if (formats.includes("svg")) written(writeWhole(output, `${name}.svg`, svg));
    if (formats.includes("png")) written(writeWhole(output, `${name}.png`, await svgToPng(svg, fonts)));
    if (formats.includes("pdf")) written(writeWhole(output, `${name}.pdf`, await svgToPdf(svg, fonts, { Title: built.title, CreationDate })));
  }
}

async function writeReport(analysis, { output }, written) {
  const { buildReport } = await import("../report/report.mjs");
  written(writeWhole(output, "report.html", await buildReport(analysis)));
}

async function main(args) {
  const options = readOptions(args);
  const analysis = readAnalysis(options.input);
  const model = readModel(analysis);
  makeDirectory(options.output);
  const written = (path) => process.stdout.write(`${path}\n`);
  if (options.charts) await drawCharts(analysis, model, options, written);
  if (options.report) await writeReport(analysis, options, written);
}

const comparison = process.argv[2] === "--comparison" ? await import("./render_compare.mjs") : null;
await runProgram(comparison?.USAGE ?? USAGE, (args) => (comparison ? comparison.main(args.slice(1)) : main(args)));
