# How every folder of this tree is built: one library a folder, its unit tests beside the code.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers)
if(TW_SANITIZE)
  # A symmetric transfer between coroutines must be a tail call, or long loops overflow the stack; GCC makes none from a
  # function that has bookkeeping to do at its end. So variables on the stack go unguarded (a coroutine's are in its frame on
  # the heap), and ThreadSanitizer reports the innermost function only.
  add_compile_options(-fsanitize=${TW_SANITIZE} -fno-omit-frame-pointer -foptimize-sibling-calls)
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:--param=asan-stack=0;--param=tsan-instrument-func-entry-exit=0>")
  # Asio's fences, which ThreadSanitizer does not know; every one of them stands beside a lock, which it does.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  add_link_options(-fsanitize=${TW_SANITIZE})
endif()

find_program(TW_CCACHE ccache)
if(TW_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TW_CCACHE})
endif()
find_program(TW_MOLD mold)
if(TW_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.83 REQUIRED CONFIG COMPONENTS json)
find_package(fmt REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
# Running the product needs neither of these, so `./dev up` does not install them: without them there are no tests, or no
# benchmarks.
if(TW_TESTS)
  find_package(GTest QUIET)
  if(NOT GTest_FOUND)
    message(STATUS "GoogleTest is not installed: no unit tests")
    set(TW_TESTS OFF)
  endif()
endif()
if(TW_BENCHMARKS)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    message(STATUS "Google Benchmark is not installed: no micro-benchmarks")
    set(TW_BENCHMARKS OFF)
  endif()
endif()

# What `./dev test unit` and `./dev test codegen` build.
add_custom_target(unit_tests)
add_custom_target(codegen_tests)

# tw_library(NAME [FOLDERS sub…] [DEPS targets…] [TEST_DEPS targets…])
#
# Makes tw::NAME of every .cpp in the current folder (and FOLDERS below it); *_test.cpp become the test program
# NAME_test and *_bench.cpp the micro-benchmark NAME_bench. DEPS are public: a header may include theirs.
function(tw_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;DEPS;TEST_DEPS" ${ARGN})
  set(patterns *.cpp)
  foreach(folder IN LISTS ARG_FOLDERS)
    list(APPEND patterns ${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cpp$")

  set(scope PUBLIC)
  if(sources)
    add_library(tw_${name} STATIC ${sources})
  else()
    add_library(tw_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(tw::${name} ALIAS tw_${name})
  set_target_properties(tw_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(tw_${name} ${scope} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                 $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/tradewind>)
  target_compile_features(tw_${name} ${scope} cxx_std_23)
  target_link_libraries(tw_${name} ${scope} ${ARG_DEPS})

  if(TW_TESTS AND tests)
    add_executable(${name}_test ${tests})
    # A third less to wait for: the code under test is optimised as shipped, the tests themselves need not be. (Coroutines
    # must make tail calls all the same.)
    target_compile_options(${name}_test PRIVATE "$<$<CONFIG:Release>:-Og;-foptimize-sibling-calls>")
    target_link_libraries(${name}_test PRIVATE tw_${name} ${ARG_TEST_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
    add_dependencies(unit_tests ${name}_test)
    add_test(NAME unit.${name} COMMAND ${name}_test)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
  if(TW_BENCHMARKS AND benches)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE tw_${name} ${ARG_TEST_DEPS} benchmark::benchmark benchmark::benchmark_main)
  endif()
endfunction()
include(${CMAKE_CURRENT_LIST_DIR}/tradewind-proto.cmake)
