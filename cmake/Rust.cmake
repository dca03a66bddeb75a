# reference/rust: Rust's Box and slab crate as a static library. It is built while configuring, so that a machine without
# cargo, or without the crate and a network to fetch it, goes on without. MEMALLOC_BENCH_RUST_STATE says how it went:
#   BUILT   MEMALLOC_BENCH_RUST_LIBRARY is there, MEMALLOC_BENCH_RUST_VERSIONS says what of
#   OFF     not wanted
#   NO_CARGO, FAILED   cargo is not there, or did not bring it about
set(MEMALLOC_BENCH_RUST AUTO CACHE STRING "The reference in Rust: AUTO (built when cargo can), ON (or fail), OFF")
set_property(CACHE MEMALLOC_BENCH_RUST PROPERTY STRINGS AUTO ON OFF)
set(MEMALLOC_BENCH_RUST_LIBRARY ${CMAKE_BINARY_DIR}/rust/release/libmemalloc_bench_reference.a)
set(MEMALLOC_BENCH_RUST_SECONDS 300) # at most, with what is fetched

# rust_alignment_flags(RET_FLAGS RUSTC): functions and loops begin where those of the C side do (cmake/MeasuredCode.cmake);
# nothing where this rustc cannot. LLVM wants the alignment of functions as a power of two.
function(rust_alignment_flags ret_flags rustc)
    set(${ret_flags} "" PARENT_SCOPE)
    if(NOT rustc OR NOT COMPILER_HAS_CODE_ALIGNMENT)
        return()
    endif()
    set(flags -C llvm-args=-align-loops=${MEASURED_CODE_ALIGNMENT_BYTES} -C llvm-args=-align-all-functions=6)
    file(WRITE ${CMAKE_BINARY_DIR}/rust-probe.rs "")
    execute_process(
        COMMAND ${rustc} --crate-type lib --emit obj ${flags} -o ${CMAKE_BINARY_DIR}/rust-probe.o ${CMAKE_BINARY_DIR}/rust-probe.rs
        RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET TIMEOUT 20)
    if(result EQUAL 0)
        list(JOIN flags " " flags)
        set(${ret_flags} " ${flags}" PARENT_SCOPE)
    endif()
endfunction()

# rust_build(RET_STATE RET_PROBLEM)
function(rust_build ret_state ret_problem)
    find_program(cargo cargo HINTS $ENV{CARGO_HOME}/bin $ENV{HOME}/.cargo/bin NO_CACHE)
    if(NOT cargo)
        set(${ret_state} NO_CARGO PARENT_SCOPE)
        set(${ret_problem} "cargo is not there" PARENT_SCOPE)
        return()
    endif()
    set(folder ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../reference/rust)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/src/*.rs)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources} ${folder}/Cargo.toml ${folder}/Cargo.lock)
    get_filename_component(beside ${cargo} DIRECTORY)
    find_program(rustc NAMES $ENV{RUSTC} rustc HINTS ${beside} NO_CACHE)
    rust_alignment_flags(alignment "${rustc}")
    set(flags "$ENV{RUSTFLAGS}${alignment}")
    # The same processor as the C side is compiled for, where that was said. -march and -mcpu take rustc's names.
    if("${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${CMAKE_BUILD_TYPE}}" MATCHES "-m(arch|cpu)=([^ ]+)")
        set(processor ${CMAKE_MATCH_2})
        string(APPEND flags " -C target-cpu=${processor}")
    endif()
    # Without a network cargo would try for minutes. What it says is kept, for the person who wonders.
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env CARGO_NET_RETRY=1 CARGO_HTTP_TIMEOUT=20 CARGO_TERM_COLOR=never "RUSTFLAGS=${flags}"
            ${cargo} build --release --locked --manifest-path ${folder}/Cargo.toml --target-dir ${CMAKE_BINARY_DIR}/rust
        RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said TIMEOUT ${MEMALLOC_BENCH_RUST_SECONDS})
    file(WRITE ${CMAKE_BINARY_DIR}/rust.log "${said}")
    if(NOT result EQUAL 0)
        set(${ret_state} FAILED PARENT_SCOPE)
        set(${ret_problem} "cargo could not build it (${result}):\n${said}" PARENT_SCOPE)
    elseif(said MATCHES "not a recognized processor")
        set(${ret_state} FAILED PARENT_SCOPE)
        set(${ret_problem} "rustc does not know the processor '${processor}' that the C side is compiled for" PARENT_SCOPE)
    else()
        set(${ret_state} BUILT PARENT_SCOPE)
        execute_process(COMMAND ${rustc} --version OUTPUT_VARIABLE rustc_version ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
        file(STRINGS ${folder}/Cargo.toml slab REGEX "^slab = ")
        string(REGEX REPLACE "[^0-9.]" "" slab "${slab}")
        set(MEMALLOC_BENCH_RUST_VERSIONS "${rustc_version}, slab ${slab}" PARENT_SCOPE)
    endif()
endfunction()

if(NOT MEMALLOC_BENCH_RUST MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "MEMALLOC_BENCH_RUST is AUTO, ON or OFF, not '${MEMALLOC_BENCH_RUST}'")
endif()
if(MEMALLOC_BENCH_RUST STREQUAL "OFF")
    set(MEMALLOC_BENCH_RUST_STATE OFF)
else()
    rust_build(MEMALLOC_BENCH_RUST_STATE rust_problem)
endif()
if(MEMALLOC_BENCH_RUST STREQUAL "ON" AND NOT MEMALLOC_BENCH_RUST_STATE STREQUAL "BUILT")
    message(FATAL_ERROR "reference/rust: ${rust_problem}")
elseif(rust_problem)
    message(STATUS "Without reference/rust: ${rust_problem}")
else()
    message(STATUS "reference/rust: ${MEMALLOC_BENCH_RUST_STATE}")
endif()
