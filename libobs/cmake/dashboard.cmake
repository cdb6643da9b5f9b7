# The page that obs-aggregate serves at "/": built with npm, and made part of the library as a source file.
# Sets `obs_dashboard_source`. Without Node.js it is a source without files, and the plain start page is served.
set(obs_dashboard_default ON)
if(OBS_SANITIZE)
  set(obs_dashboard_default OFF)  # they look at C++
endif()
option(OBS_BUILD_DASHBOARD "Build the dashboard into obs-aggregate, if there is Node.js" ${obs_dashboard_default})
set(OBS_DASHBOARD_SOURCE "" CACHE FILEPATH "Take the dashboard from this output of dashboard/scripts/embed.mjs instead")

set(dashboard_dir ${PROJECT_SOURCE_DIR}/dashboard)
set(obs_dashboard_source ${CMAKE_CURRENT_BINARY_DIR}/dashboard/dashboard_files.cc)
set(OBS_HAS_DASHBOARD OFF)

if(OBS_DASHBOARD_SOURCE)
  set(obs_dashboard_source ${OBS_DASHBOARD_SOURCE})
  return()
endif()

if(OBS_BUILD_DASHBOARD)
  find_program(OBS_NODE NAMES node nodejs)
  find_program(OBS_NPM npm)
  set(node_version 0)
  if(OBS_NODE)
    execute_process(COMMAND ${OBS_NODE} --version OUTPUT_VARIABLE node_version OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "v" "" node_version "${node_version}")
  endif()
  if(OBS_NODE AND OBS_NPM AND node_version VERSION_GREATER_EQUAL 18.13)
    set(OBS_HAS_DASHBOARD ON)
  else()
    message(NOTICE "-- The dashboard is left out: it is built with Node.js 18.13 or later and npm (Debian: nodejs, npm)")
  endif()
endif()

if(NOT OBS_HAS_DASHBOARD)
  file(CONFIGURE OUTPUT ${obs_dashboard_source} CONTENT [[
#include "app/embedded_file.h"

std::span<const obs::EmbeddedFile> obs::DashboardFiles() { return {}; }
]])
  return()
endif()

# npm writes this file last, so it is there only if all of them are. It is shared by all presets.
set(dashboard_packages ${dashboard_dir}/node_modules/.package-lock.json)
add_custom_command(
  OUTPUT ${dashboard_packages}
  COMMAND ${OBS_NPM} ci --no-audit --no-fund --no-update-notifier --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${dashboard_packages}
  DEPENDS ${dashboard_dir}/package.json ${dashboard_dir}/package-lock.json
  WORKING_DIRECTORY ${dashboard_dir}
  COMMENT "Installing what the dashboard is built with"
  VERBATIM)

file(GLOB_RECURSE dashboard_inputs CONFIGURE_DEPENDS ${dashboard_dir}/src/* ${dashboard_dir}/public/*)
file(GLOB dashboard_settings CONFIGURE_DEPENDS ${dashboard_dir}/*.ts ${dashboard_dir}/*.js ${dashboard_dir}/*.json)
set(dashboard_dist ${CMAKE_CURRENT_BINARY_DIR}/dashboard/dist)
add_custom_command(
  OUTPUT ${obs_dashboard_source}
  COMMAND ${CMAKE_COMMAND} -E env OBS_DASHBOARD_DIST=${dashboard_dist} ${OBS_NPM} run build --silent -- --logLevel=warn
  COMMAND ${OBS_NODE} ${dashboard_dir}/scripts/embed.mjs ${dashboard_dist} ${obs_dashboard_source}
  DEPENDS ${dashboard_packages} ${dashboard_inputs} ${dashboard_settings} ${dashboard_dir}/index.html
          ${dashboard_dir}/scripts/embed.mjs
  WORKING_DIRECTORY ${dashboard_dir}
  COMMENT "Building the dashboard"
  VERBATIM)
