"""No file of src/ calls one that calls it back, directly or around. Read with nm from the object files of a build: a
file uses another when its object leaves a symbol undefined that the other's defines."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from repository import ROOT, finish

DEFINED = tuple("ABCDGRSTVWi")


def objects(build):
    """The object files of src/, each with its source; those of one source count as one file. Of what the build makes
    now: objects that older ones left behind are not among them."""
    found = []
    for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        words = shlex.split(command["command"])
        output = words[words.index("-o") + 1]
        if output.startswith("src/"):
            source = Path(command["file"])
            base = ROOT / "src" if source.is_relative_to(ROOT / "src") else build
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


def uses_of(defined, undefined):
    """For every file the files that it uses, each with the symbols."""
    definer = {name: source for source, names in defined.items() for name in names}
    uses = {source: {} for source in defined}
    for source, names in undefined.items():
        for name in names:
            other = definer.get(name, source)
            if other != source:
                uses[source].setdefault(other, set()).add(name)
    return uses


def reachable(uses, start):
    found, ahead = set(), list(uses[start])
    while ahead:
        source = ahead.pop()
        if source not in found:
            found.add(source)
            ahead += uses[source]
    return found


def circles_in(uses):
    """The groups of files of which each reaches every other, sorted."""
    reached = {source: reachable(uses, source) for source in uses}
    groups = {
        tuple(sorted(other for other in reached[source] if source in reached[other]))
        for source in uses
        if source in reached[source]
    }
    return sorted(groups)


def described(group, uses):
    lines = [f"{len(group)} files call each other:"]
    for source in group:
        for other in sorted(set(uses[source]) & set(group)):
            lines.append(f"  {source} → {other}: {', '.join(sorted(uses[source][other]))}")
    return "\n".join(lines)


# The rule itself: two files, three in a ring, a chain, a file that calls itself alone.
chain = {"a.c": {"b.c": {"b"}}, "b.c": {"c.c": {"c"}}, "c.c": {}}
assert circles_in(chain) == []
assert circles_in({**chain, "c.c": {"a.c": {"a"}}}) == [("a.c", "b.c", "c.c")]
assert circles_in({**chain, "b.c": {"a.c": {"a"}}}) == [("a.c", "b.c")]
assert uses_of({"a.c": {"a"}, "b.c": {"b"}}, {"a.c": {"a", "b", "printf"}, "b.c": set()}) == {
    "a.c": {"b.c": {"b"}},
    "b.c": {},
}

# The build's folder: the first argument, or that of the programs under test.
build = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BUILD_DIR") or ROOT / "build").resolve()
defined, undefined = {}, {}
made = objects(build)
given, asked = symbols([object_file for _, object_file in made])
for source, object_file in made:
    defined.setdefault(source, set()).update(given[object_file])
    undefined.setdefault(source, set()).update(asked[object_file])

uses = uses_of(defined, undefined)
problems = [described(group, uses) for group in circles_in(uses)]
finish(problems, sum(len(others) for others in uses.values()), 300, "uses of one file by another")
