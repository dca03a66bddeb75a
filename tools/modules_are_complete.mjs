// Says by its exit status whether node_modules holds what package-lock.json asks for: 0 yes, 1 no.
//
//     node tools/modules_are_complete.mjs PROJECT production|all
//
// npm writes node_modules/.package-lock.json last, so an interrupted installation has none. Each package must stand
// there in the version of the lock and have its folder. Of the optional packages only those are asked for that are
// made for this kind of machine: npm goes on without them when it cannot fetch them, this project cannot.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [project, wanted] = process.argv.slice(2);

function packagesOf(file) {
    return JSON.parse(readFileSync(join(project, file), "utf8")).packages;
}

function isMadeForThisMachine({ os, cpu, libc = ["glibc"] }) {
    return Boolean(os?.includes(process.platform) && cpu?.includes(process.arch) && libc.includes("glibc"));
}

function isWanted([path, entry]) {
    return path !== "" && (wanted === "all" || !entry.dev) && (!entry.optional || isMadeForThisMachine(entry));
}

try {
    const installed = packagesOf("node_modules/.package-lock.json");
    const missing = Object.entries(packagesOf("package-lock.json"))
        .filter(isWanted)
        .filter(
            ([path, entry]) =>
                installed[path]?.integrity !== entry.integrity || !existsSync(join(project, path, "package.json")),
        );
    process.exitCode = missing.length === 0 ? 0 : 1;
} catch {
    process.exitCode = 1;
}
