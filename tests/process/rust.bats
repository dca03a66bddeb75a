#!/usr/bin/env bats
# Configuring with and without cargo: what cmake/Rust.cmake makes of it, in a project of nothing else.
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir -p project/reference/rust/src project/cmake "home of a user" tools
    cp "$SOURCE_DIR/cmake/Rust.cmake" project/cmake/
    cp "$SOURCE_DIR/reference/rust/"Cargo.* project/reference/rust/
    cp "$SOURCE_DIR/reference/rust/src/"*.rs project/reference/rust/src/
    cat >project/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(alone NONE)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_SOURCE_DIR}/cmake)
include(Rust)
file(WRITE ${CMAKE_BINARY_DIR}/state "${MEMALLOC_BENCH_RUST_STATE}")
CMAKE
    # Nothing but what CMake itself needs: no cargo, wherever this machine has one.
    ln -s "$(command -v cmake)" "$(command -v ninja)" tools/
}

# configure OPTION...: as a user does, with no PATH but tools/.
configure() {
    run --separate-stderr env -u CARGO_HOME -u RUSTFLAGS -u RUSTC HOME="$PWD/home of a user" PATH="$PWD/tools" \
        "$(command -v cmake)" -G Ninja -S project -B "build folder" \
        -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF "$@"
    echo "status $status, output: $output, stderr: $stderr"
}

# fake_cargo COMMAND...: a cargo that does this, in sh without a PATH.
fake_cargo() {
    printf '#!/bin/sh\n%s\n' "$*" >tools/cargo
    chmod +x tools/cargo
}

state() {
    cat "build folder/state"
}

@test "without cargo, configuring goes on and says why there is no Rust" {
    configure
    [ "$status" -eq 0 ]
    [ "$(state)" = NO_CARGO ]
    grep -q "Without reference/rust: cargo is not there" <<<"$output"
}

@test "a cargo that fails, as it does without a network, is no failure, and what it said is kept" {
    fake_cargo 'echo "some output"; echo "spurious network error" >&2; exit 101'
    configure
    [ "$status" -eq 0 ]
    [ "$(state)" = FAILED ]
    grep -q "spurious network error" "build folder/rust.log"
    grep -q "Without reference/rust: cargo could not build it" <<<"$output"
}

@test "what cannot be had is a failure where it was demanded" {
    configure -DMEMALLOC_BENCH_RUST=ON
    [ "$status" -ne 0 ]
    grep -q "cargo is not there" <<<"$stderr"
    fake_cargo 'echo "spurious network error" >&2; exit 101'
    configure -DMEMALLOC_BENCH_RUST=ON
    [ "$status" -ne 0 ]
    grep -q "spurious network error" <<<"$stderr"
    configure -DMEMALLOC_BENCH_RUST=perhaps
    [ "$status" -ne 0 ]
    grep -q "is AUTO, ON or OFF" <<<"$stderr"
}

@test "OFF asks no cargo" {
    fake_cargo 'echo asked >asked'
    configure -DMEMALLOC_BENCH_RUST=OFF
    [ "$status" -eq 0 ]
    [ "$(state)" = OFF ]
    [ ! -e asked ]
    [ -z "$(find . -name asked)" ]
}

@test "cargo builds the pinned crate alone, for the processor of the C side" {
    fake_cargo 'echo "$* for $RUSTFLAGS"'
    configure -DCMAKE_C_FLAGS="-g -march=x86-64-v3"
    [ "$status" -eq 0 ]
    [ "$(state)" = BUILT ]
    grep -q -- "build --release --locked .*reference/rust/Cargo.toml" "build folder/rust.log"
    grep -q -- "for .*-C target-cpu=x86-64-v3" "build folder/rust.log"
    run grep -q target-cpu <<<"$output$stderr"
    [ "$status" -eq 1 ] # its words are in the log alone
    fake_cargo 'echo "warning: x is not a recognized processor for this target" >&2'
    configure -DCMAKE_C_FLAGS="-march=x"
    [ "$status" -eq 0 ]
    [ "$(state)" = FAILED ]
    grep -q "does not know the processor 'x'" <<<"$output"
}
