# Runs lupdate on a copy of the translations: no text of the sources may be new to them.
#   LUPDATE, ARGUMENTS (separated by |), TS, COPY
cmake_minimum_required(VERSION 3.25)
file(COPY_FILE ${TS} ${COPY})
string(REPLACE "|" ";" arguments "${ARGUMENTS}")
execute_process(COMMAND ${LUPDATE} ${arguments} -ts ${COPY} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(READ ${COPY} text)
string(REGEX MATCHALL "<source>[^<]*</source>[ \n]*<translation type=\"unfinished\"" missing "${text}")
file(REMOVE ${COPY})
if(missing)
  list(LENGTH missing count)
  list(JOIN missing "\n" missing)
  message(FATAL_ERROR "${count} texts have no translation; build the target moelora_lupdate and write them:\n${missing}")
endif()
