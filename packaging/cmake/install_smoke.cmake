# Installs into a temporary prefix and starts the programs from there.
file(MAKE_DIRECTORY ${BUILD})
set(prefix ${BUILD}/install-smoke)
file(REMOVE_RECURSE ${prefix})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --component runtime
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${prefix}/bin/moelora --version OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
if(NOT said MATCHES "${VERSION}")
  message(FATAL_ERROR "moelora --version says '${said}', the project says ${VERSION}")
endif()
# Of LibTorch the programs need the CPU parts alone; the CUDA back end is opened at run time.
execute_process(COMMAND readelf -d ${prefix}/bin/moelora OUTPUT_VARIABLE needed COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "[" "<" needed "${needed}")  # a bracket would join what it does not close
string(REGEX MATCHALL "<lib[a-z0-9_]*(torch|c10|cuda|python)[a-z0-9_]*[.]so" parts "${needed}")
list(SORT parts)
if(NOT parts STREQUAL "<libc10.so;<libtorch_cpu.so")
  message(FATAL_ERROR "moelora needs ${parts}")
endif()
if(UI)
  set(ENV{QT_QPA_PLATFORM} offscreen)
  execute_process(COMMAND ${prefix}/bin/moelora-workbench --self-test COMMAND_ERROR_IS_FATAL ANY)
  # The icon that the desktop file names must be where desktops look for it.
  file(STRINGS ${prefix}/share/applications/moelora-workbench.desktop icon REGEX "^Icon=")
  string(REPLACE "Icon=" "" icon "${icon}")
  if(NOT EXISTS ${prefix}/share/icons/hicolor/scalable/apps/${icon}.svg)
    message(FATAL_ERROR "the desktop file's icon ${icon} is not installed")
  endif()
endif()
file(REMOVE_RECURSE ${prefix})
