// Joins the renderer, the report and their libraries into one file, which needs nothing but Node:
//
//     node tools/bundle_renderer.mjs OUTPUT.mjs LICENCES.txt
//
// What modules read from files becomes part of it: every resources.mjs is run here and its exports are stored as
// values, pdfkit's fonts are stored as texts. One thing stays outside, the library that draws PNGs, which is machine code:
// an installed program has it as ../../lib/memalloc-bench/resvg.node from the output's folder. LICENCES gets the licences
// of all packages that are inside.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { licenceTexts } from "../src/report/licences.mjs";
import { LIBRARIES } from "../src/report/resources.mjs";

const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const RESVG = "../../lib/memalloc-bench/resvg.node";

async function exportsAsValues({ path }) {
  const module = await import(pathToFileURL(path));
  const lines = Object.entries(module).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`);
  return { contents: lines.join(""), loader: "js" };
}

// Its standard fonts' measures are read from beside it; the colour profile is for a kind of PDF that is not made here.
async function pdfkitWithFonts({ path }) {
  const source = await readFile(path, "utf8");
  const file = /fs\.readFileSync\(__dirname \+ '(\/data\/[A-Za-z-]+\.afm)', 'utf8'\)/g;
  const names = [...source.matchAll(file)].map(([, name]) => name);
  if (names.length === 0) throw new Error("pdfkit reads its fonts in another way than this script knows");
  const texts = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(dirname(path), name), "utf8")])));
  return { contents: source.replace(file, (_, name) => JSON.stringify(texts.get(name))), loader: "js" };
}

const embedding = {
  name: "embedding",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]resources\.mjs$/ }, exportsAsValues);
    builder.onLoad({ filter: /[\\/]pdfkit[\\/]js[\\/]pdfkit\.js$/ }, pdfkitWithFonts);
    builder.onLoad({ filter: /[\\/]resvg-js[\\/]js-binding\.js$/ }, () => ({ contents: `module.exports = require("${RESVG}");`, loader: "js" }));
    builder.onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, external: true }));
    builder.onResolve({ filter: /^canvas$/ }, ({ path }) => ({ path, external: true })); // Vega goes on without it
  },
};

// The folders of the packages whose files are in the bundle or go along with it.
function packagesIn(metafile) {
  const folders = Object.keys(metafile.inputs).map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(folders.filter(Boolean))].sort().concat("node_modules/duckdb").map((folder) => join(PROJECT, folder));
}

async function main([output, licences]) {
  if (!output || !licences) throw new Error("usage: node tools/bundle_renderer.mjs OUTPUT.mjs LICENCES.txt");
  const { metafile } = await build({
    absWorkingDir: PROJECT,
    entryPoints: ["src/charts/render.mjs"],
    outfile: resolve(output),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node18",
    charset: "utf8",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
    plugins: [embedding],
  });
  await writeFile(licences, licenceTexts(packagesIn(metafile), LIBRARIES));
}

await main(process.argv.slice(2));
