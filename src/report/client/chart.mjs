// One chart: a spec drawn by Vega as SVG, and a pointer or the arrow keys that find its points.
//
// Vega's expressions are interpreted, not compiled, because the page forbids itself eval. Vega promises its pictures;
// since no data is loaded, the promises are kept before anything else happens, also while the page is being printed.
import { byId, el } from "./dom.mjs";
import { hideTooltip, pairList, showTooltip } from "./tooltip.mjs";

const REACH = 28; // pixels from which a point is found
const INSIDE = -1; // closer than any point: the pointer is inside a rectangle

// Vega's log is quiet: what it says of empty scales is of no use to a reader.
const quiet = { level: () => quiet, error: (...parts) => { throw new Error(parts.join(" ")); }, warn: () => quiet, info: () => quiet, debug: () => quiet };
const noLoader = { load: async () => { throw new Error("a chart loads nothing"); }, sanitize: async () => { throw new Error("a chart links nowhere"); } };

// Every item of the scene that has a tooltip, once, with its place in the chart.
function pointsOf(view) {
  const points = [];
  const [originX, originY] = view.origin();
  const { left, top } = view.padding();
  const visit = (mark, x, y) => {
    for (const item of mark.items ?? []) {
      if (mark.marktype === "group") {
        for (const child of item.items ?? []) visit(child, x + (item.x ?? 0), y + (item.y ?? 0));
      } else if (item.tooltip && item.opacity !== 0) {
        const { x1, x2, y1, y2 } = item.bounds;
        points.push({ x: x + (x1 + x2) / 2, y: y + (y1 + y2) / 2, halfWidth: (x2 - x1) / 2, halfHeight: (y2 - y1) / 2, area: mark.marktype === "rect", item });
      }
    }
  };
  visit(view.scenegraph().root, left + originX, top + originY);
  return points;
}

function distance(point, x, y) {
  const dx = Math.abs(point.x - x);
  const dy = Math.abs(point.y - y);
  if (point.area) return dx <= point.halfWidth && dy <= point.halfHeight ? INSIDE : Infinity;
  return Math.hypot(dx, dy);
}

function nearest(points, x, y) {
  let best = null;
  let least = REACH;
  for (const point of points) {
    const away = distance(point, x, y);
    if (away < least) [best, least] = [point, away];
  }
  return best;
}

function tooltipPairs({ item }) {
  const value = item.tooltip;
  return typeof value === "object" ? Object.entries(value) : [["", value]];
}

// Lets the pointer and the keys walk over the points of `frame`, which holds the drawn chart.
function makeExplorable(frame, points, onOpen) {
  const ring = el("div", { class: "ring", hidden: true });
  frame.append(ring);
  let current = -1;
  const show = (point) => {
    const box = frame.querySelector("svg").getBoundingClientRect();
    const outer = frame.getBoundingClientRect();
    const size = point.area ? Math.max(point.halfWidth, point.halfHeight) * 2 : 16;
    const width = point.area ? point.halfWidth * 2 : size;
    const height = point.area ? point.halfHeight * 2 : size;
    ring.style.left = `${box.left - outer.left + frame.scrollLeft + point.x - width / 2}px`;
    ring.style.top = `${box.top - outer.top + point.y - height / 2}px`;
    ring.style.width = `${width}px`;
    ring.style.height = `${height}px`;
    ring.classList.toggle("square", point.area);
    ring.hidden = false;
    showTooltip(box.left + point.x, box.top + point.y, pairList(tooltipPairs(point)));
  };
  const leave = () => {
    ring.hidden = true;
    current = -1;
    hideTooltip();
  };
  const find = (event) => {
    const box = frame.querySelector("svg").getBoundingClientRect();
    return nearest(points, event.clientX - box.left, event.clientY - box.top);
  };
  frame.onpointermove = (event) => {
    const point = find(event);
    if (!point) return leave();
    current = points.indexOf(point);
    show(point);
  };
  frame.onpointerleave = leave;
  frame.onblur = leave;
  frame.onclick = (event) => {
    const point = find(event);
    if (point) onOpen(point.item.datum);
  };
  frame.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && current >= 0) return onOpen(points[current].item.datum);
    if (event.key === "Home" || event.key === "End" || step) {
      event.preventDefault();
      const last = points.length - 1;
      if (step) current = Math.max(0, Math.min(last, current + step));
      else current = event.key === "Home" ? 0 : last;
      show(points[current]);
      byId("announcement").textContent = tooltipPairs(points[current]).map(([name, value]) => `${name} ${value}`).join(", ");
    }
  };
}

// Draws `spec` in a frame of its own; `label` is its text for those who hear it. `onOpen(datum)` is called for a point
// that is selected. Promises { frame, width, free }: the element, the picture's width in pixels, and what to call at the end.
export async function drawChart(spec, label, onOpen) {
  const { parse, View, expressionInterpreter } = globalThis.vega;
  const compiled = globalThis.vegaLite.compile(spec, { logger: quiet }).spec;
  const view = new View(parse(compiled, null, { ast: true }), {
    expr: expressionInterpreter, renderer: "svg", logger: quiet, loader: noLoader, hover: false, tooltip: () => {},
  });
  const holder = el("div", { "aria-hidden": "true" });
  const frame = el("div", { class: "chart", tabindex: 0, role: "application", "aria-roledescription": "chart", "aria-label": label }, holder);
  await view.initialize(holder).runAsync();
  await view.runAsync(); // the first run finds out how large the picture is, the second draws it so
  const points = pointsOf(view);
  if (points.length) makeExplorable(frame, points, onOpen);
  return { frame, width: Number(holder.querySelector("svg").getAttribute("width")), free: () => view.finalize() };
}
