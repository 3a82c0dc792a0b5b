# tw_packaged_proto_library(NAME ROOT folder PROTOS names…)
#
# Makes the static library tw::NAME of messages that others have laid down, whose .proto files lie below ROOT, where a Debian package
# put them or we did. They are registered, and their headers included, under exactly the names given:
# `grpc/health/v1/health.proto`, <grpc/health/v1/health.pb.h>. Such files carry no policies, so no services and clients are generated
# from them.
function(tw_packaged_proto_library name)
  cmake_parse_arguments(ARG "" "ROOT" "PROTOS" ${ARGN})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated/${name})
  list(TRANSFORM ARG_PROTOS PREPEND ${ARG_ROOT}/ OUTPUT_VARIABLE inputs)
  list(TRANSFORM ARG_PROTOS REPLACE "\\.proto$" "" OUTPUT_VARIABLE stems)
  list(TRANSFORM stems PREPEND ${generated}/)
  list(TRANSFORM stems APPEND .pb.h OUTPUT_VARIABLE headers)
  list(TRANSFORM stems APPEND .pb.cc OUTPUT_VARIABLE sources)
  file(MAKE_DIRECTORY ${generated})
  add_custom_command(
    OUTPUT ${sources} ${headers}
    COMMAND protobuf::protoc --cpp_out=${generated} -I ${ARG_ROOT} ${ARG_PROTOS}
    DEPENDS ${inputs} protobuf::protoc
    COMMENT "Generating ${name} from the packaged contracts"
    VERBATIM)
  add_custom_target(tw_${name}_sources DEPENDS ${sources} ${headers})
  set_property(GLOBAL APPEND PROPERTY TW_GENERATED tw_${name}_sources)
  add_library(tw_${name} STATIC ${sources})
  tw_prepare_messages(tw_${name})
  add_library(tw::${name} ALIAS tw_${name})
  set_target_properties(tw_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(tw_${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${generated}>)
  target_compile_features(tw_${name} PUBLIC cxx_std_23)
  target_link_libraries(tw_${name} PUBLIC protobuf::libprotobuf)
endfunction()
