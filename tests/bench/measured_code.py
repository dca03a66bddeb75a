#!/usr/bin/env python3
"""Shows which functions that are measured two builds do not have in common, instruction by instruction:

    tests/bench/measured_code.py OTHER_BUILD [BUILD]

BUILD is build/ of this clone unless it is given. Compared are the functions of every strategy and touch, those of the
strategies in Rust, and the slab's own; addresses do not count, what a function calls or loads does. Exit code: 0 when each
function that both have is the same, 1 when one differs. Needs objdump and nm."""

import collections
import pathlib
import re
import subprocess
import sys

TABLE = re.compile(r"^strategy_cells_([a-z]+)_(\w+)$")
RUST_HASH = re.compile(r"17h[0-9a-f]{16}E")
RUST_LIBRARY = "rust/release/libmemalloc_bench_reference.a"


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def functions(path):
    """Each function's code by its name. Rust's names are often those of several: their codes, sorted."""
    found, lines = collections.defaultdict(list), None
    for line in said_by("objdump", "-dr", "--no-show-raw-insn", path).splitlines():
        heading = re.match(r"^[0-9a-f]+ <(.*)>:$", line)
        if heading:
            lines = []
            found[RUST_HASH.sub("E", heading[1])].append(lines)
        elif lines is not None and line.startswith(("\t", " ")):
            line = re.sub(r"^\s*[0-9a-f]+:\s*", "", line)  # where it is
            line = re.sub(r"\b[0-9a-f]+ <", "<", line)  # where its target is, which has a name as well
            line = re.sub(r"0x0\(%rip\)\s+# .*", "(%rip)", line)  # the relocation that follows says which
            lines.append(RUST_HASH.sub("E", line).strip())
    return {name: sorted("\n".join(code) for code in codes) for name, codes in found.items()}


def tables(path):
    """The tables of functions that a file defines, as 'strategy, touch word'."""
    names = [line.split()[-1] for line in said_by("nm", "--defined-only", path).splitlines() if " " in line]
    return sorted(f"{match[2]}, touch {match[1]}" for match in map(TABLE.match, names) if match)


def measured(build):
    """{(what, function): code} of a build."""
    build = pathlib.Path(build)
    of_what = {}
    for path in sorted(build.glob("src/strategies/**/*.o")):
        names = tables(path)
        if names:
            of_what[names[0]] = functions(path)
    for path in build.glob("src/slab/**/slab.c.o"):
        of_what["the slab"] = functions(path)
    library = build / RUST_LIBRARY
    if library.exists():
        members = said_by("ar", "t", library).split()
        own = [member for member in members if member.startswith("memalloc_bench_reference")]
        of_what["Rust"] = {}
        for member in own:
            object_file = build / "measured_code.o"
            object_file.write_bytes(subprocess.run(["ar", "p", library, member], capture_output=True, check=True).stdout)
            of_what["Rust"].update(functions(object_file))
            object_file.unlink()
    return {(what, name): code for what, own in of_what.items() for name, code in own.items()}


def print_counts(heading, keys):
    counts = collections.Counter(what for what, _ in keys)
    for what, count in sorted(counts.items()):
        print(f"{heading:<12} {what:<40} {count:>5} functions")


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        sys.exit(__doc__)
    root = pathlib.Path(__file__).resolve().parents[2]
    other, this = measured(arguments[0]), measured(arguments[1] if len(arguments) > 1 else root / "build")
    common = other.keys() & this.keys()
    if not common:
        sys.exit(f"{arguments[0]} has no measured function in common with this build: are both built?")
    differing = {key for key in common if other[key] != this[key]}
    print_counts("the same", common - differing)
    print_counts("differs", differing)
    print_counts("only there", other.keys() - common)
    print_counts("only here", this.keys() - common)
    for what, name in sorted(differing):
        print(f"differs: {what}: {name}")
    return 1 if differing else 0


sys.exit(main(sys.argv[1:]))
