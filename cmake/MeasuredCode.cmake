# measured_code(TARGET): how code is compiled that is timed. Functions of the heap are called through their addresses, not
# through a jump to them, as Rust calls them. Functions and loops begin where the processor fetches from, so that a change
# elsewhere in the program does not move them to where they run slower (layout bias, see docs/methodology.md).
include(CheckCCompilerFlag)
check_c_compiler_flag(-fno-plt COMPILER_HAS_NO_PLT)
check_c_compiler_flag("-Werror -falign-functions=64 -falign-loops=64" COMPILER_HAS_CODE_ALIGNMENT)

function(measured_code target)
    target_compile_options(${target} PRIVATE
        $<$<BOOL:${COMPILER_HAS_NO_PLT}>:-fno-plt>
        $<$<BOOL:${COMPILER_HAS_CODE_ALIGNMENT}>:-falign-functions=64 -falign-loops=64>)
endfunction()
