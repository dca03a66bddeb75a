# A toolchain: zig's C compiler, from the Python package ziglang, for any system and for old C libraries.
#
#     cmake -B build-arm64 --toolchain cmake/zig.cmake -DZIG_TARGET=aarch64-linux-gnu
#
# ZIG_TARGET is zig's name of a target; x86_64-linux-gnu.2.28 is one that runs with glibc 2.28 and later.
set(ZIG_TARGET "" CACHE STRING "zig's name of what to compile for, as aarch64-macos")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ZIG_TARGET)
file(GLOB zig ${CMAKE_CURRENT_LIST_DIR}/../build-venv/lib/python*/site-packages/ziglang/zig)
if(NOT zig)
    find_program(zig zig REQUIRED)
endif()

# CMake wants programs, zig has them as its first argument. A sanitizer that zig adds of its own accord is none of ours.
set(folder ${CMAKE_BINARY_DIR}/zig)
foreach(tool IN ITEMS cc ar ranlib)
    set(arguments "")
    if(tool STREQUAL "cc")
        set(arguments " -target ${ZIG_TARGET} -fno-sanitize=undefined")
    endif()
    file(CONFIGURE OUTPUT ${folder}/${tool} CONTENT "#!/bin/sh\nexec '${zig}' ${tool}${arguments} \"$@\"\n")
    file(CHMOD ${folder}/${tool} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
set(CMAKE_C_COMPILER ${folder}/cc)
set(CMAKE_AR ${folder}/ar)
set(CMAKE_RANLIB ${folder}/ranlib)

string(REGEX MATCH "^([a-z0-9_]+)-([a-z]+)" parts "${ZIG_TARGET}")
if(NOT parts)
    message(FATAL_ERROR "ZIG_TARGET names no target: '${ZIG_TARGET}'. Give one, such as -DZIG_TARGET=aarch64-linux-gnu")
endif()
set(processor ${CMAKE_MATCH_1})
set(system ${CMAKE_MATCH_2})
if(system STREQUAL "macos")
    set(system Darwin)
else()
    set(system Linux)
endif()
# What runs here is compiled as if it were at home.
if(NOT system STREQUAL CMAKE_HOST_SYSTEM_NAME OR NOT processor STREQUAL CMAKE_HOST_SYSTEM_PROCESSOR OR ZIG_TARGET MATCHES "musl")
    set(CMAKE_SYSTEM_NAME ${system})
    set(CMAKE_SYSTEM_PROCESSOR ${processor})
endif()
