// Text that comes from somebody's file, made safe and short enough to draw; and how wide text is.
//
// Widths are those of DejaVu Sans, rounded up to a twentieth of the font size: the widest of the fonts that
// "Helvetica, Arial, sans-serif" resolves to in practice. What fits by this measure fits in the others too.

const NORMAL_WIDTHS = [
  [0.3, "IJijl"], [0.35, " ,./:;\\|·"], [0.4, "()-[]ft"], [0.45, "!r"], [0.5, "\"*_`°'"], [0.55, "?csz–"],
  [0.6, "FLkvxy"], [0.65, "$0123456789EPSTYabdeghnopqu{}µ"], [0.7, "ABCKRVXZ"], [0.75, "NU"],
  [0.8, "&DGHOQ"], [0.85, "#+<=>^w~×±≥≤↑↓"], [0.9, "M"], [1.0, "%@Wm…—"],
];
const BOLD_EXCESS = 1.15;
const OTHER_WIDTH = 1.05;
const WIDTH_OF = new Map(NORMAL_WIDTHS.flatMap(([width, letters]) => [...letters].map((letter) => [letter, width])));

// Bidirectional controls, zero-width characters and the soft hyphen: invisible, and able to make text read as other text.
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
// Characters that XML forbids, and halves of surrogate pairs.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

// One line of visible text that may stand in XML (after escaping) and cannot reorder what stands beside it.
export function cleanText(text) {
  const line = String(text).replace(INVISIBLE, "").replace(FORBIDDEN, "\ufffd").replace(/\s+/g, " ").trim();
  if (line === "") return "(empty)";
  return RIGHT_TO_LEFT.test(line) ? `\u2068${line}\u2069` : line;
}

// The width of `text` in pixels: an upper bound for the fonts named above.
export function textWidth(text, fontSize, bold = false) {
  let width = 0;
  for (const letter of text) width += WIDTH_OF.get(letter) ?? OTHER_WIDTH;
  return width * fontSize * (bold ? BOLD_EXCESS : 1);
}

// `text` if it is at most `most` pixels wide, else its beginning and its end with an ellipsis between.
export function fitText(text, most, fontSize, bold = false) {
  if (textWidth(text, fontSize, bold) <= most) return text;
  const letters = [...text.slice(0, 4000)];
  for (let kept = Math.min(letters.length, Math.ceil((4 * most) / fontSize)); kept > 1; kept--) {
    const head = Math.ceil(kept * 0.6);
    const shorter = `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (kept - head)).join("")}`;
    if (textWidth(shorter, fontSize, bold) <= most) return shorter;
  }
  return "…";
}

// A clean label for each name, at most `most` pixels wide and different for different names.
export function distinctLabels(names, most, fontSize) {
  const labels = new Map();
  const taken = new Set();
  for (const name of names) {
    if (labels.has(name)) continue;
    const clean = cleanText(name);
    let label = fitText(clean, most, fontSize);
    for (let copy = 2; taken.has(label); copy++) {
      const suffix = ` (${copy})`;
      label = fitText(clean, most - textWidth(suffix, fontSize), fontSize) + suffix;
    }
    taken.add(label);
    labels.set(name, label);
  }
  return labels;
}

// `text` broken at spaces into lines of at most `most` pixels. A word that is longer is shortened.
export function wrapText(text, most, fontSize, bold = false) {
  const lines = [];
  for (const word of text.split(" ").map((part) => fitText(part, most, fontSize, bold))) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && textWidth(longer, fontSize, bold) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
