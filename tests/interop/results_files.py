"""What the tests of result files share: running the program, and made-up result files."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from scipy import stats

PROGRAM = os.environ["MEMALLOC_BENCH"]
SOURCE_DIR = pathlib.Path(os.environ["SOURCE_DIR"])
SAMPLE_RESULTS = os.environ["SAMPLE_RESULTS"]
PATTERNS = ["immediate", "lifo", "fifo", "random"]
WITHOUT_CHARTS = {**os.environ, "MEMALLOC_BENCH_SHARE": "/nonexistent"}


def optimised_program():
    """The optimised program where it has been built: a run of the whole grid takes minutes with sanitizers."""
    optimised = pathlib.Path(os.environ["RELEASE_DIR"]) / "memalloc-bench"
    return str(optimised) if optimised.exists() else PROGRAM


def run(*arguments, directory, environment=None, program=PROGRAM):
    """Runs the program and returns what came of it; a sanitizer's report is a failure in any case."""
    result = subprocess.run(
        [program, *map(str, arguments)],
        cwd=directory, env=environment or WITHOUT_CHARTS, capture_output=True, text=True, timeout=550,
    )
    if result.returncode < 0 or "Sanitizer" in result.stderr or "runtime error" in result.stderr:
        raise AssertionError(f"exit code {result.returncode}: {result.stderr}")
    return result


def write_sample(directory, platform, *, iterations=12, processes=6, sizes=2, seed=3, **options):
    """Result files of a run that never happened, by the program's own writer. A list of sizes is those sizes."""
    if isinstance(sizes, list):
        options["sizes"], sizes = ",".join(map(str, sizes)), 1
    numbers = [str(number) for number in (iterations, processes, sizes, seed)]
    words = [f"{name}={value}" for name, value in options.items() if value is not None]
    subprocess.run([SAMPLE_RESULTS, str(directory), platform, *numbers, *words], check=True)


@contextlib.contextmanager
def temporary_directory():
    with tempfile.TemporaryDirectory(prefix="memalloc-bench-test-") as name:
        yield pathlib.Path(name)


def exact_interval(values):
    """The order statistics k and n + 1 - k with the largest k that covers the median with 95 %."""
    ordered, count = sorted(values), len(values)
    for k in range(count // 2, 0, -1):
        if 1 - 2 * stats.binom.cdf(k - 1, count, 0.5) >= 0.95:
            return ordered[k - 1], ordered[count - k]
    return None, None
