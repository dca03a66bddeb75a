// Finds the fonts that PNG and PDF are drawn with. (SVG names its fonts and leaves them to the viewer.)
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const DIRECTORIES = [
  "/usr/share/fonts", "/usr/local/share/fonts", join(homedir(), ".local/share/fonts"), join(homedir(), ".fonts"),
  "/System/Library/Fonts", "/Library/Fonts", join(homedir(), "Library/Fonts"),
];

// Regular and bold file of a family, best first: the metrics of Helvetica, then what distributions install.
const FAMILIES = [
  { family: "Liberation Sans", regular: "LiberationSans-Regular.ttf", bold: "LiberationSans-Bold.ttf" },
  { family: "Arimo", regular: "Arimo-Regular.ttf", bold: "Arimo-Bold.ttf" },
  { family: "Arial", regular: "Arial.ttf", bold: "Arial Bold.ttf" },
  { family: "DejaVu Sans", regular: "DejaVuSans.ttf", bold: "DejaVuSans-Bold.ttf" },
  { family: "Noto Sans", regular: "NotoSans-Regular.ttf", bold: "NotoSans-Bold.ttf" },
];

function fontFiles(directory, depth = 0) {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return depth < 6 ? fontFiles(path, depth + 1) : [];
    return /\.(ttf|otf)$/i.test(entry.name) ? [path] : [];
  });
}

// { family, regular, bold }: a family's name and its files. Throws an Error that says how to get a font if there is none.
export function findFonts(directories = DIRECTORIES) {
  const files = directories.flatMap((directory) => fontFiles(directory)).sort();
  const named = (name) => files.find((file) => file.endsWith(`/${name}`));
  for (const { family, regular, bold } of FAMILIES) {
    if (named(regular)) return { family, regular: named(regular), bold: named(bold) ?? named(regular) };
  }
  throw new Error("no font to draw PNG or PDF with: install one (Debian and Ubuntu: apt-get install fonts-dejavu-core), or use --format svg");
}
