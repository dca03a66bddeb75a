"""The builds for other systems are of those systems, program and worker, as far as DuckDB has a build for them."""

import os
import pathlib
import struct
import sys

FOLDER = pathlib.Path(os.environ["SOURCE_DIR"]) / "build-foreign"
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}
MACH_CPUS = {"x86_64": 0x01000007, "aarch64": 0x0100000C}
TARGETS = {
    "aarch64-linux-gnu": ["memalloc-bench", "memalloc-bench-worker"],
    "aarch64-macos": ["memalloc-bench", "memalloc-bench-worker"],
    "x86_64-macos": ["memalloc-bench", "memalloc-bench-worker"],
    "x86_64-linux-musl": ["memalloc-bench-worker"],  # DuckDB has none for it
}


def check(target, program):
    processor, system = target.split("-")[:2]
    head = (FOLDER / target / program).read_bytes()[:64]
    if system == "macos":
        magic, cpu = struct.unpack_from("<II", head)
        assert magic == 0xFEEDFACF and cpu == MACH_CPUS[processor], (target, program)
    else:
        assert head[:4] == b"\x7fELF", (target, program)
        assert struct.unpack_from("<H", head, 18)[0] == ELF_MACHINES[processor], (target, program)


def main():
    built = [target for target in TARGETS if (FOLDER / target / "memalloc-bench-worker").exists()]
    if not built:
        print("skipped: there are no builds for other systems (see CONTRIBUTING.md)")
        sys.exit(77)
    assert built == list(TARGETS), built
    for target in built:
        for program in TARGETS[target]:
            check(target, program)
        for library in (FOLDER / target / "src").rglob("lib*.a"):
            assert library.stat().st_size > 8, library
    print(f"{len(built)} targets")


main()
