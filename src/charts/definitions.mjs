// Reads tables of C-style rows, as C reads them: charts.def, and strategies.def for the order of allocators.

const TOKEN = /\s+|\/\/[^\n]*|[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\\n]|\\["\\])*"|[0-9]+|[(),]/y;

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`line ${text.slice(0, start).split("\n").length}: unexpected '${text[start]}'`);
    if (!/^(\s|\/\/)/.test(match[0])) found.push({ word: match[0], line: text.slice(0, start).split("\n").length });
  }
  return found;
}

function argument(token) {
  if (/^[0-9]/.test(token.word)) return Number(token.word);
  if (token.word[0] === '"') return token.word.slice(1, -1).replace(/\\(.)/g, "$1");
  if (/^[A-Za-z_]/.test(token.word)) return token.word;
  throw new Error(`line ${token.line}: unexpected '${token.word}'`);
}

// The rows of a table: `columns` maps each macro's name to the names of its arguments. Anything else in the text (an
// unknown macro, a wrong number of arguments, a stray character) is an error that names its line.
export function parseRows(text, columns) {
  const rest = tokens(text);
  const rows = [];
  const next = (wanted) => {
    const token = rest.shift();
    if (!token) throw new Error(`the table ends inside a row`);
    if (wanted && token.word !== wanted) throw new Error(`line ${token.line}: '${wanted}' expected, not '${token.word}'`);
    return token;
  };
  while (rest.length) {
    const macro = next();
    const names = Object.hasOwn(columns, macro.word) ? columns[macro.word] : null;
    if (!names) throw new Error(`line ${macro.line}: no row is called '${macro.word}'`);
    next("(");
    const row = { macro: macro.word };
    names.forEach((name, index) => {
      if (index) next(",");
      row[name] = argument(next());
    });
    next(")");
    rows.push(row);
  }
  return rows;
}

const OVER = ["RUN", "PATTERNS", "ALLOCATORS", "NUMBER_AXES", "WORD_AXES", "TRAVERSED_PATTERNS", "FOOTPRINTS", "TAILED_PATTERNS", "NODE_GROUPS", "CONDITIONS", "PROGRAMS"];
export const METRICS = ["total", "latency"];

// charts.def as { charts: [{name, file, over, spec, summary}], conditions: [{pattern, size_bytes}] }.
export function parseCharts(text) {
  const rows = parseRows(text, {
    CHART: ["name", "file", "over", "spec", "summary"],
    CONDITION: ["pattern", "size_bytes"],
  });
  const charts = rows.filter((row) => row.macro === "CHART");
  const conditions = rows.filter((row) => row.macro === "CONDITION");
  for (const chart of charts) {
    if (!OVER.includes(chart.over)) throw new Error(`chart ${chart.name}: '${chart.over}' is none of ${OVER.join(", ")}`);
    if (charts.some((other) => other !== chart && other.name === chart.name)) throw new Error(`two charts are called ${chart.name}`);
  }
  for (const { size_bytes: size } of conditions) {
    if (!Number.isSafeInteger(size) || size < 1) throw new Error(`a condition's size is '${size}', not a number of bytes`);
  }
  return { charts, conditions };
}

// Every chart to draw for `model` (see model.mjs): [{chart, parameters}], in the order of the table.
export function chartsToDraw({ charts, conditions }, model) {
  const valuesIn = (axis, pattern) => new Set(model.sweptCells.filter((cell) => cell.pattern === pattern).map((cell) => cell.on.get(axis)));
  const ofAxes = (chosen) => model.axes.filter(chosen).flatMap(({ name: axis }) => model.allPatterns.filter((pattern) => valuesIn(axis, pattern).size > 1).map((pattern) => ({ axis, pattern })));
  const over = {
    RUN: model.cells.length > 0 || model.programs.length === 0 ? [{}] : [],
    PATTERNS: model.patterns.map((pattern) => ({ pattern })),
    ALLOCATORS: model.allocators.map(({ name }) => ({ allocator: name })),
    NUMBER_AXES: ofAxes(({ numeric }) => numeric),
    WORD_AXES: ofAxes(({ numeric }) => !numeric),
    TRAVERSED_PATTERNS: model.patterns.filter((pattern) => model.traversals.some((each) => each.pattern === pattern)).map((pattern) => ({ pattern })),
    FOOTPRINTS: model.footprints.length > 0 ? [{}] : [],
    TAILED_PATTERNS: model.patterns.filter((pattern) => model.tails.some((each) => each.pattern === pattern)).map((pattern) => ({ pattern })),
    NODE_GROUPS: model.nodeGroups.map((_, index) => ({ group: index + 1 })),
    CONDITIONS: conditions
      .filter(({ pattern, size_bytes: size }) => model.cells.some((cell) => cell.pattern === pattern && cell.size === size))
      .map(({ pattern, size_bytes: size }) => ({ pattern, size })),
    PROGRAMS: model.programs.map(({ index, subject }) => ({ program: index, subject })),
  };
  return charts.flatMap((chart) =>
    (chart.file.includes("{metric}") ? METRICS : METRICS.slice(0, 1)).flatMap((metric) => over[chart.over].map((parameters) => ({ chart, parameters: { metric, ...parameters } }))),
  );
}
