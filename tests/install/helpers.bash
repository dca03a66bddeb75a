# For bats files in this folder: the optimised build, installed into folders of the test.

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    [ -f "$RELEASE_DIR/CPackConfig.cmake" ] || skip "there is no optimised build in $RELEASE_DIR"
}

# check_program PREFIX: measures a little with the program installed there, analyses, and finds charts of every format and
# the report. Nothing of the repository can help: its renderer is named nowhere.
check_program() {
    local prefix=$1
    "$prefix/bin/memalloc-bench" version --json >version.json
    grep -q "\"worker\":\"$prefix/bin/../libexec/memalloc-bench/memalloc-bench-worker\"" version.json
    "$prefix/bin/memalloc-bench" local --quick --sizes 64 --allocators box,slab_warm --patterns lifo --quiet
    "$prefix/bin/memalloc-bench" analyze results --format svg,png,pdf >said
    grep -q "\"renderer\":\"$prefix/bin/../share/memalloc-bench/renderer.mjs\"" version.json
    for file in results/report.html results/*.svg results/*.png results/*.pdf; do
        [ -s "$file" ]
    done
    mkdir copy
    "$prefix/bin/memalloc-bench" other --quick --sizes 64 --allocators box,slab_warm --patterns lifo --quiet --output-dir copy
    "$prefix/bin/memalloc-bench" compare results/benchmark_local.parquet copy/benchmark_other.parquet \
        --chart comparison.svg >/dev/null || [ $? -ne 2 ] # what it finds is not the question
    [ -s comparison.svg ]
}
