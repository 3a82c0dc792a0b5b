# tw_proto_library(NAME PROTOS files… [IMPORT_DIRS folders…] [OPENAPI [TITLE text]] [INSTALL_DIR folder] [DEPS targets…])
#
# Makes the static library tw::NAME of contracts. PROTOS are relative to the current source folder and are registered (and
# imported by others) under exactly these names: `user.proto`, not `proto/user.proto`. protoc runs once over all of them:
# protobuf's C++ for each, and for those that declare services also user.tw.hpp and user.tw.cpp (service, client, routes,
# validation). With OPENAPI the run also writes openapi.json, one document of the routes of all of them, with the project's
# version and TITLE, or the project's name. A program that serves the routes needs no OPENAPI: tw::gateway makes the document
# of the routes that it serves.
#
# Two spellings find the generated headers: "user.tw.hpp", and with the name of the folder that holds the contracts before
# it, "proto/user.tw.hpp", which is what our own sources use. The target's property TW_GEN_DIR is the folder they lie in, and
# TW_INSTALL_DIR the one that they are installed to. INSTALL_DIR keeps headers out of the folder that every library sees.
#
# "tradewind/options.proto" can always be imported; the contracts of other libraries need IMPORT_DIRS (where their .proto
# files are) and DEPS (their targets). Works alike in this tree and in a project that did find_package(tradewind), which
# sets tradewind_PROTO_DIR and brings tw::protoc-gen-tradewind, tw::rpc and tw::options_proto.

include(GNUInstallDirs)
if(NOT DEFINED tradewind_PROTO_DIR)
  set(tradewind_PROTO_DIR ${PROJECT_SOURCE_DIR}/proto)
endif()

# Makes the files of `target`, all of which protoc wrote, fit to be compiled several at a time (UNITY_BUILD): two of
# their file-local names are the same in each of them.
function(tw_prepare_messages target)
  # Code that is not ours is not ours to be warned about.
  target_compile_options(${target} PRIVATE -w)
  set_target_properties(
    ${target}
    PROPERTIES UNITY_BUILD_UNIQUE_ID TW_UNITY_FILE
               UNITY_BUILD_CODE_BEFORE_INCLUDE
               "#include <google/protobuf/generated_message_reflection.h>
#define TW_UNITY_JOIN_(a, b) a##b
#define TW_UNITY_JOIN(a, b) TW_UNITY_JOIN_(a, b)
#define schemas TW_UNITY_JOIN(schemas_, TW_UNITY_FILE)
#define file_default_instances TW_UNITY_JOIN(instances_, TW_UNITY_FILE)"
               UNITY_BUILD_CODE_AFTER_INCLUDE "#undef schemas
#undef file_default_instances")
endfunction()

function(tw_proto_library name)
  cmake_parse_arguments(ARG "OPENAPI" "TITLE;INSTALL_DIR" "PROTOS;IMPORT_DIRS;DEPS" ${ARGN})
  if(NOT ARG_TITLE)
    set(ARG_TITLE ${PROJECT_NAME})
  endif()
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(include_dir ${CMAKE_CURRENT_BINARY_DIR}/gen/${name})
  set(out ${include_dir}/${folder})
  file(MAKE_DIRECTORY ${out})

  set(protos "")
  set(messages "")
  set(services "")
  set(headers "")
  foreach(proto IN LISTS ARG_PROTOS)
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/${proto})
    list(APPEND protos ${path})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    list(APPEND messages ${out}/${stem}.pb.cc)
    list(APPEND headers ${out}/${stem}.pb.h)
    # Which files protoc will write must be known before it runs, so the declaration is looked for here.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(STRINGS ${path} declared REGEX "^[ \t]*service[ \t]+[A-Za-z_]")
    if(declared)
      list(APPEND services ${out}/${stem}.tw.cpp)
      list(APPEND headers ${out}/${stem}.tw.hpp)
    endif()
  endforeach()

  set(import_dirs ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(import_dir IN LISTS ARG_IMPORT_DIRS tradewind_PROTO_DIR)
    get_filename_component(import_dir ${import_dir} ABSOLUTE)
    list(APPEND import_dirs ${import_dir})
  endforeach()
  list(REMOVE_DUPLICATES import_dirs)
  list(TRANSFORM import_dirs PREPEND -I OUTPUT_VARIABLE imports)

  set(plugin "")
  set(inputs ${protos} ${tradewind_PROTO_DIR}/tradewind/options.proto)
  foreach(import_dir IN LISTS ARG_IMPORT_DIRS)
    file(GLOB_RECURSE imported CONFIGURE_DEPENDS ${import_dir}/*.proto)
    list(APPEND inputs ${imported})
  endforeach()
  if(services)
    set(parameter "")
    if(ARG_OPENAPI)
      # What protoc reads as the end of a parameter cannot be in a title.
      string(REGEX REPLACE "[,:=]" " " title "${ARG_TITLE}")
      set(parameter "openapi,title=${title},version=${PROJECT_VERSION}:")
      list(APPEND headers ${out}/openapi.json)
    endif()
    set(plugin --plugin=protoc-gen-tradewind=$<TARGET_FILE:tw::protoc-gen-tradewind> --tradewind_out=${parameter}${out})
    list(APPEND inputs $<TARGET_FILE:tw::protoc-gen-tradewind>)
  endif()
  add_custom_command(
    OUTPUT ${messages} ${services} ${headers}
    COMMAND protobuf::protoc ${imports} --cpp_out=${out} ${plugin} ${ARG_PROTOS}
    DEPENDS ${inputs}
    COMMENT "Generating ${name} from its contracts"
    VERBATIM)
  add_custom_target(tw_${name}_sources DEPENDS ${messages} ${services} ${headers})
  set_property(GLOBAL APPEND PROPERTY TW_GENERATED tw_${name}_sources)

  # Messages are compiled apart from services, which are ours and stand every warning.
  if(services)
    add_library(tw_${name}_messages OBJECT ${messages})
    target_include_directories(tw_${name}_messages SYSTEM PRIVATE ${include_dir} ${out})
    target_compile_features(tw_${name}_messages PRIVATE cxx_std_23)
    target_link_libraries(tw_${name}_messages PRIVATE protobuf::libprotobuf tw::options_proto ${ARG_DEPS})
    tw_prepare_messages(tw_${name}_messages)
    add_library(tw_${name} STATIC $<TARGET_OBJECTS:tw_${name}_messages> ${services})
  else()
    add_library(tw_${name} STATIC ${messages})
    tw_prepare_messages(tw_${name})
  endif()
  add_library(tw::${name} ALIAS tw_${name})
  set(install_dir ${CMAKE_INSTALL_INCLUDEDIR}/tradewind)
  if(ARG_INSTALL_DIR)
    string(APPEND install_dir /${ARG_INSTALL_DIR})
  endif()
  set_target_properties(tw_${name} PROPERTIES EXPORT_NAME ${name} TW_GEN_DIR ${out} TW_INSTALL_DIR ${install_dir}/${folder})
  target_include_directories(
    tw_${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${include_dir}> $<BUILD_INTERFACE:${out}>
                             $<INSTALL_INTERFACE:${install_dir}> $<INSTALL_INTERFACE:${install_dir}/${folder}>)
  target_compile_features(tw_${name} PUBLIC cxx_std_23)
  target_link_libraries(tw_${name} PUBLIC protobuf::libprotobuf ${ARG_DEPS})
  if(services)
    target_link_libraries(tw_${name} PUBLIC tw::options_proto tw::rpc)
  endif()
endfunction()
