#!/usr/bin/env bats
# What a person sees of an analysis, and how charts are asked for. What is computed: tests/interop/test_analysis.py.
bats_require_minimum_version 1.5.0
load helpers

# A renderer that says how it was called, in the place of the real one.
fake_renderer() {
    mkdir -p share/src/charts share/node_modules/vega bin
    touch share/src/charts/render.mjs share/node_modules/vega/package.json
    cat >bin/node <<'SCRIPT'
#!/bin/sh
if [ "$1" = --version ]; then
    echo "${FAKE_VERSION-v18.0.0}"
    exit
fi
echo "$*" >called
[ -z "$FAKE_KILLS" ] || { kill -KILL $PPID; exit; }
cat >seen.json
while [ $# -gt 0 ]; do
    if [ "$1" = --output ]; then output=$2; fi
    shift
done
for name in ${FAKE_CHARTS-heatmap_box_total.svg}; do
    echo chart >"$output/.$name.new" && mv "$output/.$name.new" "$output/$name" && echo "$output/$name"
done
[ -z "$FAKE_KILLS_LATE" ] || { kill -KILL $PPID; exit; }
[ -z "$FAKE_DIES" ] || { printf '%s/heatmap_bo' "$output"; kill -KILL $$; }
grep -q -- --no-report called || { echo page >"$output/report.html" && echo "$output/report.html"; }
exit "${FAKE_EXIT:-0}"
SCRIPT
    chmod +x bin/node
    export MEMALLOC_BENCH_SHARE=$PWD/share PATH=$PWD/bin:$PATH
}

# Result files in the folder `results`.
sample() {
    mkdir -p results
    "$SAMPLE_RESULTS" results "${1:-local}" 12 6 2 3 ${2:+"outcome=$2"}
}

@test "findings and the path of stats.csv end the output, within 80 columns" {
    sample
    export MEMALLOC_BENCH_SHARE=$PWD/nowhere
    program analyze
    expect [ "$status" -eq 0 ]
    expect contains "$output" "slab_warm is the fastest everywhere: 2 times as fast as malloc"
    expect contains "$output" "slab_cold is 1.7 times as fast"
    expect contains "$output" "Statistics: results/stats.csv"
    within_80_columns <<<"$output"
    [ -z "$stderr" ]
    [ "$(wc -l <results/stats.csv)" -eq $((3 * 4 * 2 + 1)) ]
}

@test "a failed cell is a finding, not an error" {
    sample local timed_out
    export MEMALLOC_BENCH_SHARE=$PWD/nowhere
    program analyze results
    expect [ "$status" -eq 0 ]
    expect contains "$output" "1 cell failed: slab_cold in fifo at 8 bytes (timed_out: "
}

@test "the renderer gets the analysis, the directory and the formats" {
    sample
    fake_renderer
    program analyze results --format png,svg --output-dir out
    expect [ "$status" -eq 0 ]
    expect contains "$(cat called)" "$MEMALLOC_BENCH_SHARE/src/charts/render.mjs --input - "
    expect contains "$(cat called)" "--output out --format svg,png"
    refute grep -q -- --no-report called
    expect contains "$output" "Report: out/report.html"
    expect contains "$output" "Charts: 1 in out: heatmap_box_total.svg"
    python3 -c 'import json; assert json.load(open("seen.json"))["unit"] == "ns_per_object"'
    [ "$(ls -A out)" = "$(printf '%s\n' .memalloc-bench-drawn heatmap_box_total.svg report.html stats.csv)" ]
    program analyze --no-report --total
    expect contains "$(cat called)" "--output results --format svg --no-report"
    python3 -c 'import json; assert json.load(open("seen.json"))["unit"] == "total"'
}

@test "a renderer that fails is an error after the statistics are there" {
    sample
    fake_renderer
    FAKE_EXIT=1 program analyze
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "drawing the charts failed with exit code 1"
    expect contains "$output" "Statistics: results/stats.csv"
    [ -s results/stats.csv ]
    [ -z "$(find results -name '.analysis*')" ]
}

@test "an analysis that is killed while charts are drawn leaves nothing unfinished behind" {
    sample
    fake_renderer
    before=$(ls -A results)
    FAKE_KILLS=1 program analyze
    expect [ "$status" -eq 137 ]
    [ "$(ls -A results)" = "$before"$'\n'stats.csv ]
}

@test "without Node, its libraries or the renderer one line says what is missing" {
    sample
    fake_renderer
    rm -r share/node_modules
    program analyze
    expect [ "$status" -eq 0 ]
    expect contains "$output" "npm ci"
    run env PATH="$PWD/share" "$MEMALLOC_BENCH" analyze
    expect [ "$status" -eq 0 ]
    expect contains "$output" "they need Node 18 or later"
    rm -r share/src
    program analyze
    expect [ "$status" -eq 0 ]
    expect contains "$output" "render.mjs is missing"
    [ -s results/stats.csv ]
}

@test "a node that does not say that it is new enough is not started on the charts" {
    sample
    fake_renderer
    for version in v17.9.1 v0.12.18 "" v18 18.0.0 v18x.1 "node: axports: cannot open"; do
        rm -f results/stats.csv
        FAKE_VERSION=$version program analyze
        expect [ "$status" -eq 0 ]
        expect contains "$output" "they need Node 18 or later, and node in PATH says that it is '$version'"
        [ -s results/stats.csv ]
        [ ! -e called ]
    done
    for version in v18.0.0 v100.0.0 v25.0.0-nightly20260101aabbccddee; do
        FAKE_VERSION=$version program analyze
        expect [ "$status" -eq 0 ]
        refute contains "$output" "Node 18"
        rm called
    done
}

@test "a node that cannot be started is the same as none" {
    sample
    fake_renderer
    while IFS='|' read -r body said; do
        printf '%b' "$body" >bin/node
        run env PATH="$PWD/bin" "$MEMALLOC_BENCH" analyze
        expect [ "$status" -eq 0 ]
        expect contains "$output" "they need Node 18 or later$said"
    done <<'TABLE'
#!/bin/sh\nexit 126|, and node --version ends with exit code 126
#!/bin/sh\nkill -SEGV $$|, and node --version was killed by signal 11
#!/nowhere/sh\n| (Debian, Ubuntu: sudo apt-get install nodejs npm)
no program|, and node in PATH cannot be started: Exec format error
TABLE
    run --separate-stderr env PATH="$PWD/bin" "$MEMALLOC_BENCH" analyze --format svg
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "they need Node 18 or later"
}

@test "a format that is requested and cannot be drawn is an error, also when quiet" {
    sample
    fake_renderer
    rm -r share/node_modules
    for options in "--format pdf" "--format svg --quiet" "--format pdf,png --no-report"; do
        rm -f results/stats.csv
        program analyze $options
        expect [ "$status" -eq 3 ]
        expect contains "$stderr" "memalloc-bench: the charts that --format asks for cannot be drawn here."
        expect contains "$stderr" "npm ci"
        refute contains "$output" "npm ci"
        [ -s results/stats.csv ]
    done
    program analyze --quiet
    expect [ "$status" -eq 0 ]
    [ -z "$output" ]
    expect contains "$stderr" "npm ci"
}

# Fails unless the program's last output names exactly these files as drawn from other results.
names_others() {
    local line
    line=$(tr -s ' \n' ' ' <<<"$output" | sed -n 's/.*Drawn from other results and not replaced: \(.*\) in results.*/\1/p')
    expect [ "$line" = "$*" ]
}

@test "what was drawn from these results is not called old, what was drawn from others is" {
    sample
    fake_renderer
    (mkdir -p results && touch results/heatmap_gone_total.svg) # drawn by nobody that is known
    program analyze
    FAKE_CHARTS=heatmap_box_total.png program analyze --format png --no-report
    names_others
    rm -r share/node_modules # nothing can be drawn: the files are those of these results all the same
    program analyze
    names_others
    fake_renderer
    cp -r results first
    sample other # another file: what was drawn without it is old
    FAKE_CHARTS="heatmap_box_latency.svg pattern_lifo_total.svg" program analyze --no-report
    names_others heatmap_box_total.png, heatmap_box_total.svg, report.html
    program analyze
    names_others heatmap_box_total.png
    rm results/*_other.parquet # the first results again
    FAKE_CHARTS=heatmap_box_latency.svg program analyze --no-report
    names_others heatmap_box_total.svg, pattern_lifo_total.svg, report.html
    sample local timed_out # a file of the same name
    program analyze
    names_others heatmap_box_latency.svg, heatmap_box_total.png, pattern_lifo_total.svg
    sample
    FAKE_CHARTS="all_patterns_total.svg all_patterns_total.png" program analyze --no-report
    sample other
    FAKE_CHARTS= program analyze --no-report
    names_others all_patterns_total.png, all_patterns_total.svg, heatmap_box_latency.svg and 3 more
    within_80_columns <<<"$output"
    program analyze --quiet
    [ -z "$output$stderr" ]
    "$MEMALLOC_BENCH" analyze first --quiet --no-report # a copy knows what the original knew
    run "$MEMALLOC_BENCH" analyze first --no-report
    refute contains "$output" "other results"
    printf 'x\n\n%s\n' "$(head -c 5000 /dev/zero | tr '\0' x) y" >first/.memalloc-bench-drawn
    run "$MEMALLOC_BENCH" analyze first
    expect [ "$status" -eq 0 ]
    refute contains "$output" "other results"
    [ -e results/heatmap_gone_total.svg ]
}

@test "a renderer that dies: what it wrote is not called old, what it did not reach is" {
    sample other
    fake_renderer
    FAKE_CHARTS="heatmap_box_total.svg pattern_lifo_total.svg" program analyze
    rm results/*.parquet
    sample
    for ending in FAKE_DIES=1 FAKE_EXIT=1; do
        export "${ending?}"
        FAKE_CHARTS="heatmap_box_total.svg heatmap_box_latency.svg" program analyze --no-report
        expect [ "$status" -eq 3 ]
        expect contains "$output" "Charts: 2 in results: heatmap_box_total.svg heatmap_box_latency.svg"
        names_others pattern_lifo_total.svg, report.html
        unset FAKE_DIES FAKE_EXIT
    done
    FAKE_CHARTS=pattern_lifo_total.svg program analyze
    expect [ "$status" -eq 0 ]
    names_others
}

@test "an analysis that is killed while charts are drawn: none of them is called old later" {
    sample other
    fake_renderer
    FAKE_CHARTS="heatmap_box_total.svg pattern_lifo_total.svg" program analyze --no-report
    rm results/*.parquet
    sample
    FAKE_CHARTS=heatmap_box_total.png program analyze --format png --no-report
    names_others heatmap_box_total.svg, pattern_lifo_total.svg
    FAKE_KILLS_LATE=1 FAKE_CHARTS="heatmap_box_total.svg heatmap_box_latency.svg" program analyze
    expect [ "$status" -eq 137 ]
    FAKE_CHARTS=pattern_lifo_latency.svg program analyze --no-report
    expect [ "$status" -eq 0 ]
    names_others
    sample other # what was known of the first results before the analysis was killed is still known
    FAKE_CHARTS= program analyze --no-report
    names_others heatmap_box_total.png, pattern_lifo_latency.svg
}

@test "the real renderer, killed while it draws" {
    sample other
    fake_renderer
    FAKE_CHARTS="heatmap_gone_total.svg" program analyze --no-report
    rm results/*.parquet
    sample
    PATH=${PATH#*:} MEMALLOC_BENCH_SHARE=$SOURCE_DIR
    "$MEMALLOC_BENCH" analyze >said 2>complaints &
    for ((tries = 0; tries < 6000; tries++)); do
        [ "$(find results -name '*.svg' -size +0 | wc -l)" -lt 4 ] || break
        sleep 0.01
    done
    pkill -KILL -P $! node
    status=0
    wait $! || status=$?
    output=$(cat said) stderr=$(cat complaints)
    expect [ "$status" -eq 3 ]
    expect contains "$stderr" "killed by signal 9"
    names_others heatmap_gone_total.svg
    program analyze
    expect [ "$status" -eq 0 ]
    names_others heatmap_gone_total.svg
}

@test "quiet prints nothing but what could not be used, of the renderer neither" {
    sample
    fake_renderer
    program analyze --quiet
    expect [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
    [ -s seen.json ]
    echo broken >results/benchmark_broken.parquet
    program analyze --quiet --skip-bad
    expect [ "$status" -eq 0 ]
    [ -z "$output" ]
    expect contains "$stderr" "Left out "
    expect contains "$stderr" "benchmark_broken.parquet"
}

@test "json alone is on standard output" {
    sample
    fake_renderer
    program analyze --json
    expect [ "$status" -eq 0 ]
    python3 -c 'import json, sys; assert len(json.load(sys.stdin)["cells"]) == 24' <<<"$output"
    [ ! -e results/stats.csv ]
    [ ! -e seen.json ]
}

@test "options that exclude each other, unknown formats and words are usage errors" {
    sample
    for options in "--ns-per-op --total" "--format bmp" "--allocators slab_wram" "--sizes 9" "a b"; do
        program analyze $options
        expect [ "$status" -eq 2 ]
    done
    program analyze --allocators slab_wram
    expect contains "$stderr" "Did you mean slab_warm?"
    program analyze nowhere
    expect [ "$status" -eq 2 ]
    expect contains "$stderr" "cannot read the directory nowhere"
}

@test "files of several platforms are one analysis" {
    sample one
    sample two
    export MEMALLOC_BENCH_SHARE=$PWD/nowhere
    program analyze
    expect contains "$output" "Over 2 platforms slab_warm is "
    [ "$(cut -d, -f1 results/stats.csv | sort -u | tr '\n' ' ')" = "one platform two " ]
    program analyze --platforms two
    [ "$(cut -d, -f1 results/stats.csv | sort -u | tr '\n' ' ')" = "platform two " ]
}
