# The command line as scripts see it; needs no window.
moelora_test(cli_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli_test.cpp DEPENDS nlohmann_json::nlohmann_json LABEL e2e)
target_compile_definitions(cli_test PRIVATE MOELORA_PROGRAM="$<TARGET_FILE:moelora>")
# It only starts programs: nothing to optimise, and -O3 brings g++ 12's false overlaps (GCC bug 105651).
target_compile_options(cli_test PRIVATE -O1)
add_dependencies(cli_test moelora)
