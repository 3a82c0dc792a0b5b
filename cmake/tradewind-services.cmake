# TW_SERVICES: the names of services/services.json, in its order; TW_SERVICE_TARGETS: their libraries. CMake runs again when that file
# changes.

set(TW_SERVICES "")
file(READ ${PROJECT_SOURCE_DIR}/services/services.json listed)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/services/services.json)
string(JSON count LENGTH "${listed}")
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
  string(JSON name GET "${listed}" ${index} name)
  list(APPEND TW_SERVICES ${name})
endforeach()
list(TRANSFORM TW_SERVICES REPLACE "(.+)" "tw::\\1_service" OUTPUT_VARIABLE TW_SERVICE_TARGETS)
