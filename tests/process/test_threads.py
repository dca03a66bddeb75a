"""Two threads read result files: ThreadSanitizer sees no race between them, and what they give together is what files read
alone give.

DuckDB and the C++ library are not compiled by it, and what it says of them is left out. It cannot be in one program with
the other sanitizers, hence a build of its own.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SOURCE_DIR"])
PLATFORMS = 110  # five batches, the last one smaller
NOT_OURS = "called_from_lib:libduckdb.so\ncalled_from_lib:libstdc++.so\nrace:libduckdb.so\n"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)


def must(*command, **options):
    done = run(*command, **options)
    assert done.returncode == 0, done.stdout[-6000:]


def compiler():
    cache = pathlib.Path(os.environ["BUILD_DIR"], "CMakeCache.txt").read_text()
    return next(line.split("=", 1)[1] for line in cache.splitlines() if line.startswith("CMAKE_C_COMPILER:"))


def skip_without_sanitizer(folder):
    (folder / "empty.c").write_text("int main(void) { return 0; }\n")
    built = run(compiler(), "-fsanitize=thread", folder / "empty.c", "-o", folder / "empty")
    if built.returncode != 0 or run(folder / "empty").returncode != 0:
        print("no ThreadSanitizer here")
        sys.exit(77)


def build(folder):
    must("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", f"-DCMAKE_C_COMPILER={compiler()}", "-DCMAKE_BUILD_TYPE=Debug",
         "-DCMAKE_C_FLAGS_DEBUG=-O1 -g -fsanitize=thread", "-DMEMALLOC_BENCH_RUST=OFF")
    must("cmake", "--build", folder, "--target", "memalloc-bench")
    return folder / "memalloc-bench"


def analyze(program, results, output, **environment):
    must(program, "analyze", results, "--quiet", "--output-dir", output,
         env={**os.environ, "MEMALLOC_BENCH_SHARE": "/nonexistent", **environment})
    return (output / "stats.csv").read_text().splitlines()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        skip_without_sanitizer(folder)
        program = build(folder / "build")
        results = folder / "results"
        results.mkdir()
        for number in range(PLATFORMS):
            must(os.environ["SAMPLE_RESULTS"], results, f"p{number:03}", 12, 6, 2, 3)
        for number in range(40, 70):  # the others, without details
            (results / f"details_p{number:03}.parquet").unlink()
        suppressions = folder / "not_ours"
        suppressions.write_text(NOT_OURS)
        options = f"suppressions={suppressions} exitcode=66"
        together = analyze(program, results, folder / "together", TSAN_OPTIONS=options)
        cells = len(together) - 1
        assert cells == PLATFORMS * 24, cells
        for number in (0, 39, 40, 69, 109):
            one = folder / f"one{number}"
            one.mkdir()
            for path in results.glob(f"*_p{number:03}.parquet"):
                shutil.copy(path, one)
            alone = analyze(program, one, one / "out", TSAN_OPTIONS=options)
            assert alone[1:] == [line for line in together if line.startswith(f"p{number:03},")], alone[:3]
        # A bad file in one batch of several is named, and with --skip-bad costs itself alone.
        (results / "details_p081.parquet").write_bytes(b"PAR1 is all that is left of it PAR1")
        refused = run(program, "analyze", results, "--quiet",
                      env={**os.environ, "TSAN_OPTIONS": options, "MEMALLOC_BENCH_SHARE": "/nonexistent"})
        assert refused.returncode == 3 and "details_p081.parquet" in refused.stdout, (refused.returncode, refused.stdout)
        must(program, "analyze", results, "--quiet", "--skip-bad", "--output-dir", folder / "skipped",
             env={**os.environ, "TSAN_OPTIONS": options, "MEMALLOC_BENCH_SHARE": "/nonexistent"})
        skipped = (folder / "skipped" / "stats.csv").read_text().splitlines()
        assert len(skipped) == len(together)
        assert [a for a, b in zip(skipped, together) if a != b and not a.startswith("p081,")] == []


main()
