# What a program that records metrics needs: the shared library, its headers, and how CMake and pkg-config find them.
include(CMakePackageConfigHelpers)

set(obs_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/obs)

install(TARGETS obs EXPORT obsTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/obs DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT obsTargets NAMESPACE obs:: DESTINATION ${obs_package_dir})

write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/obsConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/obsConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/obsConfigVersion.cmake DESTINATION ${obs_package_dir})

# The prefix is told relative to the file, so that an installed tree may be moved.
set(obs_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH obs_pc_to_prefix /prefix/${obs_pc_dir} /prefix)
string(REGEX REPLACE "/$" "" obs_pc_to_prefix ${obs_pc_to_prefix})
set(obs_pc_prefix "\${pcfiledir}/${obs_pc_to_prefix}")
configure_file(cmake/obs.pc.in obs.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/obs.pc DESTINATION ${obs_pc_dir})
