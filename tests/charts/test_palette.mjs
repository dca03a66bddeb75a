// The palette, by numbers: it contrasts with its background, and the allocators that are usually drawn together stay
// apart for eyes of every kind. Without full colour vision more than a handful of colours cannot: shapes and dashes then
// tell allocators apart, which is why no two rows share all three.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as vega from "vega";
import { palette } from "../../src/charts/specs.mjs";

// What a colour looks like without one kind of cone, in linear RGB: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes,
// "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
const VISIONS = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function linear(colour) {
  const parts = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255);
  return parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
}

const times = (matrix, vector) => matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, each, index) => sum + each * vector[index], 0))));
const luminance = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

// WCAG 2, contrast ratio.
function contrast(one, other) {
  const [high, low] = [luminance(linear(one)), luminance(linear(other))].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

// CIE 1976 L*a*b*, white D65.
function lab(rgb) {
  const [red, green, blue] = rgb;
  const white = [0.9505, 1, 1.089];
  const xyz = [0.4124 * red + 0.3576 * green + 0.1805 * blue, luminance(rgb), 0.0193 * red + 0.1192 * green + 0.9505 * blue];
  const [x, y, z] = xyz.map((each, index) => each / white[index]).map((each) => (each > 0.008856 ? Math.cbrt(each) : 7.787 * each + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(one, other, vision) {
  const [a, b] = [one, other].map((colour) => lab(times(VISIONS[vision], linear(colour))));
  return Math.hypot(...a.map((each, index) => each - b[index]));
}

const rows = [...Object.entries(palette.named), ...palette.others.map((look, index) => [`other ${index}`, look])];
const SHADES = [["colour", palette.themes.light.background], ["dark", palette.themes.dark.background]];

test("the measure knows black from white", () => {
  assert.ok(Math.abs(contrast("#000000", "#ffffff") - 21) < 1e-9);
  assert.ok(Math.abs(distance("#000000", "#ffffff", "normal") - 100) < 0.1);
  assert.equal(distance("#123456", "#123456", "tritanopia"), 0);
});

test("every colour contrasts with its background as graphics must (3:1), and text with 4.5:1", () => {
  assert.ok(rows.length >= 24);
  for (const [shade, background] of SHADES) {
    for (const [name, look] of rows) assert.ok(contrast(look[shade], background) >= 3, `${name} ${look[shade]} on ${background}: ${contrast(look[shade], background)}`);
  }
  for (const { background, text, muted_text: muted } of Object.values(palette.themes)) {
    for (const colour of [text, muted]) assert.ok(contrast(colour, background) >= 4.5);
  }
});

test("the usual allocators keep apart under every kind of colour vision", () => {
  const usual = Object.entries(palette.named).slice(0, 7);
  let examined = 0;
  for (const vision of Object.keys(VISIONS)) {
    for (const [shade, count, least] of [["colour", 7, 15], ["dark", 3, 15]]) {
      usual.slice(0, count).forEach(([name, look], index) => {
        for (const [other, otherLook] of usual.slice(0, index)) {
          const apart = distance(look[shade], otherLook[shade], vision);
          assert.ok(apart >= least, `${name} and ${other}, ${shade}, ${vision}: ${apart.toFixed(1)}`);
          examined++;
        }
      });
    }
  }
  assert.equal(examined, 4 * (21 + 3));
});

test("the heatmap's ramp darkens step by step, and its numbers can be read on every step", () => {
  const { colours, dark_from: darkFrom } = palette.ramp;
  const lightness = colours.map((colour) => lab(linear(colour))[0]);
  lightness.slice(1).forEach((each, index) => assert.ok(each < lightness[index] - 3));
  const between = vega.interpolateColors(colours);
  for (let position = 0; position <= 1; position += 0.01) {
    const colour = `#${between(position).match(/\d+/g).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
    const text = position >= darkFrom ? "#ffffff" : "#000000";
    assert.ok(contrast(colour, text) >= 4.5, `${text} on ${colour} at ${position}: ${contrast(colour, text)}`);
  }
});
