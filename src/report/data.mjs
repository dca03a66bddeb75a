// The analysis in the form that the page and its scripts rely on: every list there, every name listed, numbers cut to
// the digits that are shown.

const SIGNIFICANT_DIGITS = 7;

function listOf(value) {
  return Array.isArray(value) ? value : [];
}

function union(first, others) {
  return [...new Set([...first, ...others])];
}

function platformOf(given, name) {
  const { files, origin, quick, facts, warnings, cache_bytes: caches, practical_threshold: threshold } = given ?? {};
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  return { name, files: listOf(files).map(String), origin: origin ?? "other", quick: quick === true, facts: isObject(facts) ? facts : {}, cache_bytes: isObject(caches) ? caches : {}, warnings: listOf(warnings).map(String), practical_threshold: threshold > 0 ? threshold : 0 };
}

function cellOf(cell) {
  const { platform, allocator, pattern, size_bytes, outcome, reason, disturbed, n, processes, objects_per_trial, total, latency } = cell;
  return {
    platform: String(platform), allocator: String(allocator), pattern: String(pattern), size_bytes, outcome: String(outcome ?? "ok"),
    reason: reason ?? null, disturbed: disturbed === true, n: n ?? null, processes: processes ?? null, objects_per_trial: objects_per_trial ?? null,
    total: total ?? null, latency: latency ?? null,
  };
}

function endOf(end) {
  return end ? { ratio: end.ratio, pattern: String(end.pattern), size_bytes: end.size_bytes } : null;
}

function againstRustOf({ platform, allocator, reference, pattern, cells, median, least, most, as_fast, faster, slower }) {
  return {
    platform: String(platform), allocator: String(allocator), reference: String(reference), pattern: pattern === null || pattern === undefined ? null : String(pattern),
    cells, median, least: endOf(least), most: endOf(most), as_fast, faster, slower,
  };
}

function objectOf(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

// A program on every heap, of one run; what the charts need of it stays as it is.
function programOf(program) {
  const { platform, name, command, parameters, sentences, metrics, heaps } = program;
  return {
    ...program,
    platform: String(platform), name: String(name), command: String(command), parameters: parameters === null || parameters === undefined ? null : String(parameters),
    sentences: listOf(sentences).map(String),
    metrics: listOf(metrics).map((metric) => ({ ...metric, name: String(metric.name), label: String(metric.label ?? metric.name), unit: String(metric.unit ?? "") })),
    heaps: listOf(heaps).map((heap) => ({ ...heap, heap: String(heap.heap), state: String(heap.state), metrics: objectOf(heap.metrics) })),
  };
}

// Throws an Error when `analysis` is not of the format that this program reads.
export function normalise(analysis) {
  if (analysis === null || typeof analysis !== "object" || analysis.format !== 3) {
    throw new Error(`the analysis is not of format 3, the one that this program reads: its format is ${JSON.stringify(analysis?.format)}`);
  }
  const cells = listOf(analysis.cells).map(cellOf);
  const given = new Map(listOf(analysis.platforms).map((platform) => [String(platform.name), platform]));
  const allocators = new Map(listOf(analysis.allocators).map(({ name, summary }) => [String(name), summary ?? null]));
  const names = (key) => cells.map((cell) => cell[key]);
  return {
    format: 3,
    program_version: String(analysis.program_version ?? "unknown"),
    generated_at: String(analysis.generated_at ?? ""),
    batch_size: analysis.batch_size ?? 100,
    inner_loop: analysis.inner_loop ?? 1000,
    unit: analysis.unit === "total" ? "total" : "ns_per_object",
    allocators: union([...allocators.keys()], names("allocator")).map((name) => ({ name, summary: allocators.get(name) ?? null })),
    patterns: union(listOf(analysis.patterns).map(String), names("pattern")),
    sizes: [...new Set(names("size_bytes"))].sort((a, b) => a - b),
    platforms: union([...given.keys()], names("platform")).map((name) => platformOf(given.get(name), name)),
    cells,
    ratios: listOf(analysis.ratios),
    against_rust: listOf(analysis.against_rust).map(againstRustOf),
    axes: listOf(analysis.axes),
    swept: listOf(analysis.swept),
    traversals: listOf(analysis.traversals),
    footprints: listOf(analysis.footprints),
    tails: listOf(analysis.tails),
    programs: listOf(analysis.programs).map(programOf),
    node_groups: listOf(analysis.node_groups),
    findings: listOf(analysis.findings).map(({ platform, text }) => ({ platform: platform ?? null, text: String(text) })),
    left_out: listOf(analysis.left_out).map(({ file, reason }) => ({ file: String(file), reason: String(reason) })),
  };
}

// What the page's scripts need of a normalised analysis. The words are in the page already.
export function embedded({ platforms, ...analysis }) {
  const { findings, left_out, against_rust, ...rest } = analysis;
  return { ...rest, platforms: platforms.map(({ name, quick, origin, cache_bytes, practical_threshold }) => ({ name, quick, origin, cache_bytes, practical_threshold })) };
}

// For JSON.stringify: fewer digits than a double has, more than are ever shown.
export function fewerDigits(_, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(SIGNIFICANT_DIGITS)) : value;
}
