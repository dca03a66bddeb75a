# embed_sql(MODULE): every sql/NAME.sql of the current folder becomes the string `NAME_sql` in the module's own
# generated header "sql.h". The files stay readable, and the program needs none of them at run time.
#
# As a script (cmake -DOUTPUT=… -P EmbedSql.cmake -- file...) it writes OUTPUT.c and OUTPUT.h.
if(CMAKE_SCRIPT_MODE_FILE)
    set(header "// Made by cmake/EmbedSql.cmake of the files in sql/.\n")
    set(source "${header}#include \"sql.h\"\n")
    string(REPLACE "|" ";" files "${FILES}")
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME_WE)
        file(READ ${file} bytes HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
        string(APPEND header "extern const char ${name}_sql[];\n")
        string(APPEND source "const char ${name}_sql[] = {${bytes}0};\n")
    endforeach()
    file(WRITE ${OUTPUT}.h "${header}")
    file(WRITE ${OUTPUT}.c "${source}")
    return()
endif()

set(EMBED_SQL_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(embed_sql module)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/sql/*.sql)
    string(REPLACE ";" "|" joined "${files}")
    set(output ${CMAKE_CURRENT_BINARY_DIR}/sql)
    add_custom_command(
        OUTPUT ${output}.c ${output}.h
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${joined}" -P ${EMBED_SQL_SCRIPT}
        DEPENDS ${files} ${EMBED_SQL_SCRIPT}
        VERBATIM)
    target_sources(${module} PRIVATE ${output}.c ${output}.h)
    target_include_directories(${module} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
