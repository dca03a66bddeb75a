"""clang-tidy with the checks of .clang-tidy over src/. A file that passed is not looked at again until it, a header that
it includes, its compile command, the checks or clang-tidy change: its key is kept in build-clang/tidy."""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys

from repository import ROOT, finish

BUILD = ROOT / "build-clang"
PASSED = BUILD / "tidy"


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def includes():
    """The project's files that each compiled file is made from, as ninja knows them from the compiler."""
    of_file = {}
    for block in said_by("ninja", "-C", BUILD, "-t", "deps").split("\n\n"):
        paths = [line.strip() for line in block.split("\n")[1:]]
        own = sorted({os.path.realpath(path) for path in paths if path.startswith(str(ROOT))})
        if paths:
            of_file.setdefault(os.path.realpath(paths[0]), own)
    return of_file


def commands():
    """The compile command of each file of src/ that the clang build compiles; the first if there are several."""
    chosen = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        chosen.setdefault(os.path.realpath(entry["file"]), entry["command"])
    return {path: command for path, command in chosen.items() if path.startswith(str(ROOT / "src") + os.sep)}


def keys():
    common = said_by("clang-tidy", "--version") + (ROOT / ".clang-tidy").read_text()
    made_from = includes()
    found = {}
    for path, command in sorted(commands().items()):
        key = hashlib.sha256((common + command).encode())
        for part in made_from.get(path, [path]):
            key.update(part.encode() + b"\0")
            with open(part, "rb") as content:
                key.update(content.read())
        found[os.path.relpath(path, ROOT)] = key.hexdigest()
    return found


def examine(name, key):
    mark = PASSED / name.replace("/", "__")
    if mark.exists() and mark.read_text() == key:
        return []
    done = subprocess.run(["clang-tidy", "-p", BUILD, "--quiet", name], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        PASSED.mkdir(exist_ok=True)
        mark.write_text(key)
        return []
    return [line for line in done.stdout.splitlines() if ": error: " in line] or [done.stdout + done.stderr]


if not (BUILD / "compile_commands.json").exists():
    sys.exit("there is no clang build: ./check makes it, or `cmake --preset clang && cmake --build build-clang`")
wanted = keys()
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
    found = list(workers.map(examine, wanted.keys(), wanted.values()))
finish([problem for each in found for problem in each], len(wanted), 6, "source files")
