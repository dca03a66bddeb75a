# The warnings every module is compiled with, and the sanitizers of the check build.
add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
    -Wformat=2 -Wundef -Wpointer-arith -Wwrite-strings)
# Constants are enumerators here, also where they meet a double.
include(CheckCCompilerFlag)
check_c_compiler_flag(-Werror=enum-float-conversion COMPILER_HAS_ENUM_FLOAT_CONVERSION)
if(COMPILER_HAS_ENUM_FLOAT_CONVERSION)
    add_compile_options(-Wno-enum-float-conversion)
endif()
if(MEMALLOC_BENCH_WERROR)
    add_compile_options(-Werror)
endif()
if(MEMALLOC_BENCH_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()
if(MEMALLOC_BENCH_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
