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
echo "$*" >called
[ -z "$FAKE_KILLS" ] || { kill -KILL $PPID; exit; }
cat >seen.json
while [ $# -gt 0 ]; do
    if [ "$1" = --output ]; then output=$2; fi
    shift
done
echo "$output/heatmap_box_total.svg"
grep -q -- --no-report called || echo "$output/report.html"
exit "${FAKE_EXIT:-0}"
SCRIPT
    chmod +x bin/node
    export MEMALLOC_BENCH_SHARE=$PWD/share PATH=$PWD/bin:$PATH
}

# Result files in the folder `results`.
sample() {
    mkdir -p results
    "$SAMPLE_RESULTS" results "${1:-local}" 12 6 2 3 ${2:+"$2"}
}

@test "findings and the path of stats.csv end the output, within 80 columns" {
    sample
    export MEMALLOC_BENCH_SHARE=$PWD/nowhere
    program analyze
    expect [ "$status" -eq 0 ]
    expect contains "$output" "slab_warm beats box in 8 of 8 cells: "
    expect contains "$output" "Fastest: in immediate slab_warm at every size; in lifo"
    expect contains "$output" "First batch of a trial (latency)"
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
    expect contains "$output" "1 cell failed: slab_cold, fifo 8 (timed_out: "
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
    [ "$(ls -A out)" = stats.csv ]
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

@test "a format that is asked for and cannot be drawn is an error, also when quiet" {
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

@test "charts and a report of an earlier analysis are named, and nothing is removed" {
    sample
    fake_renderer
    program analyze
    refute contains "$output" "Not written anew"
    others=(mine.svg heatmap.svg heatmap_notes.svg heatmap_box_total.svg.bak all_patterns_total.txt pattern_lifo_median.svg .heatmap_box_total.svg)
    (cd results && touch heatmap_box_total.svg report.html "${others[@]}")
    program analyze
    refute contains "$output" "Not written anew"
    program analyze --no-report
    expect [ "$status" -eq 0 ]
    expect contains "$output" "Not written anew, maybe of other results: report.html in results"
    (cd results && touch heatmap_gone_latency.svg traverse_lifo.pdf)
    program analyze
    expect contains "$output" "other results: heatmap_gone_latency.svg, traverse_lifo.pdf in results"
    (cd results && touch boxplot_lifo_256_total.png live_objects_lifo_total.svg all_patterns_total.png)
    program analyze
    expect contains "$output" "other results: all_patterns_total.png, boxplot_lifo_256_total.png, heatmap_gone_latency.svg and 2 more in results"
    within_80_columns <<<"$output"
    program analyze --quiet
    [ -z "$output$stderr" ]
    for name in "${others[@]}" heatmap_gone_latency.svg traverse_lifo.pdf; do [ -e "results/$name" ]; done
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
