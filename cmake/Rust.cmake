# reference/rust: Rust's Box and slab crate as a static library. Built while configuring, so that a machine without cargo,
# or without the crate and a network to fetch it, goes on without: MEMALLOC_BENCH_RUST_ABSENCE then says why.
set(MEMALLOC_BENCH_RUST AUTO CACHE STRING "Build the reference in Rust: AUTO (when cargo can), ON (or fail), OFF")
set_property(CACHE MEMALLOC_BENCH_RUST PROPERTY STRINGS AUTO ON OFF)
set(MEMALLOC_BENCH_RUST_ABSENCE "")
set(MEMALLOC_BENCH_RUST_LIBRARY ${CMAKE_BINARY_DIR}/rust/release/libmemalloc_bench_reference.a)

if(MEMALLOC_BENCH_RUST STREQUAL "OFF")
    set(MEMALLOC_BENCH_RUST_ABSENCE "built with MEMALLOC_BENCH_RUST=OFF")
else()
    find_program(CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
    if(NOT CARGO)
        set(MEMALLOC_BENCH_RUST_ABSENCE "cargo was not there when this was built")
    else()
        set(rust ${CMAKE_SOURCE_DIR}/reference/rust)
        file(GLOB rust_sources CONFIGURE_DEPENDS ${rust}/src/*.rs)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${rust_sources} ${rust}/Cargo.toml ${rust}/Cargo.lock)
        execute_process(
            COMMAND ${CARGO} build --release --locked --quiet --manifest-path ${rust}/Cargo.toml
                --target-dir ${CMAKE_BINARY_DIR}/rust
            RESULT_VARIABLE result ERROR_VARIABLE problem OUTPUT_QUIET)
        if(NOT result EQUAL 0)
            set(MEMALLOC_BENCH_RUST_ABSENCE "cargo could not build reference/rust")
            message(STATUS "reference/rust: ${problem}")
        endif()
    endif()
endif()
if(MEMALLOC_BENCH_RUST STREQUAL "ON" AND MEMALLOC_BENCH_RUST_ABSENCE)
    message(FATAL_ERROR "reference/rust: ${MEMALLOC_BENCH_RUST_ABSENCE}")
endif()
