# obs_unity_build(TARGET FILE...): compiles those files of the target together that can be, if OBS_UNITY_BUILD is on. Most
# of what a file costs is code made of templates, the same in the next one: that is made once.
#
# Other builds compile each file by itself, so that it has to include all that it uses.
function(obs_unity_build target)
  if(NOT OBS_UNITY_BUILD)
    return()
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(roots ${PROJECT_SOURCE_DIR}/libobs:${PROJECT_SOURCE_DIR}/libobs/include:${PROJECT_SOURCE_DIR}/tests)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/unity_groups.py ${roots} ${ARGN}
    OUTPUT_VARIABLE assignments OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" assignments "${assignments}")
  foreach(assignment IN LISTS assignments)
    string(REGEX MATCH "^(.*)=(.*)$" matched "${assignment}")
    set_source_files_properties(${CMAKE_MATCH_1} PROPERTIES UNITY_GROUP ${CMAKE_MATCH_2})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # This warning is meant for headers, and takes each file that is included for one.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
