# Finds DuckDB's C library and header: the one installed on the system if there is one, else the one that
# `npm ci` put under node_modules. Defines the target DuckDB::DuckDB.
set(_npm ${CMAKE_SOURCE_DIR}/node_modules)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(_arch arm64)
else()
    set(_arch x64)
endif()
string(TOLOWER ${CMAKE_SYSTEM_NAME} _system)
find_path(DuckDB_INCLUDE_DIR duckdb.h)
find_library(DuckDB_LIBRARY duckdb)
if(NOT DuckDB_INCLUDE_DIR OR NOT DuckDB_LIBRARY)
    unset(DuckDB_INCLUDE_DIR CACHE)
    unset(DuckDB_LIBRARY CACHE)
    find_path(DuckDB_INCLUDE_DIR duckdb.h PATHS ${_npm}/duckdb/src/duckdb/src/include NO_DEFAULT_PATH)
    find_library(DuckDB_LIBRARY duckdb PATHS ${_npm}/@duckdb/node-bindings-${_system}-${_arch} NO_DEFAULT_PATH)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB
    REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR
    REASON_FAILURE_MESSAGE "run `npm ci` in the project's folder first, or install DuckDB's C library")
if(DuckDB_FOUND AND NOT TARGET DuckDB::DuckDB)
    add_library(DuckDB::DuckDB UNKNOWN IMPORTED)
    set_target_properties(DuckDB::DuckDB PROPERTIES
        IMPORTED_LOCATION ${DuckDB_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${DuckDB_INCLUDE_DIR})
endif()
