# Warnings, sanitizers, faster builds: for every target of the tree.
add_library(kith_options INTERFACE)
target_include_directories(kith_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(kith_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                       -Werror=unused-result -Werror=return-type -Werror=switch -fno-omit-frame-pointer)
target_compile_definitions(kith_options INTERFACE KITH_VERSION="${PROJECT_VERSION}")

option(KITH_WERROR "Treat warnings as errors" OFF)
if(KITH_WERROR)
  target_compile_options(kith_options INTERFACE -Werror)
endif()

set(KITH_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
if(KITH_SANITIZE)
  add_compile_options(-fsanitize=${KITH_SANITIZE} -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${KITH_SANITIZE})
endif()

# Hardening for what people run.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT KITH_SANITIZE)
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(KITH_CCACHE ccache)
if(KITH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KITH_CCACHE})
endif()
find_program(KITH_MOLD mold)
if(KITH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# A library of one folder: every .cc in it, and what it may see. The arrows are checked by tests/lint.
function(kith_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC kith_options ${ARG_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE kith_options ${ARG_DEPENDS})
  endif()
endfunction()
