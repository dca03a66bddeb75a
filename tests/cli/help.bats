#!/usr/bin/env bats
# What the program tells of itself: all of it derives from the same rows, and has to agree.
bats_require_minimum_version 1.5.0
load helpers

@test "help of the program and of every command fits 80 columns and goes to standard output" {
    program --help
    expect [ "$status" -eq 0 ]
    expect [ -z "$stderr" ]
    within_80_columns <<<"$output"
    local count=0
    for command in $(commands); do
        program "$command" --help
        expect [ "$status" -eq 0 ]
        expect [ -z "$stderr" ]
        expect contains "$output" "Usage: memalloc-bench $command"
        within_80_columns <<<"$output"
        count=$((count + 1))
    done
    [ "$count" -ge 4 ]
}

@test "help COMMAND, COMMAND --help and -h say the same" {
    for command in $(commands); do
        diff <("$MEMALLOC_BENCH" help "$command") <("$MEMALLOC_BENCH" "$command" --help)
        diff <("$MEMALLOC_BENCH" help "$command") <("$MEMALLOC_BENCH" "$command" -h)
    done
    diff <("$MEMALLOC_BENCH" help) <("$MEMALLOC_BENCH" --help)
    diff <("$MEMALLOC_BENCH" run -h) <("$MEMALLOC_BENCH" local -h)
}

@test "help of an unknown command names the nearest one" {
    program help rnu
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "Did you mean run?"
}

@test "version tells version and compiler" {
    program --version
    expect [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^memalloc-bench\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    expect contains "$output" "compiled by "
    diff <("$MEMALLOC_BENCH" version) <("$MEMALLOC_BENCH" --version)
}

@test "version --json has what a report of a bug needs" {
    program version --json
    expect [ "$status" -eq 0 ]
    printf '%s' "$output" | "$PYTHON" -c '
import json, os, sys
told = json.load(sys.stdin)
for key in "version", "compiler", "flags", "rust_reference", "duckdb", "worker", "renderer":
    assert told[key], key
for key in "build.type", "libc.name", "kernel.release", "cpu.model", "system.distribution":
    assert told["facts"][key], key
assert told["duckdb"].startswith("v1."), told["duckdb"]
assert os.access(told["worker"], os.X_OK)
assert told["node"] == os.popen("node --version").read().strip()
assert isinstance(told["heaps"], list) and all(heap["name"] and heap["path"] for heap in told["heaps"])'
    run --separate-stderr env PATH="$PWD/bin" "$MEMALLOC_BENCH" version --json
    expect [ "$status" -eq 0 ]
    expect contains "$output" '"node":null'
}

@test "manual page names every command and every option" {
    "$MEMALLOC_BENCH" help --man >page
    local count=0
    for command in $(commands); do
        grep -q "^\.Ss $command$" page
        for option in $(options_of "$command"); do
            sed 's/\\-/-/g' page | grep -Eq "^\.It Fl (h , Fl )?${option#-}( Ar | Ns |$)" || {
                echo "$command $option is missing"
                return 1
            }
            count=$((count + 1))
        done
    done
    [ "$count" -ge 15 ]
}

@test "manual page passes the checkers of man and mandoc" {
    "$MEMALLOC_BENCH" help --man >page.1
    local checked=0
    if command -v mandoc; then
        mandoc -T lint page.1
        checked=1
    fi
    if man --version 2>/dev/null | grep -q '^man [0-9]'; then
        [ -z "$(man --warnings --local-file ./page.1 2>&1 >/dev/null)" ]
        checked=1
    fi
    [ "$checked" -eq 1 ] || skip "neither mandoc nor man-db is here"
}

@test "list shows the tables within 80 columns, defaults marked" {
    program list
    expect [ "$status" -eq 0 ]
    within_80_columns <<<"$output"
    for word in box slab_cold slab_warm immediate lifo fifo random; do
        grep -Eq "^  \* $word +[a-z]" <<<"$output"
    done
    tr -d '\n' <<<"$output" | tr -s ' ' | grep -q "8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096"
    refute grep -q "none" <<<"$output" # the harness is no allocator
}

# complete WORD...: what bash would offer for the last word.
complete_words() {
    bash --noprofile --norc -c '
        source <("$1" help --completion)
        shift
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _memalloc_bench
        if ((${#COMPREPLY[@]} == 0)) && complete -p memalloc-bench | grep -q -- "-o default"; then
            mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}") # as readline does it
        fi
        printf "%s\n" "${COMPREPLY[@]}"' bash "$MEMALLOC_BENCH" memalloc-bench "$@"
}

@test "completion offers commands, options and values" {
    complete_words "" | grep -qx run
    [ "$(complete_words li)" = list ]
    [ "$(complete_words run --qui | sort | tr '\n' ' ')" = "--quick --quiet " ]
    [ "$(complete_words local --qui | sort | tr '\n' ' ')" = "--quick --quiet " ]
    [ "$(complete_words local --patterns li)" = lifo ]
    [ "$(complete_words local --patterns lifo,fi)" = lifo,fifo ]
    [ "$(complete_words help --m)" = --man ]
    [ "$(complete_words help ru)" = run ]
    [ "$(complete_words local --patterns = li)" = lifo ]
    complete_words local --patterns = | grep -qx fifo
    touch some-file
    [ "$(complete_words analyze some)" = some-file ]
    [ "$(complete_words compare a some)" = some-file ]
    [ "$(complete_words local --heap a = some)" = some-file ]
    [ "$(complete_words local --output-dir = some)" = some-file ]
    [ "$(complete_words local --output-dir some)" = some-file ]
    for command in $(commands); do
        diff <(complete_words "$command" -- | sort) <(options_of "$command" | sort)
    done
}

@test "fish completes commands, options and values" {
    command -v fish >/dev/null || skip "fish is not here"
    "$MEMALLOC_BENCH" help --completion=fish >memalloc-bench.fish
    fish_words() {
        fish --no-config -c 'source memalloc-bench.fish; complete -C $argv[1]' "$1" | cut -f 1
    }
    [ "$(fish_words 'memalloc-bench li')" = list ]
    [ "$(fish_words 'memalloc-bench local --qui' | sort | tr '\n' ' ')" = "--quick --quiet " ]
    [ "$(fish_words 'memalloc-bench local --patterns lifo,fi')" = lifo,fifo ]
    [ "$(fish_words 'memalloc-bench run --patterns=fi')" = --patterns=fifo ]
    [ "$(fish_words 'memalloc-bench help --completion=z')" = --completion=zsh ]
    [ "$(fish_words 'memalloc-bench help ru')" = run ]
    for command in $(commands); do
        diff <(fish_words "memalloc-bench $command --" | sed 's/=$//' | sort -u) <(options_of "$command" | sort)
    done
}

@test "zsh completes commands, options and values" {
    command -v zsh >/dev/null || skip "zsh is not here"
    mkdir functions
    "$MEMALLOC_BENCH" help --completion=zsh >functions/_memalloc-bench
    zsh_line() {
        timeout 60 zsh -f "$BATS_TEST_DIRNAME/zsh_completes.zsh" "$PWD/functions" "$1"
    }
    [ "$(zsh_line 'memalloc-bench li')" = "memalloc-bench list " ]
    [ "$(zsh_line 'memalloc-bench run --quie')" = "memalloc-bench run --quiet " ]
    [ "$(zsh_line 'memalloc-bench local --quie')" = "memalloc-bench local --quiet " ]
    [[ $(zsh_line 'memalloc-bench local --patterns li') == "memalloc-bench local --patterns lifo"* ]]
    [[ $(zsh_line 'memalloc-bench local --patterns lifo,fi') == "memalloc-bench local --patterns lifo,fifo"* ]]
    [ "$(zsh_line 'memalloc-bench help --completion=z')" = "memalloc-bench help --completion=zsh " ]
    for command in $(commands); do
        diff <(sed -n "/^_memalloc_bench_$command()/,/^}/p" functions/_memalloc-bench | grep -o "'[*]\?--[a-z-]*" | tr -d "'*" | sort) \
            <(options_of "$command" | grep -vx -e --help | sort)
    done
}

@test "installed program finds its worker, and the manual page is installed" {
    cmake --install "$(dirname "$MEMALLOC_BENCH")" --prefix "$BATS_TEST_TMPDIR/usr" >/dev/null
    usr/bin/memalloc-bench local "${smallest[@]}" --quiet
    [ -s results/benchmark_local.parquet ]
    find usr -name memalloc-bench.1 | grep -q man1
    rm usr/libexec/memalloc-bench/memalloc-bench-worker
    run --separate-stderr usr/bin/memalloc-bench other "${smallest[@]}"
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "memalloc-bench-worker"
}
