# module(NAME [MEASURED] SOURCES file... [LINKS target...])
#
# One folder of src/ is one library. Its headers are included as "NAME/header.h", and only by modules that link it: each
# module gets an include folder of its own, holding nothing but links to its headers and tables. So an upward
# dependency, or one that is not declared here, does not compile.
#
# What the module's files share with each other alone is in its private.h, of which others see nothing.
#
# An optimised build compiles what is not MEASURED with -O2, which takes less time than CMake's -O3.
function(module name)
    cmake_parse_arguments(arg "MEASURED" "" "SOURCES;LINKS" ${ARGN})
    set(public_root ${CMAKE_BINARY_DIR}/headers/public/${name})
    set(private_root ${CMAKE_BINARY_DIR}/headers/private/${name})
    file(GLOB headers CONFIGURE_DEPENDS *.h *.def)
    list(FILTER headers EXCLUDE REGEX "/private\\.h$")
    file(REMOVE_RECURSE ${public_root})
    file(MAKE_DIRECTORY ${public_root}/${name} ${private_root})
    foreach(header IN LISTS headers)
        get_filename_component(file ${header} NAME)
        file(CREATE_LINK ${header} ${public_root}/${name}/${file} SYMBOLIC)
    endforeach()
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${private_root}/${name} SYMBOLIC)
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${private_root} INTERFACE ${public_root})
    target_link_libraries(${name} PUBLIC ${arg_LINKS})
    if(NOT arg_MEASURED)
        target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O2>)
    endif()
endfunction()

# sees_private(TARGET MODULE): for a test of a module's private parts, and for a second target of its folder.
function(sees_private target module)
    target_include_directories(${target} BEFORE PRIVATE ${CMAKE_BINARY_DIR}/headers/private/${module})
endfunction()
