#!/usr/bin/env bats
# What is to be done about a path that the system does not take, and a system without /proc.
bats_require_minimum_version 1.5.0
load ../cli/helpers

@test "a path that is too long is told as such, whichever command is given it" {
    long=$(printf 'd%.0s' {1..200})
    long=$(printf "$long/%.0s" {1..25})
    name=$(printf 'x%.0s' {1..300})
    for arguments in "analyze $long" "compare ${long}benchmark_x.parquet y" "compare $name.parquet y" \
        "run x --quick --output-dir $long" "run x --resume --output-dir $long" "run x --quick --output-dir $name"; do
        # shellcheck disable=SC2086
        program $arguments
        expect [ "$status" -ne 0 ]
        expect contains "$stderr" "File name too long"
        expect contains "$stderr" "Use a shorter path"
        refute contains "$stderr" "good copy"
        rm -rf d*
    done
}

@test "result files in a directory whose full path is too long are told as such" {
    run --separate-stderr "$PYTHON" - "$MEMALLOC_BENCH" <<'PYTHON'
import os, subprocess, sys
for _ in range(25):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
open("benchmark_x.parquet", "w").close()
done = subprocess.run([sys.argv[1], "analyze", "."], capture_output=True, text=True)
said = " ".join(done.stderr.split())
assert done.returncode in (2, 3) and "File name too long" in said and "shorter path" in said, (done, said)
PYTHON
    expect [ "$status" -eq 0 ]
    rm -rf d*
}

# without_proc COMMAND...: runs it where /proc is not mounted.
without_proc() {
    unshare --mount true 2>/dev/null || skip "this user may not unmount anything"
    run --separate-stderr unshare --mount bash -c 'umount -l /proc && exec "$@"' bash "$@"
}

@test "without /proc a run works, however the program is started" {
    ln -s "$RELEASE_DIR/memalloc-bench" link
    for program in "$RELEASE_DIR/memalloc-bench" "../${PWD##*/}/link" ./link; do
        without_proc "$program" run x --output-dir results "${smallest[@]}" --allocators box --quiet --force
        expect [ "$status" -eq 0 ]
    done
    PATH=$RELEASE_DIR:$PATH
    without_proc memalloc-bench list --heaps
    expect [ "$status" -eq 0 ]
    without_proc memalloc-bench doctor
    expect [ "$status" -le 1 ]
}
