// The report: one HTML file that needs nothing else.
import { normalise } from "./data.mjs";
import { buildPage } from "./page.mjs";

// The report of `analysis` (what analyze hands over; format 1) as text. Throws an Error that says what is wrong with it.
export function buildReport(analysis) {
  return buildPage(normalise(analysis));
}
