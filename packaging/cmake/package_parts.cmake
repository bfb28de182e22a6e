# Read by cpack for each kind of package: a DEB declares what it needs, an archive brings it.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_COMPONENTS_ALL runtime)
else()
  set(CPACK_COMPONENTS_ALL runtime bundle)
endif()
