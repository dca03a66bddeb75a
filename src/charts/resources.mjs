// The charts' files that are not JavaScript, as values: tools/bundle_renderer.mjs puts the values themselves into an
// installed program, which has none of the files.
import { readdirSync, readFileSync } from "node:fs";

const read = (file) => readFileSync(new URL(file, import.meta.url), "utf8");

export const palette = JSON.parse(read("palette.json"));
export const chartsTable = read("charts.def");
export const specs = Object.fromEntries(readdirSync(new URL("specs/", import.meta.url)).filter((file) => file.endsWith(".vl.json")).sort().map((file) => [file, JSON.parse(read(`specs/${file}`))]));
