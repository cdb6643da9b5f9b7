# cpack makes a Debian package of all that `cmake --install` installs, and of what only a whole system has use for:
# services and their configuration. After a build: cpack --config build/release/CPackConfig.cmake

# Under a prefix of one's own nothing would find these.
set(package_dir ${CMAKE_CURRENT_LIST_DIR})
install(FILES ${package_dir}/obs-aggregate.service ${package_dir}/obs-agent.service
        DESTINATION /usr/lib/systemd/system COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${package_dir}/aggregate.toml ${package_dir}/agent.toml
        DESTINATION /etc/obs COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
        DESTINATION /usr/share/doc/obs COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME obs)
set(CPACK_PACKAGE_CONTACT "The obs authors <obs@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
  "Programs record metrics, obs-aggregate collects them over gRPC, and people see them live: in a browser, in a terminal,
in Prometheus and in Grafana. Holds every tool, the C++ library with its headers, and services for systemd.")
set(CPACK_INSTALL_CMAKE_PROJECTS
  ${CMAKE_BINARY_DIR} obs ALL /
  ${CMAKE_BINARY_DIR} obs system /)
set(CPACK_SET_DESTDIR ON)  # some of it goes to /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${package_dir}/conffiles ${package_dir}/postinst ${package_dir}/prerm ${package_dir}/postrm)
include(CPack)
