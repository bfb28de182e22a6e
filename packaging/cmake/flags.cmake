# Flags as interface targets; nothing sets CMAKE_CXX_FLAGS.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers need these sloppiness flags (ccache manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()

add_library(moelora_build_flags INTERFACE)
target_compile_features(moelora_build_flags INTERFACE cxx_std_20)
set_target_properties(moelora_build_flags PROPERTIES INTERFACE_CXX_EXTENSIONS OFF)
target_include_directories(moelora_build_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(moelora_build_flags INTERFACE
  -Wall -Wextra -Wpedantic   # what everybody takes
  -Wshadow                   # a name that hides another is a bug waiting
  -Wconversion               # silent narrowing of sizes and ids
  -Wold-style-cast           # casts can be searched for
  -Wnon-virtual-dtor         # deleting through a base
  -Wimplicit-fallthrough     # forgotten break
  # g++ 12 sees overlaps and impossible lengths in std::string's operator+ that are not there (GCC bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>
  # g++ collects its garbage less often: an eighth of the time of a build for a twentieth more memory.
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-expand=300>
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=524288>
  $<$<BOOL:${MOELORA_WERROR}>:-Werror>)
if(MOELORA_SANITIZE STREQUAL "address+undefined")
  set(sanitize -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
elseif(MOELORA_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread)
elseif(NOT MOELORA_SANITIZE STREQUAL "none")
  message(FATAL_ERROR "MOELORA_SANITIZE is '${MOELORA_SANITIZE}': choose none, address+undefined or thread.")
endif()
if(MOELORA_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "MOELORA_FUZZ needs clang (libFuzzer); the preset fuzz names it.")
  endif()
  list(APPEND sanitize -fsanitize=fuzzer-no-link)
endif()
if(sanitize)
  target_compile_options(moelora_build_flags INTERFACE ${sanitize})
  target_link_options(moelora_build_flags INTERFACE ${sanitize})
endif()

add_library(moelora_qt_flags INTERFACE)
target_link_libraries(moelora_qt_flags INTERFACE moelora_build_flags)
target_compile_definitions(moelora_qt_flags INTERFACE QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII
  QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_CONTEXTLESS_CONNECT)

# moelora_library(NAME SOURCES ... [DEPENDS ...] [PRIVATE_DEPENDS ...] [TORCH]): a static library of one folder.
# TORCH adds LibTorch, and the precompiled header with it.
function(moelora_library name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC moelora_build_flags ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  if(ARG_TORCH)
    target_link_libraries(${name} PRIVATE moelora_libtorch)
    target_precompile_headers(${name} REUSE_FROM moelora_torch_pch)
  else()
    target_precompile_headers(${name} REUSE_FROM moelora_plain_pch)
  endif()
endfunction()
