#!/usr/bin/env bats
# Libraries as heaps, through the real program and its real worker: those that serve are proven, those that do not fail
# their cells with the reason, and the rest goes on. The worker is the optimised one: a sanitizer brings a malloc of its
# own, which no library can be put before.
bats_require_minimum_version 1.5.0

setup_file() {
    export program="$RELEASE_DIR/memalloc-bench"
    [ -x "$program" ] && [ -x "$RELEASE_DIR/memalloc-bench-worker" ] || skip "there is no optimised build"
    [ "$(uname -s)" = Linux ] || skip "preloading is tested on Linux"
    export libraries="$BATS_FILE_TMPDIR/libraries"
    mkdir "$libraries"
    for decoy in SERVES CRASHES FAULTS LEAVES PRINTS FORWARDS NOTHING FREE_ONLY MALLOC_ONLY LACKS_REALLOC FORGETS; do
        "${CC:-cc}" -shared -fPIC -O1 -fno-builtin -Wl,--build-id -DDECOY_$decoy "$SOURCE_DIR/tests/process/heaps/decoy.c" \
            -o "$libraries/$decoy.so" || return 1
    done
    # It names another library, which is gone when it is loaded.
    echo 'int gone;' | "${CC:-cc}" -shared -fPIC -x c - -o "$libraries/libgone.so" || return 1
    "${CC:-cc}" -shared -fPIC -O1 -fno-builtin -DDECOY_SERVES "$SOURCE_DIR/tests/process/heaps/decoy.c" \
        -Wl,--no-as-needed "$libraries/libgone.so" -o "$libraries/LONELY.so" || return 1
    rm "$libraries/libgone.so"
    # Without a table of sections the file does not tell what it exports: the worker's proof has to.
    cp "$libraries/NOTHING.so" "$libraries/SILENT.so"
    printf '\0\0' | dd of="$libraries/SILENT.so" bs=1 seek=60 conv=notrunc 2>/dev/null
    cp "$libraries/SERVES.so" "$libraries/ALIEN.so"
    printf '\050\0' | dd of="$libraries/ALIEN.so" bs=1 seek=18 conv=notrunc 2>/dev/null # 32-bit ARM
    head -c 3000 "$libraries/SERVES.so" >"$libraries/CUT.so"
    echo "no library at all" >"$libraries/TEXT.so"
    mkdir "$libraries/DIRECTORY.so"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    smallest=(--sizes 8 --patterns immediate --iterations 1 --allocators box)
}

# details PYTHON: prints what the expression says of the details file `d` and its metadata `m`.
details() {
    "$PYTHON" -c 'import polars, pyarrow.parquet, sys
d = polars.read_parquet("results/details_x.parquet")
m = {k.decode(): v.decode() for k, v in pyarrow.parquet.read_schema("results/details_x.parquet").metadata.items()}
print(eval(sys.argv[1]))' "$1"
}

# outcome HEAP: outcome and reason of box on it.
outcome() {
    details "' '.join(str(v) for v in d.filter(polars.col('allocator') == 'box@$1').select('outcome', 'reason').row(0))"
}

# Measures on the libraries named in `reasons`, and on one that serves: each of them fails its cell with that outcome
# and reason, the C library's heap and the one that serves do not, and the exit code is 1.
fail_with_reasons() {
    heaps=()
    for name in "${!reasons[@]}"; do heaps+=(--heap "$name=$libraries/$name.so"); done
    run "$program" x "${smallest[@]}" "${heaps[@]}" --heap "SERVES=$libraries/SERVES.so"
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#reasons[@]}" -gt 0 ]
    for name in "${!reasons[@]}"; do
        echo "$name: $(outcome "$name")"
        [[ "$(outcome "$name")" == "${reasons[$name]}"* ]]
    done
    [ "$(outcome SERVES)" = "ok None" ]
    [ "$(details "d.filter((polars.col('allocator') == 'box') & (polars.col('outcome') == 'ok')).height")" -eq 1 ]
}

@test "a heap that does not serve fails its cells with the reason, and the rest goes on" {
    declare -A reasons=(
        [FORWARDS]="skipped heap FORWARDS did not serve: it passes calls on to the C library's heap"
        [NOTHING]="skipped heap NOTHING: it exports no malloc"
        [SILENT]="skipped heap SILENT did not serve: malloc is that of /"
        [FREE_ONLY]="skipped heap FREE_ONLY: it exports no malloc"
        [MALLOC_ONLY]="skipped heap MALLOC_ONLY: it exports no free"
        [LACKS_REALLOC]="skipped heap LACKS_REALLOC did not serve: its malloc is called with another file's realloc"
        [FORGETS]="skipped heap FORGETS did not serve: it knows 0 of 64 objects"
        [ALIEN]="skipped heap ALIEN: it is for another architecture"
        [CUT]="skipped heap CUT: it is cut off or damaged"
        [TEXT]="skipped heap TEXT: it is not a shared object"
        [DIRECTORY]="skipped heap DIRECTORY: it is not a file"
        [ABSENT]="skipped heap ABSENT: "
    )
    fail_with_reasons
    [[ "$(outcome ABSENT)" == *"No such file"* ]]
    [ "$(details "m['heap.ABSENT.problem'] != ''")" = True ]
    [ "$(details "'heap.FORWARDS.malloc_in' in m")" = False ]
}

@test "a heap that ends its worker at load fails its cells with the reason, and the rest goes on" {
    declare -A reasons=(
        [CRASHES]="crashed killed by signal 6"
        [FAULTS]="crashed killed by signal 11"
        [LEAVES]="crashed exited before it had sent everything"
        [LONELY]="crashed exited with status 127: memalloc-bench-worker: error while loading shared libraries"
    )
    fail_with_reasons
}

@test "what serves is proven by file, build id and count, also when it talks on standard output" {
    run "$program" x "${smallest[@]}" --heap "talker=$libraries/PRINTS.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" != *"this library talks"* ]]
    [ "$(details "m['heap.talker.malloc_in']")" = "$libraries/PRINTS.so" ]
    [ "$(details "m['heap.talker.path']")" = "$libraries/PRINTS.so" ]
    [ "$(details "m['heap.talker.probes_served']")" = "64 of 64" ]
    wanted=$(readelf -n "$libraries/PRINTS.so" | sed -n 's/.*Build ID: //p')
    [ -n "$wanted" ]
    [ "$(details "m['heap.talker.build_id']")" = "$wanted" ]
}

@test "the system's malloc is not another's that the environment preloads" {
    LD_PRELOAD="$libraries/SERVES.so" run "$program" x "${smallest[@]}" --heap "own=$libraries/PRINTS.so"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"box immediate 8: 1 of 1 processes, skipped: heap system: malloc is that of"* ]]
    [ "$(outcome own)" = "ok None" ] # its library goes before the environment's
}

@test "every strategy runs with every pattern on every heap that is installed" {
    run "$program" x --heaps installed,system:pinned --allocators all --sizes 256 --iterations 1
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(details "(d['outcome'] == 'ok').all()")" = True ]
    found=$("$program" list --heaps | grep '^  + ' | grep -cvE 'system:(one-arena|hugetlb|tcache) ')
    [ "$found" -ge 2 ]
    [ "$(details "d.filter(polars.col('allocator').str.starts_with('box@')).select('allocator').n_unique()")" -eq \
        $((found - 1)) ]
    for name in $("$program" list --heaps | sed -n 's/^  + \([a-z_]*\) .*/\1/p'); do
        [ "$name" = system ] || [ "$(details "m['heap.$name.malloc_in'] == m['heap.$name.path']")" = True ]
    done
    [ "$(details "m['heap.system:pinned.malloc_in'] == m['heap.system.malloc_in']")" = True ]
}

@test "tunables reach the worker" {
    # With a threshold of 64 bytes every object of 4096 is a mapping of its own, and so faults on each.
    run "$program" x --sizes 4096 --patterns immediate --iterations 1 --allocators box \
        --heap tuned=system,glibc.malloc.mmap_threshold=64:glibc.malloc.tcache_count=0
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(details "d.filter(polars.col('allocator') == 'box@tuned')['minor_faults'][0] >= 100000")" = True ]
    [ "$(details "d.filter(polars.col('allocator') == 'box')['minor_faults'][0] < 1000")" = True ]
    [ "$(details "m['heap.tuned.tunables']")" = glibc.malloc.mmap_threshold=64:glibc.malloc.tcache_count=0 ]
}

@test "list --heaps tells what is here and what brings the rest" {
    run "$program" list --heaps
    [ "$status" -eq 0 ]
    for name in system jemalloc mimalloc tcmalloc tcmalloc_google tbbmalloc scudo snmalloc rpmalloc hardened_malloc musl \
        system:pinned; do
        [ "$(grep -Ec "^  [+-] $name( |\$)" <<<"$output")" -eq 1 ]
    done
    while read -r path; do
        [ -f "$path" ]
        grep -qF "$(readelf -n "$path" | sed -n 's/.*Build ID: //p')" <<<"$output"
    done < <(sed -n 's/^ *\(\/.*\)/\1/p' <<<"$output")
}
