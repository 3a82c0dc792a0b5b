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

# Up to 32 files of a target are compiled as one: headers are parsed once for all of them, which is half of what a file costs.
# File-local names are therefore unique within a target (docs/decisions/0049-unity-builds.md).
option(TW_UNITY "Compile up to 32 files of a target as one" OFF)
set(CMAKE_UNITY_BUILD ${TW_UNITY})
if(NOT DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 32)
endif()
if(TW_UNITY)
  # Said of a type with a member from an anonymous namespace, unless both stand in the file that is compiled, and not in one that it
  # includes: here they always do the latter.
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endif()
# GCC looks for memory to reuse from 128 MiB on, which is a tenth of the time of a build. Here it does so from 1 GiB on.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1048576>")
if(TW_UNITY)
  # GCC lets a unit grow by inlining in proportion to its size. A unit of many files counts as a large one, and would be inlined
  # less than its files alone: a read took a tenth more instructions.
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:--param=large-unit-insns=320000>")
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
# Compilers look into /usr/local/include first. Where somebody has put another Boost there, its headers would be compiled with the
# libraries of this one, so that this one's are put before them.
file(WRITE ${CMAKE_BINARY_DIR}/boost_version.cpp "#include <boost/version.hpp>
static_assert(BOOST_VERSION == ${Boost_VERSION_MAJOR} * 100000 + ${Boost_VERSION_MINOR} * 100 + ${Boost_VERSION_PATCH});
int main() {}
")
try_compile(TW_BOOST_FIRST ${CMAKE_BINARY_DIR}/boost_version SOURCES ${CMAKE_BINARY_DIR}/boost_version.cpp
            LINK_LIBRARIES Boost::headers)
if(NOT TW_BOOST_FIRST)
  get_target_property(boost_headers Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
  message(STATUS "The compiler finds another Boost before ${Boost_VERSION}: the headers of ${boost_headers} are put first")
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/boost)
  file(CREATE_LINK ${boost_headers}/boost ${CMAKE_BINARY_DIR}/boost/boost SYMBOLIC)
  include_directories(BEFORE SYSTEM ${CMAKE_BINARY_DIR}/boost)
endif()
find_package(fmt REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
if(TW_PRODUCT)
  # The allocator of the program (docs/decisions/0086). A sanitizer brings its own.
  if(NOT TW_SANITIZE)
    pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
  endif()
  # Both are loaded anyway, by libpq's way to LDAP.
  pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
  # GNU libunistring comes without a description for pkg-config.
  find_path(UNISTRING_INCLUDE_DIR unicase.h REQUIRED)
  find_library(UNISTRING_LIBRARY unistring REQUIRED)
  add_library(Unistring::Unistring UNKNOWN IMPORTED)
  set_target_properties(Unistring::Unistring PROPERTIES IMPORTED_LOCATION ${UNISTRING_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES
                                                                                         ${UNISTRING_INCLUDE_DIR})
endif()
# The product is built without any of these, so `./dev up` does not install them: where one of them is missing there are no tests, or
# no benchmarks. A distribution splits them into packages of which a machine may have some. CMake's configuration of a package ends
# the whole run where it names a file that another package would bring, so each part is looked for before that is asked.
function(tw_find_parts result)
  set(missing "")
  foreach(part IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "TW_FOUND_${part}" place)
    if(part MATCHES "\\.h$")
      find_path(${place} ${part})
    else()
      find_library(${place} ${part})
    endif()
    mark_as_advanced(${place})
    if(NOT ${place})
      list(APPEND missing ${part})
    endif()
  endforeach()
  set(${result} "${missing}" PARENT_SCOPE)
endfunction()
if(TW_TESTS)
  tw_find_parts(missing gtest/gtest.h gmock/gmock.h gtest gtest_main gmock)
  if(NOT missing)
    find_package(GTest QUIET)
  endif()
  if(NOT TARGET GTest::gtest_main OR NOT TARGET GTest::gmock)
    message(STATUS "GoogleTest is not installed as a whole (missing: ${missing}): no unit tests")
    set(TW_TESTS OFF)
  endif()
endif()
if(TW_BENCHMARKS)
  tw_find_parts(missing benchmark/benchmark.h benchmark benchmark_main)
  if(NOT missing)
    find_package(benchmark QUIET)
  endif()
  if(NOT TARGET benchmark::benchmark_main)
    message(STATUS "Google Benchmark is not installed as a whole (missing: ${missing}): no micro-benchmarks")
    set(TW_BENCHMARKS OFF)
  endif()
endif()

if(TW_FUZZ)
  # Every object counts the branches it takes, which is what leads the fuzzer on; only the programs have its main function.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# What `./dev test unit`, `./dev test codegen` and `./dev fuzz` build.
add_custom_target(unit_tests)
add_custom_target(codegen_tests)
add_custom_target(fuzz_targets)

# tw_library(NAME [DEPS targets…] [TEST_DEPS targets…])
#
# Makes tw::NAME of every .cpp in the current folder and in its rooms, which are the folders below it without a CMakeLists.txt of
# their own. The headers in the folder itself are public; those in rooms are private (tests/lint/arrows.py). *_test.cpp become the test program
# NAME_test and *_bench.cpp the micro-benchmark NAME_bench. Each x_fuzz.cpp becomes the fuzz target x_fuzz of the preset
# fuzz, and in the others a unit test that puts every file of tests/fuzz/x_fuzz to it. DEPS are public: a header may include
# theirs.
function(tw_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS" ${ARGN})
  set(patterns *.cpp)
  file(GLOB rooms LIST_DIRECTORIES true *)
  foreach(room IN LISTS rooms)
    if(IS_DIRECTORY ${room} AND NOT EXISTS ${room}/CMakeLists.txt)
      list(APPEND patterns ${room}/*.cpp)
    endif()
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(tests ${sources})
  set(benches ${sources})
  set(fuzzers ${sources})
  set(fixtures ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER fixtures INCLUDE REGEX "_fixture_test\\.cpp$")
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
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 900)
  endif()
  foreach(source IN LISTS fuzzers)
    get_filename_component(fuzzer ${source} NAME_WE)
    if(TW_FUZZ)
      add_executable(${fuzzer} ${source} ${fixtures})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${fuzzer} PRIVATE tw_${name} ${ARG_TEST_DEPS})
      add_dependencies(fuzz_targets ${fuzzer})
    elseif(TW_TESTS)
      add_executable(${fuzzer}_replay ${source} ${fixtures} ${PROJECT_SOURCE_DIR}/tests/corpus_replay.cpp)
      target_compile_definitions(${fuzzer}_replay PRIVATE TW_CORPUS="${PROJECT_SOURCE_DIR}/tests/fuzz/${fuzzer}")
      target_link_libraries(${fuzzer}_replay PRIVATE tw_${name} ${ARG_TEST_DEPS} GTest::gtest GTest::gtest_main)
      add_dependencies(unit_tests ${fuzzer}_replay)
      add_test(NAME unit.${fuzzer} COMMAND ${fuzzer}_replay)
      set_tests_properties(unit.${fuzzer} PROPERTIES LABELS unit TIMEOUT 900)
    endif()
  endforeach()
  if(TW_BENCHMARKS AND benches)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE tw_${name} ${ARG_TEST_DEPS} benchmark::benchmark benchmark::benchmark_main)
  endif()
endfunction()
include(${CMAKE_CURRENT_LIST_DIR}/tradewind-proto.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/tradewind-migrations.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/tradewind-embed.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/tradewind-packaged-proto.cmake)
