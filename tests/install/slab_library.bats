#!/usr/bin/env bats
# The slab as a library of its own: both forms, found by pkg-config and by CMake.
bats_require_minimum_version 1.5.0
load helpers

setup_library() {
    cmake --install "$RELEASE_DIR" --prefix "$PWD/first" --component slab >/dev/null
    mv first "the library"
    prefix="$PWD/the library"
    pkgconfig=$(dirname "$(find "$prefix" -name slab.pc)")
    library=$(dirname "$pkgconfig")
}

expected() {
    printf '1: closed before\n0: ada, invited by nobody here\n2: cem, invited by nobody here\n2 open, next key 1\n'
}

@test "a program is built against it by pkg-config, shared and static" {
    setup_library
    mv "$prefix" plain # pkg-config and the shell have no common form for spaces
    prefix=$PWD/plain
    pkgconfig=$(dirname "$(find "$prefix" -name slab.pc)")
    library=$(dirname "$pkgconfig")
    read -ra flags <<<"$(PKG_CONFIG_PATH=$pkgconfig pkg-config --cflags --libs slab)"
    "${CC:-cc}" "$SOURCE_DIR/examples/slab.c" "${flags[@]}" -o shared
    diff <(LD_LIBRARY_PATH=$library ./shared) <(expected)
    run ./shared # nobody says where the library is
    [ "$status" -ne 0 ]
    "${CC:-cc}" "$SOURCE_DIR/examples/slab.c" "${flags[@]/-lslab/-l:libslab.a}" -o static
    diff <(./static) <(expected)
    [ "$(PKG_CONFIG_PATH=$pkgconfig pkg-config --modversion slab)" = "$("$MEMALLOC_BENCH" --version | sed -n '1s/.* //p')" ]
}

@test "a program is built against it by find_package, shared and static" {
    setup_library
    mkdir program
    cat >program/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(program LANGUAGES C)
find_package(slab 0.2 REQUIRED)
foreach(library IN ITEMS slab slab_static)
    add_executable(with_${library} ${EXAMPLE})
    target_link_libraries(with_${library} PRIVATE slab::${library})
endforeach()
CMAKE
    cmake -S program -B built -DCMAKE_PREFIX_PATH="$prefix" -DEXAMPLE="$SOURCE_DIR/examples/slab.c" >/dev/null
    cmake --build built >/dev/null
    diff <(built/with_slab) <(expected)
    diff <(built/with_slab_static) <(expected)
}

@test "the shared library exports all functions of the static one, with a version, and nothing else" {
    setup_library
    nm -D --defined-only "$library/libslab.so" | sed -n 's/.* T //p' | sort >exported
    [ "$(grep -c '@@SLAB_0\.2$' exported)" -eq "$(wc -l <exported)" ]
    diff <(sed 's/@.*//' exported) <(nm --defined-only "$library/libslab.a" | sed -n 's/.* T //p' | sort)
    while read -r function; do
        cat "$prefix"/include/slab*.h | grep -q "\<${function%@@*}("
    done <exported
    [ "$(wc -l <exported)" -ge 5 ]
}
