// What the two programs here share: how they read their options, and how they end.

export class UsageError extends Error {}

// The values of `--name value`, `--name=value` and `--name`. `texts` and `flags` are the names that there are; a text that is
// not given is undefined, a flag false. (The parseArgs of node:util is missing in the first releases of Node 18.)
export function readOptions(args, { texts, flags = [] }) {
  const values = new Map(flags.map((name) => [name, false]));
  for (let next = 0; next < args.length; next++) {
    const [, name, joined] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[next]) ?? [];
    if (flags.includes(name) && joined === undefined) values.set(name, true);
    else if (!texts.includes(name)) throw new UsageError(`'${args[next]}' is no option`);
    else if (joined === undefined && next + 1 === args.length) throw new UsageError(`--${name} needs a value`);
    else values.set(name, joined ?? args[++next]);
  }
  return values;
}

// Runs `main(arguments)`. What it throws becomes a sentence on standard error and the exit status 1, or 2 with `usage`.
export async function runProgram(usage, main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const wrongUsage = error instanceof UsageError;
    const missing = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
    const message = missing ? `${error.message.split("\n")[0]}. Run npm ci in the program's folder` : error.message;
    process.stderr.write(`render: ${message}\n${wrongUsage ? `${usage}\n` : ""}`);
    process.exitCode = wrongUsage ? 2 : 1;
  }
}
