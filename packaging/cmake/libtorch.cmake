# LibTorch as one imported target, moelora_libtorch: the CPU parts of the torch wheel (libtorch_cpu, libc10), found in
# MOELORA_LIBTORCH (variable or environment: a folder that holds include/ and lib/, or torch/ or libtorch/ with these),
# else in the cache folder that packaging/fetch-libtorch fills. find_package(Torch) is not used: it sets global flags and
# may ask for a CUDA Toolkit.
set(MOELORA_LIBTORCH "" CACHE PATH "Folder of LibTorch; empty: environment, then the cache of packaging/fetch-libtorch")
set(_candidates ${MOELORA_LIBTORCH} $ENV{MOELORA_LIBTORCH})
if(NOT _candidates)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/packaging/fetch-libtorch --print-folder
    OUTPUT_VARIABLE _candidates OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
set(_root "")
foreach(_c ${_candidates})
  foreach(_sub . torch libtorch)
    if(NOT _root AND EXISTS ${_c}/${_sub}/include/torch/csrc/api/include/torch/torch.h)
      file(REAL_PATH ${_c}/${_sub} _root)
    endif()
  endforeach()
endforeach()
if(NOT _root)
  message(FATAL_ERROR "LibTorch was not found. Run packaging/fetch-libtorch, or set MOELORA_LIBTORCH to its folder.")
endif()
# Newer releases keep the numbers in torch/headeronly, older ones in the C++ API folder.
set(MOELORA_LIBTORCH_VERSION 0)
foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS ${_root}/include/${_header})
    file(STRINGS ${_root}/include/${_header} _lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR) ")
    if(_lines MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+)")
      set(MOELORA_LIBTORCH_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
      break()
    endif()
  endif()
endforeach()
if(MOELORA_LIBTORCH_VERSION VERSION_LESS MOELORA_LIBTORCH_MINIMUM)
  message(FATAL_ERROR "LibTorch ${MOELORA_LIBTORCH_VERSION} at ${_root} is too old: ${MOELORA_LIBTORCH_MINIMUM} or newer is needed.")
endif()
set(MOELORA_LIBTORCH_ROOT ${_root})
find_package(Threads REQUIRED)

add_library(moelora_libtorch INTERFACE)
target_include_directories(moelora_libtorch SYSTEM INTERFACE ${_root}/include ${_root}/include/torch/csrc/api/include)
# Both libraries are named even where a program uses no symbol of c10 itself: operators register from libtorch_cpu.
target_link_libraries(moelora_libtorch INTERFACE
  -Wl,--no-as-needed ${_root}/lib/libtorch_cpu.so ${_root}/lib/libc10.so -Wl,--as-needed Threads::Threads)
# libtorch_cpu.so names libraries (cudart, cupti) that are found through its own RPATH at run time.
target_link_options(moelora_libtorch INTERFACE -Wl,--allow-shlib-undefined -Wl,-rpath,${_root}/lib)
# at::parallel_for is inline and runs on one thread where the compiler has no OpenMP. One run-time library: LibTorch's own.
# The thread sanitizer does not know it and would report its barriers.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT MOELORA_SANITIZE STREQUAL "thread")
  file(GLOB _openmp ${_root}/lib/libgomp*.so*)
  target_compile_options(moelora_libtorch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
  target_link_libraries(moelora_libtorch INTERFACE ${_openmp})
  if(NOT _openmp)
    target_link_options(moelora_libtorch INTERFACE -fopenmp)
  endif()
endif()
