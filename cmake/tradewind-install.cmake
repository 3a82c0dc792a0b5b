# What `cmake --install` puts where, as two components: `kit` (libraries, headers, contracts, generator and the CMake package
# `tradewind`) and `product` (the program).

include(CMakePackageConfigHelpers)

# The libraries of kit, the contracts that they speak, and the contract of the product.
get_property(folders DIRECTORY PROPERTY SUBDIRECTORIES)
set(parts "")
foreach(folder IN LISTS folders)
  if(folder MATCHES "/(kit/[a-z_]+|proto|codegen)$")
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    list(APPEND parts ${targets})
  endif()
endforeach()
list(FILTER parts INCLUDE REGEX "^(tw_[a-z_]+|protoc-gen-tradewind)$")
list(FILTER parts EXCLUDE REGEX "^tw_(codegen|.*_messages|.*_sources|.*_sample)$")

add_custom_target(installed_parts)
foreach(part IN LISTS parts)
  add_dependencies(installed_parts ${part})
  get_target_property(generated ${part} TW_GEN_DIR)
  if(generated)
    get_target_property(destination ${part} TW_INSTALL_DIR)
    install(DIRECTORY ${generated}/ DESTINATION ${destination} COMPONENT kit
            FILES_MATCHING PATTERN "*.pb.h" PATTERN "*.tw.hpp")
  endif()
endforeach()

install(TARGETS ${parts} EXPORT tradewind COMPONENT kit)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tradewind)
install(EXPORT tradewind NAMESPACE tw:: FILE tradewindTargets.cmake DESTINATION ${package_dir} COMPONENT kit)
configure_package_config_file(cmake/tradewindConfig.cmake.in tradewindConfig.cmake INSTALL_DESTINATION ${package_dir}
                              PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(tradewindConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tradewindConfig.cmake ${PROJECT_BINARY_DIR}/tradewindConfigVersion.cmake
              cmake/tradewind-proto.cmake cmake/tradewind-migrations.cmake cmake/tradewind-schema.cpp.in
              cmake/tradewind-schema.hpp.in
        DESTINATION ${package_dir} COMPONENT kit)

# The public headers are those in a library's own folder. A header in a room is installed only where a public one includes it.
file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} kit/*/*.hpp)
list(FILTER headers EXCLUDE REGEX "_fixture\\.hpp$")
set(installed_headers "")
while(headers)
  list(POP_FRONT headers header)
  list(APPEND installed_headers ${header})
  file(STRINGS ${header} includes REGEX "^#include \"kit/")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "^#include \"(kit/[^\"]+)\".*" "\\1" included "${include}")
    if(NOT included IN_LIST installed_headers AND NOT included IN_LIST headers)
      list(APPEND headers ${included})
    endif()
  endforeach()
endwhile()
foreach(header IN LISTS installed_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tradewind/${folder} COMPONENT kit)
endforeach()
install(DIRECTORY proto/tradewind proto/google DESTINATION ${CMAKE_INSTALL_DATADIR}/tradewind/proto COMPONENT kit
        FILES_MATCHING PATTERN "*.proto")
if(TARGET tw_commerce_contract)
  file(GLOB protos CONFIGURE_DEPENDS proto/*.proto)
  install(FILES ${protos} DESTINATION ${CMAKE_INSTALL_DATADIR}/tradewind/commerce COMPONENT kit)
endif()
install(FILES LICENSE-MIT LICENSE-APACHE DESTINATION ${CMAKE_INSTALL_DATADIR}/tradewind COMPONENT kit)
if(TARGET tradewind)
  install(TARGETS tradewind COMPONENT product)
  add_dependencies(installed_parts tradewind)
endif()

# For what only looks at sources, such as `./dev lint`: everything that protoc writes.
get_property(generated GLOBAL PROPERTY TW_GENERATED)
add_custom_target(generated_sources)
if(generated)
  add_dependencies(generated_sources ${generated})
endif()
