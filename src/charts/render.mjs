// node render.mjs --input analysis.json --output DIR [--format svg,png,pdf] [--no-report] [--report-only]
//
// Draws every chart of charts.def, and writes the report, from what the analysis found ("-": on standard input). Prints the
// path of each file written on standard output, one a line; an error goes to standard error, and the exit status is 1 (2:
// wrong usage).
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chartsToDraw } from "./definitions.mjs";
import { makeDirectory, makeFileNamer, writeWhole } from "./files.mjs";
import { readModel } from "./model.mjs";

const FORMATS = ["svg", "png", "pdf"];
const USAGE = "usage: node render.mjs --input analysis.json --output DIR [--format svg,png,pdf] [--no-report] [--report-only]";

class UsageError extends Error {}

function readOptions(args) {
  let values;
  try {
    const text = { type: "string" };
    const flag = { type: "boolean", default: false };
    ({ values } = parseArgs({ args, options: { input: text, output: text, format: { ...text, default: "svg" }, "no-report": flag, "report-only": flag } }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  if (!values.input || !values.output) throw new UsageError("--input and --output are needed");
  if (values["no-report"] && values["report-only"]) throw new UsageError("--no-report and --report-only exclude each other");
  const formats = [...new Set(values.format.split(","))];
  const unknown = formats.find((format) => !FORMATS.includes(format));
  if (unknown !== undefined) throw new UsageError(`'${unknown}' is none of the formats ${FORMATS.join(", ")}`);
  return { input: values.input, output: values.output, formats, charts: !values["report-only"], report: !values["no-report"] };
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
    if (formats.includes("png")) written(writeWhole(output, `${name}.png`, svgToPng(svg, fonts)));
    if (formats.includes("pdf")) written(writeWhole(output, `${name}.pdf`, await svgToPdf(svg, fonts, { Title: built.title, CreationDate })));
  }
}

async function writeReport(analysis, { output }, written) {
  const module = new URL("../report/report.mjs", import.meta.url);
  if (!existsSync(module)) throw new Error("the report's files are missing: install the program anew, or use --no-report");
  const { buildReport } = await import(module);
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

try {
  await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  const missing = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
  const message = missing ? `${error.message.split("\n")[0]}. Run npm ci in the program's folder` : error.message;
  process.stderr.write(`render: ${message}\n${usage ? `${USAGE}\n` : ""}`);
  process.exitCode = usage ? 2 : 1;
}
