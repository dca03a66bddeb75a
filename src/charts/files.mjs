// Names and writes output files.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LONGEST_PART = 64; // characters

// `text` as a part of a file name: letters, digits and . _ - @ + stay, if it neither begins with a dot nor is too long.
// Anything else is replaced, and a hash of the original keeps different texts apart.
export function fileNamePart(text) {
  const safe = text.replace(/[^A-Za-z0-9._@+-]/g, "_").replace(/^\.+/, "_").slice(0, LONGEST_PART);
  if (safe === text && safe !== "") return safe;
  return `${safe}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}

// A function that gives each chart's file name without extension. Names that differ in case alone would be one file on
// some systems: the second one gets a number.
export function makeFileNamer() {
  const taken = new Set();
  return (template, parameters) => {
    const base = template.replace(/\{(\w+)\}/g, (_, key) => {
      if (!Object.hasOwn(parameters, key)) throw new Error(`the file name ${template} has a hole that nothing fills`);
      return fileNamePart(String(parameters[key]));
    });
    let name = base;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) name = `${base}-${copy}`;
    taken.add(name.toLowerCase());
    return name;
  };
}

const CAUSES = {
  EACCES: "permission denied", EPERM: "permission denied", EROFS: "the file system is read-only", ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up", ENOTDIR: "a part of the path is not a directory", ENOENT: "no such directory",
  EEXIST: "a file of that name is in the way", EISDIR: "a directory of that name is in the way", ELOOP: "too many symbolic links",
};

function explained(what, error) {
  return new Error(`cannot ${what}: ${CAUSES[error.code] ?? error.message}. Choose another directory with --output-dir, or make room in this one`);
}

export function makeDirectory(directory) {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw explained(`create the directory ${directory}`, error);
  }
}

// Writes `content` to directory/name, whole or not at all, and returns the path.
export function writeWhole(directory, name, content) {
  const path = join(directory, name);
  const temporary = join(directory, `.${name.slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
  let created = false;
  try {
    const descriptor = openSync(temporary, "wx", 0o644);
    created = true;
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    return path;
  } catch (error) {
    if (created) {
      try {
        unlinkSync(temporary);
      } catch {
        // The rename may have happened, or the directory may be gone: either way nothing of ours is left to remove.
      }
    }
    throw explained(`write ${path}`, error);
  }
}
