#pragma once

#include <cstddef>
#include <cstdint>

namespace tw::console {

/// Says that a file is one of the console's ("twcn"), and in which form. A file of another form is
/// set aside, so that no code reads old forms.
inline constexpr std::int64_t kApplicationId = 0x7477636e;
inline constexpr std::int64_t kFormat = 3;

// A trace has a row in `trace`. Its spans are in one or more pieces, which are parts of packs: a
// pack has the pieces of several traces that were stored together. The row lists the pieces
// (services/console/archive/stored.hpp). The bytes of a piece are a list of runs: the number of a
// source, the length in bytes (both varints), and spans of that source as they came.
//
// `key_block` says which rows have the id of a trace, or an attribute of a span whose key ends in
// ".id" (services/console/archive/key_blocks.hpp). A trace that went on in a later file was moved
// there; its row here then has moved = 1 and is not shown. Row numbers grow with the time of
// arrival. `time_block` has the times of each full block of traces
// (services/console/archive/time_blocks.hpp). `log_block` has the TextBits of each full block of
// log records (services/console/archive/text_bits.hpp).
inline constexpr const char* kSchema =
    "PRAGMA application_id=0x7477636e; PRAGMA user_version=3;"
    "BEGIN;"
    "CREATE TABLE contents (id INTEGER PRIMARY KEY, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"
    " traces INTEGER NOT NULL, spans INTEGER NOT NULL, logs INTEGER NOT NULL, begun_us INTEGER NOT NULL,"
    " stored_us INTEGER NOT NULL);"
    "INSERT INTO contents VALUES (1, 0, 0, 0, 0, 0, 0, 0);"
    "CREATE TABLE source (id INTEGER PRIMARY KEY, resource BLOB NOT NULL, scope BLOB NOT NULL);"
    "CREATE TABLE trace (id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, start_us INTEGER NOT NULL,"
    " duration_ns INTEGER NOT NULL, pieces BLOB NOT NULL, spans INTEGER NOT NULL, moved INTEGER NOT NULL,"
    " summary BLOB NOT NULL);"
    "CREATE TABLE time_block (id INTEGER PRIMARY KEY, times BLOB NOT NULL);"
    "CREATE TABLE pack (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TABLE key_block (id INTEGER PRIMARY KEY, keys BLOB NOT NULL);"
    "CREATE TABLE log (id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, source INTEGER NOT NULL, trace_id BLOB,"
    " bytes BLOB NOT NULL);"
    "CREATE TABLE log_block (id INTEGER PRIMARY KEY, bits BLOB NOT NULL);"
    "COMMIT;";

/// About how many bytes a pack has. The last page of a pack is half empty on the average.
inline constexpr std::size_t kPackBytes = 64UL * 1024;

}  // namespace tw::console
