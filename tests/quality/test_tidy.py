"""clang-tidy with the checks of .clang-tidy over src/. A file that passed is not looked at again until it, any header,
the checks or clang-tidy change: its key is kept in build-clang/tidy."""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys

from repository import ROOT, files, finish

BUILD = ROOT / "build-clang"
PASSED = BUILD / "tidy"


def common_key():
    parts = [subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout]
    parts += [(ROOT / name).read_bytes() for name in [".clang-tidy", *files(".h", ".def", under="src/")]]
    return hashlib.sha256(b"\0".join(parts)).digest()


def commands():
    """The compile command of each file of src/ that the clang build compiles; the first if there are several."""
    chosen = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        chosen.setdefault(os.path.relpath(entry["file"], ROOT), entry.get("command", ""))
    return {name: command for name, command in chosen.items() if name.startswith("src/")}


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
common = common_key()
keys = {
    name: hashlib.sha256(common + command.encode() + (ROOT / name).read_bytes()).hexdigest()
    for name, command in sorted(commands().items())
}
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
    found = list(workers.map(examine, keys.keys(), keys.values()))
finish([problem for each in found for problem in each], len(keys), 6, "source files")
