// The one tooltip of the page: over points of charts, and over terms, which it explains.
import { byId, el, refill } from "./dom.mjs";

const GAP = 14;
const EDGE = 8;

function place(tooltip, x, y) {
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const left = x + GAP + width + EDGE > innerWidth ? x - GAP - width : x + GAP;
  const top = y + GAP + height + EDGE > innerHeight ? y - GAP - height : y + GAP;
  tooltip.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  tooltip.style.top = `${Math.max(EDGE, top)}px`;
}

// At (x, y) of the window. `content` is a list of nodes and text.
export function showTooltip(x, y, ...content) {
  const tooltip = byId("tooltip");
  refill(tooltip, ...content);
  tooltip.hidden = false;
  place(tooltip, x, y);
}

export function hideTooltip() {
  byId("tooltip").hidden = true;
}

// Name and value pairs, as a small list.
export function pairList(pairs) {
  return el("dl", { class: "pairs" }, pairs.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

// Terms are links to the glossary; under the pointer or the focus they show their meaning at once.
export function startTerms() {
  const show = ({ target }) => {
    const term = target.closest?.("a.term");
    if (!term) return;
    const meaning = document.querySelector(`#${CSS.escape(term.hash.slice(1))} dd`);
    if (!meaning) return;
    const box = term.getBoundingClientRect();
    term.setAttribute("aria-describedby", "tooltip");
    showTooltip(box.left, box.bottom - GAP + 4, meaning.textContent);
  };
  const hide = ({ target }) => {
    const term = target.closest?.("a.term");
    if (!term) return;
    term.removeAttribute("aria-describedby");
    hideTooltip();
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("pointerout", hide);
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hideTooltip();
  });
  addEventListener("scroll", hideTooltip, { passive: true });
}
