# measured_code(TARGET): how code is compiled that is timed. Functions of the heap are called through their addresses, not
# through a jump to them, and the addresses stay in registers during a loop, as Rust calls them: GCC loads them anew for
# each call where it is not told. Functions and loops begin where the processor fetches from, so that a change
# elsewhere in the program does not move them to where they run slower (layout bias, see docs/methodology.md).
# MEASURED_CODE_FLAGS is the list of these options; cmake/Rust.cmake has what rustc calls them.
include(CheckCCompilerFlag)
set(MEASURED_CODE_ALIGNMENT_BYTES 64)
set(MEASURED_CODE_FLAGS "")
check_c_compiler_flag("-Werror -fno-plt" COMPILER_HAS_NO_PLT)
if(COMPILER_HAS_NO_PLT)
    list(APPEND MEASURED_CODE_FLAGS -fno-plt)
endif()
check_c_compiler_flag("-Werror -mindirect-branch-register" COMPILER_HAS_CALL_BY_REGISTER) # GCC for x86
if(COMPILER_HAS_CALL_BY_REGISTER)
    list(APPEND MEASURED_CODE_FLAGS -mindirect-branch-register)
endif()
set(alignment -falign-functions=${MEASURED_CODE_ALIGNMENT_BYTES} -falign-loops=${MEASURED_CODE_ALIGNMENT_BYTES})
list(JOIN alignment " " alignment_text)
check_c_compiler_flag("-Werror ${alignment_text}" COMPILER_HAS_CODE_ALIGNMENT)
if(COMPILER_HAS_CODE_ALIGNMENT)
    list(APPEND MEASURED_CODE_FLAGS ${alignment})
endif()

function(measured_code target)
    target_compile_options(${target} PRIVATE ${MEASURED_CODE_FLAGS})
endfunction()
