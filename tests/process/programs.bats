#!/usr/bin/env bats
# Real programs on every installed heap, and programs that a heap cannot serve, through the optimised program.
bats_require_minimum_version 1.5.0

setup_file() {
    export program="$RELEASE_DIR/memalloc-bench"
    [ -x "$program" ] && [ -x "$RELEASE_DIR/memalloc-bench-launcher" ] || skip "there is no optimised build"
    [ "$(uname -s)" = Linux ] || skip "preloading is tested on Linux"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

expect() {
    "$@" && return 0
    echo "failed: $*"
    echo "status: $status"
    echo "output: $output"
    return 1
}

# on_every_heap ARGUMENT...: two processes on each installed heap; the JSON is in $output.
on_every_heap() {
    run --separate-stderr "$program" program --processes 2 --heaps installed --json --name real "$@"
    echo "stderr: $stderr"
    expect [ "$status" -eq 0 ]
}

# Every heap did the same work, and served all of it.
all_served() {
    "$PYTHON" -c 'import json, sys
heaps = json.load(sys.stdin)["programs"][0]["heaps"]
bad = [h for h in heaps if h["state"] != "measured" or h["outcomes"]["ok"] != 2 or h["unserved_processes"] != 0]
sys.exit(f"{bad}" if bad or len(heaps) < 2 else 0)' <<<"$output"
}

# state HEAP: its state and why it did not serve.
state() {
    "$PYTHON" -c 'import json, sys
heaps = json.load(sys.stdin)["programs"][0]["heaps"]
print(*[(h["state"], h["why_unserved"]) for h in heaps if h["heap"] == sys.argv[1]][0])' "$1" <<<"$output"
}

need() {
    type -P "$1" >/dev/null || skip "there is no $1"
}

@test "xmllint" {
    need xmllint
    { echo '<a>'; seq -f '<b n="%g">text</b>' 5000; echo '</a>'; } >x.xml
    on_every_heap xmllint --noout x.xml
    all_served
}

@test "sqlite3" {
    need sqlite3
    on_every_heap --input <(:) sqlite3 :memory: 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select count(*), sum(length(hex(i))) from n'
    all_served
}

@test "perl" {
    need perl
    on_every_heap perl -e 'my %h; $h{$_} = [$_] for 1 .. 10000; print scalar(keys %h), "\n"'
    all_served
}

@test "lua" {
    type -P lua >/dev/null || type -P lua5.4 >/dev/null || skip "there is no lua"
    on_every_heap "$(type -P lua || type -P lua5.4)" -e 'local t = {} for i = 1, 20000 do t[i] = {tostring(i)} end print(#t)'
    all_served
}

@test "gcc, with all that it starts" {
    need gcc
    echo 'int f(int x) { return x * 2; }' >f.c
    on_every_heap gcc -O1 -c f.c -o /dev/null
    all_served
}

@test "python3 with its own allocator switched off" {
    on_every_heap /usr/bin/env PYTHONMALLOC=malloc "$PYTHON" -c 'print(len([str(i) for i in range(20000)]))'
    all_served
}

# on_one_heap ARGUMENT...: as on_every_heap, with the system's and a library that counts as another heap.
on_one_heap() {
    heap=$(ldconfig -p 2>/dev/null | sed -n 's/.*=> \(.*libjemalloc.so.2\)$/\1/p' | head -1)
    [ -n "$heap" ] || skip "there is no jemalloc"
    run --separate-stderr "$program" program --processes 2 --json --name one --heaps system --heap "other=$heap" "$@"
    echo "stderr: $stderr"
    expect [ "$status" -eq 0 ]
}

@test "a static program, one with its own malloc and a child that drops LD_PRELOAD are said with the reason" {
    launched=$BUILD_DIR/tests/process
    [ -x "$launched/launched_static" ] || skip "there are no programs for it"
    on_one_heap "$launched/launched_static" limits
    expect [ "$(state other)" = "unserved static" ]
    on_one_heap --force "$launched/launched_own"
    expect [ "$(state other)" = "unserved own" ]
    on_one_heap --force env -u LD_PRELOAD sh -c 'exit 0'
    [ "$(state other)" = "unserved dropped" ]
}

@test "a heap on which the program crashes is a row of its own, and the others go on" {
    "${CC:-cc}" -shared -fPIC -O1 -fno-builtin -DDECOY_CRASHES "$SOURCE_DIR/tests/process/heaps/decoy.c" -o crashes.so
    run --separate-stderr "$program" program --processes 3 --name crash --heaps system:pinned --heap "bad=$PWD/crashes.so" \
        --json perl -e 'print 1'
    expect [ "$status" -eq 0 ]
    expect [ "$(state bad)" = "broken None" ]
    [ "$(state system:pinned)" = "measured None" ]
}

@test "a server, its client and the numbers that the client prints" {
    need redis-server
    need redis-benchmark
    port=$((20000 + BASHPID % 20000))
    run --separate-stderr "$program" program --processes 2 --name redis --heaps system:one-arena --json --check-output off \
        --ready "redis-cli -p $port ping" --client "redis-benchmark -p $port -q -n 2000 -t set" --stop TERM \
        --metric 'rps=SET: ([0-9.]+) requests' --higher-is-better rps \
        redis-server --port "$port" --save '' --appendonly no
    echo "stderr: $stderr"
    expect [ "$status" -eq 0 ]
    "$PYTHON" -c 'import json, sys
p = json.load(sys.stdin)["programs"][0]
assert p["time_metric"] == "rps", p["time_metric"]
for h in p["heaps"]:
    assert h["outcomes"]["ok"] == 2, h
    assert h["metrics"]["rps"]["median"] > 0, h' <<<"$output"
}

@test "memcached, whose client is a program of one's own" {
    need memcached
    port=$((20000 + (BASHPID + 7777) % 20000))
    cat >client.py <<'CLIENT'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    stream = connection.makefile("rwb")
    for i in range(200):
        stream.write(b"set k%d 0 0 5\r\nvalue\r\n" % i)
        stream.flush()
        assert stream.readline() == b"STORED\r\n"
print("sets=200")
CLIENT
    run --separate-stderr "$program" program --processes 2 --name memcached --heaps system:one-arena --json \
        --ready "$PYTHON -c 'import socket; socket.create_connection((\"127.0.0.1\", $port)).close()'" \
        --client "$PYTHON client.py $port" --stop TERM --metric 'sets=sets=([0-9]+)' \
        memcached -u "$(id -un)" -p "$port" -l 127.0.0.1
    echo "stderr: $stderr"
    expect [ "$status" -eq 0 ]
    "$PYTHON" -c 'import json, sys
p = json.load(sys.stdin)["programs"][0]
for h in p["heaps"]:
    assert h["outcomes"]["ok"] == 2 and h["state"] == "measured", h
    assert h["metrics"]["sets"]["median"] == 200, h' <<<"$output"
}

# A heap that forwards to the C library's and works in between, far more than any noise.
@test "a heap that does twice the work is found, with how much, and the answer is not it" {
    need perl
    cat >slow.c <<'SLOW'
#include <stddef.h>
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void __libc_free(void *);
void *malloc(size_t size)
{
    for (volatile int i = 0; i < 1000; i++)
        ;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) { return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return __libc_realloc(old, size); }
void free(void *old) { __libc_free(old); }
SLOW
    "${CC:-cc}" -shared -fPIC -O1 -fno-builtin slow.c -o slow.so || skip "this C library has no malloc to forward to"
    run --separate-stderr "$program" program --processes 10 --name slow --heaps system --heap "slow=$PWD/slow.so" --json \
        perl -e 'my @a; push @a, [$_] for 1 .. 100000; print scalar(@a)'
    echo "stderr: $stderr"
    expect [ "$status" -eq 0 ]
    "$PYTHON" -c 'import json, sys
p = json.load(sys.stdin)["programs"][0]
slow = next(h for h in p["heaps"] if h["heap"] == "slow")
cpu = slow["metrics"]["cpu_ns"]
assert slow["state"] == "measured" and cpu["verdict"] == "slower" and cpu["ratio"] > 1.5, slow
assert cpu["ratio_interval"][0] <= cpu["ratio"] <= cpu["ratio_interval"][1], cpu
assert p["best"] is None and p["answer"] == "none_better", p["answer"]' <<<"$output"
}
