# embed_sql(MODULE): every sql/NAME.sql of the current folder becomes the string `NAME_sql` in the module's own
# generated header "sql.h". The files stay readable, and the program needs none of them at run time.
#
# What stands between two @ in them is filled in from src/axes/axes.def, of the axes that are swept:
#   @axes@              live_objects, ...         @c.axes@           c.live_objects, ...
#   @axes with types@   live_objects BIGINT, ...  @axes cast@        live_objects::BIGINT AS live_objects, ...
#   @problems of axes@  for value_problem.sql
#
# As a script (cmake -DOUTPUT=… -P EmbedSql.cmake -- file...) it writes OUTPUT.c and OUTPUT.h.
if(CMAKE_SCRIPT_MODE_FILE)
    cmake_minimum_required(VERSION 3.20)
    set(header "// Made by cmake/EmbedSql.cmake of the files in sql/.\n")
    set(source "${header}#include \"sql.h\"\n")
    string(REPLACE "|" ";" files "${FILES}")
    file(STRINGS ${AXES} rows REGEX "^AXIS\\([a-z_]+, SWEPT, ")
    foreach(row IN LISTS rows)
        if(NOT row MATCHES "^AXIS\\(([a-z_]+), SWEPT, (WORD|NUMBER),")
            continue() # the rest of a row with a semicolon
        endif()
        set(axis ${CMAKE_MATCH_1})
        string(REPLACE WORD VARCHAR type ${CMAKE_MATCH_2})
        string(REPLACE NUMBER BIGINT type ${type})
        list(APPEND axes "${axis}")
        list(APPEND typed "${axis} ${type}")
        list(APPEND cast "${axis}::${type} AS ${axis}")
        list(APPEND problems "{'column_name': '${axis}', 'problem': ${axis}_problem(${axis})}")
    endforeach()
    list(JOIN axes ", " axes)
    list(JOIN typed ", " typed)
    list(JOIN cast ", " cast)
    list(JOIN problems ", " problems)
    string(REGEX REPLACE "([a-z_]+)" "c.\\1" axes_of_c "${axes}")
    string(REGEX REPLACE "([a-z_]+)" "f.\\1" axes_of_f "${axes}")
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME_WE)
        file(READ ${file} text)
        string(REPLACE "@axes@" "${axes}" text "${text}")
        string(REPLACE "@c.axes@" "${axes_of_c}" text "${text}")
        string(REPLACE "@f.axes@" "${axes_of_f}" text "${text}")
        string(REPLACE "@axes with types@" "${typed}" text "${text}")
        string(REPLACE "@axes cast@" "${cast}" text "${text}")
        string(REPLACE "@problems of axes@" "${problems}," text "${text}")
        string(HEX "${text}" bytes)
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
    set(axes ${CMAKE_SOURCE_DIR}/src/axes/axes.def)
    add_custom_command(
        OUTPUT ${output}.c ${output}.h
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DAXES=${axes} "-DFILES=${joined}" -P ${EMBED_SQL_SCRIPT}
        DEPENDS ${files} ${axes} ${EMBED_SQL_SCRIPT}
        VERBATIM)
    target_sources(${module} PRIVATE ${output}.c ${output}.h)
    target_include_directories(${module} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
