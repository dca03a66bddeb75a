#!/usr/bin/env bats
# cmake --install gives a complete program, which can be moved.
bats_require_minimum_version 1.5.0
load helpers

@test "the installed program is complete, and works where it is moved to" {
    cmake --install "$RELEASE_DIR" --prefix "$PWD/first" >/dev/null
    mkdir elsewhere
    mv first "elsewhere/second place"
    local prefix="$PWD/elsewhere/second place"
    check_program "$prefix"
    "$prefix/bin/memalloc-bench" help --man | cmp - "$prefix/share/man/man1/memalloc-bench.1"
    "$prefix/bin/memalloc-bench" help --completion | cmp - "$prefix/share/bash-completion/completions/memalloc-bench"
    "$prefix/bin/memalloc-bench" help --completion=zsh | cmp - "$prefix/share/zsh/site-functions/_memalloc-bench"
    "$prefix/bin/memalloc-bench" help --completion=fish |
        cmp - "$prefix/share/fish/vendor_completions.d/memalloc-bench.fish"
    grep -q vega "$prefix/share/doc/memalloc-bench/LICENCES.txt"
    [ -s "$prefix/share/doc/memalloc-bench/docs/methodology.md" ]
    [ ! -e "$prefix/include" ] # the slab library is installed by its own component
}

@test "the bundled renderer draws what the files of the repository draw" {
    cmake --install "$RELEASE_DIR" --prefix "$PWD/usr" >/dev/null
    cp "$SOURCE_DIR"/tests/golden/results/* .
    "$MEMALLOC_BENCH" analyze . --skip-bad --json >analysis.json
    local count=0
    for script in "$SOURCE_DIR/src/charts/render.mjs" usr/share/memalloc-bench/renderer.mjs; do
        node "$script" --input analysis.json --output "by-$count" --format svg,png,pdf >/dev/null
        count=$((count + 1))
    done
    diff -r by-0 by-1
    [ "$(find by-0 -type f | wc -l)" -gt 10 ]
}
