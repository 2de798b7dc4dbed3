# Warnings, hardening, sanitizers and quicker builds, for every target of the tree.

set(KITH_VARIANT "" CACHE STRING "Name of the preset; the tests of a sanitized build bear it as a prefix")
set(KITH_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
set(KITH_TEST_FOLDERS "" CACHE STRING "Folders of tests to build; empty means all of them")
option(KITH_STATIC_GRPC "Link gRPC into kith itself: each command then starts in half the time" ON)
option(KITH_WERROR "Treat warnings as errors" OFF)
option(KITH_FUZZ "Instrument for libFuzzer and build the fuzz targets; needs clang" OFF)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_SANITIZED "-O1 -g1")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(kith_options INTERFACE)
target_include_directories(kith_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(kith_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
                       -Werror=unused-result -Werror=return-type -Werror=switch -fno-omit-frame-pointer)
target_compile_definitions(kith_options INTERFACE KITH_VERSION="${PROJECT_VERSION}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees uninitialized, overlapping and endless memory inside its own std::string, std::vector and std::expected.
  target_compile_options(kith_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overread
                         -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(KITH_WERROR)
  target_compile_options(kith_options INTERFACE -Werror)
endif()

# The same sources give the same bytes, wherever the checkout lies.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/=build/)

# Hardening for what people run.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT KITH_SANITIZE)
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

# KITH_TEST_ENVIRONMENT is one VARIABLE=VALUE that every test of this build gets.
set(KITH_TEST_ENVIRONMENT "KITH_VARIANT=${KITH_VARIANT}")
if(KITH_SANITIZE)
  add_compile_options(-fsanitize=${KITH_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KITH_SANITIZE})
  if(KITH_SANITIZE MATCHES thread)
    # Debian's gRPC is not instrumented, so its own locks are invisible.
    set(KITH_TEST_ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1:suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
  else()
    # Protobuf and gRPC are not instrumented either, so container annotations would not match.
    set(KITH_TEST_ENVIRONMENT "ASAN_OPTIONS=detect_container_overflow=0:detect_leaks=1")
  endif()
endif()
if(KITH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(KITH_CCACHE ccache)
if(KITH_CCACHE)
  # Precompiled headers need the sloppiness; base_dir lets two checkouts share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${KITH_CCACHE})
endif()
find_program(KITH_MOLD mold)
if(KITH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# A library of one folder: every .cc in it but a program's main.cc and what EXCEPT names, and what it may see. The arrows
# are checked by tests/lint.
function(kith_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;EXCEPT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  foreach(file IN LISTS ARG_EXCEPT ITEMS main.cc)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC kith_options ${ARG_DEPENDS})
endfunction()
