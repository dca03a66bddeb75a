#!/usr/bin/env bats
# The scripts ./bench and ./check, in a copy of the project with stand-ins for everything that they call: no test
# here installs, builds or measures anything.

setup() {
    project="$BATS_TEST_TMPDIR/a clone/of it"
    stand_ins="$BATS_TEST_TMPDIR/bin"
    calls="$BATS_TEST_TMPDIR/calls"
    export calls
    mkdir -p "$project/tests" "$stand_ins"
    cp -r "$SOURCE_DIR/bench" "$SOURCE_DIR/check" "$SOURCE_DIR/tools" "$SOURCE_DIR/package-lock.json" "$project"
    cp "$SOURCE_DIR/tests/requirements.txt" "$project/tests"
    : >"$calls"
    for tool in bash env cat cp cut tr awk grep paste sed id uname dirname mkdir rm tail head find cksum cmp chmod \
        getconf true; do
        ln -s "$(type -P "$tool")" "$stand_ins/$tool"
    done
}

# stand_in NAME BODY: a program that notes its call and then does BODY.
stand_in() {
    rm -f "$stand_ins/$1"
    printf '#!/bin/bash\nprintf "%%s\\n" "%s $*" >>"$calls"\n%s\n' "$1" "$2" >"$stand_ins/$1"
    chmod +x "$stand_ins/$1"
}

# Everything that ./bench needs; the "build" makes a program out of $project/program.
everything_is_there() {
    stand_in cc 'echo "cc 1.0"'
    stand_in ninja ''
    stand_in npm ''
    stand_in cmake '[ "$1" != --version ] || { echo "cmake version 3.25.1"; exit; }
case $1 in
--preset) mkdir -p build ;;
--build) cp "$2/../program" "$2/memalloc-bench" && chmod +x "$2/memalloc-bench" ;;
esac'
    stand_in node '[ "$1" != --version ] || echo v18.0.0'
    mkdir -p "$project/node_modules"
    echo '{}' >"$project/node_modules/.package-lock.json"
    cat >"$project/program" <<'PROGRAM'
#!/bin/bash
printf '%s\n' "memalloc-bench $*" >>"$calls"
case $1 in
--help) echo "  analyze   draws" ;;
run) exit "${PROGRAM_EXIT:-0}" ;;
analyze) mkdir -p "$2" && : >"$2/report.html" ;;
esac
PROGRAM
}

run_script() {
    local script=$1
    shift
    run env PATH="$stand_ins" "$project/$script" "$@" </dev/null
}

program_calls() {
    grep '^memalloc-bench' "$calls"
}

# A plain `! command` never fails a bats test, unless it is the last line.
refute() {
    if "$@"; then
        return 1
    fi
}

measured() {
    grep -q "^memalloc-bench run $*" "$calls"
}

analysed() {
    grep -q '^memalloc-bench analyze' "$calls"
}

@test "a host name becomes a platform's name that the program accepts" {
    command_name=test root=$project
    . "$project/tools/lib.sh"
    while IFS='|' read -r host wanted; do
        [ "$(platform_of "$host")" = "$wanted" ] || { echo "$host: $(platform_of "$host")"; false; }
    done <<ROWS
hpc-xeon-8280|hpc-xeon-8280
node17.cluster.example|node17.cluster.example
.hidden|hidden
--options|options
Ann's Mac|Ann-s-Mac
a/b\\c|a-b-c
|local
...|local
$(printf 'x%.0s' {1..80})|$(printf 'x%.0s' {1..64})
ROWS
    [ "$(platform_of 'zürich')" = 'z--rich' ]
}

@test "versions are compared as numbers" {
    command_name=test root=$project
    . "$project/tools/lib.sh"
    version_reaches 3.22.0 3.22
    version_reaches 3.100.1 3.22
    version_reaches 20.1.0 18.0
    refute version_reaches 3.9.9 3.22
    refute version_reaches 2.99 3.22
}

@test "--help explains in a few lines and calls nothing" {
    for script in bench check; do
        for option in --help -h; do
            run_script "$script" "$option"
            [ "$status" -eq 0 ]
            [[ $output == "Usage: ./$script "* ]]
            [ "${#lines[@]}" -lt 25 ]
        done
    done
    [ ! -s "$calls" ]
}

@test "without a known package manager: names what is missing, exit 3" {
    run_script bench
    [ "$status" -eq 3 ]
    [[ $output == *"cmake 3.22 or newer"* ]]
    [[ $output == *ninja-build* ]]
    [[ $output != *cmocka* ]]
    run_script check
    [ "$status" -eq 3 ]
    [[ $output == *libcmocka-dev* ]]
}

@test "no root and no sudo: prints the exact commands, runs none of them, exit 3" {
    stand_in apt-get ''
    stand_in id 'echo 1000'
    run_script bench
    [ "$status" -eq 3 ]
    [[ $output == *"apt-get install --no-install-recommends gcc libc6-dev cmake ninja-build nodejs npm"* ]]
    refute grep -q apt-get "$calls"
}

@test "a sudo that would ask, without a terminal: prints the commands, exit 3" {
    stand_in apt-get ''
    stand_in id 'echo 1000'
    stand_in sudo 'exit 1'
    run_script bench
    [ "$status" -eq 3 ]
    [[ $output == *"apt-get install"* ]]
    [ "$(grep -v ^id "$calls")" = "sudo -n true" ]
}

@test "elsewhere than on Debian the commands are that system's" {
    stand_in dnf ''
    run_script bench
    [ "$status" -eq 3 ]
    [[ $output == *"dnf install gcc glibc-devel cmake ninja-build"* ]]
    refute grep -q dnf "$calls"
}

@test "apt that fails: a second try after an update, then its output and the commands, exit 3" {
    stand_in id 'echo 0'
    stand_in dpkg ''
    stand_in apt-get 'echo "E: no such package"; exit 100'
    run_script bench
    [ "$status" -eq 3 ]
    [[ $output == *"E: no such package"* ]]
    [ "$(grep -c '^apt-get.* install ' "$calls")" -eq 2 ]
    [ "$(grep -c '^apt-get.* update' "$calls")" -eq 1 ]
}

@test "check where everything is missing: apt is asked for all of it at once, and its output has a file" {
    stand_in id 'echo 0'
    stand_in dpkg ''
    stand_in apt-get 'echo "E: no such package"; exit 100'
    run_script check
    [ "$status" -eq 3 ]
    [[ $output == *"E: no such package"* ]]
    [ "$(grep -c '^apt-get.* install .*cmake.* chromium' "$calls")" -eq 2 ]
    grep -q "no such package" "$project"/build-log/installing-*.log
}

@test "a cmake that is too old counts as missing" {
    everything_is_there
    stand_in cmake 'echo "cmake version 3.18.4"'
    run_script bench
    [ "$status" -eq 3 ]
    [[ $output == *"missing: cmake 3.22 or newer;"* ]]
}

@test "nothing missing: neither apt nor npm is called, also the second time" {
    everything_is_there
    stand_in apt-get ''
    for turn in 1 2; do
        run_script bench local
        [ "$status" -eq 0 ]
    done
    refute grep -q -e ^apt-get -e ^npm -e ^sudo "$calls"
}

@test "--with-heaps installs each heap for itself and measures on all that are there" {
    everything_is_there
    stand_in find '' # no library is there
    stand_in id 'echo 0'
    stand_in dpkg ''
    stand_in apt-get 'case $* in *install*mimalloc*) exit 100 ;; esac'
    run_script bench local --with-heaps --seed 7
    [ "$status" -eq 0 ]
    for package in libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4 libtbbmalloc2 libclang-rt-dev; do
        grep -q "^apt-get .* install .*$package\$" "$calls"
    done
    [[ $output == *"libmimalloc2.0 is left out"* ]]
    measured 'local --seed 7 --heaps installed'
    : >"$calls"
    run_script bench local --force --with-heaps --heaps system,jemalloc
    [ "$status" -eq 0 ]
    measured 'local --force --heaps system,jemalloc'
}

@test "--with-heaps where nothing can be installed: the commands, exit 3" {
    everything_is_there
    stand_in find ''
    stand_in dnf ''
    run_script bench local --with-heaps
    [ "$status" -eq 3 ]
    [[ $output == *"dnf install jemalloc mimalloc"* ]]
    refute program_calls
}

# Everything that ./check asks for before it looks for heaps.
everything_to_check_is_there() {
    everything_is_there
    for tool in gcc c++ cargo clang clang-format clang-tidy pkg-config bats git mandoc xmllint perl lua5.4 sqlite3 \
        redis-server redis-benchmark memcached slurmctld slurmd sbatch munged qemu-aarch64 lintian debootstrap zsh fish \
        chromium python3; do
        stand_in "$tool" ''
    done
    stand_in find 'case $* in *fonts*) echo a-font ;; esac' # and no library
    sed -i 's/^install_modules .*/exit 0/' "$project/check"
    mkdir -p "$project/tests/heaps"
    printf '#!/bin/bash\nprintf "%%s\\n" "heaps built" >>"$calls"\nmkdir -p "$1"\nexit "${HEAPS_EXIT:-0}"\n' >"$project/tests/heaps/build"
    chmod +x "$project/tests/heaps/build"
    echo one >"$project/tests/heaps/Cargo.lock"
}

@test "check builds the heaps that no package has once for each lock file, and goes on when it cannot" {
    everything_to_check_is_there
    built() { grep -c '^heaps built' "$calls"; }
    HEAPS_EXIT=1 run_script check
    [ "$status" -eq 0 ]
    [ "$(built)" -eq 1 ]
    run_script check # what failed is tried again
    run_script check
    [ "$(built)" -eq 2 ]
    echo two >"$project/tests/heaps/Cargo.lock"
    run_script check
    [ "$status" -eq 0 ]
    [ "$(built)" -eq 3 ]
}

@test "check installs the heaps that it tests on, each for itself" {
    everything_to_check_is_there
    stand_in id 'echo 0'
    stand_in dpkg ''
    stand_in apt-get 'case $* in *install*tcmalloc*) exit 100 ;; esac'
    run_script check
    [ "$status" -eq 0 ]
    for package in libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4 libtbbmalloc2 libclang-rt-dev; do
        grep -q "^apt-get .* install .*$package\$" "$calls"
    done
    [[ $output == *"libtcmalloc-minimal4 is left out"* ]]
}

@test "check goes on without heaps that cannot be installed, and names them" {
    everything_to_check_is_there
    stand_in id 'echo 1000'
    stand_in apt-get ''
    run_script check
    [ "$status" -eq 0 ]
    [[ $output == *"missing: jemalloc, mimalloc, tcmalloc, tbbmalloc, scudo; they are left out"* ]]
    refute grep -q apt-get "$calls"
}

@test "npm that leaves node_modules incomplete is an error, exit 3" {
    everything_is_there
    rm -r "$project/node_modules"
    run_script bench local
    [ "$status" -eq 3 ]
    [ "$(grep -c '^npm ci --ignore-scripts .*--omit=dev' "$calls")" -eq 1 ]
    [[ $output == *"not complete"* ]]
}

@test "a failing build shows its output, exit 3, and nothing is measured" {
    everything_is_there
    stand_in cmake '[ "$1" != --version ] || { echo "cmake version 3.25.1"; exit; }
[ "$1" = --preset ] && mkdir -p build || { echo "error: expected expression"; exit 1; }'
    run_script bench local
    [ "$status" -eq 3 ] # 1 is for cells that failed
    [[ $output == *"expected expression"* ]]
    refute program_calls
}

@test "measures, analyses and says where the report is" {
    everything_is_there
    run_script bench local --seed 7
    [ "$status" -eq 0 ]
    [ "$(program_calls | sed -n 1p)" = "memalloc-bench run local --seed 7 --output-dir $project/results" ]
    program_calls | grep -qx "memalloc-bench analyze $project/results --quiet"
    [[ $output == *"$project/results/report.html"* ]]
}

@test "without a platform it is the host's name, options or not" {
    everything_is_there
    stand_in uname 'echo "my host"'
    run_script bench --quick
    [ "$status" -eq 0 ]
    measured my-host --quick
}

@test "an output folder that is named is the caller's" {
    everything_is_there
    cd "$BATS_TEST_TMPDIR"
    run_script bench local --output-dir=mine
    [ "$status" -eq 0 ]
    [ "$(program_calls | sed -n 1p)" = "memalloc-bench run local --output-dir=mine" ]
    [ -f "$BATS_TEST_TMPDIR/mine/report.html" ]
}

@test "results that exist are kept and analysed; --force measures again" {
    everything_is_there
    mkdir -p "$project/results"
    : >"$project/results/benchmark_local.parquet"
    run_script bench local
    [ "$status" -eq 0 ]
    [[ $output == *"already exists"* ]]
    refute measured
    analysed
    run_script bench local --force
    measured local --force
}

@test "failed cells are analysed and keep exit 1; worse ends there with its exit code" {
    everything_is_there
    PROGRAM_EXIT=1 run_script bench local
    [ "$status" -eq 1 ]
    analysed
    for code in 2 3 130; do
        : >"$calls"
        PROGRAM_EXIT=$code run_script bench local
        [ "$status" -eq $code ]
        refute analysed
    done
}

@test "a program without analyze measures all the same" {
    everything_is_there
    sed -i '/analyze/d' "$project/program"
    run_script bench local
    [ "$status" -eq 0 ]
    refute analysed
}

@test "--dry-run and --help go to the program and nothing is analysed" {
    everything_is_there
    for option in --dry-run --help; do
        run_script bench local $option
        [ "$status" -eq 0 ]
        measured "local $option"
    done
    refute analysed
}

@test "a clone that moved is built from nothing" {
    everything_is_there
    run_script bench local
    echo old >"$project/build/left-over"
    run_script bench local
    [ -f "$project/build/left-over" ]
    mv "$project" "$BATS_TEST_TMPDIR/moved"
    project=$BATS_TEST_TMPDIR/moved
    run_script bench local
    [ "$status" -eq 0 ]
    [ ! -f "$project/build/left-over" ]
}

@test "a signal sent to ./bench alone reaches the program, which decides how it ends" {
    everything_is_there
    cat >"$project/program" <<'PROGRAM'
#!/bin/bash
trap 'echo stopped >>"$calls"; exit 130' TERM
echo started >>"$calls"
while :; do read -t 0.05 <> <(:); done
PROGRAM
    env PATH="$stand_ins" "$project/bench" local </dev/null 3>&- &
    for turn in {1..1200}; do
        grep -q started "$calls" && break
        sleep 0.05
    done
    kill -TERM $!
    wait $! || status=$?
    [ "$status" -eq 130 ]
    grep -q stopped "$calls"
}

@test "the whole lock is asked of node_modules, with and without the tests' packages" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p node_modules/a node_modules/b node_modules/c
    lock='{"": {}, "node_modules/a": {"integrity": "1"}, "node_modules/b": {"integrity": "2", "dev": true},
        "node_modules/c": {"integrity": "3", "optional": true, "os": ["plan9"]}}'
    echo "{\"packages\": $lock}" | tee package-lock.json >node_modules/.package-lock.json
    complete() { node "$SOURCE_DIR/tools/modules_are_complete.mjs" . "$1"; }
    refute complete all
    echo '{}' >node_modules/a/package.json
    complete production
    refute complete all
    echo '{}' >node_modules/b/package.json
    complete all
    echo '{"packages": {"node_modules/a": {"integrity": "older"}}}' >node_modules/.package-lock.json
    refute complete production
    rm node_modules/.package-lock.json
    refute complete production
}
