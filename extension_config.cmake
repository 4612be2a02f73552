# For DuckDB's own CMake build: -DDUCKDB_EXTENSION_CONFIGS=<this file>
duckdb_extension_load(partnerstack
    SOURCE_DIR ${CMAKE_CURRENT_LIST_DIR}/cmake
    TEST_DIR ${CMAKE_CURRENT_LIST_DIR}/sql_tests
    LOAD_TESTS
    EXTENSION_VERSION v0.1.0
)
