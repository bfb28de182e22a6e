# The window with the real engine.
add_executable(gui_demo_test ${CMAKE_CURRENT_LIST_DIR}/gui_demo_test.cpp)
set_target_properties(gui_demo_test PROPERTIES AUTOMOC ON)
target_link_libraries(gui_demo_test PRIVATE moelora_ui moelora_ui_resources moelora_translations moelora_session Qt6::Test)
target_compile_definitions(gui_demo_test PRIVATE MOELORA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
add_test(NAME gui_demo_test COMMAND gui_demo_test)
set_tests_properties(gui_demo_test PROPERTIES LABELS "e2e;gui" TIMEOUT 1800 ENVIRONMENT
  "QT_QPA_PLATFORM=offscreen;MOELORA_DEMO=${PROJECT_SOURCE_DIR}/resources/demo")
# The same on a real X server, which is started for it.
find_program(MOELORA_XVFB xvfb-run)
if(MOELORA_XVFB)
  add_test(NAME gui_demo_xvfb_test COMMAND ${MOELORA_XVFB} -a -s "-screen 0 1280x720x24" $<TARGET_FILE:gui_demo_test>)
  set_tests_properties(gui_demo_xvfb_test PROPERTIES LABELS "e2e;gui" TIMEOUT 1800 ENVIRONMENT
    "MOELORA_TEST_PLATFORM=xcb;MOELORA_DEMO=${PROJECT_SOURCE_DIR}/resources/demo")
else()
  message(STATUS "xvfb-run is not there: the window is tested without an X server alone")
endif()
add_test(NAME gui_self_test COMMAND moelora-workbench --self-test)
set_tests_properties(gui_self_test PROPERTIES LABELS "e2e;gui" TIMEOUT 600)
moelora_test(network_window_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/network_test.cpp DEPENDS nlohmann_json::nlohmann_json LABEL gui)
target_compile_definitions(network_window_test PRIVATE MOELORA_PROGRAM="$<TARGET_FILE:moelora>"
  MOELORA_WINDOW="$<TARGET_FILE:moelora-workbench>")
add_dependencies(network_window_test moelora-workbench)
