// Draws: a Vega-Lite spec to an SVG document, an SVG document to PNG and to PDF.
import * as vega from "vega";
import { compile } from "vega-lite";
import { textWidth } from "./text.mjs";

// There is no canvas to measure text with; left alone, Vega takes 0.8 of the font size for every letter.
vega.textMetrics.width = (item, text) => textWidth(String(text ?? item.text ?? ""), item.fontSize ?? 11, isBold(item.fontWeight));

const PNG_SCALE = 2; // pixels of the PNG per pixel of the SVG: sharp on paper and on dense screens
const POINTS_PER_PIXEL = 0.75;

function isBold(weight) {
  return weight === "bold" || Number(weight) >= 600;
}

const escapeXml = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// A spec that is wrong is a bug of ours and must not become a wrong picture; Vega's warnings are for authors.
const logger = {
  level: () => logger, warn: () => logger, info: () => logger, debug: () => logger,
  error: (...parts) => { throw new Error(parts.join(" ")); },
};

// The SVG document of what buildSpec returned, with a title and a description for those who hear it read.
export async function drawSvg({ spec, title, description }) {
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), { renderer: "none", logger });
  try {
    vega.resetSVGDefIds(); // Vega numbers gradients through the life of the process
    const named = `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`;
    const svg = (await view.toSVG()).replace(/^<svg ([^>]*)>/, (_, attributes) => `<svg role="img" ${attributes}>${named}`);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`;
  } finally {
    view.finalize();
  }
}

// The libraries below are needed for their format alone.
export async function svgToPng(svg, fonts) {
  const { Resvg } = (await import("@resvg/resvg-js")).default;
  const font = { loadSystemFonts: false, fontFiles: [fonts.regular, fonts.bold], defaultFontFamily: fonts.family, sansSerifFamily: fonts.family };
  return new Resvg(svg, { font, fitTo: { mode: "zoom", value: PNG_SCALE } }).render().asPng();
}

// `info` has a PDF's Title and CreationDate.
export async function svgToPdf(svg, fonts, info) {
  const { default: PdfDocument } = await import("pdfkit");
  const { default: drawInto } = await import("svg-to-pdfkit");
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg).map(Number);
  const document = new PdfDocument({ size: [width * POINTS_PER_PIXEL, height * POINTS_PER_PIXEL], margin: 0, info, compress: true });
  document.registerFont("regular", fonts.regular);
  document.registerFont("bold", fonts.bold);
  const parts = [];
  document.on("data", (part) => parts.push(part));
  const ended = new Promise((resolve, reject) => document.on("end", () => resolve(Buffer.concat(parts))).on("error", reject));
  drawInto(document, svg, 0, 0, { width: width * POINTS_PER_PIXEL, height: height * POINTS_PER_PIXEL, fontCallback: (family, bold) => (bold ? "bold" : "regular"), warningCallback: () => {} });
  document.end();
  return ended;
}
