#!/usr/bin/env python3
"""Every call of the driver that can fail fails once, in a small run of its own: the run never crashes, never calls
itself complete when it is not, says cause and remedy, leaves earlier results whole, and can be gone on with.

Of calls that are made in great numbers (open, read, allocations) one per distinct call stack is examined, at most as many
as SAMPLES says, so that the test takes less than a minute; FAULTS=every examines every single call.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pyarrow.parquet

PROGRAM = os.environ["MEMALLOC_BENCH"]
# LD_PRELOAD cannot name a path with a space or a colon in it, which the project's own may have: hence a link.
LINKS = tempfile.TemporaryDirectory()
LIBRARY = os.path.join(LINKS.name, "inject_faults.so")
os.symlink(os.path.abspath(os.environ["INJECT_FAULTS"]), LIBRARY)
EVERY = os.environ.get("FAULTS") == "every"

RUN = ["run", "x", "--allocators", "box", "--patterns", "lifo", "--sizes", "64"]
RUN += ["--iterations", "2", "--processes", "2", "--output-dir", "D", "--force"]
ALLOCATORS = ("box", "box_twin", "anchor")
KEYS = {(allocator, iteration) for allocator in ALLOCATORS for iteration in (0, 1)}

# What a call can fail with; they take turns. A function without samples is examined at every call.
ERRORS = {
    "open": ["EMFILE", "EACCES"],
    "read": ["EIO", "EINTR"],
    "write": ["ENOSPC", "EINTR", "EIO", "SHORT"],
    "fsync": ["EIO", "ENOSPC"],
    "rename": ["EACCES", "EIO"],
    "unlink": ["EIO"],
    "pipe": ["EMFILE"],
    "poll": ["EINTR", "ENOMEM"],
    "waitpid": ["EINTR"],
    "posix_spawn": ["EAGAIN", "ENOMEM"],
    "ftruncate": ["EIO"],
    "malloc": ["ENOMEM"],
}
SAMPLES = {"open": 20, "read": 20, "malloc": 50, "poll": 10, "waitpid": 10}
AT_LEAST = {"write": 12, "fsync": 8, "pipe": 18, "posix_spawn": 6, "rename": 2, "unlink": 1}


def environment(**variables):
    # A sanitizer that reports is told from the program's own exit codes.
    options = "exitcode=99:verify_asan_link_order=0:allocator_may_return_null=1"
    settings = {"ASAN_OPTIONS": options, "UBSAN_OPTIONS": "exitcode=99", "LSAN_OPTIONS": "exitcode=99"}
    return {**os.environ, **settings, "LC_ALL": "C", **variables}


def run(directory, arguments, **variables):
    return subprocess.run([PROGRAM, *arguments], cwd=directory, env=environment(**variables), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def paths(directory):
    results = pathlib.Path(directory) / "D"
    return results / "benchmark_x.parquet", results / "details_x.parquet", results / "benchmark_x.journal"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_keys(path, column=None):
    """(allocator, iteration) of the rows; those that `column` is true of."""
    rows = pyarrow.parquet.read_table(path).to_pylist()
    return {(row["allocator"], row["iteration"]) for row in rows if column is None or row[column]}


def outcomes(path):
    return {row["allocator"]: row["outcome"] for row in pyarrow.parquet.read_table(path).to_pylist()
            if row["outcome"] != "ok"}


def check_complete(directory):
    benchmark, details, journal = paths(directory)
    assert read_keys(benchmark) == {("box", 0), ("box", 1)}, read_keys(benchmark)
    assert read_keys(details, "used") == KEYS, read_keys(details, "used")
    assert not journal.exists(), "the journal is still there"


def check_failed_cells(directory, said):
    benchmark, details, journal = paths(directory)
    failed = outcomes(details)
    assert failed and read_keys(details) == KEYS, (failed, read_keys(details))
    assert re.search(rf"\b{len(failed)} of 3 cells failed\.", said), said
    assert read_keys(benchmark) == (set() if "box" in failed else {("box", 0), ("box", 1)})
    assert not journal.exists()


def check_refused(directory, said, before):
    assert re.search(r"^memalloc-bench: \S.*?\.\n +[A-Z].*\.?$", said, re.MULTILINE | re.DOTALL), said
    for path, old in zip(paths(directory)[:2], before):  # each whole: the old one or the new one
        if digest(path) != old:
            assert read_keys(path)


def examine(state, function, number, error, arguments):
    """One run with one fault. Returns what came of it, for the summary."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(state / "D", pathlib.Path(directory) / "D")
        before = [digest(path) for path in paths(directory)[:2]]
        done = run(directory, arguments, LD_PRELOAD=LIBRARY, FAULT=f"{function}:{number}:{error}",
                   FAULT_REACHED=f"{directory}/reached")
        try:
            if not os.path.exists(f"{directory}/reached"):
                assert done.returncode == 0, done.stderr
                return "not reached"
            assert done.returncode in (0, 1, 3), f"exit code {done.returncode}"
            assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
            if done.returncode == 0:
                check_complete(directory)
            elif done.returncode == 1:
                check_failed_cells(directory, re.sub(r"\s+", " ", done.stderr))
            else:
                check_refused(directory, done.stderr, before)
            if function != "unlink":
                assert not list((pathlib.Path(directory) / "D").glob(".*")), "a temporary file is left"
            if paths(directory)[2].exists() or fresh_start_is_new(function, done.returncode):
                check_going_on(directory)
        except AssertionError as problem:
            said = "\n".join(done.stderr.splitlines()[-40:])
            raise AssertionError(f"{function}:{number}:{error}: {problem}\n{said}") from problem
        return f"exit {done.returncode}"


def fresh_start_is_new(function, exit_code, seen=set()):
    """Without a journal the next run starts from nothing: one such run for each way to get there is enough."""
    new = EVERY or (function, exit_code) not in seen
    seen.add((function, exit_code))
    return new


def check_going_on(directory):
    """The same again, without a fault, gives every row."""
    journal = paths(directory)[2]
    arguments = ["run", "x", "--resume", "--force", "--output-dir", "D"] if journal.exists() else RUN
    done = run(directory, [*arguments, "--quiet"])
    said = re.sub(r"\s+", " ", done.stderr)
    has_nothing = done.returncode == 3 and "header is cut off" in said or done.returncode == 2 and "is empty" in said
    if has_nothing:
        done = run(directory, [*RUN, "--quiet"])  # nothing had been measured: anew, as it says
    assert done.returncode == 0, f"and afterwards: exit code {done.returncode}\n{done.stderr}"
    check_complete(directory)


def calls_of(state, arguments):
    """{function: [(number, stack)]} of an undisturbed run."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(state / "D", pathlib.Path(directory) / "D")
        # Looking at call stacks loads a library, which counts as a leak.
        done = run(directory, arguments, LD_PRELOAD=LIBRARY, FAULT_CALLS=f"{directory}/calls",
                   ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")
        assert done.returncode == 0, done.stderr
        check_complete(directory)
        calls = {}
        for line in pathlib.Path(f"{directory}/calls").read_text().splitlines():
            function, number, stack = line.split()
            calls.setdefault(function, []).append((int(number), stack))
        return calls


def chosen(function, calls, known):
    """The numbers of the calls to examine."""
    if EVERY or (function not in SAMPLES and not known):
        return [number for number, _ in calls]
    first_of = {}
    for number, stack in calls:
        if stack not in known:
            first_of.setdefault(stack, number)
    numbers = sorted(first_of.values())
    step = max(1, len(numbers) / SAMPLES.get(function, len(numbers) or 1))
    return [numbers[int(i * step)] for i in range(int(len(numbers) / step))]


def sweep(pool, state, arguments, known):
    """Examines the calls of such a run whose stacks are not known yet; adds them."""
    calls = calls_of(state, arguments)
    cases = []
    for function, of_function in calls.items():
        for i, number in enumerate(chosen(function, of_function, known)):
            cases.append((function, number, ERRORS[function][i % len(ERRORS[function])]))
    known.update(stack for of_function in calls.values() for _, stack in of_function)
    results = {}
    for case, future in [(case, pool.submit(examine, state, *case, arguments)) for case in cases]:
        try:
            outcome = future.result()
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            print(problem, file=sys.stderr)
            outcome = "WRONG"
        results.setdefault(case[0], {}).setdefault(outcome, []).append(case[1])
    for function, outcomes_of in sorted(results.items()):
        print(f"{function:12} {len(calls[function]):5} calls:", end=" ")
        print(", ".join(f"{len(numbers)} × {outcome}" for outcome, numbers in sorted(outcomes_of.items())))
    return results


def finished_state(root):
    """A folder with the results of an earlier run."""
    state = root / "finished"
    state.mkdir()
    done = run(state, [*RUN, "--quiet"])
    assert done.returncode == 0, done.stderr
    return state


def interrupted_state(root, finished):
    """A folder with the results of an earlier run and with the journal of one that ended in the middle of an entry."""
    state = root / "interrupted"
    shutil.copytree(finished, state)
    for number in range(6, 40):  # the write that fails is the journal's when the journal stays
        done = run(state, RUN, LD_PRELOAD=LIBRARY, FAULT=f"write:{number}:ENOSPC")
        if paths(state)[2].exists():
            break
    assert done.returncode == 3 and "journal" in done.stderr, done.stderr
    with paths(state)[2].open("ab") as journal:
        journal.write(b"\x50\x01\x00\x00torn")
    return state


def check_suggested_command():
    """In an empty folder, so without --force: whichever step of storing fails, the command that is suggested works."""
    run_anew = [word for word in RUN if word != "--force"]
    examined = 0
    for function, error in (("rename", "EACCES"), ("fsync", "EIO")):
        for number in range(1, 100):
            with tempfile.TemporaryDirectory() as directory:
                done = run(directory, run_anew, LD_PRELOAD=LIBRARY, FAULT=f"{function}:{number}:{error}",
                           FAULT_REACHED=f"{directory}/reached")
                if not os.path.exists(f"{directory}/reached"):
                    break
                said = re.sub(r"\s+", " ", done.stderr)
                suggested = re.search(r"The measurements are kept. Fix this, then continue with memalloc-bench (.*)$", said)
                if not suggested:
                    continue
                examined += 1
                again = run(directory, suggested[1].split())
                assert again.returncode == 0, (function, number, said, again.stderr)
                check_complete(directory)
    assert examined >= 4, examined  # each of both files renamed, and its folder synced


def check_no_memory_at_all(state):
    """Not even for the message."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(state / "D", pathlib.Path(directory) / "D")
        for number in (1, 5, 100, 400):
            done = run(directory, RUN, LD_PRELOAD=LIBRARY, FAULT=f"malloc:{number}:ENOMEM:on")
            assert done.returncode == 3 and "ran out of memory" in done.stderr, (number, done)
            assert read_keys(paths(directory)[1], "used") == KEYS


def main():
    known = set()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(4) as pool:
        finished = finished_state(pathlib.Path(name))
        interrupted = interrupted_state(pathlib.Path(name), finished)
        check_no_memory_at_all(finished)
        check_suggested_command()
        fresh = sweep(pool, finished, RUN, known)
        for function, least in AT_LEAST.items():
            reached = sum(len(numbers) for outcome, numbers in fresh[function].items() if outcome != "not reached")
            assert reached >= least, f"only {reached} calls of {function} were examined"
        resumed = sweep(pool, interrupted, ["run", "x", "--resume", "--force", "--output-dir", "D"], known)
        assert "ftruncate" in resumed and "read" in resumed, resumed.keys()
    wrong = [function for results in (fresh, resumed) for function in results if "WRONG" in results[function]]
    assert not wrong, f"wrong after faults of {', '.join(wrong)}"


main()
