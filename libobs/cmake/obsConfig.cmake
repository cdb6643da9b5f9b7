# find_package(obs) defines obs::obs. What libobs is built with stays inside it, so there is nothing more to find.
include("${CMAKE_CURRENT_LIST_DIR}/obsTargets.cmake")
