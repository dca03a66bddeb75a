"""A folder of src/ keeps its private.h to itself: with the flags of another folder's files it is not found. Read from the
compiler commands of the build that runs the tests."""

import json
import os
import shlex
import sys
from pathlib import Path

from repository import ROOT, files, finish

# Tests of a folder's private parts, which say so in their CMakeLists.txt, lie elsewhere.
SOURCES = ROOT / "src"


def include_folders(words):
    """The folders of -Ifolder and -isystem folder."""
    joined = [word[2:] for word in words if word.startswith("-I") and len(word) > 2]
    return [Path(folder) for folder in joined + [words[i + 1] for i, word in enumerate(words) if word == "-isystem"]]


def private_headers_seen(folders):
    return {header.parent.name for folder in folders for header in folder.glob("*/private.h")}


assert include_folders(["cc", "-Ia", "-isystem", "b", "-c", "c.c"]) == [Path("a"), Path("b")]
assert "doctor" in private_headers_seen([SOURCES])

build = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BUILD_DIR") or ROOT / "build").resolve()
having = {Path(name).parent.name for name in files("/private.h", under="src/")}
problems, examined, keeping = [], 0, set()
for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
    source = Path(command["file"])
    if not source.is_relative_to(SOURCES) or source.parent == SOURCES:
        continue
    words = shlex.split(command["command"])
    if not words[words.index("-o") + 1].startswith("src/"):
        continue  # a file that a test builds once more, for itself
    own = source.relative_to(SOURCES).parts[0]
    seen = private_headers_seen(include_folders(words))
    examined += 1
    keeping |= seen & {own}
    name = source.relative_to(ROOT)
    problems += [f"{name}: could include the private header of {other}" for other in sorted(seen - {own})]
problems += [f"src/{folder}: its own files do not see its private.h" for folder in sorted(having - keeping)]
finish(problems, examined, 150, "files")
