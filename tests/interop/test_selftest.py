"""`selftest --quick` runs every part and examines every cell of the sizes that it is given. What it finds depends on the
day, and is not asserted."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile

PATTERNS = 4
ALLOCATORS = 3
LEVELS = 6
SMALL_SIZES = 1  # of every fourth size those of at most 256 bytes: 8
INSTRUCTIONS = [4, 8, 12, 16, 24, 32]
SHAPES = 4
TRIALS = 10  # of a process beside the neighbour; repetitions come on top
TWIN_TRIALS = 6  # of box's twin


def program_and_sizes():
    """The optimised program measures small, middle and large sizes; a sanitised one would take minutes for them."""
    release = pathlib.Path(os.environ["RELEASE_DIR"]) / "memalloc-bench"
    if release.exists() and "selftest" in subprocess.run([release, "--help"], capture_output=True, text=True).stdout:
        return release, ["8", "32", "128", "1024", "4096"]
    return os.environ["MEMALLOC_BENCH"], ["64"]


def run(program, sizes, directory, *options):
    arguments = [program, "selftest", "machine-1", "--quick", "--quiet", "--json", "--output-dir", directory, *options]
    arguments += ["--sizes", ",".join(sizes)]
    return subprocess.run(arguments, capture_output=True, text=True)


def check_share(share, of=None):
    assert 0 <= share["count"] <= share["of"], share
    if of is not None:
        assert share["of"] == of, (share, of)
    if share["of"]:
        assert 0 <= share["low"] <= share["count"] / share["of"] <= share["high"] <= 1, share


def check_loud(loud, groups):
    """`groups`: patterns and sizes. In every second one, or pattern, a copy of box is slowed down."""
    assert set(loud) == {
        "neighbours", "processes", "trials", "disturbed", "threshold", "identical_copies", "identical_twins",
        "decided", "found", "recovered_median", "wrong"}
    assert loud["neighbours"] == len(os.sched_getaffinity(0))
    assert loud["processes"] == 6 and loud["trials"] == 1
    assert loud["threshold"] >= 0.01
    check_share(loud["disturbed"])
    assert loud["disturbed"]["of"] >= 6 * groups * 6
    check_share(loud["found"], groups // 2)
    check_share(loud["identical_copies"], groups // 2)
    check_share(loud["identical_twins"], groups)
    check_share(loud["decided"])
    check_share(loud["wrong"], loud["decided"]["of"] + loud["found"]["of"])
    assert loud["decided"]["of"] <= groups * (ALLOCATORS - 1)
    assert loud["recovered_median"] > 0


def check_program(program):
    assert set(program) == {
        "runs", "processes", "identical_heaps", "effect", "found", "called_faster", "recovered_median", "identical_runs",
        "identical_verdicts"}
    assert program["runs"] == 2 and program["processes"] == 6 and program["identical_heaps"] == 3
    assert program["effect"] == 0.05
    check_share(program["found"], 2)
    check_share(program["identical_runs"], 2)
    check_share(program["identical_verdicts"])
    assert program["identical_verdicts"]["of"] >= 2 * 3 * 4  # at least wall time, CPU time, memory and page faults
    assert program["found"]["count"] + program["called_faster"] <= 2
    assert -0.5 < program["recovered_median"] < 1


def check(found, sizes):
    cells = ALLOCATORS * PATTERNS * sizes
    few = ALLOCATORS * PATTERNS * ((sizes + 3) // 4)
    assert found["format"] == 1 and found["platform"] == "machine-1" and found["quick"] is True
    assert found["cells"] == cells and found["processes"] == 6 and found["rounds"] == 1 and found["runs"] == 10
    assert found["failed_processes"] == 0
    delayed = 4 * PATTERNS * min(sizes, SMALL_SIZES)  # box, its twin, the plain one, the anchor
    loud = few * 6 // ALLOCATORS  # with both controls and a copy of box
    assert found["started_processes"] == 6 * ((3 * cells + 4 * few) * 5 // 3 + delayed + loud)  # with both controls
    assert "self-test, 6 processes of 1 trial" in found["summary"]
    assert found["facts"]["kernel.name"]

    identical = found["identical"]
    check_share(identical["cells"], cells)
    check_share(identical["comparisons"], 1)
    assert identical["unchanged"] + identical["inconclusive"] + identical["cells"]["count"] == cells
    assert identical["null_control_groups"]["of"] <= 3 * PATTERNS * sizes  # fewer where the machine was disturbed
    if identical["shift_p50"] is not None:
        assert 0 < identical["shift_p50"] <= identical["shift_p90"]

    planted = found["planted"]
    assert [level["effect"] for level in planted] == [0.005, 0.01, 0.02, 0.03, 0.05, 0.1]
    for level in planted:
        check_share(level["found"])
    assert sum(level["found"]["of"] for level in planted) == cells

    instructions = found["instructions"]
    assert [level["per_object"] for level in instructions["levels"]] == INSTRUCTIONS
    for level in instructions["levels"]:
        check_share(level["found"])
        if level["found"]["of"]:
            assert level["effect_p10"] <= level["effect_median"] <= level["effect_p90"], level
            assert level["recovered_median"] is not None and 0 <= level["error_p50"] <= level["error_p90"], level
    examined = sum(level["found"]["of"] for level in instructions["levels"])
    assert examined <= PATTERNS * min(sizes, SMALL_SIZES)  # fewer where a cell has no undisturbed trial
    check_share(instructions["found_from_5_percent"])
    assert instructions["found_from_5_percent"]["of"] <= examined

    order = found["order"]
    assert order["comparisons"] == 3
    check_share(order["false_verdicts"])
    assert order["false_verdicts"]["of"] <= 3 * few  # fewer where a cell has no undisturbed trial
    check_share(order["cells_moved"])

    noise = found["noise"]
    assert noise["disturbed"]["of"] >= 6 * (few * TRIALS + few // ALLOCATORS * (TRIALS + TWIN_TRIALS))
    assert noise["disturbed"]["count"] > 0
    check_share(noise["contaminated_flagged"], noise["contaminated"]["count"])
    check_share(noise["quiet_slow_flagged"], noise["quiet_slow"]["count"])
    check_share(noise["false_verdicts"])
    assert noise["false_verdicts"]["of"] <= few

    check_loud(found["loud"], few // ALLOCATORS)
    check_program(found["program"])

    assert [row["shape"] for row in found["coverage"]] == ["normal", "lognormal", "bimodal", "spiky"]
    for row in found["coverage"]:
        assert row["examined"] == 2 * 23 and 8 <= row["least_processes"] <= 30 and row["least"] > 0.8

    assert len(found["aims"]) == 18
    for aim in found["aims"]:
        limit = aim.get("at_most", aim.get("at_least"))
        if aim["met"] is None:
            assert aim["reached"] is None, aim
        else:
            assert aim["met"] == (aim["reached"] <= limit if "at_most" in aim else aim["reached"] >= limit), aim


def check_identical_alone(program, directory):
    """Parts alone do not replace the result of all of them, nor does a quick one that of the machine."""
    before = pathlib.Path(directory, "selftest-quick_machine-1.json").read_bytes()
    whole = pathlib.Path(directory, "selftest_machine-1.json")
    whole.write_text("of another day")
    finished = run(program, ["64"], directory, "--parts", "identical", "--rounds", "2")
    assert finished.returncode in (0, 1), finished
    found = json.loads(finished.stdout)
    assert found["parts"] == ["identical"] and found["runs"] == 4 and found["sees"] is None
    assert found["identical"]["comparisons"]["of"] == 2
    assert not {"planted", "instructions", "order", "noise", "loud", "program", "coverage"} & found.keys()
    assert {aim["part"] for aim in found["aims"]} == {"A/A"} and len(found["aims"]) == 5
    assert found["summary"].startswith("Identical code was called different in"), found["summary"]
    assert sorted(os.listdir(directory)) == [
        "selftest-quick-parts_machine-1.json", "selftest-quick_machine-1.json", "selftest_machine-1.json"]
    assert pathlib.Path(directory, "selftest-quick_machine-1.json").read_bytes() == before
    assert whole.read_text() == "of another day"


def check_program_alone(program, directory):
    """It needs no run of identical code. Its runs can be kept, and are files as `program` writes them."""
    kept = pathlib.Path(directory, "kept")
    kept.mkdir()
    finished = run(program, ["64"], directory, "--parts", "program", "--keep-runs", kept)
    assert finished.returncode in (0, 1), finished
    found = json.loads(finished.stdout)
    assert found["parts"] == ["program"] and found["runs"] == 1 and found["cells"] == 0
    check_program(found["program"])
    assert not {"identical", "planted", "loud", "coverage"} & found.keys()
    assert [aim["key"] for aim in found["aims"]] == ["program_found", "program_identical"]
    assert "found in" in found["summary"], found["summary"]
    assert sorted(os.listdir(kept)) == ["program_run01.parquet", "program_run02.parquet"]
    analysed = subprocess.run([program, "analyze", "--json", kept], capture_output=True, text=True)
    assert analysed.returncode == 0, analysed
    heaps = json.loads(analysed.stdout)["programs"][0]["heaps"]
    assert [heap["heap"] for heap in heaps] == ["system", "identical-1", "identical-2", "identical-3", "slow", "system"]
    assert all(heap["state"] == "measured" and heap["processes"] == 6 for heap in heaps), heaps
    assert heaps[4]["library"].endswith("memalloc-bench-made-up-heap.so")


def check_no_neighbour_is_left(program, directory):
    """Whoever is alive holds the pipe's other end open, which every process of the self-test has."""
    arguments = [program, "selftest", "machine-1", "--quick", "--parts", "loud", "--sizes", "64",
                 "--output-dir", directory]
    environment = {**os.environ, "TMPDIR": directory}  # what is killed leaves its runs there
    for ending in (None, signal.SIGINT, signal.SIGKILL):
        reading, writing = os.pipe()
        process = subprocess.Popen(arguments, pass_fds=[writing], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env=environment)
        os.close(writing)
        for line in process.stderr:
            if line.startswith("[3/3] loud"):
                break
        else:
            raise AssertionError("the run beside the neighbours has not begun")
        if ending:
            next(process.stderr)  # of its progress: a signal before its first worker has no handler yet
            process.send_signal(ending)
        process.communicate()
        expected = {None: (0, 1), signal.SIGINT: (130,), signal.SIGKILL: (-signal.SIGKILL,)}[ending]
        assert process.returncode in expected, (ending, process.returncode)
        assert os.read(reading, 1) == b""  # waits for the last of them
        os.close(reading)


def main():
    program, sizes = program_and_sizes()
    with tempfile.TemporaryDirectory() as directory:
        finished = run(program, sizes, directory)
        assert finished.returncode in (0, 1), finished
        assert finished.stderr == "", finished.stderr
        found = json.loads(finished.stdout)
        check(found, len(sizes))
        assert finished.returncode == (0 if all(aim["met"] for aim in found["aims"]) else 1)
        assert os.listdir(directory) == ["selftest-quick_machine-1.json"]
        assert json.loads(pathlib.Path(directory, "selftest-quick_machine-1.json").read_text()) == found
        assert found["parts"] == ["identical", "planted", "instructions", "order", "noise", "loud", "program", "coverage"]
        check_identical_alone(program, directory)
        check_program_alone(program, directory)
        check_no_neighbour_is_left(program, directory)
    print("selftest --quick:", found["runs"], "runs,", found["cells"], "cells,", found["summary"])


main()
