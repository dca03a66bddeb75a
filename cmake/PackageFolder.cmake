# Run by cpack after packing. It calls the folder inside of every .tar.gz what the program's is called; the slab library's
# gets the name of its own file.
foreach(package IN LISTS CPACK_PACKAGE_FILES)
    get_filename_component(folder ${package} NAME)
    if(NOT folder MATCHES "^(libslab-.*)[.]tar[.]gz$")
        continue()
    endif()
    set(folder ${CMAKE_MATCH_1})
    set(unpacked ${CPACK_TEMPORARY_DIRECTORY}/slab-unpacked)
    file(REMOVE_RECURSE ${unpacked})
    file(ARCHIVE_EXTRACT INPUT ${package} DESTINATION ${unpacked})
    file(RENAME ${unpacked}/${CPACK_PACKAGE_FILE_NAME} ${unpacked}/${folder})
    execute_process(COMMAND ${CMAKE_COMMAND} -E tar czf ${package} ${folder} WORKING_DIRECTORY ${unpacked}
        COMMAND_ERROR_IS_FATAL ANY)
endforeach()
