# module(NAME SOURCES file... [LINKS target...] [INTERFACE])
#
# One folder of src/ is one library. Its headers are included as "NAME/header.h", and only by modules that link it:
# each module gets an include folder of its own, holding nothing but a link to its source folder. So an upward
# dependency, or one that is not declared here, does not compile.
function(module name)
    cmake_parse_arguments(arg "INTERFACE" "" "SOURCES;LINKS" ${ARGN})
    set(include_root ${CMAKE_BINARY_DIR}/include/${name})
    file(MAKE_DIRECTORY ${include_root})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_root}/${name} SYMBOLIC)
    if(arg_INTERFACE)
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE ${include_root})
        target_link_libraries(${name} INTERFACE ${arg_LINKS})
    else()
        add_library(${name} STATIC ${arg_SOURCES})
        target_include_directories(${name} PUBLIC ${include_root})
        target_link_libraries(${name} PUBLIC ${arg_LINKS})
    endif()
endfunction()
