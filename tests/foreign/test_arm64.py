"""The build for arm64 Linux under qemu: some of its unit, conformance and process tests, and a run whose files are read.

Emulated code is slow, and this build is not optimised: of the unit tests those that take about a second here and say
something about the processor, the system or the bytes of files; the conformance of strategies and patterns; the runner
with workers that misbehave. The journal's test wants a worker that is no script, the census one that ptrace can follow:
qemu gives neither."""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

import duckdb
import pyarrow.parquet

FOLDER = pathlib.Path(os.environ["SOURCE_DIR"]) / "build-foreign" / "aarch64-linux-gnu"
LIBRARIES = pathlib.Path("/usr/aarch64-linux-gnu")
UNIT_TESTS = [
    "cell_delays", "clock", "error", "gate", "loading", "os", "other_load", "parse", "repetitions", "slab",
    "slab_memory", "slab_typed", "statistics", "wire",
]
CONFORMANCE_TESTS = ["patterns", "strategies", "traverse"]
PROCESS_TESTS = ["runner", "worker_messages"]


def emulator():
    if platform.machine() == "aarch64":
        return []
    qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    return [qemu, "-L", str(LIBRARIES)] if qemu and LIBRARIES.exists() else None


def run(command, directory, **environment):
    ended = subprocess.run(
        list(map(str, command)), cwd=directory, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=500,
    )
    assert ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def wrapped(program, directory, prefix):
    """The program as a script that starts it under qemu: what the driver starts is not emulated by itself."""
    script = directory / program.name
    script.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in [*prefix, program]) + ' "$@"\n')
    script.chmod(0o755)
    return script


def check_tests(prefix, directory):
    fake_worker = wrapped(FOLDER / "tests/process/fake_worker", directory, prefix)
    worker = wrapped(FOLDER / "memalloc-bench-worker", directory, prefix)
    programs = [FOLDER / f"tests/unit/test_{name}" for name in UNIT_TESTS]
    programs += [FOLDER / f"tests/conformance/conformance_{name}" for name in CONFORMANCE_TESTS]
    programs += [FOLDER / f"tests/process/process_{name}" for name in PROCESS_TESTS]
    for program in programs:
        run([*prefix, program], directory, FAKE_WORKER_PATH=str(fake_worker), WORKER=str(worker), WITHOUT_LIMITS="1")
    return len(programs)


def check_run(prefix, directory):
    """A quick run. The driver looks for its worker beside itself, where the script is."""
    program = directory / "memalloc-bench"
    shutil.copy(FOLDER / "memalloc-bench", program)
    run([*prefix, program, "arm", "--quick", "--quiet", "--sizes", "64", "--allocators", "box,slab_warm",
         "--patterns", "lifo,random"], directory)
    rows = duckdb.sql(f"SELECT DISTINCT allocator, pattern FROM '{directory}/results/benchmark_arm.parquet'").fetchall()
    assert {("box", "lifo"), ("box", "random"), ("slab_warm", "lifo"), ("slab_warm", "random")} <= set(rows), rows
    details = pyarrow.parquet.read_table(directory / "results/details_arm.parquet")
    facts = {key.decode(): value.decode() for key, value in details.schema.metadata.items()}
    assert details.num_rows > 0
    assert facts["build.architecture"] == "arm64", facts
    assert facts["timer.kind"] == "cntvct", facts


def main():
    prefix = emulator()
    if prefix is None or not (FOLDER / "tests/unit/test_clock").exists():
        print("skipped: no qemu for arm64, or no build for it (see CONTRIBUTING.md)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="memalloc-bench-test-") as name:
        directory = pathlib.Path(name)
        count = check_tests(prefix, directory)
        check_run(prefix, directory)
    print(f"{count} programs and a run")


main()
