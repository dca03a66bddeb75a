// Elements made without markup: text is always text.
import { visible } from "./visible.mjs";

const SVG = "http://www.w3.org/2000/svg";

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
  return element;
}

function assign(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, setting] of Object.entries(value)) element.style.setProperty(property, setting);
    else element.setAttribute(name, value === true ? "" : visible(value));
  }
  return element;
}

// el("td", { class: "number" }, "12", …): attributes that are null, undefined or false are left out; `onclick` and its
// like are listeners; `style` is an object of properties.
export function el(name, attributes = {}, ...children) {
  return append(assign(document.createElement(name), attributes), children);
}

export function svg(name, attributes = {}, ...children) {
  return append(assign(document.createElementNS(SVG, name), attributes), children);
}

export function byId(id) {
  return document.getElementById(id);
}

// Puts `children` in the place of all that `element` holds.
export function refill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}
