// The charts of programs that were run on every heap: how much each metric changed, and time against memory. Changes are
// in percent against the system's heap; the axis is linear near 0 and logarithmic beyond.
import { LABEL_SIZE, labelParams } from "./frame.mjs";
import { distinctLabels, fitText, textWidth } from "./text.mjs";

const LINEAR_PART = 2; // percent either way
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000];
const HEAP_ROOM = 130; // pixels for the names of heaps
const ROW_HEIGHT = 19;
const TITLE_SPACE = 300;
const FRONT_HEIGHT = 380;
const JUDGEMENTS = [
  { name: "better", colour: "#0072b2", dark: "#3b8fd9", shape: "triangle-left", filled: true },
  { name: "worse", colour: "#d55e00", dark: "#e8803a", shape: "triangle-right", filled: true },
  { name: "no practical difference", colour: "#767676", dark: "#9a9a9a", shape: "circle", filled: true },
  { name: "undecided", colour: "#767676", dark: "#9a9a9a", shape: "circle", filled: false },
  { name: "the system's heap again", colour: "#767676", dark: "#9a9a9a", shape: "cross", filled: true },
];
const [BETTER, WORSE, SAME, UNDECIDED, TWIN] = JUDGEMENTS.keys();

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const percent = (ratio) => (isNumber(ratio) ? (ratio - 1) * 100 : null);
const symlog = (value) => Math.sign(value) * Math.log1p(Math.abs(value) / LINEAR_PART);

// "+18.6 %"
function changeText(change) {
  if (change === null) return "none";
  const digits = Math.abs(change) >= 99.5 ? 0 : 1;
  return `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(digits)} %`;
}

// 0 first, then ever larger changes, each only where its label has room along `pixels`.
function ticksOf([low, high], pixels, room) {
  const place = pixelOf([low, high], pixels);
  const candidates = TICKS.flatMap((tick) => [tick, -tick]).filter((tick) => tick > low && tick < high);
  const free = (tick, chosen) => chosen.every((other) => Math.abs(place(tick) - place(other)) >= room);
  return candidates.reduce((chosen, tick) => (free(tick, chosen) ? [...chosen, tick] : chosen), [0]).sort((a, b) => a - b);
}

// The scale of an axis: from a change to its pixel.
function pixelOf([low, high], pixels) {
  return (value) => ((symlog(value) - symlog(low)) / (symlog(high) - symlog(low))) * pixels;
}

function domainOf(values) {
  const known = values.filter(isNumber);
  return [Math.min(-LINEAR_PART, ...known) * 1.15, Math.max(LINEAR_PART, ...known) * 1.15];
}

function judgementOf(heap, value, metric) {
  if (heap.twin) return TWIN;
  if (value.verdict === "unchanged") return SAME;
  if (value.verdict !== "faster" && value.verdict !== "slower") return UNDECIDED;
  return (value.verdict === "faster") !== metric.higher_is_better ? BETTER : WORSE;
}

// Heaps that have a ratio to the system's; the twin is the last.
function heapsOf(program) {
  return program.heaps.filter((heap) => heap.state === "measured" && Object.values(heap.metrics).some((value) => isNumber(value.ratio)));
}

function titleOf(heap) {
  return heap.twin ? "system again" : heap.heap;
}

function rowOf(program, metric, heap, order, label) {
  const value = heap.metrics[metric.name];
  const [low, high] = value.ratio_interval ?? [null, null];
  return {
    program: program.index,
    heap: label,
    heap_order: order,
    metric: metric.label,
    change: percent(value.ratio),
    low: percent(low),
    high: percent(high),
    judgement: judgementOf(heap, value, metric),
    change_text: changeText(percent(value.ratio)),
    interval_text: isNumber(low) ? `${changeText(percent(low))} to ${changeText(percent(high))}` : "none",
  };
}

function looks(frame) {
  const colours = JUDGEMENTS.map((each) => (frame.dark ? each.dark : each.colour));
  return {
    judgements: JUDGEMENTS.map((_, number) => number),
    colours,
    fills: colours.map((colour, number) => (JUDGEMENTS[number].filled ? colour : frame.colours.background)),
    shapes: JUDGEMENTS.map(({ shape }) => shape),
    legend: { orient: "top", direction: "horizontal", columns: 3, title: null, labelExpr: "judgement_labels[datum.value]", columnPadding: 14, symbolSize: 60, symbolStrokeWidth: 1.25, symbolOpacity: 1 },
  };
}

// What both charts share: the program, a frame of its platform alone, and why there is nothing to draw.
function begin(wholeFrame, { program: number }) {
  const program = wholeFrame.model.programs[number];
  if (!program) throw new Error(`there is no program ${number}`);
  const platform = { name: program.platform, label: program.platform_label };
  const frame = { ...wholeFrame, dark: wholeFrame.theme === "dark", platforms: [platform], allocators: [], leftOut: { platforms: 0, allocators: 0 } };
  const heaps = heapsOf(program);
  const labels = distinctLabels(heaps.map(titleOf), HEAP_ROOM - 10, LABEL_SIZE);
  const empty = heaps.length > 0 ? null : (program.sentences[0] ?? "Nothing was measured here.");
  return { program, frame, heaps, labels, empty: empty && fitText(empty, wholeFrame.width - 40, 13) };
}

function notesOf(program, more) {
  const out = program.heaps.filter((heap) => heap.state !== "measured").map((heap) => `${heap.heap} (${heap.state})`);
  return [...program.sentences.slice(0, 1).map((sentence) => sentence.split(" To use it:")[0]), ...more, ...(out.length ? [`Not drawn: ${out.join(", ")}.`] : [])].map((note) => fitText(note, 1400, LABEL_SIZE));
}

// Change of every metric that matters, a row of facets each.
export function programChanges(wholeFrame, parameters) {
  const { program, frame, heaps, labels, empty } = begin(wholeFrame, parameters);
  const wanted = [program.time_metric, "cpu_ns", "wall_ns", program.memory_metric, "minor_faults"];
  const metrics = [...new Set(wanted)].map((name) => program.metrics.find((metric) => metric.name === name)).filter((metric) => metric && heaps.some((heap) => isNumber(heap.metrics[metric.name]?.ratio)));
  const rows = metrics.flatMap((metric, metric_order) => heaps.map((heap, order) => [heap, order]).filter(([heap]) => isNumber(heap.metrics[metric.name]?.ratio)).map(([heap, order], index) => ({
    ...rowOf(program, metric, heap, order, labels.get(titleOf(heap))),
    metric_order,
    first: index === 0,
    threshold_low: percent(1 / (1 + metric.threshold)),
    threshold_high: percent(1 + metric.threshold),
  })));
  const domain = domainOf(rows.flatMap(({ change, low, high, threshold_low: from, threshold_high: to }) => [change, low, high, from, to]));
  const width = Math.max(120, frame.width - HEAP_ROOM - 20);
  const room = textWidth("+1,000", LABEL_SIZE) + 6;
  return {
    frame,
    subject: fitText(program.label, TITLE_SPACE, 15, true),
    metric: "change against the system's heap",
    unit: "%",
    notes: notesOf(program, ["Bars: exact 95 % interval of the ratio within blocks. Band: what the system's heap shows against itself, or 1 %."]),
    empty,
    rows,
    holes: {
      ...looks(frame),
      labels: labelParams({ heap: heaps.map((heap) => labels.get(titleOf(heap))), metric: metrics.map(({ label }) => fitText(label, width, LABEL_SIZE, true)), judgement: JUDGEMENTS.map(({ name }) => name) }),
      heaps: heaps.map((_, order) => order),
      facet_width: width,
      facet_height: Math.max(2, heaps.length) * ROW_HEIGHT,
      linear_part: LINEAR_PART,
      change_domain: domain,
      change_ticks: ticksOf(domain, width, room),
    },
  };
}

// A place for each label beside its point, where it touches neither another label nor a point; those for which there is none
// are left out. `points`: [{x, y, label}] in pixels.
function placeLabels(points, width, height) {
  const half = LABEL_SIZE / 2 + 1;
  const boxes = points.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  const touches = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  return points.map(({ x, y, label }, own) => {
    const size = textWidth(label, LABEL_SIZE);
    const places = [[8, -9], [8, 9], [-8 - size, -9], [-8 - size, 9]].map(([dx, dy]) => ({ left: x + dx, right: x + dx + size, top: y + dy - half, bottom: y + dy + half }));
    const inside = ({ left, right, top, bottom }) => left >= 0 && right <= width && top >= 0 && bottom <= height;
    const place = places.find((each) => inside(each) && boxes.every((box, number) => number === own || !touches(each, box)));
    if (place) boxes.push(place);
    return place ? { label, label_x: place.left, label_y: (place.top + place.bottom) / 2 } : { label: "", label_x: 0, label_y: 0 };
  });
}

// Time against memory; what is left and below of a point is better.
export function programFront(wholeFrame, parameters) {
  const { program, frame, heaps, labels, empty } = begin(wholeFrame, parameters);
  const time = program.metrics.find(({ name }) => name === program.time_metric);
  const memory = program.metrics.find(({ name }) => name === program.memory_metric);
  const drawn = heaps.filter((heap) => isNumber(heap.metrics[time.name]?.ratio) && isNumber(heap.metrics[memory.name]?.ratio));
  const rows = drawn.map((heap, order) => {
    const across = rowOf(program, time, heap, order, labels.get(titleOf(heap)));
    const up = rowOf(program, memory, heap, order, labels.get(titleOf(heap)));
    return { ...across, time: across.change, memory: up.change, memory_low: up.low, memory_high: up.high, memory_text: up.change_text, on_front: heap.on_front === true };
  });
  const width = Math.max(160, frame.width - 90);
  const room = textWidth("+1,000", LABEL_SIZE) + 6;
  const time_domain = domainOf(rows.flatMap(({ time: at, low, high }) => [at, low, high]));
  const memory_domain = domainOf(rows.flatMap(({ memory: at, memory_low: low, memory_high: high }) => [at, low, high]));
  const [across, up] = [pixelOf(time_domain, width), pixelOf(memory_domain, FRONT_HEIGHT)];
  const placed = placeLabels(rows.map((row) => ({ x: across(row.time), y: FRONT_HEIGHT - up(row.memory), label: row.heap })), width, FRONT_HEIGHT);
  const unnamed = rows.filter((_, index) => placed[index].label === "").map(({ heap }) => heap);
  return {
    frame,
    subject: fitText(program.label, TITLE_SPACE, 15, true),
    metric: `${time.label} against memory`,
    unit: "change in %",
    notes: notesOf(program, ["Bars: exact 95 % intervals. Filled: no other heap is better in one and as good in the other.", ...(unnamed.length ? [`No room for the name${unnamed.length > 1 ? "s" : ""} ${unnamed.join(", ")}.`] : [])]),
    empty: empty ?? (rows.length ? null : "No heap has both a time and a memory to compare."),
    rows: rows.map((row, index) => ({ ...row, ...placed[index] })),
    holes: {
      colours: [frame.dark ? JUDGEMENTS[BETTER].dark : JUDGEMENTS[BETTER].colour],
      facet_width: width,
      facet_height: FRONT_HEIGHT,
      linear_part: LINEAR_PART,
      time_title: `change of ${time.label}, %`,
      time_domain,
      time_ticks: ticksOf(time_domain, width, room),
      memory_domain,
      memory_ticks: ticksOf(memory_domain, FRONT_HEIGHT, LABEL_SIZE + 4),
    },
  };
}
