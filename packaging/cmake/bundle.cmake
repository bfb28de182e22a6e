# Copies the libraries that some programs and plug-ins load on this machine, with their licences.
#   loaders    programs and plug-ins, where the loader finds all they need
#   left_out   names of libraries that are installed otherwise
#   libraries  the folder for the libraries, each under the name by which it is looked for
#   licences   the folder for the licences (of Debian packages; elsewhere none are known)
# The C library stays the machine's own: it belongs to its kernel and to its loader.
cmake_minimum_required(VERSION 3.25)
set(c_library "^(ld-linux[^/]*|lib(c|m|mvec|dl|pthread|rt|util|resolv|anl|nss_[a-z]+)[.]so[.][0-9]+|libnsl[.]so[.]1)$")

# What the loader itself says, so that no rule about search paths is written twice.
set(names "")
foreach(file IN LISTS loaders)
  execute_process(COMMAND ldd ${file} OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
  if(said MATCHES "([^\t\n]+) => not found")
    message(FATAL_ERROR "${file} needs ${CMAKE_MATCH_1}, which is not here")
  endif()
  string(REGEX MATCHALL "[^\t\n ]+ => /[^\n]+ [(]" lines "${said}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^([^ ]+) => (.*) [(]$" "\\1" name "${line}")
    string(REGEX REPLACE "^([^ ]+) => (.*) [(]$" "\\2" path "${line}")
    if(name MATCHES "${c_library}" OR DEFINED path_of_${name})
      continue()
    endif()
    set(path_of_${name} ${path})
    list(FIND left_out ${name} place)
    if(place EQUAL -1)
      list(APPEND names ${name})
    endif()
  endforeach()
endforeach()

file(MAKE_DIRECTORY ${libraries} ${licences})
set(originals "")
foreach(name IN LISTS names)
  file(REAL_PATH ${path_of_${name}} original)
  file(COPY_FILE ${original} ${libraries}/${name})
  file(RPATH_REMOVE FILE ${libraries}/${name})  # its own would hide that of the program
  # Where folders of the system were merged, the packages' lists still hold the old names.
  string(REGEX REPLACE "^/usr/lib" "/lib" old ${original})
  list(APPEND originals ${original} ${old})
endforeach()

find_program(dpkg_query dpkg-query)
if(dpkg_query)
  execute_process(COMMAND ${dpkg_query} -S ${originals} OUTPUT_VARIABLE owners ERROR_QUIET)
  string(REGEX MATCHALL "[^\n]+: /" owners "${owners}")
  list(TRANSFORM owners REPLACE "^([a-z0-9.+-]+).*" "\\1")
  list(REMOVE_DUPLICATES owners)
  foreach(package IN LISTS owners)
    if(EXISTS /usr/share/doc/${package}/copyright)
      file(REAL_PATH /usr/share/doc/${package}/copyright licence)
      file(COPY_FILE ${licence} ${licences}/${package})
    endif()
  endforeach()
  execute_process(COMMAND ${dpkg_query} -W -f "\${Package} \${Version}, source \${source:Package}\n" ${owners}
    OUTPUT_FILE ${licences}/PACKAGES ERROR_QUIET)
endif()
list(LENGTH names count)
message(STATUS "bundled ${count} libraries")
