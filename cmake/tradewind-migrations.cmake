# tw_migrations(TARGET NAME name [NAMESPACE namespace] [FOLDER folder] [USES library…])
#
# Compiles SQL migrations into TARGET, so that the program brings its tables along. FOLDER (default: migrations) has a folder for each
# engine, sqlite and postgres, with one file for each migration: NNNN_name.sql. Both folders have the same names.
#
# The target gets a header, schema.hpp, which declares `const tw::sql::Schema& schema();` in NAMESPACE (default: NAME). It is included
# under the path of the calling folder in its project: "schema.hpp" from the project's own folder, "a/b/schema.hpp" from its folder a/b.
# A folder that has a schema.hpp of its own keeps it. ModuleSpec::schema takes that function. NAME is written into the database beside each migration that was applied: it must not change.
#
# USES names libraries of the kit that keep tables in the module's database: audit, durable, idempotency, outbox. Their tables are brought up to
# date first.

set(TW_SCHEMA_TEMPLATE ${CMAKE_CURRENT_LIST_DIR}/tradewind-schema.cpp.in)

function(tw_migrations target)
  cmake_parse_arguments(ARG "" "NAME;NAMESPACE;FOLDER" "USES" ${ARGN})
  if(NOT ARG_NAME MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "tw_migrations(${target} NAME name): the name of a schema has lower-case letters, digits and underscores")
  endif()
  if(NOT ARG_NAMESPACE)
    set(ARG_NAMESPACE ${ARG_NAME})
  endif()
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER migrations)
  endif()
  get_filename_component(folder ${ARG_FOLDER} ABSOLUTE)
  tw_read_migrations(${folder}/sqlite TW_MIGRATIONS_SQLITE sqlite_names)
  tw_read_migrations(${folder}/postgres TW_MIGRATIONS_POSTGRES postgres_names)
  if(NOT sqlite_names STREQUAL postgres_names)
    message(FATAL_ERROR "Each migration is written for both engines, under the same name.\n"
                        "  ${folder}/sqlite has ${sqlite_names}\n  ${folder}/postgres has ${postgres_names}")
  endif()

  file(RELATIVE_PATH TW_SCHEMA_HEADER ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/schema.hpp)
  set(TW_SCHEMA_NAME ${ARG_NAME})
  set(TW_SCHEMA_USES_INCLUDES "")
  set(TW_SCHEMA_USES "")
  set(TW_SCHEMA_USES_MEMBER "")
  if(ARG_USES)
    foreach(library IN LISTS ARG_USES)
      string(APPEND TW_SCHEMA_USES_INCLUDES "#include \"kit/${library}/schema.hpp\"\n")
      list(APPEND functions "&tw::${library}::schema")
    endforeach()
    list(JOIN functions ", " functions)
    set(TW_SCHEMA_USES "\nconstexpr std::array kUsedSchemas{${functions}};\n")
    set(TW_SCHEMA_USES_MEMBER ", .uses = kUsedSchemas")
  endif()
  set(TW_SCHEMA_NAMESPACE ${ARG_NAMESPACE})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/schema)
  string(REPLACE schema.cpp.in schema.hpp.in header_template ${TW_SCHEMA_TEMPLATE})
  configure_file(${TW_SCHEMA_TEMPLATE} ${generated}/schema.cpp @ONLY)
  target_sources(${target} PRIVATE ${generated}/schema.cpp)
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/schema.hpp)
    configure_file(${header_template} ${generated}/${TW_SCHEMA_HEADER} @ONLY)
    target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${generated}>)
  endif()
endfunction()

# Sets TEXT to the initializers of the migrations in `folder`, and NAMES to the names of their files.
function(tw_read_migrations folder text_result names_result)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  list(SORT files)
  if(NOT files)
    message(FATAL_ERROR "${folder} has no migration NNNN_name.sql")
  endif()
  set(initializers "")
  set(names "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(stem ${file} NAME_WE)
    if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
      message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql")
    endif()
    math(EXPR version "1${CMAKE_MATCH_1} - 10000")
    set(migration_name ${CMAKE_MATCH_2})
    file(READ ${file} text)
    string(APPEND initializers "    tw::sql::Migration{${version}, \"${migration_name}\", R\"sql(${text})sql\"},\n")
    list(APPEND names ${stem})
  endforeach()
  set(${text_result} "${initializers}" PARENT_SCOPE)
  set(${names_result} "${names}" PARENT_SCOPE)
endfunction()
