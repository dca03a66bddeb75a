# Run at every build: writes the commit that is checked out into OUTPUT, touching it only when it has changed.
# Nothing, when SOURCE_DIR is not the top of a checkout: an archive may lie inside a checkout of something else.
set(revision "")
if(EXISTS ${SOURCE_DIR}/.git)
    find_program(GIT git)
    if(GIT)
        execute_process(COMMAND ${GIT} describe --always --dirty WORKING_DIRECTORY ${SOURCE_DIR}
            OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
endif()
string(REGEX REPLACE "[^A-Za-z0-9._/+-]" "_" revision "${revision}")
file(WRITE ${OUTPUT}.new "// Written by CMake.\n#define BUILD_REVISION \"${revision}\"\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUTPUT}.new ${OUTPUT})
