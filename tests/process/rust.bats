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
set(COMPILER_HAS_CODE_ALIGNMENT TRUE) # what MeasuredCode.cmake finds out with a compiler
set(MEASURED_CODE_ALIGNMENT_BYTES 64)
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

# fake_tool NAME COMMAND...: a program that does this, in sh without a PATH.
fake_tool() {
    printf '#!/bin/sh\n%s\n' "${*:2}" >"tools/$1"
    chmod +x "tools/$1"
}

fake_cargo() {
    fake_tool cargo "$@"
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

@test "loops in Rust begin where those in C do, where this rustc can" {
    fake_cargo 'echo "for $RUSTFLAGS"'
    fake_tool rustc 'case "$*" in *llvm-args*) exit 1 ;; esac'
    configure
    [ "$(state)" = BUILT ]
    run grep -q llvm-args "build folder/rust.log"
    [ "$status" -eq 1 ]
    fake_tool rustc 'exit 0'
    configure
    [ "$(state)" = BUILT ]
    grep -q -- "for .*llvm-args=-align-loops=64" "build folder/rust.log"
}
