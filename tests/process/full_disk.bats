#!/usr/bin/env bats
# A disk that is really full: said with a remedy, nothing lost, gone on with once there is room.
bats_require_minimum_version 1.5.0
load ../cli/helpers

# on_small_disk PROGRAM: runs it, Python, in a folder where disk/ is a file system of few megabytes and files.
on_small_disk() {
    mkdir disk
    cat >steps.py
    for namespace in "--user --map-root-user --mount" --mount; do
        # shellcheck disable=SC2086
        if unshare $namespace mount -t tmpfs -o size=4m,nr_inodes=20 none disk 2>/dev/null; then
            # shellcheck disable=SC2086
            unshare $namespace bash -c 'mount -t tmpfs -o size=4m,nr_inodes=20 none disk && exec "$@"' bash \
                "$PYTHON" steps.py "$MEMALLOC_BENCH"
            return
        fi
    done
    skip "this user may not mount anything"
}

@test "a disk that becomes full while measuring costs no measurement" {
    on_small_disk <<'PYTHON'
import os, subprocess, sys, time
import pyarrow.parquet
command = [sys.argv[1], "local", "--output-dir", "disk/results"]
options = ["--patterns", "immediate", "--sizes", "8", "--allocators", "box", "--iterations", "20"]
journal = "disk/results/benchmark_local.journal"
run = subprocess.Popen([*command, *options, "--processes", "20"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
deadline = time.monotonic() + 30
while not os.path.exists(journal) or os.stat(journal).st_size < 4000:
    assert time.monotonic() < deadline and run.poll() is None, run.communicate()
    time.sleep(0.01)
filling = os.open("disk/filling", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(filling, bytes(4096))
except OSError:
    pass
said = " ".join(run.communicate()[1].split())
assert run.returncode == 3, (run.returncode, said)
assert "cannot write the journal" in said and "No space left on device. Free some space" in said, said
kept = os.stat(journal).st_size
assert kept >= 4000, kept
again = subprocess.run([*command, "--resume"], text=True, capture_output=True)
assert again.returncode == 3 and os.stat(journal).st_size > 3000, again # still full
os.close(filling)
os.remove("disk/filling")
again = subprocess.run([*command, "--resume"], text=True, capture_output=True)
assert again.returncode == 0, again
assert pyarrow.parquet.read_table("disk/results/benchmark_local.parquet").num_rows == 20
assert not os.path.exists(journal)
PYTHON
}

@test "a disk without room for the results keeps the measurements" {
    on_small_disk <<'PYTHON'
import os, subprocess, sys, time
import pyarrow.parquet
command = [sys.argv[1], "local", "--output-dir", "disk/results"]
options = ["--patterns", "immediate", "--sizes", "8", "--allocators", "box", "--iterations", "10"]
journal = "disk/results/benchmark_local.journal"
run = subprocess.Popen([*command, *options], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
deadline = time.monotonic() + 30
while not os.path.exists(journal):
    assert time.monotonic() < deadline and run.poll() is None, run.communicate()
    time.sleep(0.01)
others = []
try:
    while True: # no new file has a place; those that exist may grow
        os.close(os.open(f"disk/{len(others)}", os.O_WRONLY | os.O_CREAT))
        others.append(f"disk/{len(others)}")
except OSError:
    pass
said = " ".join(run.communicate()[1].split())
assert run.returncode == 3 and others, (run.returncode, said)
assert "No space left on device" in said, said
assert "The measurements are kept. Fix this, then continue with memalloc-bench run local --resume" in said, said
assert os.listdir("disk/results") == ["benchmark_local.journal"], os.listdir("disk/results")
for path in others:
    os.remove(path)
again = subprocess.run([*command, "--resume"], text=True, capture_output=True)
assert again.returncode == 0, again
assert pyarrow.parquet.read_table("disk/results/benchmark_local.parquet").num_rows == 10
assert not os.path.exists(journal)
PYTHON
}

@test "a disk that is full beforehand is told before anything is measured" {
    on_small_disk <<'PYTHON'
import os, subprocess, sys
with open("disk/filling", "wb") as filling:
    filling.write(bytes(4 << 20 >> 1) + bytes((1 << 20) + (1 << 19)))
run = subprocess.run([sys.argv[1], "local", "--output-dir", "disk/results"], text=True, capture_output=True)
said = " ".join(run.stderr.split())
assert run.returncode == 3 and "Free some space or name another directory with --output-dir." in said, said
assert "%" not in said and os.listdir("disk/results") == [], (said, os.listdir("disk/results"))
PYTHON
}

@test "a limit on the size of files is an error, not a signal" {
    stderr= # shown by expect
    for kibibytes in 0 32; do
        # shellcheck disable=SC2016
        run bash -c '(ulimit -f "$1"; shift; exec "$0" "$@") 2>&1 | cat; exit "${PIPESTATUS[0]}"' \
            "$MEMALLOC_BENCH" "$kibibytes" local "${smallest[@]}"
        expect [ "$status" -eq 3 ]
        expect contains "$output" "cannot write to the directory results: "
        expect contains "$output" "Free some space or name another directory with --output-dir."
        expect [ ! -e results/benchmark_local.journal ]
    done
}

@test "a disk that becomes full while charts are drawn: those that were written are not called old" {
    "$SAMPLE_RESULTS" . local 12 6 2 3
    export MEMALLOC_BENCH_SHARE=$SOURCE_DIR
    on_small_disk <<'PYTHON'
import os, re, subprocess, sys
def analyze():
    done = subprocess.run([sys.argv[1], "analyze", ".", "--output-dir", "disk/out"], text=True, capture_output=True)
    old = re.search(r"Drawn from other results and not replaced: (.*?) in disk/out", " ".join(done.stdout.split()))
    return done, old.group(1).split(", ") if old else []
def charts():
    return {name for name in os.listdir("disk/out") if name.endswith(".svg")}
os.makedirs("disk/out")
open("disk/out/heatmap_gone_total.svg", "w").close()
with open("disk/out/.memalloc-bench-drawn", "w") as drawn:
    drawn.write("0123456789abcdef heatmap_gone_total.svg\n")
# Without room for more files, then without room for more bytes.
done, old = analyze()
assert done.returncode == 3 and "the disk is full" in done.stderr, done
assert len(charts()) > 5 and old == ["heatmap_gone_total.svg"], (charts(), old)
for name in charts() - {"heatmap_gone_total.svg"}:
    os.remove(f"disk/out/{name}")
with open("disk/filling", "wb") as filling:
    filling.write(bytes(os.statvfs("disk").f_bavail * 4096 - 300000))
done, old = analyze()
assert done.returncode == 3 and "the disk is full" in done.stderr, done
assert len(charts()) > 1 and old == ["heatmap_gone_total.svg"], (charts(), old)
PYTHON
}
