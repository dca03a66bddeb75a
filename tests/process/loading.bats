#!/usr/bin/env bats
# What the dynamic linker does on the way to a worker: variables that are ignored or lost, libraries that it searches for,
# passes over or cannot load, and heaps that end their worker at load. Through the real program, the real, optimised
# worker and the real dynamic linker; docs/field-cases.md lists what was tried.
bats_require_minimum_version 1.5.0

setup_file() {
    export program="$RELEASE_DIR/memalloc-bench"
    [ -x "$program" ] && [ -x "$RELEASE_DIR/memalloc-bench-worker" ] || skip "there is no optimised build"
    [ "$(uname -s)" = Linux ] && [ -n "$(getconf GNU_LIBC_VERSION 2>/dev/null)" ] || skip "the dynamic linker is glibc's"
    export libraries="$BATS_FILE_TMPDIR/libraries" compiler="${CC:-cc}"
    export decoy="$SOURCE_DIR/tests/process/heaps/decoy.c"
    mkdir "$libraries" && chmod 711 "$BATS_RUN_TMPDIR" || return 1 # so that another user gets through
    for kind in SERVES CRASHES FAULTS LEAVES NOTHING CRASHES_LATER; do library "$kind" || return 1; done
}

# library KIND [FILE [FLAG…]]
library() {
    local kind=$1 file=${2:-$libraries/$1.so}
    shift $(($# < 2 ? $# : 2))
    "$compiler" -shared -fPIC -O1 -fno-builtin -Wl,--build-id -DDECOY_"$kind" "$@" "$decoy" -o "$file"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    smallest=(--sizes 8 --patterns immediate --iterations 1 --allocators box)
}

# details PYTHON: prints what the expression says of the details file `d`.
details() {
    "$PYTHON" -c 'import polars, sys
d = polars.read_parquet("results/details_x.parquet")
print(eval(sys.argv[1]))' "$1"
}

# outcome ALLOCATOR: its outcome and reason.
outcome() {
    details "' '.join(str(v) for v in d.filter(polars.col('allocator') == '$1').select('outcome', 'reason').row(0))"
}

# install_into FOLDER: the program with a worker of its own, into which others are put.
install_into() {
    mkdir -p "$1" && cp "$program" "$RELEASE_DIR/memalloc-bench-worker" "$1"
}

# wrap FOLDER C_STATEMENTS: a worker that does that and becomes the real one. It is no script: the dynamic linker that it
# names is asked for its tunables.
wrap() {
    install_into "$1" && mv "$1/memalloc-bench-worker" "$1/real-worker" &&
        printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' '#include <unistd.h>' 'extern char **environ;' \
            'int main(int argc, char **argv) {' "$2" "execv(\"$1/real-worker\", argv); return 9; }" >"$1.c" &&
        "$compiler" "$1.c" -o "$1/memalloc-bench-worker"
}

# ---- secure execution, and variables that do not arrive ----

# assert_skipped ALLOCATOR TEXT: that cell was skipped with that reason.
assert_skipped() {
    echo "$1: $(outcome "$1")"
    [[ "$(outcome "$1")" == "skipped heap "*"$2"* ]]
}

# measure_securely COMMAND…: nothing that is preloaded or tuned is measured, and the plain malloc is.
measure_securely() {
    run "$@" run x "${smallest[@]}" --heaps system,system:pinned --heap "SERVES=$libraries/SERVES.so" \
        --heap trimmed=system,glibc.malloc.trim_threshold=4096
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(outcome box)" = "ok None" ]
    assert_skipped box@SERVES "secure execution"
    assert_skipped box@system:pinned GLIBC_TUNABLES
    assert_skipped box@trimmed GLIBC_TUNABLES
}

@test "a worker with file capabilities measures no heap that it did not get" {
    command -v setcap >/dev/null || skip "setcap (Debian: libcap2-bin) is not installed"
    [ "$(id -u)" -eq 0 ] || skip "giving a file capabilities needs root"
    folder=$BATS_FILE_TMPDIR/capable
    install_into "$folder"
    setcap cap_sys_nice+ep "$folder/memalloc-bench-worker" || skip "this file system holds no capabilities"
    chmod 777 "$BATS_TEST_TMPDIR"
    setpriv --reuid 65534 --clear-groups test -x "$folder/memalloc-bench" || skip "others may not enter $folder"
    measure_securely setpriv --reuid 65534 --clear-groups "$folder/memalloc-bench"
}

@test "a worker with the set-user-id or set-group-id bit measures no heap that it did not get" {
    [ "$(id -u)" -eq 0 ] || skip "giving a file to another user needs root"
    for bits in u+s g+s; do
        folder=$BATS_FILE_TMPDIR/set-$bits
        install_into "$folder"
        chown 65534:65534 "$folder/memalloc-bench-worker"
        chmod "$bits" "$folder/memalloc-bench-worker"
        rm -rf results
        measure_securely "$folder/memalloc-bench"
    done
}

@test "secure execution is no matter where nothing is given, and is one where the environment tunes malloc" {
    [ "$(id -u)" -eq 0 ] || skip "giving a file to another user needs root"
    folder=$BATS_FILE_TMPDIR/set-alone
    install_into "$folder"
    chown 65534 "$folder/memalloc-bench-worker"
    chmod u+s "$folder/memalloc-bench-worker"
    run "$folder/memalloc-bench" run x "${smallest[@]}"
    [ "$status" -eq 0 ]
    for variable in GLIBC_TUNABLES=glibc.malloc.trim_threshold=4096 MALLOC_TRIM_THRESHOLD_=4096 MALLOC_ARENA_MAX=1; do
        rm -rf results
        run env "$variable" "$folder/memalloc-bench" run x "${smallest[@]}"
        echo "$output"
        [ "$status" -eq 1 ]
        assert_skipped box "secure execution"
        assert_skipped box "${variable%%=*}"
    done
}

@test "tunables that are lost or changed on the way to the worker, or come too late, are seen" {
    # Its constructor sets the variable after the C library has read its tunables.
    printf '%s\n' '#include <stdlib.h>' \
        '__attribute__((constructor)) static void late(void) { setenv("GLIBC_TUNABLES", getenv("LATE"), 1); unsetenv("LD_PRELOAD"); }' |
        "$compiler" -shared -fPIC -x c - -o "$libraries/late.so"
    declare -A statements=(
        [kept]=""
        [none]='static char *nothing[] = {NULL}; environ = nothing;'
        [unset]='unsetenv("GLIBC_TUNABLES");'
        [empty]='setenv("GLIBC_TUNABLES", "", 1);'
        [other]='setenv("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=8192", 1);'
        [late]="setenv(\"LATE\", getenv(\"GLIBC_TUNABLES\") ? getenv(\"GLIBC_TUNABLES\") : \"\", 1);
            if (*getenv(\"LATE\")) { unsetenv(\"GLIBC_TUNABLES\"); setenv(\"LD_PRELOAD\", \"$libraries/late.so\", 1); }"
    )
    declare -A reasons=(
        [none]="did not get the variables that it was started with"
        [unset]="did not get GLIBC_TUNABLES as it was given"
        [empty]="did not get GLIBC_TUNABLES as it was given"
        [other]="did not get GLIBC_TUNABLES as it was given"
        [late]="show other values in force"
    )
    for name in "${!statements[@]}"; do
        wrap "$PWD/$name" "${statements[$name]}"
        rm -rf results
        run "$PWD/$name/memalloc-bench" run x "${smallest[@]}" --heap trimmed=system,glibc.malloc.trim_threshold=4096
        echo "$name: $output"
        [ "$(outcome box)" = "ok None" ]
        if [ "$name" = kept ]; then
            [ "$(outcome box@trimmed)" = "ok None" ]
        else
            assert_skipped box@trimmed "${reasons[$name]}"
        fi
    done
}

@test "a variant's variables are proven, too" {
    wrap "$PWD/clears" 'unsetenv("MALLOC_TOP_PAD_");'
    run "$program" compare --live --allocators box --patterns lifo --sizes 8 --processes 2 --iterations 2 -- - \
        "worker=$PWD/clears/memalloc-bench-worker MALLOC_TOP_PAD_=65536"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"did not get MALLOC_TOP_PAD_ as it was given"* ]]
}

@test "tunables that the worker's C library does not take are refused before anything is measured" {
    loader=$(readelf -p .interp "$RELEASE_DIR/memalloc-bench-worker" | grep -o '/[^ ]*ld[^ ]*')
    "$loader" --list-tunables >/dev/null 2>&1 || skip "this dynamic linker does not list its tunables"
    refused=(tcache_cont=0 TCACHE_COUNT=0 tcache_count=banana tcache_count=1k tcache_count=+5 tcache_count=-1
        tcache_count=70000 tcache_count=0x tcache_count=09 mxfast=200 trim_threshold=128K perturb=256 arena_max=0
        mmap_threshold=99999999999999999999999 mmap_max=1:glibc.malloc.mmap_max=2)
    for tunable in "${refused[@]}"; do
        run "$program" x "${smallest[@]}" --heap "t=system,glibc.malloc.$tunable"
        echo "$tunable: $output"
        [ "$status" -eq 2 ]
        [[ "$output" == *"--heap t: 'glibc.malloc."* ]]
        run "$program" compare --live "${smallest[@]}" -- - "GLIBC_TUNABLES=glibc.malloc.$tunable"
        [ "$status" -eq 2 ]
        GLIBC_TUNABLES="glibc.malloc.$tunable" run "$program" x "${smallest[@]}"
        [ "$status" -eq 2 ]
        [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"GLIBC_TUNABLES in the environment: 'glibc.malloc."* ]]
    done
    [ ! -e results ]
    taken=(tcache_count=0 tcache_count=07 tcache_count=0x10 tcache_count=65535 top_pad=00 mxfast=160
        mmap_threshold=18446744073709551615 mmap_max=0:glibc.malloc.arena_max=1)
    heaps=()
    for tunable in "${taken[@]}"; do heaps+=(--heap "t${#heaps[@]}=system,glibc.malloc.$tunable"); done
    run "$program" x "${smallest[@]}" "${heaps[@]}"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(details "(d['outcome'] == 'ok').all() and d.height >= ${#taken[@]}")" = True ]
}

# ---- where libraries are looked for ----

@test "libraries are found where the dynamic linker finds them, whatever a folder is called" {
    best=$("$(readelf -p .interp "$program" | grep -o '/[^ ]*ld[^ ]*')" --help |
        sed -n 's/^ *\(.*\) (supported, searched)$/\1/p' | head -n 1)
    for folder in plain "with space" "x[1]" 'star*' "que?" 'back\slash' "quo'te" "ünï" "{a,b}" "-dash" "#hash" "~" \
        ${best:+"sub/glibc-hwcaps/$best"}; do
        mkdir -p -- "$folder"
        library SERVES "$PWD/$folder/librpmalloc.so"
        named=${folder%%/glibc-hwcaps*}
        for path in "$PWD/$named" "/nowhere:$PWD/$named" "/nowhere;$PWD/$named" "$named"; do
            LD_LIBRARY_PATH="$path" run "$program" list --heaps
            echo "$path: $output"
            [[ "$output" == *"$PWD/$folder/librpmalloc.so"* ]]
        done
        rm -rf results
        LD_LIBRARY_PATH="$PWD/$named" run "$program" x "${smallest[@]}" --heaps rpmalloc
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$(outcome box@rpmalloc)" = "ok None" ]
    done
    cd plain
    for path in : "/nowhere:" ":/nowhere" "/nowhere;;" .; do
        LD_LIBRARY_PATH=$path run "$program" list --heaps
        echo "$path: $output"
        [[ "$output" == *"/plain/"*librpmalloc.so* ]]
    done
    # Folders that the dynamic linker, or the program, looks through anyway.
    for path in "$PWD:/usr/lib" "/usr/lib:/lib:$PWD" "/lib/x86_64-linux-gnu::" \
        "/usr/lib:\$ORIGIN/$(realpath --relative-to="$(dirname "$program")" "$PWD")"; do
        LD_LIBRARY_PATH=$path run "$program" list --heaps
        echo "$path: $output"
        [[ "$output" == *"/plain/"*librpmalloc.so* ]]
    done
    LD_LIBRARY_PATH='' run "$program" list --heaps
    [[ "$output" != *"/plain/"* ]]
}

@test "a file that is passed over is named with the reason" {
    mkdir alien text nothing cut empty good folder dangling
    library NOTHING nothing/librpmalloc.so
    library SERVES good/librpmalloc.so
    cp good/librpmalloc.so alien/
    printf '\050\0' | dd of=alien/librpmalloc.so bs=1 seek=18 conv=notrunc 2>/dev/null # 32-bit ARM
    head -c 3000 good/librpmalloc.so >cut/librpmalloc.so
    echo text >text/librpmalloc.so
    : >empty/librpmalloc.so
    mkdir folder/librpmalloc.so
    ln -s nowhere dangling/librpmalloc.so
    declare -A reasons=([alien]="another architecture" [text]="not a shared object" [nothing]="it exports no malloc"
        [cut]="cut off" [empty]="not a shared object" [folder]="it is not a file" [dangling]="No such file")
    for name in "${!reasons[@]}"; do
        LD_LIBRARY_PATH="$PWD/$name:$PWD/good" run "$program" list --heaps
        words=$(tr -s ' \n' ' ' <<<"$output")
        echo "$name: $words"
        [[ "$words" == *"$PWD/good/librpmalloc.so"*"passed over: $PWD/$name/librpmalloc.so: "*"${reasons[$name]}"* ]]
    done
    LD_LIBRARY_PATH="$PWD/alien:$PWD/good" run "$program" x "${smallest[@]}" --heaps rpmalloc --dry-run
    [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"passed over was $PWD/alien/librpmalloc.so: "* ]]
}

@test "files and folders that the user may not read are named" {
    if [ "$(id -u)" -eq 0 ]; then as=(setpriv --reuid 65534 --clear-groups); else as=(env); fi
    "${as[@]}" test -x "$program" -a -x "$BATS_TEST_TMPDIR" || skip "others may not run $program"
    mkdir unreadable closed
    library SERVES unreadable/librpmalloc.so
    library SERVES closed/librpmalloc.so
    chmod 0 unreadable/librpmalloc.so closed
    LD_LIBRARY_PATH="$PWD/unreadable:$PWD/closed" run "${as[@]}" "$program" list --heaps
    chmod 755 closed
    words=$(tr -s ' \n' ' ' <<<"$output")
    echo "$words"
    [[ "$words" == *"passed over: $PWD/unreadable/librpmalloc.so: it cannot be read"* ]]
    [[ "$words" == *"passed over: $PWD/closed: Permission denied"* ]]
}

# ---- heaps that end their worker ----

@test "a heap that ends its worker at load is started three times, not once per process" {
    for name in CRASHES FAULTS LEAVES; do
        rm -rf results
        run "$program" x --sizes 8,64,256 --patterns immediate,lifo --iterations 4 --processes 4 --allocators box \
            --heap "bad=$libraries/$name.so"
        echo "$name: $output"
        [ "$status" -eq 1 ]
        bad="d.filter(polars.col('allocator') == 'box@bad')"
        [ "$(details "$bad.height")" -eq 24 ]
        [ "$(details "$bad.filter(polars.col('outcome') == 'crashed').height")" -eq 3 ]
        [ "$(details "$bad.filter((polars.col('outcome') == 'skipped') &
            polars.col('reason').str.contains('heap bad crashed 3 times at load')).height")" -eq 21 ]
        [ "$(details "(d.filter(polars.col('allocator') == 'box')['outcome'] == 'ok').all()")" = True ]
    done
}

@test "workers that crash leave no core file, at load and later, whatever limit they set themselves" {
    ulimit -c unlimited 2>/dev/null || skip "the hard limit of core files is 0"
    (ulimit -c unlimited && mkdir control && cd control && exec sh -c 'kill -ABRT $$') || true
    run "$program" x "${smallest[@]}" --heap "CRASHES=$libraries/CRASHES.so" --heap "LATER=$libraries/CRASHES_LATER.so"
    echo "$output"
    [[ "$(outcome box@CRASHES)" == "crashed killed by signal 6"* ]]
    [[ "$(outcome box@LATER)" == "crashed killed by signal 6"* ]]
    rm -rf results
    wrap "$PWD/raises" '#include <sys/resource.h>
        setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});'
    run "$PWD/raises/memalloc-bench" run x "${smallest[@]}" --heap "LATER=$libraries/CRASHES_LATER.so"
    [[ "$(outcome box@LATER)" == "crashed killed by signal 6"* ]]
    find . -name 'core*' -not -path './control/*'
    [ -z "$(find . -name 'core*' -not -path './control/*')" ]
    [ -n "$(ls control)" ] || echo "# this system writes no core files into folders: nothing could be left" >&3
}

@test "a worker starts with the limit that also keeps a program from being started for its core" {
    ulimit -c unlimited 2>/dev/null || skip "the hard limit of core files is 0"
    install_into "$PWD/told"
    mv told/memalloc-bench-worker told/real-worker
    printf '#!/bin/sh\ngrep "core file" /proc/self/limits >"%s/limits"\nexec "%s/real-worker"\n' "$PWD" "$PWD/told" \
        >told/memalloc-bench-worker
    chmod +x told/memalloc-bench-worker
    run told/memalloc-bench run x "${smallest[@]}"
    [ "$status" -eq 0 ]
    cat limits
    grep -Eq '^Max core file size +1 ' limits # soft
}

# ---- the dynamic linker's words ----

@test "why the dynamic linker could not load a library is part of the reason" {
    library SERVES tls.so -DDECOY_HUGE_TLS
    # A wrapper of a heap that loads the real one itself, as some do.
    library SERVES late.so -DDECOY_BIG_TLS
    printf '%s\n' '#include <dlfcn.h>' '#include <stdio.h>' '#include <stdlib.h>' \
        '__attribute__((constructor)) static void load(void) {' \
        "if (!dlopen(\"$PWD/late.so\", RTLD_NOW)) { fprintf(stderr, \"%s\\n\", dlerror()); abort(); } }" >shim.c
    library SERVES shim.so shim.c
    echo 'int gone;' | "$compiler" -shared -fPIC -x c - -o libgone.so
    library SERVES lonely.so -Wl,--no-as-needed "$PWD/libgone.so"
    rm libgone.so
    printf '%s\n' 'extern int nobody_has_this(void);' 'int asks(void) { return nobody_has_this(); }' >undefined.c
    library SERVES undefined.so undefined.c -Wl,-z,now
    declare -A reasons=([tls]="cannot allocate TLS data structures" [shim]="cannot allocate memory in static TLS block"
        [lonely]="libgone.so: cannot open shared object file" [undefined]="undefined symbol: nobody_has_this")
    heaps=()
    for name in "${!reasons[@]}"; do heaps+=(--heap "$name=$PWD/$name.so"); done
    run "$program" x "${smallest[@]}" "${heaps[@]}"
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(outcome box)" = "ok None" ]
    for name in "${!reasons[@]}"; do
        echo "$name: $(outcome "box@$name")"
        [[ "$(outcome "box@$name")" == *"${reasons[$name]}"* ]]
    done
}

@test "a library that may not be executed where it lies fails with the dynamic linker's words" {
    if [ "$(id -u)" -eq 0 ]; then apart=(unshare --mount); else apart=(unshare --map-root-user --mount); fi
    mkdir mounted
    "${apart[@]}" mount -t tmpfs -o noexec tmpfs "$PWD/mounted" 2>/dev/null || skip "mounting a file system is not allowed here"
    run "${apart[@]}" sh -c 'mount -t tmpfs -o noexec tmpfs mounted && cp "$1" mounted/heap.so && shift && exec "$@"' sh \
        "$libraries/SERVES.so" "$program" run x "${smallest[@]}" --heap "noexec=$PWD/mounted/heap.so"
    echo "$output"
    [ "$status" -eq 1 ]
    echo "$(outcome box@noexec)"
    [[ "$(outcome box@noexec)" == "skipped heap noexec did not serve: "*"failed to map segment from shared object"* ]]
}

@test "a library that wants a stack that may be executed fails with the dynamic linker's words where that is forbidden" {
    library SERVES stack.so -Wl,-z,execstack
    printf '%s\n' '#include <sys/prctl.h>' '#include <unistd.h>' \
        'int main(int argc, char **argv) { return prctl(65, 1, 0, 0, 0) ? 77 : execv(argv[1], argv + 1); }' >forbid.c
    "$compiler" forbid.c -o forbid
    ./forbid /bin/true || skip "this kernel cannot forbid memory that is written and executed (Linux 6.3)"
    run ./forbid "$program" run x "${smallest[@]}" --heap "stack=$PWD/stack.so"
    echo "$output"
    [ "$status" -eq 1 ]
    echo "$(outcome box@stack)"
    [[ "$(outcome box@stack)" == *"cannot enable executable stack"* ]]
}
