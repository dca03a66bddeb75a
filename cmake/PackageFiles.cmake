# Run by cpack between installing into its own folder and packing. Libraries are stripped; the .deb gets what Debian's
# policy wants: a compressed manual page, a changelog of its form, a copyright file, and completions where its zsh looks
# for those of packages.
file(GLOB_RECURSE libraries ${CPACK_TEMPORARY_DIRECTORY}/program/*/lib*.so)
find_program(strip strip)
foreach(library IN LISTS libraries)
    if(strip AND library MATCHES "/memalloc-bench/[^/]*$")
        execute_process(COMMAND ${strip} --strip-unneeded ${library} COMMAND_ERROR_IS_FATAL ANY)
    endif()
endforeach()
if(NOT CPACK_GENERATOR STREQUAL "DEB")
    return()
endif()
set(usr ${CPACK_TEMPORARY_DIRECTORY}/program/usr)
set(documents ${usr}/share/doc/memalloc-bench)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # heeds SOURCE_DATE_EPOCH
file(WRITE ${documents}/changelog
    "memalloc-bench (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * What changed is in CHANGELOG.md beside this file.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
file(GLOB pages ${usr}/share/man/man1/*.1)
execute_process(COMMAND gzip -9n ${pages} ${documents}/changelog COMMAND_ERROR_IS_FATAL ANY)
file(READ ${documents}/LICENSE own)
file(REMOVE ${documents}/LICENSE)
file(WRITE ${documents}/copyright
    "memalloc-bench\n\n${own}\nThe other works in this package, JavaScript libraries and DuckDB, have their licences\nin LICENCES.txt beside this file.\n")
file(MAKE_DIRECTORY ${usr}/share/zsh/vendor-completions)
file(RENAME ${usr}/share/zsh/site-functions/_memalloc-bench ${usr}/share/zsh/vendor-completions/_memalloc-bench)
file(REMOVE_RECURSE ${usr}/share/zsh/site-functions)
