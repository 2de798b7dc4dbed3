# How programs of tests are made: one per folder of tests/, found by its files.
include(GoogleTest)

# The headers that every test reads, compiled once. GoogleTest costs a second and more in each file otherwise.
# A program, since g++ wants them compiled with the very options of the programs that read them.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cc CONTENT "int main() {}\n")
add_executable(kith_test_headers ${CMAKE_BINARY_DIR}/test_headers.cc)
target_link_libraries(kith_test_headers PRIVATE kith_options GTest::gtest GTest::gmock)
target_precompile_headers(kith_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h> <expected> <functional> <map> <memory> <optional>
                          <set> <span> <string> <string_view> <vector>)

# Every test program of this build and nothing else.
add_custom_target(test_programs)

# True if tests/<name> belongs to this build (KITH_TEST_FOLDERS).
function(kith_wants_tests name result)
  if(NOT KITH_TEST_FOLDERS OR name IN_LIST KITH_TEST_FOLDERS)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# kith_tests(unit DEPENDS kith_core): tests/unit/*.cc become the program test_unit, and its tests "unit.*";
# in a sanitized build "asan.unit.*" or "tsan.unit.*", so that both fit into one run of ctest.
function(kith_tests name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  kith_wants_tests(${name} wanted)
  if(NOT wanted)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  set(prefix "${name}.")
  if(KITH_SANITIZE)
    set(prefix "${KITH_VARIANT}.${name}.")
  endif()
  add_executable(test_${name} ${sources})
  add_dependencies(test_programs test_${name})
  target_precompile_headers(test_${name} REUSE_FROM kith_test_headers)
  target_link_libraries(test_${name} PRIVATE kith_options ${ARG_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(test_${name} TEST_PREFIX "${prefix}" DISCOVERY_TIMEOUT 120
                       PROPERTIES LABELS "${name}" ENVIRONMENT "${KITH_TEST_ENVIRONMENT}" TIMEOUT 600)
endfunction()

# kith_fuzz(NAME DEPENDS ...): tests/fuzz/NAME.cc, which defines LLVMFuzzerTestOneInput, becomes fuzz_NAME, only in the fuzz preset.
function(kith_fuzz name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  if(NOT KITH_FUZZ)
    return()
  endif()
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.cc)
  target_link_libraries(fuzz_${name} PRIVATE kith_options ${ARG_DEPENDS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_property(GLOBAL APPEND PROPERTY KITH_FUZZ_TARGETS fuzz_${name})
endfunction()

# Writes the lists that ./dev reads, and lets another build's tests run in this build's ctest: KITH_ALSO_TEST names build folders, each of which has written its list.
function(kith_finish_tests)
  get_property(own DIRECTORY PROPERTY TEST_INCLUDE_FILES)
  set(lines "")
  foreach(file IN LISTS own)
    string(APPEND lines "include(\"${file}\")\n")
  endforeach()
  get_property(fuzz_targets GLOBAL PROPERTY KITH_FUZZ_TARGETS)
  list(JOIN fuzz_targets "\n" fuzz_targets)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/fuzz_targets.txt CONTENT "${fuzz_targets}")
  get_property(benches DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  list(FILTER benches INCLUDE REGEX "^bench_")
  list(JOIN benches "\n" benches)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/bench_targets.txt CONTENT "${benches}")
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/programs_tests.cmake CONTENT "${lines}")
  foreach(build IN LISTS KITH_ALSO_TEST)
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${build}/programs_tests.cmake)
  endforeach()
endfunction()
set(KITH_ALSO_TEST "" CACHE STRING "Other build folders whose test programs this build's ctest runs as well")
