// Numbers as they are shown: one unit for a whole column, so that its digits can be compared.
import { shortNumber, unitFor } from "../../charts/scales.mjs";

export function unitOfColumn(times) {
  return unitFor(times);
}

// `ns` in `unit`, without the unit's name; a dash for nothing.
export function inUnit(ns, unit) {
  return ns === null || ns === undefined ? "–" : shortNumber(ns / unit.ns);
}

export function intervalText(low, high, unit) {
  if (low === null || low === undefined || high === null || high === undefined) return "none";
  return `${inUnit(low, unit)} – ${inUnit(high, unit)}`;
}

export function ratioText(ratio) {
  return Number.isFinite(ratio) ? `${shortNumber(ratio)}×` : "–";
}

const VERDICTS = {
  faster: "faster", slower: "slower", no_practical_difference: "no practical difference", inconclusive: "inconclusive",
};

export function verdictText(verdict) {
  return Object.hasOwn(VERDICTS, verdict) ? VERDICTS[verdict] : String(verdict);
}

// "1 cell", "2 cells"; `plural` where an s does not do.
export function counted(count, noun, plural = `${noun}s`) {
  return `${count} ${count === 1 ? noun : plural}`;
}

// "ns per object", "ms per trial", "µs for the first batch".
export function unitText(unit, { metric, unit: kind }) {
  if (kind === "ns_per_object") return `${unit.name} per object`;
  return metric === "total" ? `${unit.name} per trial` : `${unit.name} for the first batch`;
}

export function metricText(metric) {
  return metric === "total" ? "total" : "first batch";
}
