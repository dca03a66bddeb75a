#!/usr/bin/env bats
# The command `program` as a user types it: few processes of tiny programs. How fast they are is no matter here.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
    [ "$(uname -s)" = Linux ] || skip "preloading is tested on Linux"
}

# The smallest run: the system's heap, twice, and one variant of it.
few=(--processes 2 --heaps system:one-arena)

# json EXPRESSION: what it says of the output `j`, and of its first program `p`.
json() {
    "$PYTHON" -c 'import json, sys
j = json.load(sys.stdin)
p = j["programs"][0] if "programs" in j else None
print(eval(sys.argv[1]))' "$1" <<<"$output"
}

# heap NAME EXPRESSION: what it says of that heap's row `h`.
heap() {
    json "[($2) for h in p['heaps'] if h['heap'] == '$1' and not h['twin']][0]"
}

@test "the answer comes first, then a table that fits 80 columns, and the file is written" {
    program program "${few[@]}" -- sh -c 'echo same'
    expect [ "$status" -eq 0 ]
    expect contains "$output" "system again"
    expect contains "$output" "system:one-arena"
    expect contains "$output" "Written: results/program_sh.parquet"
    expect contains "$stderr" "2 processes on each of 2 heaps (the system's twice)"
    sed 's/µ/u/g; s/−/-/g' <<<"$output" | within_80_columns # some awks count bytes
    [ -s results/program_sh.parquet ]
    [ ! -e results/program_sh.journal ]
    [ ! -e results/program_sh.lock ]
}

@test "the table fits 80 columns whatever a heap is called" {
    program program --processes 1 --warmup 0 --heaps system --heap a-heap-whose-name-has-31-letter=system,glibc.malloc.arena_max=1 true
    expect [ "$status" -eq 0 ]
    sed 's/µ/u/g; s/−/-/g' <<<"$output" | within_80_columns
}

@test "the words after the command are its own, with and without two hyphens" {
    program program "${few[@]}" --quiet sh -c 'test "$1" = --heaps && test "$2" = -h' sh --heaps -h
    expect [ "$status" -eq 0 ]
    expect [ -z "$output$stderr" ]
    program program "${few[@]}" --force --quiet -- sh -c 'test "$1" = --' sh --
    [ "$status" -eq 0 ]
}

@test "JSON has these keys" {
    program program "${few[@]}" --json --metric 'number=n=([0-9]+)' --higher-is-better number -- sh -c 'echo n=17'
    expect [ "$status" -eq 0 ]
    expect [ "$(json 'list(p)')" = "['platform', 'name', 'command', 'parameters', 'blocks', 'answer', 'best', 'sentences', 'time_metric', 'memory_metric', 'output_is_unsteady', 'metrics', 'heaps']" ]
    expect [ "$(json "list(p['metrics'][0])")" = "['name', 'unit', 'label', 'higher_is_better', 'threshold', 'twin_ratio', 'twin_differs']" ]
    expect [ "$(json "list(p['heaps'][0])")" = "['heap', 'twin', 'library', 'tunables', 'version', 'state', 'problem', 'processes', 'outcomes', 'failure', 'signal', 'unserved_processes', 'why_unserved', 'on_front', 'metrics']" ]
    expect [ "$(json "list(p['heaps'][0]['metrics']['wall_ns'])")" = "['processes', 'median', 'median_interval', 'ratio', 'ratio_interval', 'pairs', 'p_value', 'adjusted_p', 'verdict', 'pairs_needed']" ]
    expect [ "$(json "[h['heap'] for h in p['heaps']], [h['twin'] for h in p['heaps']]")" = "(['system', 'system:one-arena', 'system'], [False, False, True])" ]
    expect [ "$(json "p['time_metric'], p['heaps'][1]['metrics']['number']['median'], p['heaps'][1]['metrics']['number']['ratio']")" = "('number', 17, 1)" ]
    [ "$(json "p['command']")" = "sh -c 'echo n=17'" ]
}

@test "several commands and every value of a parameter are subjects of one run" {
    program program "${few[@]}" --json --parameter word=a,b --name several sh -c 'echo {word}' ::: echo '{word}'
    expect [ "$status" -eq 0 ]
    expect [ "$(json "[(q['command'], q['parameters']) for q in j['programs']]")" = \
        "[(\"sh -c 'echo a'\", 'word=a'), (\"sh -c 'echo b'\", 'word=b'), ('echo a', 'word=a'), ('echo b', 'word=b')]" ]
    program program "${few[@]}" --json --name texts --command "echo 'a b'" --command 'echo c'
    expect [ "$status" -eq 0 ]
    expect [ "$(json "[q['command'] for q in j['programs']]")" = "[\"echo 'a b'\", 'echo c']" ]
    program program "${few[@]}" --json --name shell --shell sh 'echo a | tr a b; exit 0'
    expect [ "$status" -eq 0 ]
    [ "$(json "p['command']")" = "echo a | tr a b; exit 0" ]
}

@test "prepare and cleanup run around every process, input and output are where they should be" {
    echo content >input
    program program "${few[@]}" --quiet --input input --output out --prepare 'echo p >>log' --cleanup 'echo c >>log' cat
    expect [ "$status" -eq 0 ]
    expect [ "$(<out)" = content ]
    expect [ "$(grep -c p log)" -eq 8 ] # two heaps warm up, then two of the system's, its twin's and the other's
    [ "$(tr -d '\n' <log)" = pcpcpcpcpcpcpcpc ]
}

@test "what hyperfine's users know is exported" {
    program program "${few[@]}" --quiet --export-json j.json --export-csv c.csv --export-markdown m.md -- sh -c 'exit 0'
    expect [ "$status" -eq 0 ]
    output=$(<j.json)
    expect [ "$(json "[(r['heap'], len(r['times']), r['exit_codes']) for r in j['results']]")" = \
        "[('system', 2, [0, 0]), ('system:one-arena', 2, [0, 0]), ('system again', 2, [0, 0])]" ]
    expect [ "$(json "list(j['results'][0])")" = "['command', 'heap', 'mean', 'stddev', 'median', 'user', 'system', 'min', 'max', 'times', 'memory_usage_byte', 'exit_codes', 'parameters']" ]
    expect [ "$(head -1 c.csv)" = command,heap,mean,stddev,median,user,system,min,max,parameters ]
    expect [ "$(wc -l <c.csv)" -eq 4 ]
    [ "$(grep -c '^| `sh -c' m.md)" -eq 3 ]
}

# ---- bad input, bad luck ----

@test "commands that cannot run are told before anything is measured" {
    mkdir directory
    echo '#!/nowhere/interpreter' >script
    echo data >file
    chmod +x script
    for command in no_such_command ./directory ./file ./script; do
        program program "${few[@]}" "$command"
        expect [ "$status" -eq 2 ]
        expect contains "$stderr" "${command#./}"
        expect [ "$(wc -l <<<"$stderr")" -ge 2 ] # cause and remedy
    done
    [ -z "$(find . -name '*.parquet' -o -name '*.journal')" ]
}

@test "a command that fails on the system's heap is told, unless that is allowed" {
    program program "${few[@]}" -- sh -c 'echo reason >&2; exit 3'
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "exited with 3"
    expect contains "$stderr" "reason"
    expect contains "$stderr" "--ignore-failure"
    program program "${few[@]}" --json --ignore-failure -- sh -c 'exit 3'
    expect [ "$status" -eq 0 ]
    [ "$(heap system "h['outcomes']['ok']")" -eq 2 ]
}

@test "a prepare command that fails ends the run with its reason, before the command ran" {
    program program "${few[@]}" --prepare 'echo why >&2; exit 4' -- touch ran
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "--prepare failed"
    expect contains "$stderr" "why"
    [ ! -e ran ]
}

@test "a command that hangs ends after its time, and nothing of it is left" {
    program program "${few[@]}" --timeout 1s -- sh -c 'sleep 4321; true'
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "--timeout"
    [ -z "$(ps -eo args | grep '^sleep 4321')" ]
}

@test "options that make no sense together are told" {
    local -a cases=("" "--resume" "--processes 3 --time-budget 1m true" "--json --output inherit true"
        "--ready true true" "--stop TERM true" "--metric n=x --output null true" "--metric n=( true"
        "--metric wall_ns=x true" "--higher-is-better n true" "--parameter n=1 true" "--parameter n true"
        "--name a/b true" "--stop BLA --client true true" "--input none true" "true :::" "--command a|b"
        "--heap system=/x.so true" "--heaps nonsense true" "--check-output maybe true" "--warmup 1000 true")
    for case in "${cases[@]}"; do
        # shellcheck disable=SC2086
        program program $case
        expect [ "$status" -eq 2 ]
        expect [ "$(wc -l <<<"$stderr")" -ge 2 ]
    done
}

@test "a result is not replaced and a run not discarded without --force" {
    program program "${few[@]}" --quiet true
    expect [ "$status" -eq 0 ]
    program program "${few[@]}" --quiet true
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "results/program_true.parquet"
    program program "${few[@]}" --quiet --force true
    expect [ "$status" -eq 0 ]
    program program --resume --name true
    expect [ "$status" -eq 2 ]
    contains "$stderr" "there is no interrupted run of true"
}

@test "another output, an output that is never the same, and one that is not to be compared" {
    program program "${few[@]}" --json --name tunables -- sh -c 'echo "$GLIBC_TUNABLES"'
    expect [ "$status" -eq 0 ]
    expect [ "$(heap system:one-arena "h['state'], h['outcomes']['other_output']")" = "('broken', 2)" ]
    program program "${few[@]}" --json --name random -- sh -c 'date +%N; echo $$'
    expect [ "$(heap system:one-arena "h['state']"), $(json "p['output_is_unsteady']")" = "measured, True" ]
    program program "${few[@]}" --json --name off --check-output off -- sh -c 'date +%N; echo $$'
    [ "$(json "p['output_is_unsteady']")" = False ]
}

@test "another language of the machine changes nothing" {
    export LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8
    program program "${few[@]}" --json --metric 'number=n=([0-9,]+)' -- sh -c 'echo n=0,5'
    expect [ "$status" -eq 0 ]
    [ "$(heap system "h['metrics']['number']['median']")" = 0.5 ]
}

# Starts a run of many short processes in the background and waits until its journal grows.
start_long_run() {
    start_until results/program_long.journal 5000 \
        program --heaps system:one-arena --processes 20 --name long sh -c 'sleep 0.1; sleep 0.0987'
}

@test "Ctrl-C ends the run and everything it started with 130, and --resume goes on" {
    start_long_run
    interrupt
    expect [ "$status" -eq 130 ]
    expect contains "$stderr" "Continue with memalloc-bench program --name long --resume"
    expect [ ! -e results/program_long.parquet ]
    expect [ -z "$(ps -eo args | grep '^sleep 0.0987')" ]
    measured=$(sed -n 's/.*interrupted after \([0-9]*\) of 60.*/\1/p' err)
    expect [ "$measured" -ge 2 ]
    size=$(stat -c %s results/program_long.journal)

    program program --name long true # another command of that name
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "--resume"
    program program --name long --resume true
    expect [ "$status" -eq 2 ]
    expect [ "$(stat -c %s results/program_long.journal)" -eq "$size" ]

    head -c -7 results/program_long.journal >torn # the machine went down while the last entry was written
    mv torn results/program_long.journal
    program program --name long --resume --json
    expect [ "$status" -eq 0 ]
    expect [ "$(heap system "h['outcomes']['ok']")" -eq 20 ]
    [ ! -e results/program_long.journal ]
}

@test "a second run of the same name is refused while one goes on" {
    start_long_run
    program program --name long --force true
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "$pid"
    kill -TERM "$pid"
    wait "$pid" || true
    [ ! -e results/program_long.parquet ]
}

# ---- what is made of the files ----

@test "analyze merges the files of several machines and programs" {
    program program "${few[@]}" --quiet --platform one --name first -- sh -c 'exit 0'
    expect [ "$status" -eq 0 ]
    program program "${few[@]}" --quiet --platform two --name second true
    expect [ "$status" -eq 0 ]
    program analyze --no-report
    expect [ "$status" -eq 0 ]
    expect contains "$output" "first on one: "
    expect contains "$output" "second on two: "
    expect [ "$(sed 1d results/program_stats.csv | cut -d, -f1,2 | LC_ALL=C sort -u | tr -d '"\n')" = "one,firsttwo,second" ]
    expect [ "$(head -1 results/program_stats.csv)" = "platform,name,command,parameters,heap,twin,state,metric,unit,processes,median,median_low,median_high,ratio,ratio_low,ratio_high,adjusted_p,threshold,verdict" ]
    expect [ ! -e results/stats.csv ]
    program analyze --json --platforms two
    expect [ "$status" -eq 0 ]
    expect [ "$(json "[(q['platform'], q['name']) for q in j['programs']], j['cells']")" = "([('two', 'second')], [])" ]
    echo nonsense >results/program_third.parquet
    program analyze --json
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "program_third.parquet"
    program analyze --json --skip-bad
    expect [ "$status" -eq 0 ]
    [ "$(json "[f['file'] for f in j['left_out']]")" = "['program_third.parquet']" ]
}

@test "compare tells whether a program differs between two results" {
    for name in first second; do
        program program --heaps system:one-arena --processes 6 --quiet --name "$name" -- sh -c 'exit 0'
        expect [ "$status" -eq 0 ]
    done
    program compare results/program_first.parquet results/program_first.parquet --json
    expect [ "$status" -eq 0 -o "$status" -eq 3 ] # as noisy as it may be, it is no worse than itself
    expect [ "$(json "sorted({d['heap'] for d in j['programs']}), {d['verdict'] for d in j['programs']} <= {'unchanged', 'inconclusive'}")" = "(['system', 'system:one-arena'], True)" ]
    expect [ "$(json "list(j['programs'][0])")" = "['command', 'parameters', 'heap', 'metric', 'a_processes', 'b_processes', 'a_median', 'b_median', 'ratio', 'ratio_interval', 'adjusted_p', 'threshold', 'verdict', 'processes_needed']" ]
    program compare results/program_first.parquet results/program_second.parquet --all
    expect [ "$status" -ne 2 ]
    sed 's/µ/u/g; s/→/-/g' <<<"$output" | within_80_columns # some awks count bytes
    program program "${few[@]}" --quiet --name other true
    program compare results/program_first.parquet results/program_other.parquet
    expect [ "$status" -eq 2 ]
    program compare results/program_first.parquet results/program_missing.parquet
    expect [ "$status" -eq 3 ]
    program compare --csv results/program_first.parquet results/program_second.parquet
    [ "$status" -eq 2 ]
}
