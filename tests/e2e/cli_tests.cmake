# The command line as scripts see it; needs no window.
foreach(name IN ITEMS cli_test cli_options_test cli_output_test cli_terminal_test completion_test demo_test every_system_test
        kill_test long_run_test network_test)
  moelora_test(${name} SOURCES ${CMAKE_CURRENT_LIST_DIR}/${name}.cpp DEPENDS nlohmann_json::nlohmann_json LABEL e2e)
  target_compile_definitions(${name} PRIVATE MOELORA_PROGRAM="$<TARGET_FILE:moelora>")
  add_dependencies(${name} moelora)
endforeach()
target_link_libraries(long_run_test PRIVATE moelora_io)
