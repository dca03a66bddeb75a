"""The object files of a build, and the symbols that they define and use, read with nm."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from repository import ROOT

DEFINED = tuple("ABCDGRSTVWi")


def objects(build, folder="src/"):
    """The object files of a folder, each with its source; those of one source count as one file. Of what the build
    makes now: objects that older ones left behind are not among them."""
    found = []
    for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        words = shlex.split(command["command"])
        output = words[words.index("-o") + 1]
        if output.startswith(folder):
            source = Path(command["file"])
            base = next(base for base in (ROOT / "src", ROOT, build, source.parent) if source.is_relative_to(base))
            found.append((source.relative_to(base).as_posix(), build / output))
    return found


def symbols(object_files):
    """For every object file the names that it defines for others, and those that it leaves to others."""
    command = ["nm", "-g", "-P", *map(str, object_files)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    given, asked, at = {}, {}, None
    for line in said.splitlines():
        name, _, rest = line.partition(" ")
        if not rest and line.endswith(":"):
            at = Path(line[:-1])
            given[at], asked[at] = set(), set()
        elif rest[:1] in DEFINED:
            given[at].add(name)
        elif rest[:1] == "U":
            asked[at].add(name)
    return given, asked


def build_folder():
    """The first argument, or the build of the programs under test."""
    return Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BUILD_DIR") or ROOT / "build").resolve()
