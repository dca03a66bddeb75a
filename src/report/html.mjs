// Markup from templates in which everything interpolated is text, unless it is markup already.
import { visible } from "./client/visible.mjs";

class Markup {
  constructor(source) {
    this.source = source;
  }
  toString() {
    return this.source;
  }
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeText(text) {
  return visible(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

function sourceOf(value) {
  if (value instanceof Markup) return value.source;
  if (Array.isArray(value)) return value.map(sourceOf).join("");
  if (value === null || value === undefined || value === false) return "";
  return escapeText(value);
}

// html`<p>${text}</p>`: numbers and text are escaped, arrays are joined; null, undefined and false are nothing.
export function html(strings, ...values) {
  return new Markup(strings.reduce((source, string, index) => source + sourceOf(values[index - 1]) + string));
}

// Markup from a file of our own.
export function trustedMarkup(source) {
  return new Markup(source);
}

// A value as JSON that may stand inside a script element: no character of it can end the element or a line.
export function scriptJson(value, replacer) {
  const escapes = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029" };
  return new Markup(JSON.stringify(value, replacer).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character]));
}
