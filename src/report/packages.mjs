// Where installed packages are.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The folder of package `name`, as seen from the folder `from` (this one if it is not given).
export function packageFolder(name, from) {
  const require = createRequire(from ? join(from, "package.json") : import.meta.url);
  const folder = require.resolve.paths(name).map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
  if (!folder) throw new Error(`the package ${name} is not installed: run 'npm ci' in the project's folder`);
  return folder;
}
